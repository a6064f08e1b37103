"""Why a need is open: the console tells it of each need as the report counts it, at any time, for any area."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

import pytest

from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.spans import SpanMaker
from sinks.report import build
from sinks.report.needs import REASONS
from tests.databases import Databases
from tests.sinks.clickhouse.book import Book, load
from tests.sinks.clickhouse.coldbook import hour
from tests.sinks.console.city import AREAS
from tests.sinks.console.serving import Browser, Kept, make_desk, serving
from tests.sinks.report.town import TownBook

SAID = {
    "next_share": "missing: in stock, given out at the next tick",
    "at_floor": "missing: the stock is at its reserve floor",
    "stock_held": "missing: the stock is held",
    "stock_expired": "missing: the stock has expired",
    "no_stock": "missing: no stock",
}
"""What the page says of units that are neither set aside nor on the way."""
WAYS = ("on_the_way", "set_aside", *REASONS)


def shelves() -> Book:
    """An item for each reason, 5 units of each asked for; of rice 30 are free, and its floor is 40."""
    book = TownBook(area=AREAS[0])
    for name, quantity in (("rice", 30), ("milk", 60), ("eggs", 9), ("pork", 9)):
        book.stock("stock_received", book.lot(f"l-{name}", quantity, name))
    book.stock("reserve_floor_set", *({"type": "floor_set", "area": AREAS[0], "item": name, "quantity": 40} for name in
               ("rice", "milk")))  # fmt: skip
    book.ticked({"type": "lot_held", "lot_id": "l-eggs", "hold_id": "h", "reason": "x"})
    book.ticked({"type": "lot_expired", "lot_id": "l-pork"})
    for name in ("rice", "milk", "eggs", "pork", "vegetables"):
        book.at(1).asked(book.need(f"r-{name}", 5, name))
    book.asked(book.need("r-part", 9, "milk"), *book.bag("1", "r-part:milk", "l-milk", 4))
    book.asked(book.need("r-sent", 4, "milk"), *book.bag("2", "r-sent:milk", "l-milk", 4))
    book.asked(book.need("r-kept", 4, "milk"), book.bag("3", "r-kept:milk", "l-milk", 4)[0])
    return book.at(5).ticked()


@pytest.fixture(scope="module")
def shelves_url(databases: Databases) -> Iterator[str]:
    def fill(client: Client) -> None:
        load(client, shelves())
        SpanMaker(client).catch_up()

    with databases.filled(fill) as url:
        yield url


def told(browser: Browser, query: str) -> Counter[str]:
    """How many needs the pages of the list give each reason; each need has one."""
    found, skip, rows = Counter[str](), 0, [""]
    while rows:
        text = browser.get(f"/needs?lang=en&skip={skip}&{query}").text
        rows = re.findall(r'<td class="text why">(.*?)</td>', text)
        found.update(_way(unescape(row)) for row in rows)
        skip += 50
    return found


def _way(why: str) -> str:
    reasons = [name for name, words in SAID.items() if words in why]
    assert len(reasons) < 2, why
    return reasons[0] if reasons else "on_the_way" if "on the way" in why else "set_aside"


def reported(client: Client, at: dt.datetime) -> dict[str, Counter[str]]:
    found = build(client, at).section("needs_area").dicts()
    return {str(row["area"]): Counter({name: int(str(row[name])) for name in WAYS if row[name]}) for row in found}


def test_a_need_for_rice_at_its_floor_is_not_without_stock(shelves_url: str) -> None:
    with serving(make_desk(shelves_url, Kept())) as port:
        page = unescape(Browser(port).get("/need?lang=en&id=r-rice:rice").text)
        assert "5 missing: the stock is at its reserve floor" in page and "no stock" not in page
        part = unescape(Browser(port).get("/need?lang=en&id=r-part:milk").text)
        assert "5 missing: in stock, given out at the next tick" in part and "4 on the way" in part
        assert "缺 5：库存在储备底线内" in Browser(port).get("/need?lang=zh&id=r-rice:rice").text
        assert "missing:" not in Browser(port).get("/need?lang=en&id=r-sent:milk").text


@pytest.mark.parametrize(
    ("ledgers", "hours", "expected"),
    [
        ("shelves", (4,), {*WAYS}),
        ("city", (8, 29), {"on_the_way", "set_aside", "next_share", "at_floor"}),
        ("town", (43, 54, 71), {"on_the_way", "next_share", "stock_held", "no_stock"}),
    ],
)
def test_console_and_report_agree_on_why_needs_are_open(
    ledgers: str, hours: tuple[int, ...], expected: set[str], request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{ledgers}_url")
    seen: set[str] = set()
    with serving(make_desk(url, Kept())) as port, connect(url) as client:
        for at in map(hour, hours):
            for area, counts in reported(client, at).items():
                assert told(Browser(port), f"at={at:%Y-%m-%dT%H:%M:%SZ}&place={area}") == counts, (at, area)
                seen |= counts.keys()
    assert seen == expected


def test_what_is_not_set_aside_in_full_is_called_that(shelves_url: str) -> None:
    with serving(make_desk(shelves_url, Kept())) as port:
        browser = Browser(port)
        now = browser.get("/?lang=en").text
        assert "<b>6</b><span>not set aside in full</span>" in now and "without stock" not in now
        assert sum(told(browser, "only=not_in_full").values()) == 6
