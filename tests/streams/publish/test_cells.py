"""Cells: whole numbers or a reason, times with a zone or a reason; nothing guessed, nothing clipped."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.publish.cells import Reading, read_cell
from streams.publish.kinds import Column, Place, Shape
from streams.publish.refusal import Refused

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = dt.datetime.fromisoformat("1992-01-01"), dt.datetime.fromisoformat("2100-01-01")


def read(shape: Shape, cell: Any, how: Reading | None = None, choices: tuple[str, ...] = ()) -> Any:
    return read_cell(Column("field", shape, Place.TOP, "", choices), cell, how or Reading())


def code(shape: Shape, cell: Any, how: Reading | None = None, choices: tuple[str, ...] = ()) -> str:
    with pytest.raises(Refused) as caught:
        read(shape, cell, how, choices)
    (problem,) = caught.value.problems
    assert problem.field == "field"
    return problem.code


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("5", 5),
        ("100.0", 100),
        ("1e14", 10**14),
        ("-3", -3),
        ("+7", 7),
        ("５", 5),
        ("0", 0),
        (8, 8),
        (Decimal("2.50e1"), 25),
    ],
)
def test_whole_numbers(cell: Any, number: int) -> None:
    value = read(Shape.WHOLE, cell)
    assert value == number
    assert type(value) is int


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0.5", "fraction"),
        ("1e-3", "fraction"),
        ("nan", "not_a_number"),
        ("inf", "not_a_number"),
        ("1,000", "not_a_number"),
        ("1 000", "not_a_number"),
        ("five", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1_000", "not_a_number"),
        ("1e9999", "out_of_range"),
        ("1e-9999", "out_of_range"),
        ("9" * 5000, "out_of_range"),
        (True, "not_a_number"),
        ([], "not_a_number"),
        ("=1+1", "formula"),
        ("#REF!", "spreadsheet_error"),
    ],
)
def test_what_is_no_whole_number_has_a_reason(cell: Any, reason: str) -> None:
    assert code(Shape.WHOLE, cell) == reason


@given(st.integers(-(10**20), 10**20), st.fractions(min_value=Fraction(1, 1000), max_value=1000))
def test_units_give_the_exact_whole_number_or_none(number: int, factor: Fraction) -> None:
    exact = number * factor
    how = Reading(factor=factor)
    if exact.denominator == 1:
        assert read(Shape.WHOLE, str(number), how) == exact
    else:
        assert code(Shape.WHOLE, str(number), how) == "fraction"


@given(st.integers(0, 10**15))
def test_thousands_separators_change_nothing(number: int) -> None:
    assert read(Shape.WHOLE, f"{number:,}", Reading(thousands=",")) == number


@given(st.datetimes(FIRST, LAST), st.integers(-720, 840))
def test_a_time_with_an_offset_is_the_same_instant_in_utc(moment: dt.datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    value = read(Shape.INSTANT, aware.isoformat())
    assert value.endswith("Z")
    assert dt.datetime.fromisoformat(value) == aware


@given(st.datetimes(FIRST, LAST))
def test_a_local_time_is_read_in_the_zone_that_is_named(moment: dt.datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    how = Reading(timezone=SHANGHAI, formats=("%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M"))
    assert dt.datetime.fromisoformat(read(Shape.INSTANT, moment.strftime("%Y/%m/%d %H:%M"), how)) == moment.replace(
        tzinfo=SHANGHAI
    )


def test_times_that_say_too_little_are_refused() -> None:
    assert code(Shape.INSTANT, "2022-04-01 08:30") == "naive_time"
    assert code(Shape.INSTANT, "2022-04-01", Reading(SHANGHAI)) == "not_a_time"
    assert read(Shape.INSTANT, "2022-04-01", Reading(SHANGHAI, ("%Y-%m-%d",))) == "2022-03-31T16:00:00Z"
    assert code(Shape.INSTANT, "yesterday") == "not_a_time"
    assert code(Shape.INSTANT, 1648771200) == "not_a_time"
    assert code(Shape.INSTANT, "0001-01-01T00:00:00+14:00") == "not_a_time"


@pytest.mark.parametrize("cell", ["2021-03-28 02:30:00", "2021-10-31 02:30:00"])
def test_local_times_on_a_change_of_clocks_are_refused(cell: str) -> None:
    assert code(Shape.INSTANT, cell, Reading(ZoneInfo("Europe/Berlin"))) == "ambiguous_time"


def test_dates_words_and_lists() -> None:
    assert read(Shape.DATE, "2022-12-31") == "2022-12-31"
    assert read(Shape.DATE, "31/12/2022", Reading(formats=("%d/%m/%Y",))) == "2022-12-31"
    assert code(Shape.DATE, "2022-02-30") == "not_a_time"
    assert [read(Shape.YES_NO, word) for word in ("Yes", "是", "1", "FALSE", "否", True)] == [True] * 3 + [
        False
    ] * 2 + [True]
    assert code(Shape.YES_NO, "maybe") == "not_yes_or_no"
    assert read(Shape.CHOICE, "Sealed", choices=("sealed",)) == "sealed"
    assert code(Shape.CHOICE, "open", choices=("sealed",)) == "unknown_word"
    assert read(Shape.LIST, "a; b|c、d", choices=("a", "b", "c", "d")) == ["a", "b", "c", "d"]
    assert code(Shape.LIST, "a;x", choices=("a",)) == "unknown_word"


def test_reasons_are_one_short_printable_line() -> None:
    with pytest.raises(Refused) as caught:
        read(Shape.WHOLE, "x\n\x1b[31m" + "y" * 1000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 120
