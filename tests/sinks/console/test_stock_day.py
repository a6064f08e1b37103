"""Stock by the city's day and against its floors: what expires soon at three in the morning, what is below a floor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.spans import SpanMaker
from sinks.report import build
from streams.core.alerts.settings import AlertSettings
from tests.databases import Databases
from tests.sinks.clickhouse.book import Book, iso, load
from tests.sinks.clickhouse.coldbook import hour
from tests.sinks.console.conftest import AREAS
from tests.sinks.console.serving import Browser, Kept, make_desk, serving

AREA, STOCK = AREAS[0], "stock.events.v1"
MIDNIGHT, AT_THREE = 8.0, "2022-04-02T03:00:00"
"""In Shanghai 2 April begins eight hours after the start; at three in the morning it is still 1 April in UTC."""
LAST_DAYS = {"first": "04-01", "second": "04-02", "fourth": "04-04", "fifth": "04-05", "gone": "04-03"}


def lot(name: str, item: str, quantity: int, expires_on: str) -> dict[str, Any]:
    return {
        "type": "lot_recorded", "lot_id": name, "area": AREA, "item": item, "warehouse": "w1", "quantity": quantity,
        "expires_on": expires_on, "temperature": "ambient", "origin": "", "received_at": iso(hour(0)),
        "consignment_id": None, "from_lot_id": None,
    }  # fmt: skip


def ledger() -> Book:
    """Lots of eggs by their last day; 50 units of milk, of which 20 are set aside, over a floor of 40."""
    book = Book().opened()
    for name, day in LAST_DAYS.items():
        book.decided(STOCK, {"kind": "stock_received"}, lot(name, "eggs", 10, f"2022-{day}"))
    book.decided(STOCK, {"kind": "stock_received"}, lot("m", "milk", 50, "2022-05-01"))
    for item, quantity in (("milk", 40), ("eggs", 30)):
        floor = {"type": "floor_set", "area": AREA, "item": item, "quantity": quantity}
        book.decided(STOCK, {"kind": "reserve_floor_set"}, floor)
    line = {"allocation_id": "a1", "need_id": "r1:milk", "lot_id": "m", "item": "milk", "quantity": 20}
    book.ticked({"type": "allocation_made", **line, "rule": "in_full", "skipped": []})
    over = [{"type": "lot_expired", "lot_id": name} for name in ("first", "gone")]
    return book.at(MIDNIGHT).ticked(*over).at(12).ticked().at(13).ticked()


@pytest.fixture(scope="module")
def url(databases: Databases) -> Iterator[str]:
    def fill(client: Client) -> None:
        load(client, ledger())
        SpanMaker(client).catch_up()

    with databases.filled(fill) as filled:
        yield filled


@pytest.fixture
def browser(url: str) -> Iterator[Browser]:
    with serving(make_desk(url, Kept())) as port:
        yield Browser(port)


def lots(text: str) -> set[str]:
    return set(re.findall(r'/lot\?[^"]*id=(\w+)', text))


def test_days_are_those_of_the_city(browser: Browser) -> None:
    asked = f"/stock?lang=en&at={AT_THREE}"
    assert lots(browser.get(f"{asked}&only=expiring").text) == {"second", "fourth"}
    assert lots(browser.get(f"{asked}&only=expired").text) == {"first", "gone"}
    assert lots(browser.get(asked).text) == {*LAST_DAYS, "m"}
    (warehouse,) = re.findall(r'warehouse=w1">.*?</tr>', browser.get(asked).text)
    on_shelf, held, expired, expiring = re.findall(r'class="n[^"]*">(\d+)<', warehouse)[1:]
    assert (on_shelf, held, expired, expiring) == ("80", "0", "20", "2")


def test_the_day_is_that_of_the_city_s_own_zone(url: str) -> None:
    with serving(make_desk(url, Kept(), alert_settings=AlertSettings(timezone="UTC"))) as port:
        found = lots(Browser(port).get(f"/stock?at={AT_THREE}&only=expiring").text)
    assert found == {"second"}, "there it is 1 April, and the lot of that day has been called expired"


def test_what_is_free_is_held_against_the_floor_as_the_report_does(browser: Browser, url: str) -> None:
    with connect(url) as client:
        stock = build(client, hour(12)).section("stock").dicts()
    reported = {row["item"] for row in stock if row["below_floor"]}
    for path in (f"/stock?lang=en&at={iso(hour(12))}", f"/?lang=en&at={iso(hour(12))}"):
        shown = re.findall(r'item=(\w+)">[^<]*</a> <span class="badge critical">below floor', browser.get(path).text)
        assert set(shown) == reported == {"milk"}, path
