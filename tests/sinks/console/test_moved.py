"""Households that moved: who sees them now, where they are, and the needs that they left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from sinks.console.users import User
from tests.databases import Databases
from tests.sinks.clickhouse.book import Book, load, request
from tests.sinks.clickhouse.coldbook import hour
from tests.sinks.console.city import AREAS, HOUSEHOLDS, REQUESTS, grid
from tests.sinks.console.conftest import PASSWORD
from tests.sinks.console.serving import Browser, Kept, Reply, make_desk, serving

OLD, NEW = AREAS[:2]
MOVED = ("apart", "first-left", "first-came")
"""To an area of another partition; to one of the same, told by the old area first or by the new one."""
BEFORE = f"{hour(3):%Y-%m-%dT%H:%M:%SZ}"


def recorded(who: str, area: str, tier: str) -> dict[str, Any]:
    return {
        "type": "requester_recorded", "requester_id": who, "area": area, "grid": grid(area, 0), "registered": True,
        "institution": False, "groups": ["dialysis"] if area == OLD else [], "tier": tier,
        "members": {"infants": 0, "children": 0, "adults": 2, "elderly": 0}, "quarantine_until": None,
    }  # fmt: skip


def asks(book: Book, who: str) -> None:
    """It is registered in the old area, and asks there."""
    book.decided(HOUSEHOLDS, {"kind": "household_registered"}, recorded(who, OLD, "sealed"))
    more = {"requester_id": who, "area": OLD, "grid": grid(OLD, 0)}
    book.decided(REQUESTS, {"kind": "request_filed"}, *request(f"r-{who}", book.now, **more))


def left(book: Book, who: str) -> None:
    gone = {"type": "requester_left", "requester_id": who, "area": OLD}
    book.decided(HOUSEHOLDS, {"kind": "requester_removed"}, gone)


def came(book: Book, who: str) -> None:
    book.decided(HOUSEHOLDS, {"kind": "household_registered"}, recorded(who, NEW, "controlled"))


def ledgers() -> tuple[Book, Book]:
    first, second = Book().opened(), Book(partition=1).opened()
    for who in (*MOVED, "gone", "here"):
        asks(first, who)
    for who in ("apart", "first-left", "gone"):
        left(first.at(5), who)
    for who in ("first-left", "first-came"):
        came(first.at(6), who)
    left(first.at(7), "first-came")
    first.at(8).ticked({"type": "need_overdue", "need_id": "r-first-left:rice"})
    came(second.at(6), "apart")
    return first.at(9).ticked(), second.at(9).ticked()


@pytest.fixture(scope="module")
def url(databases: Databases) -> Iterator[str]:
    def fill(client: Client) -> None:
        for book in ledgers():
            load(client, book)
        SpanMaker(client).catch_up()

    with databases.filled(fill) as filled:
        yield filled


@pytest.fixture
def desk(url: str, users: dict[str, User]) -> Iterator[int]:
    """The port of a console with an officer of each of the two areas, `bo` and `li`, and `ann` of all."""
    officers = {**users, "li": users["bo"].model_copy(update={"name": "li", "areas": (NEW,)})}
    with serving(make_desk(url, Kept(), officers)) as port:
        yield port


def browser(port: int, name: str) -> Browser:
    found = Browser(port)
    assert found.log_in(name, PASSWORD).status == 303
    return found


def facts(page: Reply) -> str:
    """What a page says before its story."""
    assert page.status == 200
    return page.text.partition("</dl>")[0]


@pytest.mark.parametrize("who", MOVED)
def test_where_a_household_is_now_sees_it_and_where_it_was_does_not(desk: int, who: str) -> None:
    old, new, everywhere = (browser(desk, name) for name in ("bo", "li", "ann"))
    for path in (f"/household?id={who}", f"/household?need=r-{who}:rice"):
        assert old.get(path).status == 404, path
        assert old.get(f"{path}&at={BEFORE}").status == 200, "then it was there"
    assert new.get(f"/household?id={who}&at={BEFORE}").status == 404
    for one in (new, everywhere):
        head = facts(one.get(f"/household?lang=en&id={who}"))
        assert grid(NEW, 0) in head and "controlled" in head and "dialysis" not in head and ">left<" not in head


@pytest.mark.parametrize("who", [*MOVED, "gone", "here"])
def test_a_need_that_was_left_behind_has_its_story(desk: int, who: str) -> None:
    for name in ("bo", "ann"):
        page = browser(desk, name).get(f"/need?lang=en&id=r-{who}:rice")
        assert page.status == 200 and "need opened" in page.text and grid(OLD, 0) in page.text, name
    assert browser(desk, "li").get(f"/need?id=r-{who}:rice").status == 404


def test_who_left_for_nowhere_is_told_of_to_those_alone_who_see_all(desk: int) -> None:
    assert browser(desk, "bo").get("/household?id=gone").status == 404
    page = browser(desk, "ann").get("/household?lang=en&id=gone")
    assert ">left<" in facts(page) and grid(OLD, 0) in facts(page) and "dialysis" in facts(page)
    assert "need opened" in page.text
    assert ">left<" not in facts(browser(desk, "ann").get("/household?lang=en&id=here"))


def test_needs_in_other_areas_are_no_part_of_the_story(desk: int) -> None:
    need, path = "r-first-left:rice", "/household?lang=en&id=first-left"
    assert "need overdue" in browser(desk, "ann").get(path).text
    assert need not in browser(desk, "li").get(path).text
