"""What happens in one ledger partition takes nothing away from another, though ids, times and offsets coincide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from tests.sinks.clickhouse.book import Book, load
from tests.sinks.clickhouse.test_views import a_day
from tests.sinks.report.town import alerts, cold_chain

_TABLES = """
    SELECT name FROM system.tables
    WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name NOT IN ('migrations', 'span_plans')
    ORDER BY name"""


@pytest.mark.parametrize("book", [a_day, cold_chain, alerts])
def test_rows_of_two_partitions_stay_apart_under_final(client: Client, book: Callable[[], Book]) -> None:
    twins = (0, 3)
    load(client, book())
    client.run("INSERT INTO ledger_records SELECT * REPLACE(3 AS partition) FROM ledger_records")
    SpanMaker(client).catch_up()
    filled = 0
    for (table,) in client.rows(_TABLES):
        counts = dict(client.rows(f"SELECT partition, count() FROM {table} FINAL GROUP BY partition"))
        alone = [client.rows(f"SELECT count() FROM {table} FINAL WHERE partition = {each}")[0][0] for each in twins]
        assert [counts.get(each, 0) for each in twins] == alone, table
        assert alone[0] == alone[1], table
        filled += alone[0] > 0
    assert filled > 4
