"""Pages of a time: none is later than what is known, and what a page leads to is of its own time."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from pathlib import Path

import pytest

from sinks.clickhouse.client import connect
from sinks.console.app import ACTIONS, DOWNLOADS, PLACES
from sinks.report import known_until
from tests.databases import Databases
from tests.sinks.console.serving import Browser, Kept, make_desk, serving

ENGLISH = {"accept_language": "en"}
NEWEST = "2022-04-02T22:00:00"
QUERIES = {
    "/need": "id=r1:rice", "/household": "id=h1", "/lot": "id=lot-lin-milk", "/consignment": "id=cn-1",
    "/alert": "id=al0", "/record": "stage=supply&partition=0&offset=1",
}  # fmt: skip


@pytest.mark.parametrize("path", [*(place.path for place in PLACES), *DOWNLOADS])
@pytest.mark.parametrize("at", ["2023-01-01", "2022-04-02T22:00:01"])
def test_what_is_not_known_yet_is_not_shown(local: Browser, path: str, at: str) -> None:
    reply = local.get(f"{path}?at={at}&{QUERIES.get(path, '')}", **ENGLISH)
    assert reply.status == 400
    assert "Not known yet: the newest known time is 2022-04-02 22:00:00." in reply.text


def test_the_newest_time_can_be_asked_for(local: Browser) -> None:
    for path in ("/", "/needs", "/stock", "/coldchain", "/alerts", "/audit"):
        assert local.get(f"{path}?at={NEWEST}").status == 200, path


def test_nothing_is_done_in_the_future(local: Browser, actions: Kept) -> None:
    token = local.csrf()
    for path in ACTIONS:
        assert local.ask("POST", f"{path}?id=al0&at=2023-01-01", {"csrf": token, "comment": "x"}).status == 400
    assert not actions.messages or all(message.kind == "household_viewed" for message in actions.messages)


def test_where_nothing_is_known_no_time_is(databases: Databases, actions: Kept) -> None:
    with databases.migrated() as url, serving(make_desk(url, actions)) as port:
        reply = Browser(port).get("/?at=2022-04-02", **ENGLISH)
    assert reply.status == 400 and "Nothing is known yet." in reply.text


def test_the_report_is_known_less_far_and_says_so(local: Browser, city_url: str) -> None:
    reply = local.get(f"/report?at={NEWEST}", **ENGLISH)
    assert reply.status == 400 and "the newest known time is 2022-04-02 21:59:59." in reply.text
    for path in DOWNLOADS:
        assert local.get(f"{path}?at={NEWEST}").status == 400


def test_the_time_that_the_report_is_filled_in_with_can_be_shown(local: Browser) -> None:
    (at,) = re.findall(r'<input id="at" name="at"[^>]* value="(.*?)"', local.get("/report").text)
    assert at == "2022-04-02T21:59:59" and local.get(f"/report?at={at}").status == 200


def test_what_is_downloaded_is_the_report_of_the_page(local: Browser, city_url: str) -> None:
    with connect(city_url) as client:
        known = known_until(client)
    for query, as_of in (("", known), ("?at=2022-04-02T12:00:00", dt.datetime(2022, 4, 2, 4, tzinfo=dt.UTC))):
        links = re.findall(r'href="(/report\.(?:md|csv)[^"]*)"', local.get(f"/report{query}").text)
        assert len(links) == 2
        for link in map(html.unescape, links):
            reply = local.get(link)
            assert dt.datetime.fromisoformat(_asked_for(link)).astimezone(dt.UTC) == as_of
            assert reply.status == 200 and f"{as_of + dt.timedelta(hours=8):%Y%m%d-%H%M}" in str(reply.headers)


def _asked_for(link: str) -> str:
    (found,) = re.findall(r"at=([^&]*)", link)
    return found.replace("%3A", ":").replace("%2B", "+")


def test_a_record_of_before_anything_was_known_is_not_there(local: Browser) -> None:
    record = "/record?stage=supply&partition=0&offset=0"
    assert local.get(f"{record}&at=1999-01-01").status == 404
    assert local.get(f"{record}&at=2022-04-01T16:00:00").status == 200
    assert local.get(f"{record}&at=2022-04-01T15:59:59").status == 404
    assert local.get("/record?stage=transfers&partition=0&offset=0").status == 404


def test_a_verification_is_shown_from_when_it_was_made(city_url: str, actions: Kept, tmp_path: Path) -> None:
    kept = tmp_path / "verified.json"
    kept.write_text(json.dumps({"at": "2022-04-02T04:00:07+00:00", "holds": True, "first": None}), encoding="utf-8")
    with serving(make_desk(city_url, actions, verified=kept)) as port:
        browser = Browser(port)
        now, after, before = (
            browser.get(f"/audit{at}", **ENGLISH).text
            for at in ("", "?at=2022-04-02T12:00:07", "?at=2022-04-02T12:00:06")
        )
        assert "12:00:07" in now and "holds</span>" in now and "holds</span>" in after
        assert "12:00:07" not in before and "holds</span>" not in before
        assert "the last one was later" in before
        kept.write_text(json.dumps({"at": "once", "holds": True, "first": None}), encoding="utf-8")
        assert "holds</span>" not in browser.get("/audit", **ENGLISH).text, "nobody knows when"
