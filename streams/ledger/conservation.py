"""R7, conservation, tallied from decision records alone: a second opinion that shares no code with the supply stage.

received + counted = available + reserved + in transit + delivered + written off + transferred out, for each lot and
after each record. Available is what the others leave over, so the equation holds as soon as none of them is negative.
(Held units are available ones under a hold.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pydantic_core

Decision = Mapping[str, Any]

_RELEVANT = (b'"lot_id":', b'"type":"request_recorded"', b'"type":"need_opened"')
"""A record without any of these in its bytes moves no units."""
_BEFORE_DECISIONS = b',"rejection":null,"decisions":'
"""The last member of a record with decisions: reading it alone takes a third of the time of reading all."""


@dataclass(slots=True)
class Lot:
    """Units of one lot by where they are; `transferred` counts those split into other lots of the area as well."""

    area: str
    item: str
    received: int
    counted: int = 0
    reserved: int = 0
    transit: int = 0
    delivered: int = 0
    written_off: int = 0
    transferred: int = 0
    holds: set[str] = field(default_factory=set)
    expired: bool = False

    @property
    def available(self) -> int:
        """What is left for giving out (or under a hold)."""
        gone = self.reserved + self.transit + self.delivered + self.written_off + self.transferred
        return self.received + self.counted - gone

    def negative(self) -> str | None:
        """The first quantity below zero, in words."""
        for name in ("available", "reserved", "transit", "delivered", "written_off", "transferred"):
            if (units := getattr(self, name)) < 0:
                return f"{name.replace('_', ' ')} is {units}"
        return None


@dataclass(slots=True)
class Allocation:
    """Units of a lot that are reserved for, or on the way to, one need."""

    lot_id: str
    reserved: int
    transit: int = 0


class Conservation:
    """The tally of one ledger partition. `take` gives the reasons why a record breaks the rule; none: it holds."""

    def __init__(self) -> None:
        self.lots: dict[str, Lot] = {}
        self._allocations: dict[str, Allocation] = {}
        self._needs: dict[str, tuple[str, str]] = {}
        self._aside: dict[str, tuple[str, int]] = {}
        self._requests: set[str] = set()
        self._touched: set[str] = set()
        self._problems: list[str] = []
        self._handlers: dict[str, Callable[[Decision], None]] = {
            "request_recorded": self._request_recorded,
            "need_opened": self._need_opened,
            "lot_recorded": self._lot_recorded,
            "lot_counted": self._lot_counted,
            "lot_written_off": self._lot_written_off,
            "lot_transferred_out": self._lot_transferred_out,
            "lot_expired": self._lot_expired,
            "lot_held": self._lot_held,
            "lot_freed": self._lot_freed,
            "allocation_made": self._allocation_made,
            "allocation_released": self._allocation_released,
            "dispatch_ordered": self._dispatch_ordered,
            "line_delivered": self._line_delivered,
            "transfer_reserved": self._transfer_reserved,
            "transfer_released": self._transfer_released,
        }

    def take(self, value: bytes) -> list[str]:
        """Tally an accepted record of the supply stage by its bytes."""
        if not any(mark in value for mark in _RELEVANT):
            return []
        return self.tally(_decisions(value))

    def tally(self, decisions: Sequence[Decision]) -> list[str]:
        """Tally one record's decisions, in order; quantities are looked at after the last."""
        self._problems, self._touched = [], set()
        if not isinstance(decisions, list):
            return ["its decisions are not a list"]
        for decision in decisions:
            try:
                handler = self._handlers.get(decision["type"])
                if handler is not None:
                    handler(decision)
            except (KeyError, TypeError, AttributeError) as error:
                self._problems.append(f"a decision cannot be read ({type(error).__name__}: {error})")
        for lot_id in sorted(self._touched):
            if (negative := self.lots[lot_id].negative()) is not None:
                self._problems.append(f"lot {lot_id}: {negative}")
        return self._problems

    def _lot(self, lot_id: str) -> Lot | None:
        lot = self.lots.get(lot_id)
        if lot is None:
            self._problems.append(f"lot {lot_id} was never recorded in this partition")
        else:
            self._touched.add(lot_id)
        return lot

    def _allocation(self, decision: Decision) -> tuple[Allocation, Lot] | None:
        allocation = self._allocations.get(decision["allocation_id"])
        if allocation is None or allocation.lot_id != decision["lot_id"]:
            self._problems.append(f"allocation {decision['allocation_id']} of lot {decision['lot_id']} was never made")
            return None
        lot = self._lot(allocation.lot_id)
        return None if lot is None else (allocation, lot)

    def _request_recorded(self, decision: Decision) -> None:
        if decision["request_id"] in self._requests:
            self._problems.append(f"request {decision['request_id']} was taken a second time")
        self._requests.add(decision["request_id"])

    def _need_opened(self, decision: Decision) -> None:
        self._needs[decision["need_id"]] = (decision["area"], decision["item"])

    def _lot_recorded(self, decision: Decision) -> None:
        lot_id, parent = decision["lot_id"], decision["from_lot_id"]
        if lot_id in self.lots:
            self._problems.append(f"lot {lot_id} was recorded a second time")
            return
        self.lots[lot_id] = Lot(decision["area"], decision["item"], decision["quantity"])
        if parent is not None and (source := self._lot(parent)) is not None:
            source.transferred += decision["quantity"]

    def _lot_counted(self, decision: Decision) -> None:
        if (lot := self._lot(decision["lot_id"])) is not None:
            lot.counted += decision["delta"]

    def _lot_written_off(self, decision: Decision) -> None:
        if (lot := self._lot(decision["lot_id"])) is not None:
            lot.written_off += decision["quantity"]

    def _lot_transferred_out(self, decision: Decision) -> None:
        if (lot := self._lot(decision["lot_id"])) is not None:
            lot.transferred += decision["quantity"]

    def _lot_expired(self, decision: Decision) -> None:
        if (lot := self._lot(decision["lot_id"])) is not None:
            lot.expired = True

    def _lot_held(self, decision: Decision) -> None:
        if (lot := self._lot(decision["lot_id"])) is not None:
            lot.holds.add(decision["hold_id"])

    def _lot_freed(self, decision: Decision) -> None:
        if (lot := self._lot(decision["lot_id"])) is not None:
            lot.holds.discard(decision["hold_id"])

    def _allocation_made(self, decision: Decision) -> None:
        allocation_id, lot = decision["allocation_id"], self._lot(decision["lot_id"])
        if allocation_id in self._allocations:
            self._problems.append(f"allocation {allocation_id} was made a second time")
            return
        self._allocations[allocation_id] = Allocation(decision["lot_id"], decision["quantity"])
        if lot is None:
            return
        lot.reserved += decision["quantity"]
        if lot.holds:
            self._problems.append(f"allocation {allocation_id} is from lot {decision['lot_id']}, which is held")
        if lot.expired:
            self._problems.append(f"allocation {allocation_id} is from lot {decision['lot_id']}, which has expired")
        if self._needs.get(decision["need_id"]) != (lot.area, lot.item):
            self._problems.append(
                f"allocation {allocation_id} is for need {decision['need_id']}, which is not one of the area and item "
                f"of lot {decision['lot_id']}"
            )

    def _allocation_released(self, decision: Decision) -> None:
        if (found := self._allocation(decision)) is not None:
            allocation, lot = found
            allocation.reserved -= decision["quantity"]
            lot.reserved -= decision["quantity"]
            self._check(allocation, decision)

    def _dispatch_ordered(self, decision: Decision) -> None:
        for line in decision["lines"]:
            if (found := self._allocation(line)) is not None:
                allocation, lot = found
                allocation.reserved -= line["quantity"]
                lot.reserved -= line["quantity"]
                allocation.transit += line["quantity"]
                lot.transit += line["quantity"]
                self._check(allocation, line)

    def _line_delivered(self, decision: Decision) -> None:
        if (found := self._allocation(decision)) is not None:
            allocation, lot = found
            lost = decision["damaged"] + decision["lost"]
            total = decision["delivered"] + decision["returned"] + lost
            allocation.transit -= total
            lot.transit -= total
            lot.delivered += decision["delivered"]
            lot.written_off += lost
            self._check(allocation, decision)

    def _transfer_reserved(self, decision: Decision) -> None:
        transfer_id, lot_id, units = decision["transfer_id"], decision["lot_id"], decision["quantity"]
        if transfer_id in self._aside:
            self._problems.append(f"transfer {transfer_id} was set aside a second time")
            return
        self._aside[transfer_id] = (lot_id, units)
        if (lot := self._lot(lot_id)) is not None:
            lot.reserved += units
            if lot.holds or lot.expired:
                why = "held" if lot.holds else "expired"
                self._problems.append(f"transfer {transfer_id} is from lot {lot_id}, which is {why}")

    def _transfer_released(self, decision: Decision) -> None:
        transfer_id, units = decision["transfer_id"], decision["quantity"]
        lot_id, aside = self._aside.get(transfer_id, ("", 0))
        if lot_id != decision["lot_id"] or units > aside:
            why = f"{units} units back than lot {decision['lot_id']} had set aside for it"
            self._problems.append(f"transfer {transfer_id} gives more, {why}")
            return
        self._aside[transfer_id] = (lot_id, aside - units)
        if (lot := self._lot(lot_id)) is not None:
            lot.reserved -= units

    def _check(self, allocation: Allocation, decision: Decision) -> None:
        for name, units in (("reserved", allocation.reserved), ("in transit", allocation.transit)):
            if units < 0:
                self._problems.append(f"allocation {decision['allocation_id']}: {name} is {units}")


def _decisions(value: bytes) -> Any:
    start = value.rfind(_BEFORE_DECISIONS)
    try:
        return pydantic_core.from_json(value[start + len(_BEFORE_DECISIONS) : -1] if start >= 0 else b"")
    except ValueError:  # not as writers write it, but a record all the same
        return pydantic_core.from_json(value).get("decisions")
