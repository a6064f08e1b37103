"""One ledger partition on its way into ClickHouse: judged, made into rows, cut into batches. No input or output."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import BaogongError
from sinks.clickhouse.position import Held
from sinks.clickhouse.rows import LedgerRow, Place, ledger_row
from streams.ledger.record import digest, read_header

CHUNK: Final = 8192
"""No batch crosses a multiple of it, so that after a restart the same rows make the same batches (and tokens)."""
BATCH_BYTES: Final = 32 << 20
"""A batch ends with the record that brings it over this size."""
MISSING_LIMIT: Final = 1000
"""So many offsets may lack in the log (it should lack none) before the sink stops and says so."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one ledger partition for one insert. `lo` and `hi` are its first and last offset, both included.

    `missing` are offsets among them that Kafka does not have.
    """

    partition: int
    lo: int
    hi: int
    rows: Sequence[LedgerRow]
    missing: Sequence[int] = ()


class Follower:
    """Takes the records of a ledger partition in order, from the first one that ClickHouse lacks."""

    def __init__(self, stage: str, topic: str, partition: int, held: Held) -> None:
        self.stage, self.topic, self.partition = stage, topic, partition
        self.written = held.resume
        """The first offset that is not known to be in ClickHouse."""
        self.end = held.resume
        """Where the log ends, as last heard."""
        self.held_before = held.newest
        self.size = 0
        """Bytes waiting."""
        self._head = held.head
        self._next = held.resume
        self._waiting: deque[LedgerRow] = deque()
        self._arrived: deque[tuple[int, float]] = deque()
        self._missing: list[int] = []

    @property
    def rows(self) -> int:
        """Rows waiting."""
        return len(self._waiting)

    @property
    def behind(self) -> int:
        """Records in the log that are not known to be in ClickHouse."""
        return max(0, self.end - self.written)

    def take(self, records: Sequence[tuple[int, int, bytes | None]], now: float) -> None:
        """The next records of the log as (offset, timestamp in ms, value), at `now` seconds of any steady clock."""
        for offset, timestamp, value in records:
            if offset < self._next:
                continue
            self._note_missing(offset)
            self._waiting.append(self._row(offset, timestamp, value or b""))
            self.size += len(value or b"")
            self._next = offset + 1
        self.end = max(self.end, self._next)
        if records:
            self._arrived.append((self._next, now))

    def since(self) -> float | None:
        """When the oldest waiting row came; None where none waits."""
        while self._arrived and self._waiting and self._arrived[0][0] <= self._waiting[0].offset:
            self._arrived.popleft()
        return self._arrived[0][1] if self._waiting else None

    def full(self) -> bool:
        """Whether a whole chunk, or as many bytes as a batch may have, is waiting."""
        return bool(self._waiting) and (self._next >= _boundary(self._waiting[0].offset) or self.size > BATCH_BYTES)

    def cut(self) -> Batch:
        """The next batch: at least one row must be waiting."""
        first, size, rows = self._waiting[0].offset, 0, []
        until = _boundary(first)
        while self._waiting and self._waiting[0].offset < until and size < BATCH_BYTES:
            rows.append(self._waiting.popleft())
            size += len(rows[-1].value)
        self.size -= size
        lo, hi = min(first, self.written), rows[-1].offset
        missing = [offset for offset in self._missing if offset <= hi]
        self._missing = [offset for offset in self._missing if offset > hi]
        return Batch(self.partition, lo, hi, rows, missing)

    def wrote(self, batch: Batch) -> None:
        """The batch is in ClickHouse."""
        self.written = batch.hi + 1

    def _row(self, offset: int, timestamp: int, value: bytes) -> LedgerRow:
        header, record_hash = read_header(value), digest(value)
        fence = self._head.judge(header)
        if fence is None and header is not None:
            self._head.take(header, record_hash)
        return ledger_row(Place(self.stage, self.partition, offset, timestamp), value, header, fence, record_hash)

    def _note_missing(self, offset: int) -> None:
        if offset - self._next > MISSING_LIMIT:
            raise BaogongError(
                f"Kafka lacks offsets {self._next} to {offset - 1} of {self.topic} partition {self.partition}: a "
                "ledger has no gaps, so records were lost; run 'baogong verify', and restore the topic."
            )
        self._missing.extend(range(self._next, offset))


def _boundary(offset: int) -> int:
    """The first offset of the next chunk."""
    return (offset // CHUNK + 1) * CHUNK
