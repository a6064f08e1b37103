"""Spans are the sink's work: they come with the rows, and are the same whenever and however often it is killed."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from sinks.clickhouse import spans
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.spans import SpanMaker, Step
from sinks.clickhouse.spans.tables import TABLES, Made
from tests.databases import in_database
from tests.forked import FORKS
from tests.sinks.clickhouse.book import Book, load, make_topic, needs_book, publish
from tests.sinks.clickhouse.running import child_main, running
from tests.sinks.clickhouse.test_views import a_day


def everything(client: Client) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but for which step wrote them."""
    names = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '{}' AND name != 'made_in'"
    found = {}
    for table in (made.table for made in TABLES):
        columns = ", ".join(name for (name,) in client.rows(names.format(table)))
        found[table] = sorted(client.rows(f"SELECT {columns} FROM {table} FINAL"), key=repr)
    return found


def made_at_once(client: Client, clickhouse_url: str, values: list[bytes]) -> dict[str, list[tuple[object, ...]]]:
    """What spans are when one maker makes them in one step."""
    client.run("CREATE DATABASE at_once")
    try:
        with connect(in_database(clickhouse_url, "at_once")) as alone:
            migrate(alone)
            load(alone, Book(values=values))
            SpanMaker(alone).catch_up()
            return everything(alone)
    finally:
        client.run("DROP DATABASE at_once")


def wait_for_spans(client: Client, offset: int) -> None:
    """Until spans are made of everything up to that offset."""
    deadline = time.monotonic() + 60
    while client.rows("SELECT max(offset) FROM ledger_heads")[0][0] < offset:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_sink_keeps_them(kafka_address: str, database: str, client: Client, clickhouse_url: str) -> None:
    topic, values = make_topic(kafka_address, "spans.kept.v1"), a_day().values
    with running(kafka_address, database, topic) as state:
        publish(kafka_address, topic, values)
        wait_for_spans(client, len(values) - 1)
        assert state.status.spans_problem == ""
    assert everything(client) == made_at_once(client, clickhouse_url, values)


def test_killed_at_random_it_makes_the_same(
    kafka_address: str, database: str, client: Client, clickhouse_url: str
) -> None:
    topic, values, chance = make_topic(kafka_address, "spans.killed.v1"), needs_book(900).values, random.Random(5)
    for number in range(9):
        publish(kafka_address, topic, values[number * 100 : number * 100 + 100])
        child = FORKS.Process(target=child_main, args=(kafka_address, database, topic.name, 64))
        child.start()
        time.sleep(1 + chance.random() * 2)
        child.kill()
        child.join()
    with running(kafka_address, database, topic):
        wait_for_spans(client, 899)
    assert everything(client) == made_at_once(client, clickhouse_url, values)


def test_a_fresh_maker_over_old_rows_says_how_far_it_is(client: Client) -> None:
    load(client, needs_book(200))
    told: list[int] = []
    maker = SpanMaker(client, 60)
    maker.catch_up(lambda made: told.append(maker.behind))
    assert told == [140, 80, 20, 0]


@pytest.mark.parametrize(
    "table", [made.table for made in TABLES if made.spans and "supply" in (made.stages or {"supply"})]
)
def test_a_step_that_comes_again_after_its_token_is_forgotten_adds_nothing(client: Client, table: str) -> None:
    """A maker that was stopped for so long that ClickHouse remembers its inserts no more."""
    load(client, a_day())
    maker = SpanMaker(client, 1000)
    maker.catch_up()
    before = everything(client)
    made = next(each for each in TABLES if each.table == table)
    ((lo, hi, known),) = client.rows("SELECT lo, hi, known FROM span_plans WHERE stage = 'supply'")
    step = Step("supply", 0, lo, hi, known)
    types, times = maker._decided(step), client.rows(step.sql(spans._TIMES, few=spans.FEW))
    client.rows(maker._insert(made, step, types or frozenset(), times), None, insert_deduplication_token="another")
    assert everything(client) == before
    assert client.rows(f"SELECT sum(sign) FROM {table}")[0][0] == len(before[table])


def test_a_step_that_is_not_the_newest_adds_nothing(client: Client) -> None:
    load(client, a_day())
    maker = SpanMaker(client, 10)
    maker.catch_up()
    before = everything(client)
    late = SpanMaker(client, 10)
    late._run(Step("supply", 0, 0, 10))
    assert everything(client) == before


def test_rows_that_are_missing_are_waited_for(client: Client) -> None:
    load(client, a_day())
    client.run("ALTER TABLE ledger_records DELETE WHERE offset = 5 SETTINGS mutations_sync = 1")
    assert SpanMaker(client).catch_up() == 0


def filled(client: Client) -> list[str]:
    """Tables into which a maker inserted, in the order in which it did, of a book of three records a step."""
    tables: list[str] = []
    rows = client.rows

    def noted(sql: str, *args: Any, **settings: Any) -> Any:
        if sql.startswith("INSERT INTO"):
            tables.append(sql.split()[2])
        return rows(sql, *args, **settings)

    client.rows = noted  # type: ignore[method-assign]
    try:
        SpanMaker(client, 3).catch_up()
    finally:
        client.rows = rows  # type: ignore[method-assign]
    return tables


def test_what_a_step_leaves_out_would_have_been_nothing(
    client: Client, clickhouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(client, a_day())
    few = filled(client)
    monkeypatch.setattr(Made, "concerns", lambda made, stage, found: made.is_of(stage))
    client.run("CREATE DATABASE all_of_them")
    try:
        with connect(in_database(clickhouse_url, "all_of_them")) as alone:
            migrate(alone)
            load(alone, a_day())
            every = filled(alone)
            assert everything(client) == everything(alone)
    finally:
        client.run("DROP DATABASE all_of_them")
    for table in ("facility_spans", "late_reports", "refusals"):
        assert few.count(table) < every.count(table), table


def test_time_that_passes_costs_one_insert(client: Client) -> None:
    """A tick without decisions moves nothing but how far everything is known."""
    load(client, Book().opened().at(1).ticked())
    assert filled(client) == ["ledger_heads"]
