"""Spans say of every moment what the views say of the present, however the ledger is cut into steps."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.spans import SpanMaker, Step
from tests.sinks.clickhouse.book import START, Book, load
from tests.sinks.clickhouse.test_spans_kept import everything, made_at_once
from tests.sinks.clickhouse.test_views import a_day

_NEEDS = """SELECT need_id, quantity, reserved, in_transit, delivered FROM need_spans FINAL
    WHERE valid_from <= toDateTime64('{at}', 6, 'UTC') AND valid_until > toDateTime64('{at}', 6, 'UTC')
    ORDER BY need_id"""
_LOTS = """SELECT lot_id, shelf, reserved, in_transit, delivered, written_off, transferred_out FROM lot_spans FINAL
    WHERE valid_from <= toDateTime64('{at}', 6, 'UTC') AND valid_until > toDateTime64('{at}', 6, 'UTC')
    ORDER BY lot_id"""


def _at(sql: str, hours: float) -> str:
    return sql.format(at=f"{START + dt.timedelta(hours=hours):%Y-%m-%d %H:%M:%S}")


@pytest.mark.parametrize("step", [1, 2, 5, 1000])
def test_the_present_is_that_of_the_views(client: Client, step: int) -> None:
    load(client, a_day())
    SpanMaker(client, step).catch_up()
    assert client.rows(_at(_NEEDS, 10)) == client.rows(
        "SELECT need_id, quantity, allocated, in_transit, delivered FROM open_needs ORDER BY need_id"
    )
    assert client.rows(_at(_LOTS, 10)) == client.rows(
        "SELECT lot_id, available + held + expired, reserved, in_transit, delivered, written_off, transferred_out "
        "FROM lots ORDER BY lot_id"
    )
    out = client.rows("SELECT dispatch_id FROM dispatch_spans FINAL WHERE valid_until > toDateTime64('2199-01-01', 6)")
    assert out == client.rows("SELECT dispatch_id FROM dispatches WHERE state = 'out' ORDER BY dispatch_id")


def test_the_past_is_what_the_views_said_then(client: Client) -> None:
    whole = a_day()
    cuts = [offset for offset in range(len(whole.values) - 3)]
    load(client, whole)
    SpanMaker(client).catch_up()
    times = dict(client.rows("SELECT offset, at FROM ledger_records FINAL WHERE accepted"))
    for before, after in pairwise(cuts):
        if times.get(before) and times.get(after) and times[after] > times[before]:
            hours = (times[before] - START).total_seconds() / 3600
            known = client.rows(
                "SELECT need_id FROM decisions FINAL WHERE type = 'need_opened' AND offset <= %(offset)s "
                "AND need_id NOT IN "
                "(SELECT need_id FROM decisions WHERE type = 'need_closed' AND offset <= %(offset)s) "
                "ORDER BY need_id",
                {"offset": before},
            )
            assert [row[:1] for row in client.rows(_at(_NEEDS, hours))] == known


def test_makers_beside_each_other_make_what_one_alone_makes(client: Client, database: str, clickhouse_url: str) -> None:
    book = a_day()
    load(client, Book(values=book.values[:9]))
    first = SpanMaker(client, 4)
    first.catch_up()
    load(client, book, "rest")
    with connect(database) as other:
        SpanMaker(other, 3).catch_up()
    first.catch_up()
    SpanMaker(client, 7).catch_up()
    assert everything(client) == made_at_once(client, clickhouse_url, a_day().values)


def test_a_maker_that_ended_after_its_plan_is_finished_by_the_next(client: Client, clickhouse_url: str) -> None:
    load(client, a_day())
    first = SpanMaker(client, 10)
    first._run(first._plan(Step("supply", 0, 0, 10)))
    first._plan(Step("supply", 0, 10, 24, first._known(Step("supply", 0, 10, 24))))
    SpanMaker(client).catch_up()
    assert everything(client) == made_at_once(client, clickhouse_url, a_day().values)
