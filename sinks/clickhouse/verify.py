"""Ledgers as ClickHouse holds them, for the audit: read in order, hashed anew from their bytes, compared with Kafka."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from schemas.errors import BaogongError
from sinks.clickhouse.client import Client
from streams.ledger.accept import Fence
from streams.ledger.findings import Code, Message, PartitionReport
from streams.ledger.record import digest
from streams.ledger.verify import Walk

PAGE: Final = 20_000
"""Offsets that are asked for at a time."""
DECISIONS_PAGE: Final = 50_000
_WHERE: Final = "stage = %(stage)s AND partition = %(partition)s"
_PAGE_WHERE: Final = f"{_WHERE} AND offset >= %(low)s AND offset < %(high)s"
_ROWS: Final = f"""
    SELECT offset, toUnixTimestamp64Milli(timestamp), accepted, hash, value FROM ledger_records FINAL
    WHERE {_PAGE_WHERE}
    UNION ALL
    SELECT offset, toUnixTimestamp64Milli(timestamp), accepted, '', value FROM rows_set_aside FINAL
    WHERE {_PAGE_WHERE}"""
_EXTENT: Final = f"""
    SELECT count(), min(offset), max(offset) + 1 FROM (
        SELECT offset FROM ledger_records WHERE {_WHERE}
        UNION ALL SELECT offset FROM rows_set_aside WHERE {_WHERE})"""
_MADE: Final = "SELECT as_select FROM system.tables WHERE database = currentDatabase() AND name = %(view)s"
_TABLES: Final = "SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN %(names)s"
_COLUMNS: Final = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = %(table)s"
_DERIVED: Final = {"decisions": "decisions_of_records"}
_SORTED: Final = {
    "supply": {"lot_handovers": "lot_handovers_of_decisions"},
    "coldchain": {"coldchain_decisions": "coldchain_of_decisions"},
}
"""By stage, tables whose rows are made by a view, and that view."""

_ROWS_MADE: Final = """
    SELECT offset, idx, groupBitOr(side) AS sides FROM (
        SELECT {columns}, 1 AS side FROM ({said}) WHERE {where}
        UNION ALL
        SELECT {columns}, 2 AS side FROM {table} FINAL WHERE {where})
    GROUP BY {columns} HAVING sides != 3 ORDER BY offset, idx, sides LIMIT 6"""
_WRONG_DECISION: Final = {
    1: "decision {idx} of this record is missing from table {table}, or differs there.",
    2: "table {table} holds a row (idx {idx}) that this record does not say.",
}


class Row(NamedTuple):
    """One record as ClickHouse holds it; `hash` is empty where only the bytes were kept (rows set aside)."""

    offset: int
    timestamp: int
    accepted: bool
    hash: str
    value: bytes


def insist_on_tables(client: Client) -> None:
    """Raise BaogongError where the database has not the tables that are audited."""
    made = {**_DERIVED, **{table: view for tables in _SORTED.values() for table, view in tables.items()}}
    names = ["ledger_records", *made, *made.values()]
    if len(client.rows(_TABLES, {"names": names})) < len(names):
        raise BaogongError("ClickHouse has no ledger tables: make them with 'baogong migrate'.")


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


def check_decisions(client: Client, stage: str, partition: int, end: int) -> Iterator[tuple[int, str]]:
    """Typed decision rows below offset `end` that are not what the records say: offset and reason, a few a page.

    The records are taken apart again, by the statements with which the rows were made, and compared column by column.
    """
    for table, view in {**_DERIVED, **_SORTED.get(stage, {})}.items():
        ((made,),) = client.rows(_MADE, {"view": view})
        columns = ", ".join(name for (name,) in client.rows(_COLUMNS, {"table": table}))
        said = made.replace("%", "%%")
        compare = _ROWS_MADE.format(columns=columns, said=said, table=table, where=_PAGE_WHERE)
        for low in range(0, end, DECISIONS_PAGE):
            where = {"stage": stage, "partition": partition, "low": low, "high": min(low + DECISIONS_PAGE, end)}
            for offset, idx, side in client.rows(compare, where):
                yield int(offset), _WRONG_DECISION[side].format(idx=idx, table=table)
