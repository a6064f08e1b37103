"""The console in a browser: every page without complaints and accessible, moving by itself, the past, the phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from schemas.alert import AlertAcknowledge
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.spans import SpanMaker
from sinks.console.app import PLACES
from sinks.console.users import User
from tests.sinks.clickhouse.book import START, Book, iso, load, request
from tests.sinks.console.city import EVIL
from tests.sinks.console.conftest import PASSWORD
from tests.sinks.console.serving import Kept, make_desk, serving

PATHS = [
    "/", "/needs", "/needs?only=overdue&sort=-age", "/stock", "/lot?id=lot-lin-milk", "/coldchain",
    "/consignment?id=cn-1", "/alerts", "/alert?id=al0", "/audit", "/record?stage=supply&partition=0&offset=200",
    "/report", "/household?id=h3", "/need?id=NEED", "/needs?owner=-", "/alerts?state=resolved", "/need?id=nothing",
    "/?at=2022-04-01T20:00:00", "/?place=jiangcheng/beihu/liulin",
]  # fmt: skip
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""axe's rules that a change of colours can break."""


def test_every_page_of_the_console_is_among_them() -> None:
    assert {path.partition("?")[0] for path in PATHS} == {place.path for place in PLACES}


@pytest.fixture(scope="module")
def need(city_url: str) -> str:
    """An open need."""
    with connect(city_url) as client:
        return str(client.rows("SELECT min(need_id) FROM open_needs")[0][0])


@pytest.fixture(scope="module")
def address(city_url: str) -> Iterator[str]:
    with serving(make_desk(city_url, Kept())) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_accessible_and_complains_of_nothing(
    page: Page, said: list[str], address: str, need: str, path: str
) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(address + path.replace("NEED", need))
    if path.endswith("nothing"):
        assert said and all("404" in text for text in said)  # the browser itself says that it got that
        said.clear()
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")  # the same page in other colours
    assert serious(page, runOnly=COLOURS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def serious(page: Page, **options: Any) -> list[tuple[str, list[str]]]:
    """What axe finds that keeps people out, and where."""
    told = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    found = [each for each in told if each["impact"] in ("serious", "critical")]
    return [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found]


def test_a_phone_shows_every_page_without_sideways_scrolling(
    page: Page, said: list[str], address: str, need: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in PATHS:
        page.goto(address + path.replace("NEED", need))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    said.clear()  # that there is no such need


def test_chinese_is_written_and_english_is_one_click_away(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="各网格未满足需求")).to_be_visible()
    widths = """(() => { const pen = document.createElement('canvas').getContext('2d'); pen.font = '40px sans-serif';
        return ['保', '供', '\\uffff'].map(one => pen.measureText(one).width); })()"""
    assert min(page.evaluate(widths)[:2]) >= 30
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Open needs by grid")).to_be_visible()
    page.get_by_role("link", name="Needs", exact=True).click()
    expect(page.get_by_role("heading", name="Needs")).to_be_visible()


def test_the_keyboard_reaches_the_content(page: Page, address: str) -> None:
    page.goto(f"{address}/needs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_keyboard_alone_leads_from_the_list_to_a_household_and_to_an_acknowledgement(
    page: Page, city_url: str, actions: Kept
) -> None:
    def press_until(what: str, most: int = 200) -> None:
        """Tab on until the element has the focus, and sees to it that the focus can be seen."""
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({what!r})"):
                width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
                assert width >= 1, "nobody sees where the focus is"
                return
        pytest.fail(f"the keyboard does not reach {what}")

    with serving(make_desk(city_url, actions)) as port:
        page.goto(f"http://127.0.0.1:{port}/needs")
        press_until("select[name=owner]")
        page.keyboard.press("ArrowDown")
        press_until("form.filters button")
        page.keyboard.press("Enter")
        page.wait_for_url("**owner=**")
        press_until("#list td a[href^='/household']")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("住户")
        page.goto(f"http://127.0.0.1:{port}/alerts")
        press_until("#list tbody a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/alert?**")
        press_until("#ack-comment")
        page.keyboard.type("已派人")
        press_until("button.primary")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("已提交确认")
    assert [act.comment for act in actions.messages if isinstance(act, AlertAcknowledge)] == ["已派人"]


def test_one_click_leads_from_a_need_to_its_household(page: Page, address: str) -> None:
    page.goto(f"{address}/needs")
    page.get_by_role("link", name="住户时间线").first.click()
    expect(page.locator("h1")).to_contain_text("住户")
    expect(page.locator("ol.story")).to_contain_text("提出需求")


def test_the_past_does_not_move_and_leads_back(page: Page, address: str) -> None:
    page.goto(address)
    now = page.locator("#totals b").first.inner_text()
    page.locator("#at").fill("2022-04-01T18:00:00")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".when.past")).to_be_visible()
    assert page.locator("#totals b").first.inner_text() != now
    page.get_by_role("link", name="回到当前").click()
    assert page.locator("#totals b").first.inner_text() == now


def test_a_need_that_becomes_overdue_appears_without_reload(page: Page, growing: tuple[str, Client]) -> None:
    url, client = growing
    book, spans = Book().opened(), SpanMaker(client)

    def grow() -> None:
        load(client, book)
        spans.catch_up()

    due = iso(START + timedelta(hours=4))
    book.at(1).decided("supply.requests.v1", {"kind": "request_filed"}, *request("r1", book.now, due_at=due))
    grow()
    with serving(make_desk(url, Kept())) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate("window.stayed = true")
        totals = page.locator("#totals b")
        expect(totals.nth(1)).to_have_text("0")
        expect(page.locator("#latest table")).to_have_count(0)
        book.at(4.01).ticked({"type": "need_overdue", "need_id": "r1:rice", "due_at": due})
        grow()
        expect(totals.nth(1)).to_have_text("1", timeout=5000)
        expect(page.locator("#latest tbody tr")).to_have_count(1)
        book.at(4.5).decided("supply.requests.v1", {"kind": "request_cancelled"},
                             {"type": "need_closed", "need_id": "r1:rice", "reason": "cancelled"})  # fmt: skip
        grow()
        expect(totals.nth(0)).to_have_text("0", timeout=5000)
        assert page.evaluate("window.stayed") is True
        page.goto("about:blank")


def test_acknowledging_needs_a_comment_and_says_it_was_sent(page: Page, city_url: str, actions: Kept) -> None:
    with serving(make_desk(city_url, actions)) as port:
        page.goto(f"http://127.0.0.1:{port}/alerts")
        page.locator("#list tbody a").first.click()
        page.locator("button.primary").click()
        assert page.evaluate("document.querySelector('#ack-comment').validity.valueMissing")
        page.get_by_label("处置说明").fill("已派网格员上门 <b>")
        page.locator("button.primary").click()
        expect(page.get_by_role("status")).to_contain_text("已提交确认")
    (act,) = [message for message in actions.messages if isinstance(message, AlertAcknowledge)]
    assert act.comment == "已派网格员上门 <b>" and act.source == "local"


def test_logging_in_and_out(page: Page, city_url: str, users: dict[str, User]) -> None:
    with serving(make_desk(city_url, Kept(), users)) as port:
        page.goto(f"http://127.0.0.1:{port}/needs")
        expect(page.locator("#name")).to_be_focused()
        assert serious(page) == []
        page.locator("#name").fill("vi")
        page.locator("#password").fill(PASSWORD)
        page.locator("button").click()
        expect(page.locator(".who")).to_contain_text("vi")
        expect(page.get_by_role("link", name="需求", exact=True)).to_have_count(0)
        page.get_by_role("button", name="退出").click()
        expect(page.locator("#name")).to_be_visible()


@pytest.fixture(scope="module")
def evil_address(evil_url: str) -> Iterator[str]:
    with serving(make_desk(evil_url, Kept())) as port:
        yield f"http://127.0.0.1:{port}"


def test_hostile_words_run_nothing_in_a_real_browser(page: Page, evil_address: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    mark = quote(EVIL)
    for path in ("/", "/needs", f"/needs?owner={quote('officer-lin' + EVIL)}",
                 f"/household?id=h1{mark}", "/stock", f"/lot?id=lot-lin-milk{mark}", "/coldchain",
                 "/consignment?id=cn-1", "/alerts", "/alert?id=al0", "/audit", "/report",
                 "/record?stage=supply&partition=0&offset=60", f"/needs?item={mark}"):  # fmt: skip
        page.goto(evil_address + path)
        page.wait_for_timeout(150)
        assert page.locator("img, main script, foreignObject").count() == 0, path
