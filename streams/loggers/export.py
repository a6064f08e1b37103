"""Text exports of loggers (Berlinger Fridge-tag, Q-tag CLm): their data table, with what the device says of itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from schemas.errors import FAILURE, BaogongError
from streams.loggers.cells import TIME, VALUE, celsius_of, clock_of, is_no_value, placed_at
from streams.loggers.device import device_of, fahrenheit_of, whole, zone_of
from streams.loggers.model import LoggerFile, Note, Reading, RefusedRow
from streams.loggers.tree import Export, parse
from streams.publish.refusal import Refused, refuse
from streams.publish.row import Row

_DIRECTIVES: Final = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "hh": "%H", "HH": "%H", "mm": "%M", "ss": "%S"}
_LONGEST_INTERVAL: Final = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class _Table:
    """How rows of the data table are read, from its heading."""

    form: str | None = None
    time: int = 0
    value: int = 1
    mark: int | None = 2


def read_export(name: str, text: str, *, now: dt.datetime, timezone: dt.tzinfo | None = None) -> LoggerFile:
    """Read an export. Raises BaogongError where it has neither readings nor daily sums.

    Its own zone counts; where it says none, its times are read in `timezone` (UTC where none is named, with a note).
    """
    export = parse(text)
    said = zone_of(export.root.under("Conf").get("Zone"))
    zone = said or timezone or dt.UTC
    device = device_of(export.root, zone)
    readings, refused, missing = list[Reading](), list[RefusedRow](), list[dt.datetime]()
    for one in _rows(export, zone, now):
        if isinstance(one, Reading):
            readings.append(one)
        elif isinstance(one, RefusedRow):
            refused.append(one)
        else:
            missing.append(one)
    if not readings and not missing and not device.days:
        raise BaogongError(_nothing(name, device.model, refused), FAILURE)
    return LoggerFile(
        name,
        tuple(readings),
        tuple(refused),
        zone,
        header=f"{TIME},{VALUE}",
        missing=tuple(missing),
        interval_minutes=_interval(export),
        device=device,
        notes=tuple(_notes(export, said or timezone, bool(readings))),
    )


def _interval(export: Export) -> int | None:
    found = whole(export.root.under("Conf").get("Logging Interval"))
    return found if found and found <= _LONGEST_INTERVAL else None


def _rows(export: Export, zone: dt.tzinfo, now: dt.datetime) -> Iterator[Reading | RefusedRow | dt.datetime]:
    """Every row of the data table: a reading, a time without value, or a refusal."""
    table, fahrenheit = _Table(), fahrenheit_of(export.root)
    for line, text in export.table:
        cells = _split(text)
        if any("yy" in cell.lower() for cell in cells):
            table = _heading(cells)
            continue
        try:
            yield _reading(line, cells, table, zone, now, fahrenheit)
        except Refused as error:
            yield RefusedRow(Row(line, {}, _raw(cells, table, zone)), error.problems[0])


def _reading(
    line: int, cells: Sequence[str], table: _Table, zone: dt.tzinfo, now: dt.datetime, fahrenheit: bool
) -> Reading | dt.datetime:
    if len(cells) <= max(table.time, table.value):
        raise refuse("malformed", "", "is not a time and a temperature: was the file cut short here?")
    time, value = cells[table.time], cells[table.value]
    at = placed_at(time, clock_of(time, table.form), zone, now)
    if is_no_value(value):
        return at
    marked = None if table.mark is None else len(cells) > table.mark and cells[table.mark].lower() == "x"
    return Reading(line, at, celsius_of(value, comma=True, fahrenheit=fahrenheit), marked)


def _split(text: str) -> list[str]:
    """Cells of a row: between tabs, or, where the tabs were lost on the way, the words."""
    if "\t" in text.strip():
        return [cell.strip() for cell in text.removeprefix("\t").split("\t")]
    found = re.match(r"\s*(\S+ \d\S*)\s+(\S+)(?:\s+(\S+))?\s*$", text)
    return [cell for cell in found.groups() if cell] if found else re.split(r"\s{2,}", text.strip())


def _heading(cells: Sequence[str]) -> _Table:
    """Where the columns stand, and how times are written: `yyyy-MM-dd hh:mm`, `T`, `Out of limits`."""
    if len(cells) == 1:
        return _Table()
    time = next(n for n, cell in enumerate(cells) if "yy" in cell.lower())
    value = next((n for n, cell in enumerate(cells) if re.match(r"T\b", cell)), time + 1)
    mark = next((n for n, cell in enumerate(cells) if "limit" in cell.lower()), None)
    form = re.sub(r"yyyy|MM|dd|hh|HH|mm|ss", lambda found: _DIRECTIVES[found[0]], cells[time].replace("%", ""))
    return _Table(form, time, value, mark)


def _raw(cells: Sequence[str], table: _Table, zone: dt.tzinfo) -> str:
    """A refused row as a line of CSV that can be mended and read again, its time with its offset where it has one."""
    time, value = [*cells, "", ""][table.time], [*cells, *[""] * 9][table.value]
    with suppress(Refused):  # then it stays as it came: that is what is wrong with it
        time = clock_of(time, table.form).replace(tzinfo=zone).isoformat()
    return ",".join(f'"{cell}"' if re.search(r'[",\r\n]', cell) else cell for cell in (time.replace('"', ""), value))


def _nothing(name: str, model: str, refused: Sequence[RefusedRow]) -> str:
    what = f"export of a {model or 'logger'}"
    if refused:
        return f"{name}, the {what}: none of its {len(refused)} rows is a reading; {refused[0]}."
    return f"{name} is the {what}, without readings and daily sums: it was cut short, export it again."


def _notes(export: Export, zone: dt.tzinfo | None, readings: bool) -> Iterator[Note]:
    if zone is None:
        yield Note(
            "timezone_assumed",
            "the export names no zone: read as UTC; name one with --timezone",
            "导出文件没有时区，按 UTC 读取；可用 --timezone 指定",
        )
    if not export.complete:
        yield Note(
            "incomplete",
            "the export does not end with its signature: it may have been cut short",
            "导出文件末尾没有签名，可能不完整",
        )
    if not readings:
        yield Note(
            "no_readings",
            "the export has no readings, only what the device summed up itself",
            "导出文件没有逐条记录，只有设备自己的汇总",
        )
