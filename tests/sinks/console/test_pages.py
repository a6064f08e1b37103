"""Pages say what the ledgers say: totals, the past, hostile words, both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from sinks.clickhouse.client import connect
from tests.sinks.console.city import EVIL
from tests.sinks.console.serving import Browser, Kept, make_desk, serving


@pytest.fixture
def evil(evil_url: str, actions: Kept) -> Iterator[Browser]:
    with serving(make_desk(evil_url, actions)) as port:
        yield Browser(port)


def test_the_totals_are_those_of_the_views(local: Browser, city_url: str) -> None:
    text = local.get("/?lang=en").text
    with connect(city_url) as client:
        ((opened, overdue),) = client.rows("SELECT count(), countIf(overdue) FROM open_needs")
        ((out,),) = client.rows("SELECT count() FROM dispatches WHERE state = 'out'")
    totals = re.findall(r"<b>([\d,]+)(?:<i[^>]*>.*?</i>)?</b><span>(.*?)</span>", text)
    found = {name: int(number.replace(",", "")) for number, name in totals}
    assert (found["open"], found["overdue"], found["deliveries in the air"]) == (opened, overdue, out)
    assert opened > 20 and overdue > 5


def test_the_past_is_shown_as_it_was_known(local: Browser, city_url: str) -> None:
    text = local.get("/?lang=en&at=2022-04-01T20:00:00").text  # 12:00 UTC, four hours in
    with connect(city_url) as client:
        ((opened,),) = client.rows(
            "SELECT countIf(type = 'need_opened') - countIf(type = 'need_closed') FROM decisions FINAL "
            "WHERE type IN ('need_opened', 'need_closed') AND at <= toDateTime64('2022-04-01 12:00:00', 6, 'UTC')"
        )
    assert f"<b>{opened}</b><span>open</span>" in text and "A past time" in text
    assert 'href="/needs?at=2022-04-01T20%3A00%3A00"' in text
    assert "data-live" not in text


def test_a_household_has_its_whole_story(local: Browser, city_url: str) -> None:
    with connect(city_url) as client:
        ((requester, need),) = client.rows(
            "SELECT requester_id, need_id FROM needs WHERE state = 'delivered' ORDER BY need_id LIMIT 1"
        )
    text = local.get(f"/household?id={requester}&lang=en").text
    for word in ("registered", "need opened", "stock set aside", "sent out", "handed over", "closed", need):
        assert word in text


def test_both_languages(local: Browser) -> None:
    assert 'lang="zh-CN"' in local.get("/").text and "各网格未满足需求" in local.get("/").text
    english = local.get("/", accept_language="en-GB,en;q=0.9")
    assert 'lang="en"' in english.text and "Open needs by grid" in english.text
    assert "Open needs by grid" in local.get("/?lang=en").text and "Open needs by grid" in local.get("/").text


@pytest.mark.parametrize("page", ["/consignment?id=cn-1", "/lot?id=lot-lin-milk"])
def test_why_goods_are_held_is_said_in_the_readers_language(local: Browser, page: str) -> None:
    chinese, english = local.get(f"{page}&lang=zh").text, local.get(f"{page}&lang=en").text
    assert "温度超限 " in chinese and "too hot" not in chinese
    assert "too hot " in english and "温度超限" not in english


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers += [(tag, name) for name, value in attrs if name.startswith("on") or name == "style"]
        self.handlers += [(tag, value) for name, value in attrs if value and value.lower().startswith("javascript:")]


def test_hostile_words_stay_words(evil: Browser) -> None:
    from urllib.parse import quote

    mark = quote(EVIL)
    need = evil.get("/needs").text.split("/need?id=")[1].split('"')[0]
    paths = ["/", "/needs", f"/need?id={need}", f"/household?id=h1{mark}", "/stock", f"/lot?id=lot-lin-milk{mark}",
             "/coldchain", "/consignment?id=cn-1", f"/consignment?id=cn-2{mark}", "/alerts", "/audit", "/report",
             *(f"/alert?id=al{number}" for number in range(11)), "/record?stage=supply&partition=0&offset=60",
             f"/needs?item={mark}", f"/stock?item={mark}&warehouse={mark}",
             f"/needs?at=2022-04-01T20:00:00&x={mark}"]  # fmt: skip
    seen = 0
    for path in paths:
        reply = evil.get(path)
        assert reply.status == 200, (path, reply.status)
        parser = _Tags()
        parser.feed(reply.text)
        assert not parser.handlers, (path, parser.handlers)
        assert "img" not in parser.tags, path
        assert "${49}" not in reply.text and "><img" not in reply.text and "><svg/" not in reply.text, path
        seen += "&lt;img" in reply.text
    assert seen > 12


def test_every_refused_message_of_a_minute_is_on_the_audit_page(local: Browser) -> None:
    text = local.get("/audit").text
    assert [number for number in range(3) if f"More than the catalogue allows {number}" in text] == [0, 1, 2]
    before = local.get("/audit?at=2022-04-02T12:00:00").text
    assert "More than the catalogue allows" not in before


def test_a_long_table_of_the_report_has_a_page_of_its_own(local: Browser) -> None:
    whole = local.get("/report?lang=en").text
    link, left = re.findall(r'href="(/report\?[^"]*table=\w+)">([\d,]+) more rows', whole)[0]
    table = local.get(link.replace("&amp;", "&") + "&lang=en").text
    assert table.count("<tr>") - 1 == int(left.replace(",", "")) + 12 and "more rows" not in table
    (as_of,) = set(re.findall(r"As of</dt><dd>(.*?)</dd>", whole))
    assert f"As of</dt><dd>{as_of}</dd>" in table
    assert local.get("/report?table=nothing").status == 400


def test_csv_of_the_report_has_no_formulas(evil: Browser) -> None:
    for line in evil.get("/report.csv").text.splitlines():
        assert not re.search(r'(^|,)"?[=+@]', line), line


def test_the_live_part_is_the_page_without_its_frame(local: Browser) -> None:
    page = local.get("/").text
    assert 'data-live="/live/"' in page and '<script src="/static/console.js" defer>' in page
    assert local.get("/static/console.js").status == local.get("/static/console.css").status == 200


def test_the_parts_of_a_story_stand_apart(local: Browser) -> None:
    for line in re.findall(r"<li class=.*?</li>", local.get("/lot?id=lot-lin-milk&lang=zh").text, re.S):
        assert re.search(r"</(b|code)> +<span>", line), line


def test_an_alert_tells_its_detail_in_words_and_in_the_citys_time(local: Browser) -> None:
    text = local.get("/alert?id=al0&lang=zh").text
    for said in ("<dt>时限</dt><dd>2022-04-01 16:00:00</dd>", "<dt>品类</dt><dd>胰岛素</dd>", "<dd>重点人群</dd>"):
        assert said in text
    assert "due_at" not in text and "2022-04-01T08:00:00Z" not in text
    late = local.get("/alert?id=al8&lang=zh").text
    assert "stock_received" not in late and "<dt>上报内容</dt><dd>入库</dd>" in late
    english = local.get("/alert?id=al0&lang=en").text
    assert "<dt>Due</dt><dd>2022-04-01 16:00:00</dd>" in english and "<dt>Item</dt><dd>Insulin</dd>" in english


def test_refusals_and_kinds_of_messages_are_told_in_words(local: Browser) -> None:
    text = local.get("/audit?lang=zh").text
    assert "数量超出限额" in text and ">absurd_quantity<" not in text
    record = re.search(r'href="(/record[^"]*)">2022|href="(/record[^"]*)">04', text)
    assert record is not None
    page = local.get((record[1] or record[2]).replace("&amp;", "&") + "&lang=zh").text
    assert "<dd>数量超出限额</dd>" in page and "<dt>prev</dt>" not in page


@pytest.mark.parametrize("path", ["/needs?skip=x", "/need?id=nothing"])
def test_what_goes_wrong_is_said_in_the_language_asked_for_and_names_no_time(local: Browser, path: str) -> None:
    local.get("/?lang=en")
    chinese, english = local.get(f"{path}&lang=zh").text, local.get(f"{path}&lang=en").text
    assert 'lang="zh-CN"' in chinese and "返回当前页" in chinese and "Back to Now" in english
    assert "1970" not in chinese + english
