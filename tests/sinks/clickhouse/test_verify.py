"""ClickHouse's copy of a ledger beside Kafka's: what is forged, missing, extra or late is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from schemas.errors import BaogongError
from sinks.clickhouse.client import Client
from sinks.clickhouse.verify import Row, RowsAudit, check_decisions, extent, insist_on_tables, read_rows
from streams.ledger.findings import Code, Message, PartitionReport
from streams.ledger.record import digest
from streams.ledger.verify import Walk
from tests.sinks.clickhouse.book import Book, load, needs_book
from tests.streams.ledger.scribe import LEDGER, honest

FENCED = {10, 11}


def kafka(values: Sequence[bytes]) -> Walk:
    walk = Walk("kafka", "supply", LEDGER, 0)
    for offset, value in enumerate(values):
        walk.take(Message(offset, 0, None, value))
    return walk


def honest_rows() -> list[Row]:
    return [Row(at, 0, at not in FENCED, digest(value), value) for at, value in enumerate(honest().values)]


def audited(rows: Iterable[Row], walk: Walk | None) -> PartitionReport:
    audit = RowsAudit("supply", LEDGER, 0, walk)
    for row in rows:
        audit.take(row)
    return audit.finish()


def found(rows: Iterable[Row]) -> list[tuple[Code, int | None]]:
    return [(finding.code, finding.offset) for finding in audited(rows, kafka(honest().values)).findings]


def test_an_honest_copy_holds() -> None:
    report = audited(honest_rows(), kafka(honest().values))
    assert report.findings == ()
    assert (report.store, report.records, report.accepted, report.head) == ("clickhouse", 16, 14, honest().prev)


def test_a_missing_row_is_named() -> None:
    rows = honest_rows()
    del rows[3]
    assert found(rows)[0] == (Code.ROW_MISSING, 3)
    assert "lacks the row of offset 3" in audited(rows, kafka(honest().values)).findings[0].why


def test_missing_first_rows_are_named() -> None:
    assert found(honest_rows()[2:])[0] == (Code.ROW_MISSING, 0)


def test_rows_that_are_not_there_yet_are_lag() -> None:
    report = audited(honest_rows()[:-2], kafka(honest().values))
    assert [finding.code for finding in report.findings] == [Code.ROWS_BEHIND]
    assert not report.broken
    assert [code for code, _ in found([])] == [Code.ROWS_BEHIND]


def test_forged_bytes_are_named_even_with_their_own_hash() -> None:
    rows = honest_rows()
    forged = rows[3].value.replace(b'"e1"', b'"e7"')
    rows[3] = rows[3]._replace(value=forged)
    assert found(rows)[:2] == [(Code.ROW_DIFFERS, 3), (Code.ROW_DIFFERS, 3)]
    rows[3] = rows[3]._replace(hash=digest(forged))
    assert found(rows)[0] == (Code.ROW_DIFFERS, 3)


def test_a_forged_hash_is_named() -> None:
    rows = honest_rows()
    rows[3] = rows[3]._replace(hash="0" * 64)
    assert found(rows) == [(Code.ROW_DIFFERS, 3)]


@pytest.mark.parametrize("offset", [3, 10])
def test_a_forged_verdict_is_named(offset: int) -> None:
    rows = honest_rows()
    rows[offset] = rows[offset]._replace(accepted=not rows[offset].accepted)
    assert found(rows) == [(Code.ROW_DIFFERS, offset)]


def test_a_row_that_kafka_does_not_have_is_named() -> None:
    values = honest().ticked().values
    rows = [*honest_rows(), Row(16, 0, True, digest(values[16]), values[16])]
    assert found(rows) == [(Code.ROW_EXTRA, 16)]


def test_two_rows_of_a_record_are_named() -> None:
    rows = honest_rows()
    rows.insert(4, rows[3])
    assert found(rows) == [(Code.ROW_DIFFERS, 3)]


def test_rows_alone_show_a_broken_chain() -> None:
    rows = honest_rows()
    forged = rows[3].value.replace(b'"e1"', b'"e7"')
    rows[3] = rows[3]._replace(value=forged, hash=digest(forged))
    report = audited(rows, None)
    assert (report.findings[0].code, report.findings[0].offset) == (Code.ALTERED, 4)


def test_a_row_set_aside_has_no_hash_of_its_own() -> None:
    rows = honest_rows()
    rows[3] = rows[3]._replace(hash="")
    assert found(rows) == []


BOOK = needs_book(60)


def server_findings(client: Client, book: Book) -> list[tuple[Code, int | None]]:
    """What the audit of a server's rows finds."""
    _, end = extent(client, "supply", 0)
    report = audited(read_rows(client, "supply", 0, 0, end), kafka(book.values))
    decisions = [(Code.ROW_DIFFERS, offset) for offset, _ in check_decisions(client, "supply", 0, end)]
    return [(finding.code, finding.offset) for finding in report.findings] + decisions


def forge(client: Client, table: str, change: str, where: str) -> None:
    """A row put beside an honest one, as somebody with the right to write could: the newest counts."""
    client.run(f"INSERT INTO {table} SELECT * REPLACE ({change}) FROM {table} FINAL WHERE {where} LIMIT 1")


def test_a_server_with_the_rows_of_the_sink_holds(client: Client) -> None:
    insist_on_tables(client)
    load(client, BOOK)
    assert extent(client, "supply", 0) == (0, 60)
    assert server_findings(client, BOOK) == []


def test_a_server_without_rows_is_only_behind(client: Client) -> None:
    assert extent(client, "supply", 0) == (0, 0)
    assert server_findings(client, BOOK) == [(Code.ROWS_BEHIND, None)]


def test_a_server_without_tables_is_told(empty_database: str) -> None:
    from sinks.clickhouse.client import connect

    with connect(empty_database) as client, pytest.raises(BaogongError, match="baogong migrate"):
        insist_on_tables(client)


@pytest.mark.parametrize(
    "change",
    ["replaceOne(value, 'p0r6', 'p0r7') AS value", "'ff' AS hash", "false AS accepted"],
)
def test_a_forged_row_on_a_server_is_named(client: Client, change: str) -> None:
    load(client, BOOK)
    forge(client, "ledger_records", change, "offset = 7")
    assert server_findings(client, BOOK)[0] == (Code.ROW_DIFFERS, 7)


@pytest.mark.parametrize("change", ["quantity + 1 AS quantity", "'other' AS area", "concat(body, ' ') AS body"])
def test_a_forged_decision_on_a_server_is_named(client: Client, change: str) -> None:
    load(client, BOOK)
    forge(client, "decisions", change, "offset = 7")
    assert server_findings(client, BOOK) == [(Code.ROW_DIFFERS, 7), (Code.ROW_DIFFERS, 7)]


def test_an_invented_decision_on_a_server_is_named(client: Client) -> None:
    load(client, BOOK)
    forge(client, "decisions", "9 AS idx", "offset = 7")
    assert server_findings(client, BOOK) == [(Code.ROW_DIFFERS, 7)]


def test_a_row_missing_on_a_server_is_named(client: Client) -> None:
    load(client, BOOK)
    client.run("CREATE TABLE kept AS ledger_records ENGINE = Memory")
    client.run("INSERT INTO kept SELECT * FROM ledger_records WHERE offset != 7")
    client.run("TRUNCATE TABLE ledger_records")
    client.run("INSERT INTO ledger_records SELECT * FROM kept")
    codes = server_findings(client, BOOK)
    assert codes[0] == (Code.ROW_MISSING, 7)
    assert (Code.ROW_DIFFERS, 7) in codes  # its decisions are there without it
