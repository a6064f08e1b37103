"""Questions by name: their parts, their parameters, and values that stay values."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sinks.clickhouse import queries
from sinks.clickhouse.client import connect
from sinks.clickhouse.queries.literal import literal

NOON = dt.datetime(2022, 4, 1, 12, 30, 15, 123456, dt.timezone(dt.timedelta(hours=8)))


@pytest.mark.parametrize(
    ("value", "kind", "sql"),
    [
        ("it's", "String", r"'it\'s'"),
        (["a", "b'"], "Array(String)", r"CAST(['a', 'b\''], 'Array(String)')"),
        ([], "Array(String)", "CAST([], 'Array(String)')"),
        (7, "UInt32", "7"),
        (None, "Nullable(Int64)", "NULL"),
        (True, "Bool", "true"),
        (NOON, "DateTime64(6, 'UTC')", "'2022-04-01 04:30:15.123456'::DateTime64(6, 'UTC')"),
        (NOON, "DateTime", "toDateTime('2022-04-01 04:30:15', 'UTC')"),
        (NOON.date(), "Date", "toDate('2022-04-01')"),
    ],
)
def test_values_are_written_as_their_types(value: Any, kind: str, sql: str) -> None:
    assert literal(value, kind) == sql


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (7, "String"),
        ("7", "UInt8"),
        (True, "UInt8"),
        (None, "String"),
        ("abc", "Array(String)"),
        (NOON.replace(tzinfo=None), "DateTime64(6, 'UTC')"),
        (NOON, "Date"),
        (float("nan"), "Float64"),
        ("x", "Map(String, String)"),
    ],
)
def test_a_value_of_another_type_is_refused(value: Any, kind: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        literal(value, kind)


def test_a_question_names_its_parameters_and_wants_all_of_them() -> None:
    sql = "SELECT {area:String}, {as_of:DateTime64(6, 'UTC')}, {areas:Array(String)}"
    assert queries.parameters(sql) == {
        "area": "String",
        "as_of": "DateTime64(6, 'UTC')",
        "areas": "Array(String)",
    }
    with pytest.raises(KeyError, match="as_of"):
        queries.bind(sql, {"area": "sh/pd/a1", "areas": []})


def test_an_empty_parameter_says_the_same_in_fewer_words() -> None:
    inner = "-- where place\n{place:String}\n-- else\n2\n-- end\n"
    sql = f"SELECT\n-- where areas\n{{areas:Array(String)}},\n{inner}-- else\n1\n-- end\n"
    assert queries.bind(sql, {"areas": [], "place": ""}) == "SELECT\n1\n"
    assert queries.bind(sql, {"areas": ["a"], "place": ""}) == "SELECT\nCAST(['a'], 'Array(String)'),\n2\n"
    assert queries.bind(sql, {"areas": ["a"], "place": "b"}) == "SELECT\nCAST(['a'], 'Array(String)'),\n'b'\n"
    assert queries.fill(sql, lambda name, _: name) == "SELECT\nareas,\nplace\n", "right for every value"


@pytest.mark.parametrize("name", ["../0001_ledger", "no_such_question", "parts/known", ""])
def test_only_questions_can_be_loaded(name: str) -> None:
    with pytest.raises(KeyError):
        queries.load(name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(), max_size=5), st.integers(0, 7_000_000_000_000_000))
def test_clickhouse_reads_what_was_meant(clickhouse_url: str, words: list[str], at: int) -> None:
    asked = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=at)
    sql = queries.bind(
        "SELECT {words:Array(String)}, {first:String}, {at:DateTime64(6, 'UTC')}",
        {"words": words, "first": "".join(words), "at": asked},
    )
    with connect(clickhouse_url) as client:
        assert client.rows(sql) == [(words, "".join(words), asked)]


@pytest.mark.parametrize("name", queries.names())
def test_every_question_is_whole(name: str) -> None:
    """Its parts are in it, and all that it is asked with is of types that values can be written as."""
    sql = queries.load(name)
    assert "-- include:" not in sql and "$word" not in sql
    times: dict[str, Any] = {"DateTime64(6, 'UTC')": NOON, "Date": NOON.date()}
    plain: dict[str, Any] = {"String": "x", "Array(String)": ["x"], "Bool": True, **times}
    asked = {each: plain.get(kind, 1) for each, kind in queries.parameters(sql).items()}
    empty = {name: type(value)() if isinstance(value, str | list) else value for name, value in asked.items()}
    for params in ({**some, "told": told} for some in (asked, empty) for told in (True, False)):
        bound = queries.bind(sql, params)
        assert "{" not in _without_comments(bound) and "-- where" not in bound and "-- end" not in bound


def _without_comments(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
