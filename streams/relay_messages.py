"""Decisions that a route hands on, as messages that carry their place in the ledger (R8). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import pydantic_core
from pydantic import ValidationError

from schemas.ledger import RecordKind
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header
from streams.relay_routes import HOLDS, Message, Origin, Route

RELAY_GROUP: Final = "baogong.relay"
"""Its committed offsets show how far the ledger was looked at; the relay itself never reads them back."""
_FIELDS: Final = ("partition", "seq", "nth", "offset", "hash")


class Place(NamedTuple):
    """A decision's place in a ledger partition: its record by `seq`, `offset` and `hash`, and which of its decisions.

    A later place is a greater one. Where a decision makes two messages, `nth` counts them apart.
    """

    seq: int
    nth: int
    offset: int
    hash: str


NOWHERE: Final = Place(-1, -1, -1, "")


@dataclass(frozen=True, slots=True)
class Told:
    """One message for the target topic, and where in the ledger it comes from. `key`: whose partition; None: all."""

    partition: int
    """Of the ledger."""
    place: Place
    timestamp_ms: int
    value: bytes
    key: str | None = None

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The position that the message carries."""
        texts = (self.partition, self.place.seq, self.place.nth, self.place.offset, self.place.hash)
        return [(f"ledger.{name}", str(text).encode()) for name, text in zip(_FIELDS, texts, strict=True)]


def read_position(headers: Mapping[str, bytes]) -> tuple[int, Place] | None:
    """Ledger partition and place that a message's headers carry; None for a message that no relay wrote."""
    try:
        partition, seq, nth, offset = (int(headers[f"ledger.{name}"]) for name in _FIELDS[:-1])
        return partition, Place(seq, nth, offset, headers["ledger.hash"].decode())
    except (KeyError, ValueError):
        return None


class Position:
    """How far the target topic has got, by ledger partition: the last place that lies on all of its partitions.

    On each of them the places of a ledger partition have no holes: they were written in order, or written again from
    one that was there. So the least of the greatest is the answer.
    """

    def __init__(self, targets: int) -> None:
        self._newest: list[dict[int, Place]] = [{} for _ in range(targets)]

    def take(self, target: int, headers: Mapping[str, bytes]) -> None:
        """A message that lies on a partition of the target."""
        found = read_position(headers)
        if found is not None:
            partition, place = found
            self._newest[target][partition] = max(place, self._newest[target].get(partition, NOWHERE))

    def of(self, partition: int) -> Place:
        """The place up to which a ledger partition was handed on."""
        return min(newest.get(partition, NOWHERE) for newest in self._newest)

    def furthest(self, partition: int) -> Place:
        """The last place of a ledger partition that lies on any partition of the target."""
        return max(newest.get(partition, NOWHERE) for newest in self._newest)

    def at(self, target: int, partition: int) -> Place:
        """The last place of a ledger partition that lies on this partition of the target."""
        return self._newest[target].get(partition, NOWHERE)


@dataclass(slots=True)
class Walk:
    """Goes over the records of one ledger partition. `told`: decisions up to there need not be told again."""

    head: Head
    next_offset: int = 0
    last_hash: str = ""
    """Of the record before `next_offset`, accepted or not."""
    ticked_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    """Time in the ledger."""
    told: Place = NOWHERE
    empty: list[str] = field(default_factory=list)
    """Ids of orders that name nothing to hold or move: a defect of the stage, and nothing to hand on."""
    route: Route = HOLDS

    def take(self, offset: int, value: bytes) -> list[Told]:
        """What the next record of the log has to tell: nothing, unless it counts (R1)."""
        header, self.last_hash, self.next_offset = read_header(value), digest(value), offset + 1
        if header is None or self.head.judge(header) is not None:
            return []
        self.head.take(header, self.last_hash)
        if header.kind is RecordKind.TICKED:
            self.ticked_at = datetime.fromisoformat(pydantic_core.from_json(value)["event"]["at"])
        if not any(needle in value for needle in self.route.needles):
            return []
        return list(self._told(value, Place(header.seq, -1, offset, self.last_hash)))

    def _told(self, value: bytes, record: Place) -> Iterator[Told]:
        legs = self.route.legs
        for nth, decision in enumerate(pydantic_core.from_json(value)["decisions"]):
            origin = Origin(self.head.partition, record.seq, nth * legs, self.ticked_at)
            for leg, (key, message) in enumerate(self._messages(decision, origin)):
                place = record._replace(nth=nth * legs + leg)
                if place > self.told:
                    stamp = round(self.ticked_at.timestamp() * 1000)
                    yield Told(self.head.partition, place, stamp, message.model_dump_json().encode(), key)
                    self.told = place

    def _messages(self, decision: Mapping[str, Any], origin: Origin) -> Sequence[Message]:
        try:
            return self.route.tell(decision, origin)
        except ValidationError:
            self.empty.append(str(decision.get("hold_id") or decision.get("transfer_id") or decision.get("area")))
            return ()
