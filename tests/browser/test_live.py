"""A page that says it is live moves, whatever has the focus in it; and what has the focus keeps it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.spans import SpanMaker
from streams.ledger.clock import ReplayedClock
from tests.sinks.clickhouse.book import START, Book, iso, load, request
from tests.sinks.console.serving import Kept, make_desk, serving

PLACE = "sh/pd/a1"
Ask = Callable[[str], None]


@pytest.fixture
def supply(growing: tuple[str, Client]) -> Ask:
    """Let somebody ask for something: a need of this request is open."""
    book, spans = Book().opened(), SpanMaker(growing[1])

    def ask(name: str) -> None:
        book.at(len(book.values) / 60).decided(
            "supply.requests.v1", {"kind": "request_filed"}, *request(name, book.now)
        )
        load(growing[1], book)
        spans.catch_up()

    return ask


@pytest.fixture
def address(growing: tuple[str, Client], supply: Ask) -> Iterator[str]:
    supply("r1")
    with serving(make_desk(growing[0], Kept())) as port:
        yield f"http://127.0.0.1:{port}"


def pulse(page: Page, state: str) -> Locator:
    """What the page says of itself, once it says that."""
    found = page.locator(f"#pulse[data-state={state}]")
    expect(found).to_have_class("pulse on" if state == "live" else "pulse lost", timeout=10_000)
    return found


def test_a_clickhouse_that_is_away_and_comes_back(page: Page, tmp_path: Path) -> None:
    with EmbeddedClickHouse(tmp_path / "data", tmp_path / "logs") as server:
        with connect(server.url) as client:
            migrate(client)
            load(client, Book().opened().ticked())
            SpanMaker(client).catch_up()
        with serving(make_desk(server.url, Kept(), clock=ReplayedClock())) as port:
            page.goto(f"http://127.0.0.1:{port}/?lang=en")
            pulse(page, "live")
            server.stop()
            expect(pulse(page, "away")).to_contain_text("not live")
            expect(page.locator("#figures")).to_contain_text("Figures of 2022-04-01 16:00:00")
            server.start()
            expect(pulse(page, "live")).to_have_text("live")
            page.goto("about:blank")


def test_figures_that_stand_still_are_not_live(page: Page, city_url: str) -> None:
    with serving(make_desk(city_url, Kept())) as port:
        page.goto(f"http://127.0.0.1:{port}/?lang=en")
        expect(pulse(page, "still")).to_have_text("not live: the figures stand still")
        expect(page.locator("#figures strong")).to_contain_text("The cold chain ledger is known only until")
        page.goto("about:blank")


def test_a_connection_that_says_nothing_is_not_live(page: Page, city_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be gone without a word; and another is opened."""
    desk, go = make_desk(city_url, Kept(), clock=ReplayedClock()), threading.Event()
    rows = desk.store.rows
    go.set()

    def hang(name: str) -> Any:
        assert go.wait(30)
        return rows(name)

    monkeypatch.setattr(desk.store, "rows", hang)
    page.clock.install()
    with serving(desk) as port:
        page.goto(f"http://127.0.0.1:{port}/needs")
        pulse(page, "live")
        go.clear()
        page.wait_for_timeout(1500)
        page.clock.fast_forward(30_000)
        pulse(page, "live")
        page.clock.fast_forward(10_000)
        pulse(page, "lost")
        go.set()
        pulse(page, "live")
        page.goto("about:blank")


def test_a_click_into_a_table_does_not_stop_it(page: Page, address: str, supply: Ask) -> None:
    page.set_viewport_size({"width": 390, "height": 844})  # narrow: the table scrolls sideways
    page.goto(f"{address}/needs")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(1)
    rows.first.locator("td").nth(5).click()
    page.evaluate("document.activeElement.scrollLeft = 70")
    assert page.evaluate("document.activeElement.matches('#list .scroll')")
    supply("r2")
    expect(rows).to_have_count(2, timeout=5000)
    assert page.evaluate("document.activeElement.matches('#list .scroll')")
    assert page.evaluate("document.activeElement.scrollLeft") == 70
    page.goto("about:blank")


def test_a_link_keeps_the_focus_while_its_table_moves(page: Page, address: str, supply: Ask) -> None:
    supply("r2")
    page.goto(f"{address}/needs")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(2)
    page.locator("#list a[href*='r2']").nth(1).focus()
    focused = "document.activeElement.closest('tr') && document.activeElement.outerHTML"
    before = page.evaluate(focused)
    supply("r3")
    expect(rows).to_have_count(3, timeout=5000)
    assert page.evaluate(focused) == before and "r2" in before
    page.goto("about:blank")


def test_a_click_that_takes_its_time_still_leads_on(page: Page, address: str, supply: Ask) -> None:
    """Were the link exchanged between press and release, the browser would see no click."""
    page.goto(f"{address}/needs")
    box = page.locator("#list td a[href*='place=']").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    supply("r2")
    page.wait_for_timeout(2500)  # by then it was sent
    page.mouse.up()
    page.wait_for_url("**/needs?place=**")
    page.goto("about:blank")


def test_a_button_that_has_the_focus_waits_and_then_all_is_shown(page: Page, growing: tuple[str, Client]) -> None:
    """Else a key pressed a moment later would end another silence."""
    book, spans = Book("alerts").opened(), SpanMaker(growing[1])

    def silence(name: str, kind: str) -> None:
        book.at(len(book.values) / 60).ticked(
            {
                "type": "alert_silenced", "silence_id": name, "alert_kind": kind, "subject": None, "place": PLACE,
                "until": iso(START + timedelta(hours=60)), "by": "li", "comment": "known",
            },
            {
                "type": "alert_raised", "alert_id": f"al-{name}", "kind": kind, "subject": f"{PLACE}:{name}",
                "place": PLACE, "severity": "warning", "level": "grid", "owner": "li", "episode": 1, "flapping": False,
                "silenced": False, "since": iso(book.now), "at": iso(book.now), "detail": {},
            },
        )  # fmt: skip
        load(growing[1], book)
        spans.catch_up()

    silence("si1", "price_jump")
    with serving(make_desk(growing[0], Kept())) as port:
        page.goto(f"http://127.0.0.1:{port}/alerts")
        alerts, silences = page.locator("#list tbody tr"), page.locator("#silences tbody tr")
        expect(silences).to_have_count(1)
        page.locator("#silences button").focus()
        silence("si2", "report_late")
        expect(alerts).to_have_count(2, timeout=5000)
        assert silences.count() == 1
        assert page.evaluate("document.activeElement.matches('#silences button')")
        page.evaluate("document.activeElement.blur()")
        expect(silences).to_have_count(2, timeout=500)  # it was sent already, and is not sent again
        page.goto("about:blank")
