"""What says live moves, and what stands still says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.spans import SpanMaker
from sinks.console.known import Known, Watch
from streams.ledger.clock import Clock, RealClock, ReplayedClock, ScaledClock
from tests.databases import Databases
from tests.sinks.clickhouse.book import START, Book, load
from tests.sinks.console.serving import Browser, Kept, make_desk, serving

MINUTE = dt.timedelta(minutes=1)
STILL = "is known only until"


@dataclass
class Steady:
    """A steady clock that a test moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def known(until: dt.datetime) -> Known:
    return Known(until + MINUTE, "supply", until)


def test_by_the_machines_clock_old_figures_stand_still_at_the_first_look() -> None:
    now = RealClock().now()
    assert Watch(RealClock()).stands_still(known(now - 3 * MINUTE))
    assert not Watch(RealClock()).stands_still(known(now - MINUTE))


def test_a_scaled_clock_has_its_own_time_but_must_move() -> None:
    steady = Steady()
    watch = Watch(ScaledClock(START, 60), steady)
    assert not watch.stands_still(known(START - dt.timedelta(days=99)))
    steady.now = 119.0
    assert not watch.stands_still(known(START))
    steady.now += 119.0
    assert not watch.stands_still(known(START)), "it moved 119 s ago"
    steady.now += 2.0
    assert watch.stands_still(known(START))
    assert not watch.stands_still(known(START + MINUTE))


def test_a_replay_that_has_ended_is_no_fault() -> None:
    steady = Steady()
    watch = Watch(ReplayedClock(), steady)
    watch.stands_still(known(START))
    steady.now = 10_000.0
    assert not watch.stands_still(known(START))


def test_where_nothing_was_ever_asked_nothing_stands_still() -> None:
    assert not Watch(RealClock()).stands_still(Known())
    assert not Watch(RealClock()).stands_still(Known(RealClock().now() - 9 * MINUTE))


@pytest.fixture
def empty(databases: Databases) -> Iterator[tuple[str, Client]]:
    with databases.migrated() as url, connect(url) as client:
        yield url, client


def test_the_ledger_that_is_known_least_far_is_the_measure(empty: tuple[str, Client]) -> None:
    """A sink that stands still on one ledger, or a worker that is gone, is not hidden by the others."""
    url, client = empty
    desk = make_desk(url, Kept())
    assert desk.known() == Known()
    supply, idle, alerts = Book().opened(), Book(partition=1).opened(), Book("alerts").opened()
    supply.at(1).ticked()
    alerts.at(2).ticked().at(3).opened()
    for book in (supply, idle, alerts):
        load(client, book, book.stage)
    SpanMaker(client).catch_up()
    assert desk.known() == Known(START + dt.timedelta(hours=3), "supply", START + dt.timedelta(hours=1))
    desk.store.close()


@pytest.mark.parametrize(("clock", "still"), [(RealClock(), True), (ReplayedClock(), False)])
def test_a_live_page_says_of_when_its_figures_are(city_url: str, clock: Clock, still: bool) -> None:
    with serving(make_desk(city_url, Kept(), clock=clock)) as port:
        browser = Browser(port)
        page, part = browser.get("/?lang=en").text, browser.events("/live/?lang=en", 2)["figures"]
    for text in (page, part):
        assert "Figures of 2022-04-02 22:00:00" in text
        assert (f"The cold chain ledger {STILL} 2022-04-02 1" in text) == still, text
    with serving(make_desk(city_url, Kept())) as port:
        past = Browser(port).get("/?lang=en&at=2022-04-02T12:00:00").text
    assert "Figures of" not in past and STILL not in past


def test_a_live_part_that_cannot_be_read_is_told(actions: Kept) -> None:
    desk = make_desk("clickhouse://baogong:none@127.0.0.1:1/baogong", actions)
    with serving(desk) as port:
        browser = Browser(port)
        assert browser.get("/").status == 503
        assert browser.events("/live/", 1) == {"away": ""}


def test_the_time_of_the_figures_moves_alone_where_nothing_else_does(empty: tuple[str, Client]) -> None:
    url, client = empty
    book, spans = Book().opened().ticked(), SpanMaker(client)

    def grow() -> None:
        load(client, book.at(len(book.values) / 3600).ticked())
        spans.catch_up()

    grow()
    with serving(make_desk(url, Kept())) as port:
        browser = Browser(port)
        browser.get("/needs")
        found = browser.events("/live/needs", 3, between=grow)
    assert "16:00:03" in found["figures"]  # Shanghai's; the list of needs was sent once
