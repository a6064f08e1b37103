"""A simulated day through the real supply decider: the report agrees with its state and with the views."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import TypeAdapter

from deploy.simulation.post import Post
from deploy.simulation.world import make_district
from schemas.supply import SupplyDecision
from schemas.topics import PARTITIONS, SUPPLY_SOURCES
from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from sinks.report import Report, build
from streams.core.decider import Fact
from tests.deploy.simulation.test_whole_day import CATALOGUE, Played
from tests.sinks.clickhouse.book import Book, load

DECISIONS: TypeAdapter[Any] = TypeAdapter(SupplyDecision)


@dataclass
class Written(Played):
    """The day, with each partition's ledger as a worker writes it."""

    books: list[Book] = field(default_factory=lambda: [Book(partition=number).opened() for number in range(PARTITIONS)])
    times: list[list[dt.datetime]] = field(default_factory=lambda: [[] for _ in range(PARTITIONS)])
    post: Post | None = None

    def take(self, each: Post, seen: dt.datetime) -> None:
        if each.topic in SUPPLY_SOURCES:  # the day has messages of other stages too
            self.post = each
            super().take(each, seen)

    def apply(self, stage: str, partition: int, fact: Fact, seen: dt.datetime) -> None:
        if stage == "supply":
            self.write(partition, fact)
        super().apply(stage, partition, fact, seen)

    def write(self, partition: int, fact: Fact) -> None:
        book, post = self.books[partition], self.post
        assert post is not None
        book.now = max(book.now, post.at.astimezone(dt.UTC)) if self.times[partition] else post.at.astimezone(dt.UTC)
        decisions = [json.loads(DECISIONS.dump_json(decision)) for decision in fact.decisions]
        if fact.event_id is None:
            book.ticked(*decisions)
        else:
            book.decided(post.topic.name, {**json.loads(post.value)}, *decisions)
        self.times[partition].append(book.now)

    def end(self) -> None:
        """Two ticks more on each partition, a moment apart, so that all are known up to the same time."""
        last = max(times[-1] for times in self.times if times)
        for book, times in zip(self.books, self.times, strict=True):
            for minutes in (1, 2):
                book.now = last + dt.timedelta(minutes=minutes)
                book.ticked()
                times.append(book.now)

    def until(self, at: dt.datetime | None) -> list[Book]:
        """The ledgers as they were then."""
        found = []
        for book, times in zip(self.books, self.times, strict=True):
            part = Book(partition=book.partition)
            known = len(book.values) if at is None else 1 + sum(time <= at for time in times)
            part.values = book.values[:known]
            found.append(part)
        return found


@pytest.fixture(scope="module")
def written() -> Written:
    one = Written(make_district(CATALOGUE, 200, 8, seed=3), 3)
    one.play()
    one.end()
    return one


def test_the_report_agrees_with_the_day(client: Client, written: Written) -> None:
    times = sorted({time for times in written.times for time in times})
    live: list[Report] = []
    for at in (times[len(times) // 3], times[2 * len(times) // 3], None):
        for book in written.until(at):
            load(client, book, f"day/{len(book.values)}")
        SpanMaker(client).catch_up()
        live.append(build(client))
    assert [build(client, report.as_of) for report in live] == live
    for check in (_needs, _stock, _dispatches):
        check(client, live[-1], written)


def _needs(client: Client, report: Report, written: Written) -> None:
    lines = list(report.section("needs_area").dicts())
    state = Counter(need.area for state in written.states["supply"] for need in state.needs.values())
    assert {line["area"]: line["open_needs"] for line in lines if line["open_needs"]} == dict(state)
    viewed = client.rows(
        "SELECT area, count(), countIf(due_at < %(at)s) FROM open_needs GROUP BY area", {"at": report.as_of}
    )
    assert [
        (line["area"], line["open_needs"], line["overdue_needs"]) for line in lines if line["open_needs"]
    ] == sorted(viewed)
    assert sum(state.values()) > 5, "a day without open needs proves little"
    items = [(row["area"], row["item"], row["units_missing"], row["units_on_the_way"], row["units_set_aside"])
             for row in report.section("needs_item").dicts() if row["open_needs"]]  # fmt: skip
    assert items == client.rows(
        "SELECT area, item, sum(missing), sum(in_transit), sum(allocated) FROM open_needs GROUP BY ALL ORDER BY 1, 2"
    )


def _stock(client: Client, report: Report, _: Written) -> None:
    names = ("area", "item", "available", "held", "expired", "reserved", "in_transit")
    found = [tuple(row[name] for name in names) for row in report.section("stock").dicts() if row["lots"]]
    assert found == client.rows(
        "SELECT area, item, available_units, held_units, expired_units, reserved_units, units_in_transit FROM stock "
        "ORDER BY 1, 2"
    )


def _dispatches(client: Client, report: Report, _: Written) -> None:
    names = ("area", "ordered", "delivered", "short", "damaged", "failed", "out")
    found = [tuple(row[name] for name in names) for row in report.section("deliveries").dicts()]
    counted = ", ".join(f"countIf(state = '{state}')" for state in ("delivered", "short", "damaged", "failed", "out"))
    assert found == client.rows(f"SELECT area, count(), {counted} FROM dispatches GROUP BY area ORDER BY area")
