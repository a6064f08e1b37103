"""Who was on duty as of a time is what had been written by then, whatever time the messages say they are of."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.ledger import RecordKind
from sinks.clickhouse import queries
from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from streams.ledger.record import Draft
from tests.sinks.clickhouse.book import START, Book, iso, load, request
from tests.sinks.clickhouse.test_views_alerts import ROSTER, duty

pytestmark = pytest.mark.servers
AREA = "sh/pd/a1"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def publish(book: Book, person: str, *, of: float, written: float, name: str = "a1", **more: Any) -> None:
    """A line of the roster in a message that says it is of one time, recorded at another."""
    book.at(of)
    source = book.source(ROSTER)
    line = duty(name, AREA, "community", 99, person=person, **more)
    event = json.dumps({"kind": "duty_assigned", "event_id": f"{person}-{of}", "occurred_at": iso(book.now)})
    body = json.dumps([line]).encode()
    book.accepted(Draft(RecordKind.DECIDED, source, at(written), event=event.encode(), decisions=body))


def keep(client: Client, *books: Book) -> None:
    for book in books:
        load(client, book, f"book-{book.partition}")
    SpanMaker(client).catch_up()


def owner(client: Client, hours: float) -> str:
    """As the console asks."""
    found = queries.run(client, "console_owner", {"as_of": at(hours), "areas": [], "spot": f"{AREA}/c1/g1"}).rows
    return str(found[0][1]) if found else ""


def test_a_line_counts_from_when_it_was_written(client: Client) -> None:
    book = Book(stage="alerts").opened()
    publish(book, "old", of=0, written=2)  # of the morning, published late
    publish(book, "new", of=9, written=5)  # of the evening, published early
    keep(client, book)
    assert [owner(client, hours) for hours in (0.5, 1.99, 2, 4.99, 5, 8, 10)] == [
        "", "", "old", "old", "new", "new", "new",
    ]  # fmt: skip


def test_the_line_that_was_written_last_counts_whatever_time_it_says(client: Client) -> None:
    book = Book(stage="alerts").opened()
    publish(book, "wrong", of=3, written=3)
    publish(book, "right", of=1, written=4)
    publish(book, "other", of=1, written=4, name="a2", cancelled=True)
    keep(client, book)
    assert [owner(client, hours) for hours in (2, 3, 4)] == ["", "wrong", "right"]
    assert client.rows("SELECT duty_id, person, cancelled, active FROM duty ORDER BY duty_id") == [
        ("a1", "right", 0, 1), ("a2", "other", 1, 0),
    ]  # fmt: skip


def test_a_line_counts_once_any_partition_has_it_and_a_slow_one_does_not_bring_an_older_line_back(
    client: Client,
) -> None:
    quick, slow = Book(stage="alerts").opened(), Book(stage="alerts", partition=1).opened()
    for book, delay in ((quick, 0), (slow, 6)):
        publish(book, "first", of=1, written=1 + delay)
        publish(book, "second", of=2, written=3 + delay)
    keep(client, quick, slow)
    load(client, quick, "again")  # the same rows once more
    assert [owner(client, hours) for hours in (0, 1, 2, 3, 7.5, 10)] == [
        "", "first", "first", "second", "second", "second",
    ]  # fmt: skip


def test_counts_of_open_needs_by_owner_are_as_was_known(client: Client) -> None:
    supply, alerts = Book().opened(), Book(stage="alerts").opened()
    supply.decided("supply.requests.v1", {"kind": "request_filed"}, *request("r1", START))
    publish(alerts, "late-said", of=0, written=2)
    keep(client, supply, alerts)

    def loads(hours: float) -> list[tuple[object, ...]]:
        return queries.run(client, "console_owners", {"as_of": at(hours), "areas": [], "place": ""}).rows

    assert [row[:2] for row in loads(1)] == [("", 1)]
    assert [row[:2] for row in loads(3)] == [("late-said", 1)]
