"""A time and a temperature as loggers and spreadsheets write them; what can't be one is refused with its reason."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

from streams.publish.build import AHEAD
from streams.publish.cells import placed
from streams.publish.refusal import refuse, shown

TIME: Final = "timestamp"
VALUE: Final = "value"
COLDEST, HOTTEST = -200.0, 200.0
"""Degrees Celsius between which a logger of goods can have measured (schemas.temperature.Celsius)."""
_FIRST: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_NO_VALUE: Final = re.compile(r"-{1,4}[.,]?-*")
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,9}\.?\d{0,30}|\.\d{1,30})(?:[eE][+-]?\d{1,2})?")
_UNIT: Final = re.compile(r"\s*(?:°\s?C|℃|C)$")
_ISO_LIKE: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
)
_MINUS: Final = str.maketrans({"−": "-", "–": "-"})


def is_no_value(text: str) -> bool:
    """Whether a device says with this (`--.-`) that it has no value."""
    return _NO_VALUE.fullmatch(text) is not None


def celsius_of(text: str, *, comma: bool = False, fahrenheit: bool = False) -> float:
    """Degrees Celsius of a cell; raises Refused. `comma`: 4,5 may be written for 4.5."""
    if not text:
        raise refuse("missing", VALUE, "is missing")
    bare = _UNIT.sub("", text.translate(_MINUS)).strip()
    bare = bare.replace(",", ".", 1) if comma else bare
    if not _NUMBER.fullmatch(bare):
        raise refuse("not_a_number", VALUE, f"{shown(text)} is not a temperature in °C")
    value = round((float(bare) - 32) / 1.8, 2) if fahrenheit else float(bare)
    if not COLDEST <= value <= HOTTEST:
        reason = f"{value:g} °C can't be: a logger of goods measures from {COLDEST:g} to {HOTTEST:g} °C"
        raise refuse("impossible", VALUE, reason)
    return value


def clock_of(text: str, form: str | None = None) -> dt.datetime:
    """The time of a cell, naive where it has no offset; raises Refused. `form`: strptime's, where the file says it."""
    if not text:
        raise refuse("missing", TIME, "is missing")
    try:
        if form is not None:
            return dt.datetime.strptime(text, form)  # noqa: DTZ007
        if len(text) <= len("2022-04-01"):
            raise ValueError
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return _loosely(text)


def _loosely(text: str) -> dt.datetime:
    """Year first with slashes or dots, hours of one digit, as spreadsheets write them: nothing can be mistaken."""
    if found := _ISO_LIKE.fullmatch(text):
        try:
            return dt.datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            pass
    raise refuse("not_a_time", TIME, f"{shown(text)} is not a time as 2022-04-01T08:30:00+08:00")


def placed_at(text: str, clock: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> dt.datetime:
    """The aware time (UTC) of a clock's reading; raises Refused where it can't be when something was measured."""
    if clock.tzinfo is None:
        clock = placed(TIME, text, clock, zone) if isinstance(zone, ZoneInfo) else clock.replace(tzinfo=zone)
    try:
        at = clock.astimezone(dt.UTC)
    except OverflowError as error:
        raise refuse("not_a_time", TIME, f"{shown(text)} is beyond the calendar") from error
    if at > now + AHEAD:
        raise refuse("in_the_future", TIME, f"{shown(text)} is in the future: the logger's clock is wrong")
    if at < _FIRST:
        raise refuse("too_early", TIME, f"{shown(text)} is before the year 2000: the logger's clock is wrong")
    return at
