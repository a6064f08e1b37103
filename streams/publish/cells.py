"""One cell, as a person or a spreadsheet wrote it, becomes one value of a message. Never clipped, never guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from streams.publish.kinds import Column, Shape
from streams.publish.refusal import Refused, refuse, shown

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")
_ERRORS: Final = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"})
_SEPARATORS: Final = re.compile(r"[;|；、]")
_YES: Final = frozenset({"yes", "y", "true", "1", "是"})
_NO: Final = frozenset({"no", "n", "false", "0", "否"})
ONE: Final = Fraction(1)
_DIGITS: Final = 40
"""Decimal places of the largest number that is looked at: far above every limit, far below what hurts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How cells of one column are read. `factor` turns their unit into ours; `formats` are strptime's."""

    timezone: ZoneInfo | None = None
    formats: tuple[str, ...] = ()
    thousands: str = ""
    factor: Fraction = ONE


PLAIN: Final = Reading()


def read_cell(column: Column, cell: Any, how: Reading = PLAIN) -> Any:
    """The JSON value of a cell that is not empty; raises Refused with the column's name and a reason."""
    if isinstance(cell, str):
        _refuse_formula(column.name, cell)
    return _READERS[column.shape](column, cell, how)


def _refuse_formula(field: str, cell: str) -> None:
    if cell.startswith("="):
        raise refuse("formula", field, "is a formula; export values, not formulas")
    if cell in _ERRORS:
        raise refuse("spreadsheet_error", field, f"{cell} is a spreadsheet's error, not a value")


def _as_is(column: Column, cell: Any, how: Reading) -> Any:
    return cell


def _whole(column: Column, cell: Any, how: Reading) -> Any:
    """A whole number; 100.0 is one, 0.5 is not, and a unit's factor must lead to one."""
    converted = _converted(column, cell, how)
    if converted.denominator == 1:
        return int(converted)
    unit = "" if how.factor == 1 else f" (x {how.factor})"
    raise refuse("fraction", column.name, f"{shown(cell)}{unit} is not a whole number of units")


def _measured(column: Column, cell: Any, how: Reading) -> Any:
    """A number that need not be whole, such as degrees."""
    return float(_converted(column, cell, how))


def _converted(column: Column, cell: Any, how: Reading) -> Fraction:
    """A number in our unit."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | Decimal):
        raise refuse("not_a_number", column.name, f"{shown(cell)} is not a number")
    number = _number(column.name, cell, how)
    if abs(number) >= Decimal(10) ** _DIGITS or (number and number.adjusted() < -_DIGITS):
        raise refuse("out_of_range", column.name, f"{shown(cell)} is beyond every limit")
    return Fraction(number) if how.factor is ONE else Fraction(number) * how.factor


def _number(field: str, cell: str | int | Decimal, how: Reading) -> Decimal:
    text = str(cell)
    if how.thousands:
        text = text.replace(how.thousands, "")
    if not _NUMBER.fullmatch(text):
        hint = ": write it without separators, or name them in the mapping" if "," in text else ""
        raise refuse("not_a_number", field, f"{shown(cell)} is not a number{hint}")
    return Decimal(text)


def _yes_no(column: Column, cell: Any, how: Reading) -> Any:
    word = cell.casefold() if isinstance(cell, str) else cell
    if word in _YES or word is True:
        return True
    if word in _NO or word is False:
        return False
    raise refuse("not_yes_or_no", column.name, f"{shown(cell)} is neither yes nor no")


def _choice(column: Column, cell: Any, how: Reading) -> Any:
    word = cell.casefold() if isinstance(cell, str) else cell
    if word not in column.choices:
        raise refuse("unknown_word", column.name, f"{shown(cell)} is none of {', '.join(column.choices)}")
    return word


def _list(column: Column, cell: Any, how: Reading) -> Any:
    if not isinstance(cell, str):
        return cell
    words = [word.strip() for word in _SEPARATORS.split(cell) if word.strip()]
    if column.choices:
        words = sorted({_choice(column, word, how) for word in words})
    return words


def _instant(column: Column, cell: Any, how: Reading) -> str:
    """A time in UTC. A naive one is refused unless the mapping or the call names its time zone."""
    moment: dt.datetime = _parsed(column, cell, how, _iso_time)
    if moment.tzinfo is None:
        if how.timezone is None:
            raise refuse(
                "naive_time",
                column.name,
                f"{shown(cell)} has no time zone: write one (+08:00), or name it with --timezone or in the mapping",
            )
        moment = placed(column.name, cell, moment, how.timezone)
    try:
        return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    except OverflowError as error:
        raise refuse("not_a_time", column.name, f"{shown(cell)} is beyond the calendar") from error


def _iso_time(text: str) -> dt.datetime:
    """ISO 8601 with a time of day: a bare date says too little (a mapping's format may say that it is enough)."""
    if len(text) <= len("2022-04-01"):
        raise ValueError
    return dt.datetime.fromisoformat(text)


def placed(field: str, cell: Any, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """A local time with its zone; one that the clocks skipped or went through twice is refused, not guessed."""
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise refuse("ambiguous_time", field, f"{shown(cell)} falls on a change of clocks in {zone}: write its offset")
    return early


def _date(column: Column, cell: Any, how: Reading) -> str:
    moment = _parsed(column, cell, how, dt.date.fromisoformat)
    return (moment.date() if isinstance(moment, dt.datetime) else moment).isoformat()


def _parsed(column: Column, cell: Any, how: Reading, iso: Callable[[str], Any]) -> Any:
    """A cell by the first format that fits, or as ISO 8601 where the mapping names none."""
    if not isinstance(cell, str):
        raise refuse("not_a_time", column.name, f"{shown(cell)} is not a {column.shape}")
    for form in how.formats or ("",):
        try:
            return dt.datetime.strptime(cell, form) if form else iso(cell)  # noqa: DTZ007
        except ValueError:
            continue
    wanted = " or ".join(how.formats) if how.formats else "ISO 8601 (2022-04-01T08:30:00+08:00)"
    raise refuse("not_a_time", column.name, f"{shown(cell)} is not a {column.shape} as {wanted}")


_READERS: Final[dict[Shape, Callable[[Column, Any, Reading], Any]]] = {
    Shape.TEXT: _as_is,
    Shape.NESTED: _as_is,
    Shape.WHOLE: _whole,
    Shape.NUMBER: _measured,
    Shape.YES_NO: _yes_no,
    Shape.CHOICE: _choice,
    Shape.LIST: _list,
    Shape.INSTANT: _instant,
    Shape.DATE: _date,
}

__all__ = ["PLAIN", "Reading", "Refused", "read_cell"]
