"""What a relay hands on: from which ledger, to which topic, and what a decision becomes there. Pure.

Holds go to every partition; standings of areas to the one partition of the transfers stage; its orders to the partition
of the area that each is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from schemas.hold import HoldLifted, HoldPlaced
from schemas.topics import (
    COLDCHAIN_HOLDS,
    COLDCHAIN_LEDGER,
    STAGE_OF,
    SUPPLY_LEDGER,
    TRANSFER_ORDERS,
    TRANSFER_STANDINGS,
    TRANSFERS_LEDGER,
    Topic,
)
from schemas.transfers import StandingTold, TransferInOrdered, TransferInReduced, TransferOutOrdered
from streams.ledger.record import digest

Decision = Mapping[str, Any]


class Origin(NamedTuple):
    """Where a decision stands, and what time it was there. `nth`: of the messages that its record makes."""

    partition: int
    seq: int
    nth: int
    at: datetime


Message = tuple[str | None, BaseModel]
"""The key that says on which partition it goes (None: on every one), and what is told."""


@dataclass(frozen=True)
class Route:
    """One way. `needles`: without any of these in its bytes a record has nothing to tell. `legs`: messages of a
    decision at the most. `tell` raises ValidationError for a decision that names nothing to be told.
    """

    ledger: Topic
    target: Topic
    needles: tuple[bytes, ...]
    legs: int
    keyed: bool
    tell: Callable[[Decision, Origin], Sequence[Message]]
    said: tuple[str, ...]
    """Fields that make a message what it is: a later version may word the rest in another way."""

    @property
    def stage(self) -> str:
        """Whose ledger it is; `source` of the messages."""
        return STAGE_OF[self.ledger.name]


def _tell_hold(decision: Decision, origin: Origin) -> Sequence[Message]:
    """A hold happens when it is ordered: its cause may be older than a stage remembers event ids."""
    match decision["type"]:
        case "hold_withdrawn":
            return [(None, HoldLifted(**_hold("hold_lifted", decision, origin)))]
        case "hold_ordered":
            lots = {"lot_ids": tuple(decision["lot_ids"]), "consignment_id": decision["consignment_id"]}
            return [(None, HoldPlaced(**_hold("hold_placed", decision, origin), **lots))]
    return []


def _hold(kind: str, decision: Decision, origin: Origin) -> dict[str, Any]:
    hold_id = decision["hold_id"]
    return {
        "kind": kind,
        "event_id": event_id(kind, hold_id),
        "occurred_at": origin.at,
        "source": "coldchain",
        "hold_id": hold_id,
        "reason": decision["reason"],
    }


def event_id(kind: str, hold_id: str) -> str:
    """The same for the same hold, however often it is told; a hold id alone may be as long as an event id can be."""
    return f"{kind}-{digest(f'{kind} {hold_id}'.encode())[:32]}"


_STANDING: Final = ("area", "item", "warehouse", "lacking", "spare", "lots", "notes")


def _tell_standing(decision: Decision, origin: Origin) -> Sequence[Message]:
    if decision["type"] != "standing_reported":
        return []
    place = {"partition": origin.partition, "seq": origin.seq, "nth": origin.nth}
    fields = {name: decision[name] for name in _STANDING} | _base("standing_told", "supply", origin) | place
    return [(decision["area"], StandingTold.model_validate(fields, strict=False))]


def _base(kind: str, stage: str, origin: Origin, leg: int = 0) -> dict[str, Any]:
    event = f"{stage}-{origin.partition}-{origin.seq}-{origin.nth + leg}"
    return {"kind": kind, "event_id": event, "occurred_at": origin.at, "source": stage}


_BOTH: Final = ("transfer_id", "item", "quantity", "km", "deadline", "reason")


def _tell_order(decision: Decision, origin: Origin) -> Sequence[Message]:
    match decision["type"]:
        case "transfer_ordered":
            return _orders(decision, origin)
        case "transfer_reduced":
            fields = {name: decision[name] for name in ("transfer_id", "area", "quantity", "reason")}
            base = _base("transfer_in_reduced", "transfers", origin)
            return [(decision["area"], TransferInReduced.model_validate(base | fields, strict=False))]
    return []


def _orders(decision: Decision, origin: Origin) -> Sequence[Message]:
    """To the area that sends, and to the one that gets."""
    both = {name: decision[name] for name in _BOTH}
    out = both | {name: decision[name] for name in ("lot_id", "ship_by")}
    out |= {"area": decision["from_area"], "to_area": decision["area"], "to_warehouse": decision["warehouse"]}
    into = both | {name: decision[name] for name in ("area", "from_area", "consignment_id", "moved_from")}
    first, second = (_base(kind, "transfers", origin, leg) for leg, kind in enumerate(_LEGS))
    return [
        (decision["from_area"], TransferOutOrdered.model_validate(first | out, strict=False)),
        (decision["area"], TransferInOrdered.model_validate(second | into, strict=False)),
    ]


_LEGS: Final = ("transfer_out_ordered", "transfer_in_ordered")
HOLDS: Final = Route(
    COLDCHAIN_LEDGER,
    COLDCHAIN_HOLDS,
    (b'"hold_ordered"', b'"hold_withdrawn"'),
    1,
    False,
    _tell_hold,
    ("kind", "event_id", "hold_id", "lot_ids", "consignment_id"),
)
STANDINGS: Final = Route(
    SUPPLY_LEDGER,
    TRANSFER_STANDINGS,
    (b'"standing_reported"',),
    1,
    True,
    _tell_standing,
    ("kind", "event_id", "area", "item", "lacking", "spare", "lots", "notes"),
)
ORDERS: Final = Route(
    TRANSFERS_LEDGER,
    TRANSFER_ORDERS,
    (b'"transfer_ordered"', b'"transfer_reduced"'),
    2,
    True,
    _tell_order,
    ("kind", "event_id", "area", "transfer_id", "item", "quantity", "lot_id", "to_area", "from_area"),
)
ROUTES: Final = (HOLDS, STANDINGS, ORDERS)
