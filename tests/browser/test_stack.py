"""The console of a running stack: what is published shows by itself, an alert is acknowledged, a look is recorded."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.local.stack import Stack
from deploy.settings import Settings
from schemas.household import Group, HouseholdRegistered, Members, Tier
from schemas.request import RequestFiled, RequestLine
from sinks.clickhouse.client import connect
from streams.publish.producer import Publisher
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow]
AREA = "jiangcheng/beihu/liulin"
SOON = 12.0
"""Seconds until the need's clock ends."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(Settings(data=tmp_path_factory.mktemp("stack") / "data"), console=True) as running:
        yield running


def test_a_need_becomes_overdue_before_the_officers_eyes(page: Page, stack: Stack, tmp_path: Path) -> None:
    home = stack.addresses()["console"]
    page.goto(home)
    page.evaluate("window.stayed = true")
    _publish(stack.kafka)
    totals = page.locator("#totals b")
    expect(totals.nth(0)).to_have_text(re.compile("^1"), timeout=15_000)
    expect(totals.nth(1)).to_have_text("0")
    expect(totals.nth(1)).to_have_text("1", timeout=(SOON + 20) * 1000)
    assert page.evaluate("window.stayed") is True
    expect(page.locator("#pulse")).to_have_class("pulse on")
    expect(page.locator("#alerts")).to_contain_text("需求超时未满足", timeout=15_000)
    page.locator("#alerts").get_by_role("link", name="需求超时未满足").click()
    page.locator("#list tbody a").first.click()
    page.get_by_label("处置说明").fill("已派网格员上门")
    page.locator("button.primary").click()
    expect(page.get_by_role("status")).to_contain_text("已提交确认")
    page.goto(f"{home}/alerts")
    expect(page.locator("#list .badge.acknowledged").first).to_be_visible(timeout=15_000)
    expect(page.locator("#list")).to_contain_text("local: 已派网格员上门")
    _looks(stack.clickhouse)
    page.goto("about:blank")


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
    with Publisher(kafka) as publisher:
        publisher.send(home)
        publisher.flush()
        publisher.send(asked)


def _looks(clickhouse: str) -> None:
    deadline = time.monotonic() + 20
    with connect(clickhouse) as client:
        while client.rows("SELECT DISTINCT by, requester_id, page FROM looks") != [("local", "home-1", "alert")]:
            assert time.monotonic() < deadline, "the look at the household never came to ClickHouse"
            time.sleep(0.3)
