"""Ledgers as ClickHouse holds them, for the audit: read in order, hashed anew from their bytes, compared with Kafka."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from sinks.clickhouse.client import Client
from streams.ledger.accept import Fence
from streams.ledger.findings import Code, Message, PartitionReport
from streams.ledger.record import digest
from streams.ledger.verify import Walk

PAGE: Final = 20_000
"""Offsets that are asked for at a time."""
_WHERE: Final = "stage = %(stage)s AND partition = %(partition)s"
_ROWS: Final = f"""
    SELECT offset, toUnixTimestamp64Milli(timestamp), accepted, hash, value FROM ledger_records FINAL
    WHERE {_WHERE} AND offset >= %(low)s AND offset < %(high)s
    UNION ALL
    SELECT offset, toUnixTimestamp64Milli(timestamp), accepted, '', value FROM rows_set_aside FINAL
    WHERE {_WHERE} AND offset >= %(low)s AND offset < %(high)s"""
_EXTENT: Final = f"""
    SELECT count(), min(offset), max(offset) + 1 FROM (
        SELECT offset FROM ledger_records WHERE {_WHERE}
        UNION ALL SELECT offset FROM rows_set_aside WHERE {_WHERE})"""
_MADE: Final = (
    "SELECT as_select FROM system.tables WHERE database = currentDatabase() AND name = 'decisions_of_records'"
)
_COLUMNS: Final = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'decisions'"


class Row(NamedTuple):
    """One record as ClickHouse holds it; `hash` is empty where only the bytes were kept (rows set aside)."""

    offset: int
    timestamp: int
    accepted: bool
    hash: str
    value: bytes


def extent(client: Client, stage: str, partition: int) -> tuple[int, int]:
    """First offset held and the end (exclusive); (0, 0) where nothing is held."""
    count, first, end = client.rows(_EXTENT, {"stage": stage, "partition": partition})[0]
    return (int(first), int(end)) if count else (0, 0)


def read_rows(client: Client, stage: str, partition: int, start: int, end: int) -> Iterator[Row]:
    """Rows of one ledger partition by offset, from `start` to `end` (exclusive). Memory holds one page."""
    for low in range(start, end, PAGE):
        where = {"stage": stage, "partition": partition, "low": low, "high": min(low + PAGE, end)}
        found = client.rows(_ROWS, where, strings_as_bytes=True)
        for offset, timestamp, accepted, record_hash, value in sorted(found, key=_by_offset):
            yield Row(offset, timestamp, bool(accepted), record_hash.decode(), value)


def _by_offset(row: tuple[int, ...]) -> int:
    return row[0]


class RowsAudit:
    """Walks one ledger partition in ClickHouse: R1 over its own bytes, and each row beside the record in Kafka.

    `kafka`: the walk over the same partition there, or None where only ClickHouse is asked.
    """

    def __init__(
        self, stage: str, topic: str, partition: int, kafka: Walk | None, heads: Mapping[int, str] | None = None
    ) -> None:
        self.walk = Walk("clickhouse", stage, topic, partition, heads=heads)
        self._findings, self._kafka = self.walk.findings, kafka
        self._end = 0 if kafka is None else kafka.next_offset

    def take(self, row: Row) -> None:
        """The next row, by offset."""
        due = self.walk.next_offset
        if row.offset < due:
            self._findings.add(Code.ROW_DIFFERS, "ClickHouse holds two rows of this record.", row.offset)
            return
        if row.offset > due:
            self._missing(due, row.offset)
            self.walk.skip(row.offset)
        fence = self.walk.take(Message(row.offset, row.timestamp, None, row.value))
        self._compare(row, fence)

    def finish(self) -> PartitionReport:
        """The report; what the end lacks is lag."""
        behind = self._end - self.walk.next_offset
        if behind > 0:
            why = f"ClickHouse lacks the newest {behind} records, from offset {self.walk.next_offset} on."
            self._findings.add(Code.ROWS_BEHIND, why)
        return self.walk.finish()

    def _compare(self, row: Row, fence: Fence | None) -> None:
        found = digest(row.value)
        if row.hash and row.hash != found:
            why = f"the row's bytes have the hash {found[:12]}, its column says {row.hash[:12]}."
            self._findings.add(Code.ROW_DIFFERS, why, row.offset)
        if self._kafka is not None and row.offset >= self._end:
            self._findings.add(Code.ROW_EXTRA, "ClickHouse holds a record that Kafka does not have.", row.offset)
        elif self._kafka is not None and (held := self._kafka.digest_at(row.offset).hex()) != found:
            why = f"ClickHouse holds other bytes ({found[:12]}) than Kafka ({held[:12]})."
            self._findings.add(Code.ROW_DIFFERS, why, row.offset)
        if row.accepted != (fence is None):
            said = "counts" if row.accepted else "does not count"
            self._findings.add(Code.ROW_DIFFERS, f"the row says that the record {said}; R1 says otherwise.", row.offset)

    def _missing(self, low: int, high: int) -> None:
        which = f"offset {low}" if high == low + 1 else f"offsets {low} to {high - 1}"
        self._findings.add(Code.ROW_MISSING, f"ClickHouse lacks the row of {which}.", low)


def check_decisions(client: Client, stage: str, partition: int) -> list[tuple[int, str]]:
    """Typed decision rows that are not what the records say, or are missing: offset and reason, a few at most.

    The records are taken apart again, by the statement with which the rows were made, and compared column by column.
    """
    made = client.rows(_MADE)
    if not made:
        return []
    columns = ", ".join(name for (name,) in client.rows(_COLUMNS))
    said = f"SELECT {columns} FROM ({made[0][0]}) WHERE {_WHERE}"
    held = f"SELECT {columns} FROM decisions FINAL WHERE {_WHERE}"
    where = {"stage": stage, "partition": partition}
    found = []
    for left, right, why in (
        (said, held, "a decision of this record is missing from table decisions, or differs there"),
        (held, said, "table decisions holds a row that this record does not say"),
    ):
        rows = client.rows(f"SELECT offset, idx FROM ({left} EXCEPT {right}) ORDER BY offset, idx LIMIT 5", where)
        found += [(int(offset), f"{why} (idx {idx}).") for offset, idx in rows]
    return found
