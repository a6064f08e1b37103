"""Messages and hand-made drafters for tests of the ledger runtime, without a broker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from streams.ledger.clock import ReplayedClock
from streams.ledger.draft import Drafter
from streams.ledger.fold import Folded
from streams.ledger.keys import partition_of
from tests.streams.ledger.tally import STAGE

START = datetime(2021, 6, 1, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """A message as a Kafka client would hand it over."""

    offset: int
    timestamp: int
    value: bytes | None
    key: bytes | None = None


def area_of(partition: int, partitions: int = 4) -> str:
    """An area that belongs to a partition."""
    return next(f"a{n}" for n in range(1000) if partition_of(f"a{n}".encode(), partitions) == partition)


def added(number: int, *, amount: int = 1, area: str | None = None, minutes: float = 0) -> bytes:
    """A valid message of the tally stage."""
    at = START + timedelta(minutes=minutes)
    body = {"kind": "added", "event_id": f"e{number}", "occurred_at": at.isoformat(), "source": "test"}
    return json.dumps(body | {"area": area or area_of(0), "amount": amount}).encode()


def sent(offset: int, value: bytes | None, minutes: float = 0) -> Sent:
    """A message at an offset, `minutes` after START."""
    return Sent(offset, int((START + timedelta(minutes=minutes)).timestamp() * 1000), value)


def drafter(partition: int = 0, worker: str = "w1") -> tuple[Folded, Drafter]:
    """An empty partition and a drafter on it, time following events."""
    folded = Folded.empty(STAGE, partition)
    return folded, Drafter(folded, ReplayedClock(), worker, "test-1")


def refold(values: list[bytes], partition: int = 0) -> Folded:
    """Fold records from the beginning."""
    folded = Folded.empty(STAGE, partition)
    for offset, value in enumerate(values):
        folded.take(offset, value)
    return folded
