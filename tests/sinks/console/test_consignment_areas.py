"""A consignment's page, for officers of the areas that got its lots, whether or not the warehouse named it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from sinks.console.asked import Asked
from sinks.console.store import Store
from sinks.console.users import Role, User
from tests.databases import Databases
from tests.sinks.clickhouse.book import Book, iso, load
from tests.sinks.clickhouse.coldbook import ColdBook, hour, lot_of
from tests.sinks.console.conftest import AREAS, PASSWORD
from tests.sinks.console.serving import Browser, Kept, make_desk, serving


def received(lot_id: str, area: str, moved_from: tuple[str, ...] = (), consignment: str | None = None) -> Book:
    lot = {
        "type": "lot_recorded", "lot_id": lot_id, "area": area, "item": "frozen_fish", "warehouse": "w1",
        "quantity": 9, "expires_on": None, "temperature": "frozen", "origin": "", "received_at": iso(hour(1)),
        "consignment_id": consignment, "from_lot_id": None, "moved_from": list(moved_from),
    }  # fmt: skip
    book = Book(partition=AREAS.index(area)).opened().at(1)
    return book.decided("stock.events.v1", {"kind": "stock_received"}, lot).at(9).ticked()


def cold() -> ColdBook:
    """c1 with lot l5, and c2 with l9, each with a reading and a breach."""
    book = ColdBook()
    for name, lot in (("c1", "l5"), ("c2", "l9")):
        book.reported("consignment_declared", book.step("declared", consignment=name), consignment=name,
                      profile="frozen", lots=[lot_of(lot, 9)])  # fmt: skip
        book.read(-8.0, book.breach("breach_opened", f"b-{name}", 0, consignment_id=name), consignment=name, out="hot")
    book.at(9).ticked()
    return book


@pytest.fixture(scope="module")
def url(databases: Databases) -> Iterator[str]:
    """The first area received l5 and says nothing of c1; the second got l7, which came from l9; the third names c1."""

    def fill(client: Client) -> None:
        supply = received("l5", AREAS[0]), received("l7", AREAS[1], ("l9",)), received("l8", AREAS[2], (), "c1")
        for number, book in enumerate((*supply, cold())):
            load(client, book, f"book-{number}")
        SpanMaker(client).catch_up()

    with databases.filled(fill) as filled:
        yield filled


@pytest.mark.parametrize(
    ("area", "its", "others"), [(AREAS[0], "c1", "c2"), (AREAS[1], "c2", "c1"), (AREAS[2], "c1", "c2")]
)
def test_what_is_listed_has_its_readings_and_events(
    url: str, users: dict[str, User], area: str, its: str, others: str
) -> None:
    officer = users["bo"].model_copy(update={"areas": (area,)})
    with serving(make_desk(url, Kept(), {"bo": officer})) as port:
        browser = Browser(port)
        browser.log_in("bo", PASSWORD)
        listed = browser.get("/coldchain?lang=en").text
        assert f"id={its}" in listed and f"id={others}" not in listed
        page = browser.get(f"/consignment?lang=en&id={its}").text
        assert "No readings" not in page and "temperature breach" in page and "stage reached" in page
        assert browser.get(f"/consignment?id={others}").status == 404


def test_the_questions_by_themselves_tell_nothing_of_others(url: str) -> None:
    store = Store(url)
    try:
        for area, known in ((AREAS[0], "c1"), (AREAS[1], "c2"), (AREAS[3], "")):
            asked = Asked(User(name="bo", role=Role.DUTY_OFFICER, areas=(area,)), hour(9))
            for name in ("c1", "c2"):
                events = store.ask("console_consignment_events", asked, consignment=name)
                readings = store.ask("console_readings", asked, consignment=name, points=9)
                assert bool(events) == bool(readings) == (name == known), (area, name)
            before = Asked(asked.user, hour(0.5))
            assert not store.ask("console_readings", before, consignment="c1", points=9), "nothing had come yet"
    finally:
        store.close()
