"""Readings of a CSV: a time and a value a row, with or without headings."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from schemas.errors import FAILURE, BaogongError
from streams.loggers.cells import TIME, VALUE, celsius_of, clock_of, is_no_value, placed_at
from streams.loggers.model import LoggerFile, Note, Reading, RefusedRow
from streams.publish.csv_rows import records
from streams.publish.files import REFUSED
from streams.publish.refusal import Problem, Refused, refuse, shown
from streams.publish.row import Row

TIMES: Final = frozenset(
    {"timestamp", "time", "at", "datetime", "when", "ts", "occurredat", "measuredat", "recordedat", "readat"}
    | {"timestamputc", "datetimeutc", "时间", "记录时间", "测量时间", "采集时间", "检测时间", "日期时间"}
)
VALUES: Final = frozenset(
    {"value", "celsius", "temperature", "temp", "t", "c", "tc", "degc", "tempc", "temperaturec", "temperaturecelsius"}
    | {"reading", "温度", "温度c", "温度值"}
)
FAHRENHEIT: Final = frozenset({"f", "tf", "tempf", "temperaturef", "fahrenheit", "degf", "温度f"})
_DATES: Final = frozenset({"date", "日期"})
_NOISE: Final = re.compile(r"[\s_\-()\[\]（）:：°./]")
_KNOWN: Final = "timestamp, time, at or 时间 for the times and value, celsius, temperature or 温度 for the values"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where times and values stand; a date and a time of day may stand in columns of their own."""

    times: tuple[int, ...]
    value: int
    width: int


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row with its two cells, and its clock where that can be read."""

    row: Row
    time: str
    value: str
    clock: dt.datetime | None


def looks_like_readings(headings: Sequence[str]) -> bool:
    """Whether headings are those of a logger's CSV."""
    return _named(headings) is not None


def read_table(name: str, text: str, *, now: dt.datetime, timezone: dt.tzinfo | None = None) -> LoggerFile:
    """Read a CSV. Raises BaogongError where it has no column for times or values, or where no row can be read.

    Where no time in the file has an offset, all are read in `timezone` (UTC where none is named, with a note). Where
    any has one, a time without is refused.
    """
    delimiter = next((mark for mark in "\t;" if mark in text.lstrip().partition("\n")[0]), ",")
    rows = [(line, cells, raw, wrong) for line, cells, raw, wrong in records(text, delimiter) if _says(cells, wrong)]
    columns, headed, note = _layout(name, rows[0][1] if rows else [])
    cells = [_cells(columns, *row) for row in rows[headed:]]
    aware = any(one.clock is not None and one.clock.tzinfo is not None for one in cells)
    naive = any(one.clock is not None and one.clock.tzinfo is None for one in cells)
    file = LoggerFile(
        name,
        (),
        (),
        timezone or _common_offset(cells) or dt.UTC,
        rows[0][2] if headed else delimiter.join((TIME, VALUE)),
        delimiter,
        notes=note + ((_assumed_utc(),) if naive and not aware and timezone is None else ()),
    )
    return _some(_filled(file, cells, aware, now))


def _common_offset(rows: Sequence[_Cells]) -> dt.timezone | None:
    """The offset that all times have, so that a day is a day where they were written; None where they differ."""
    offsets = {row.clock.utcoffset() for row in rows if row.clock is not None}
    only = offsets.pop() if len(offsets) == 1 else None
    return None if only is None else dt.timezone(only)


def _filled(file: LoggerFile, rows: Sequence[_Cells], aware: bool, now: dt.datetime) -> LoggerFile:
    """The file with what its rows say. `aware`: some time in it has an offset."""
    readings, refused, missing = list[Reading](), list[RefusedRow](), list[dt.datetime]()
    for row in rows:
        try:
            at = _at(row, file.zone, aware, now)
            if is_no_value(row.value):
                missing.append(at)
            else:
                value = celsius_of(row.value, comma=file.delimiter != ",")
                readings.append(Reading(row.row.line, at, value))
        except Refused as error:
            refused.append(RefusedRow(row.row, error.problems[0]))
    return replace(file, readings=tuple(readings), refused=tuple(refused), missing=tuple(missing))


def _at(row: _Cells, zone: dt.tzinfo, aware: bool, now: dt.datetime) -> dt.datetime:
    if row.row.problem:
        raise Refused([row.row.problem])
    clock = row.clock or clock_of(row.time)
    if aware and clock.tzinfo is None:
        raise refuse("naive_time", TIME, f"{shown(row.time)} has no time zone, while other times of the file have one")
    return placed_at(row.time, clock, zone, now)


def _says(cells: list[str], wrong: str) -> bool:
    """Whether a record is a row: not blank, not a comment."""
    return bool(wrong) or (any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#"))


def _cells(columns: Columns, line: int, cells: list[str], raw: str, wrong: str) -> _Cells:
    stripped = [cell.strip() for cell in cells]
    while len(stripped) > columns.width and not stripped[-1]:
        stripped.pop()
    if wrong or len(stripped) != columns.width:
        reason = wrong or f"has {len(stripped)} cells, but there are {columns.width} columns"
        return _Cells(Row(line, {}, raw, Problem("malformed" if wrong else "ragged", "", reason)), "", "", None)
    time = " ".join(stripped[column] for column in columns.times).strip()
    try:
        clock = clock_of(time)
    except Refused:
        clock = None  # its reason is told when the row is read
    return _Cells(Row(line, {}, raw), time, stripped[columns.value], clock)


def _layout(name: str, first: Sequence[str]) -> tuple[Columns, bool, tuple[Note, ...]]:
    """Columns, whether the first row is a heading, and a note where the columns had to be guessed from their order."""
    if columns := _named(first):
        return columns, True, ()
    keys = [_key(cell) for cell in first]
    if any(key in FAHRENHEIT for key in keys):
        raise BaogongError(f"{name}: its temperatures are in °F: give them in °C.", FAILURE)
    if len([key for key in keys if key]) != 2 or len(keys) != 2:
        raise BaogongError(f"{name} is not a logger's CSV: name its columns ({_KNOWN}), or give just two.", FAILURE)
    if any(any(c.isdigit() for c in cell) for cell in first) or any(is_no_value(cell.strip()) for cell in first):
        return Columns((0,), 1, 2), False, ()
    return Columns((0,), 1, 2), True, (_by_order(first),)


def _named(headings: Sequence[str]) -> Columns | None:
    """Where times and values stand, by their names; None where that is not clear."""
    keys = [_key(heading) for heading in headings]
    while keys and (not keys[-1] or keys[-1] == REFUSED):
        keys.pop()
    times = [n for n, key in enumerate(keys) if key in TIMES]
    dates = [n for n, key in enumerate(keys) if key in _DATES]
    values = [n for n, key in enumerate(keys) if key in VALUES]
    if len(values) != 1 or len(times) + len(dates) == 0 or len(times) > 1 or len(dates) > 1:
        return None
    return Columns((*dates, *times), values[0], len(headings))


def _key(heading: str) -> str:
    return _NOISE.sub("", heading.strip().casefold().replace("℃", "c"))


def _some(file: LoggerFile) -> LoggerFile:
    if file.readings or file.missing:
        return file
    if not file.refused:
        raise BaogongError(f"{file.name} has no readings.", FAILURE)
    raise BaogongError(f"{file.name}: none of its {len(file.refused)} rows is a reading; {file.refused[0]}.", FAILURE)


def _assumed_utc() -> Note:
    return Note(
        "timezone_assumed",
        "no time in the file has an offset: read as UTC; name the zone with --timezone",
        "文件中的时间没有时区，按 UTC 读取；可用 --timezone 指定",
    )


def _by_order(first: Sequence[str]) -> Note:
    names = " and ".join(shown(cell.strip()) for cell in first)
    return Note(
        "columns_by_order",
        f"the headings {names} are not known: the first was read as the time, the second as °C",
        f"表头 {names} 未识别：第一列按时间、第二列按摄氏度读取",
    )
