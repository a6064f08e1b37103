"""Odd questions: whatever stands in a link or a form, the console answers, and never with a fault of its own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sinks.console.app import ACTIONS, DOWNLOADS, PLACES
from sinks.console.asked import Asked, BadRequest
from sinks.console.desk import Linker
from sinks.console.users import LOCAL
from tests.sinks.console.serving import Browser, Kept, make_desk, serving
from tests.sinks.report.test_formats import NOON

LIVE = tuple(f"/live{place.path}" for place in PLACES if place.live)
PATHS = (*(place.path for place in PLACES), *DOWNLOADS, *LIVE)
NAMES = (
    "at", "place", "lang", "id", "need", "item", "class", "group", "tier", "only", "owner", "sort", "skip", "state",
    "kind", "warehouse", "stage", "partition", "offset", "table", "done", "path", "self", "query", "asked", "link",
    "bare", "x",
)  # fmt: skip
WORDS = (
    "", "0", "-1", "9" * 5000, "1e9", "²", "٣", "18446744073709551615", "2022-04-02T08:00:00", "0001-01-01T00:00",
    "9999-12-31T23:59:59-14:00", "2022-04-02T08:00:00+23:59", "1971-01-01", "2199-12-31T23:59:59",
    "jiangcheng/beihu/liulin", "../..", "'; DROP TABLE x --", "{areas:Array(String)}", "%(x)s", "\\", "\\'", "\x00",
    "\n", "h3", "al1", "r9:rice", "cn-1", "overdue", "resolved", "supply", "due", "bogus", "zh", "<b>", "保供",
    "\U0001f4a9", "\ufeff", "x" * 301,
)  # fmt: skip
ANSWERS = (200, 204, 400, 404)
QUERIES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(WORDS) | st.text(max_size=8)), max_size=4)


@pytest.fixture(scope="module")
def odd(city_url: str) -> Iterator[Browser]:
    with serving(make_desk(city_url, Kept())) as port:
        browser = Browser(port)
        browser.get("/")
        yield browser


@pytest.mark.parametrize("path", PATHS)
def test_any_parameter_with_any_name_is_answered(odd: Browser, path: str) -> None:
    for name in NAMES:
        text = "9" * 5000 if name in ("skip", "partition", "offset") else "x"
        assert odd.get(f"{path}?{name}={text}").status in ANSWERS, name


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), query=QUERIES)
def test_odd_links_are_answered(odd: Browser, path: str, query: list[tuple[str, str]]) -> None:
    sent = urlencode(query, errors="surrogatepass")
    assert odd.get(f"{path}?{sent}").status in ANSWERS, sent


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(sorted(ACTIONS)),
    form=st.dictionaries(
        st.sampled_from(("comment", "hours", "scope", "silence", "x")), st.sampled_from(WORDS) | st.text(max_size=8)
    ),
)
def test_odd_forms_are_answered(odd: Browser, path: str, form: dict[str, str]) -> None:
    sent = {name: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for name, value in form.items()}
    assert odd.ask("POST", f"{path}?id=al3", {**sent, "csrf": odd.csrf()}).status in (303, 400, 404), sent


@pytest.mark.parametrize("path", ["/live/needs?sort=bogus", "/live/alerts?state=x", "/live/?at=bogus"])
def test_a_live_part_that_is_no_question_is_refused_at_once(odd: Browser, path: str) -> None:
    assert odd.get(path).status == 400


def test_a_link_keeps_parameters_of_any_name() -> None:
    asked = Asked(LOCAL, NOON, query={"path": "a", "self": "b", "query": "c"}, path="/x")
    assert Linker(asked).same(skip=1) == "/x?path=a&self=b&query=c&skip=1"


@pytest.mark.parametrize("text", ["9" * 5000, "-1", "²", "1.0", "1_0", " 1", "1001"])
def test_a_number_is_a_few_digits(text: str) -> None:
    with pytest.raises(BadRequest):
        Asked(LOCAL, NOON, query={"skip": text}).number("skip", most=1000)
    assert Asked(LOCAL, NOON, query={"skip": "0001000"}).number("skip", most=1000) == 1000
