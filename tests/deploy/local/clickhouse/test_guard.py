"""The shape of a statement: one judgement serves all that differ in strings and comments only, and no others."""

import pytest

from deploy.local.clickhouse.guard import shape


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 'a', 1", "SELECT 'something else', 1"),
        ("-- why\nWITH x AS (SELECT '保供') SELECT x.1 FROM x", "WITH x AS (SELECT '') SELECT x.1 FROM x"),
        ("SELECT 'it''s' -- it's", "SELECT 'an''d' -- and's"),
        ("SELECT a -> a - -1 / 2", "SELECT a -> a - -1 / 2 -- file('x')"),
    ],
)
def test_strings_and_comments_do_not_count(one: str, other: str) -> None:
    assert shape(one).strip() == shape(other).strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 'a', file('b')", "SELECT 'a', 'b'"),
        ("SELECT 'a--', file('b')", "SELECT 'a' --', file('b')"),
        ("SELECT ''''", "SELECT ''"),
        ("SELECT 1 --\n, file('x')", "SELECT 1 -- , file('x')"),
    ],
)
def test_what_runs_counts(one: str, other: str) -> None:
    assert shape(one) != shape(other)


@pytest.mark.parametrize(
    "text",
    [
        r"SELECT 'a\', file(', 'b'",
        "SELECT `a'` , file('x')",
        "SELECT \"a'\" , file('x')",
        "SELECT $$'$$, file('x')",
        "SELECT 1 /* ' */, file('x') -- '",
        "SELECT 1 # '\n, file('x') -- '",
        "SELECT \u2018a', file('x')\u2019",
        "SELECT 'a\0', 'b'",
        "INSERT INTO t SELECT 'a'",
        "SELECT 'never ends",
    ],
)
def test_where_it_is_not_plain_what_is_a_string_a_statement_is_its_own_shape(text: str) -> None:
    assert shape(text) == text
