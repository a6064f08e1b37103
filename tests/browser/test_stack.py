"""The console of a running stack: what is published shows by itself, an alert is acknowledged, looks are recorded.

Then every page, now and as of a past time, of what Kafka, the stages and the sink made of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from deploy.local.stack import Stack
from deploy.settings import Settings
from schemas.consignment import ConsignmentDeclared, DeclaredLot
from schemas.household import Group, HouseholdRegistered, Members, Tier
from schemas.request import RequestFiled, RequestLine
from schemas.stock import StockReceived
from sinks.clickhouse.client import connect
from sinks.console.app import PLACES
from streams.publish.producer import Publisher
from tests.browser.test_console import serious
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow]
AREA = "jiangcheng/beihu/liulin"
LEADING = {
    "/need": "/needs", "/household": "/needs", "/lot": "/stock", "/consignment": "/coldchain", "/alert": "/alerts",
    "/record": "/household?id=home-1",
}  # fmt: skip
"""Pages of one thing, and those that lead to them."""
SOON = 12.0
"""Seconds until the need's clock ends."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(Settings(data=tmp_path_factory.mktemp("stack") / "data"), console=True) as running:
        yield running


def test_a_need_becomes_overdue_before_the_officers_eyes(page: Page, said: list[str], stack: Stack) -> None:
    home = stack.addresses()["console"]
    page.goto(home)
    page.evaluate("window.stayed = true")
    _publish(stack.kafka)
    totals = page.locator("#totals b")
    expect(totals.nth(0)).to_have_text(re.compile("^1"), timeout=60_000)
    expect(totals.nth(1)).to_have_text("0")
    expect(totals.nth(1)).to_have_text("1", timeout=(SOON + 20) * 1000)
    assert page.evaluate("window.stayed") is True
    expect(page.locator("#pulse")).to_have_class("pulse on")
    expect(page.locator("#alerts")).to_contain_text("需求超时未满足", timeout=60_000)
    page.locator("#alerts").get_by_role("link", name="需求超时未满足").click()
    page.locator("#list tbody a").first.click()
    page.get_by_label("处置说明").fill("已派网格员上门")
    page.locator("button.primary").click()
    expect(page.get_by_role("status")).to_contain_text("已提交确认")
    page.goto(f"{home}/alerts")
    expect(page.locator("#list .badge.acknowledged").first).to_be_visible(timeout=60_000)
    expect(page.locator("#list")).to_contain_text("local: 已派网格员上门")
    _looks(stack.clickhouse, {"alert"})
    _every_page(page, said, home)
    _looks(stack.clickhouse, {"alert", "need", "household", "record"})
    page.goto("about:blank")


def _every_page(page: Page, said: list[str], home: str) -> None:
    """Each answers, is accessible and complains of nothing, now and as of the moment at which this begins."""
    at = quote(datetime.now(UTC).isoformat())
    lists = [place.path for place in PLACES if place.path not in LEADING]
    paths = [*lists, *(_led_to(page, f"{home}{path}", one) for one, path in LEADING.items())]
    assert {path.partition("?")[0] for path in paths} == {place.path for place in PLACES}
    for path in [*paths, *(f"{path}{'&' if '?' in path else '?'}at={at}" for path in paths)]:
        _open(page, said, home + path)
        assert serious(page) == [], path
        assert said == [], path


def _led_to(page: Page, where: str, path: str) -> str:
    """The last link to a page of one thing: of a story, to how it began."""
    page.goto(where)
    link = page.locator(f"main a[href^='{path}?']").last
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))


def _open(page: Page, said: list[str], address: str) -> None:
    """What is not known in full yet is known in a minute, and shown then."""
    deadline = time.monotonic() + 120
    while (answer := page.goto(address)) is None or answer.status == 503:
        assert time.monotonic() < deadline, f"{address} never answered"
        time.sleep(1)
        said.clear()
    assert answer.status == 200, address


def _publish(kafka: str) -> None:
    now = datetime.now(UTC)
    home = HouseholdRegistered(
        kind="household_registered", event_id="e1", occurred_at=now, source="grid", area=AREA, household_id="home-1",
        grid=f"{AREA}/c1/g1", members=Members(adults=2), groups=frozenset({Group.DIALYSIS}), tier=Tier.SEALED,
    )  # fmt: skip
    asked = RequestFiled.model_validate(
        {
            "kind": "request_filed", "event_id": "e2", "occurred_at": now,
            "reported_at": now - timedelta(hours=4, seconds=-SOON), "taken_by": "grid-7",
            "source": "hotline", "area": AREA, "request_id": "r1", "requester_id": "home-1", "life_threatening": True,
            "lines": (RequestLine(item="insulin", quantity=2),),
        }
    )  # fmt: skip
    lot = StockReceived(
        kind="stock_received", event_id="e3", occurred_at=now, source="w-1", area=AREA, lot_id="lot-1", item="rice",
        warehouse="w-1", quantity=40,
    )  # fmt: skip
    declared = ConsignmentDeclared(
        kind="consignment_declared", event_id="e4", occurred_at=now, source="customs", consignment_id="cn-1",
        profile="frozen", lots=(DeclaredLot(lot_id="cn-1-a", item="frozen_fish", quantity=50),),
    )  # fmt: skip
    with Publisher(kafka) as publisher:
        publisher.send(lot)
        publisher.send(declared)
        publisher.send(home)
        publisher.flush()
        publisher.send(asked)


def _looks(clickhouse: str, pages: set[str]) -> None:
    """What the ledger says of looks: one household, on these pages."""
    wanted = sorted(("local", "home-1", page) for page in pages)
    deadline = time.monotonic() + 60
    with connect(clickhouse) as client:
        while (found := client.rows("SELECT DISTINCT by, requester_id, page FROM looks ORDER BY ALL")) != wanted:
            assert time.monotonic() < deadline, f"the looks at the household in ClickHouse are {found}"
            time.sleep(0.3)
