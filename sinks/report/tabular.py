"""The report as CSV for spreadsheets: no cell can become a formula there."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any, Final

from sinks.report.model import WORDS, Cell, Column, Kind, Report, Section
from sinks.report.text import Reader

BOM: Final = "\ufeff"
"""Begins a CSV file that spreadsheets are to read as UTF-8."""
_FORMULA: Final = tuple("=+-@\t\r\n|%＝＋－＠")
"""What begins a formula, or a command by way of one, in Excel, LibreOffice or WPS (OWASP, CSV injection)."""

_HIDDEN: Final = re.compile(r'(?<=[;\t\r\n])(?=[ \u00a0\u3000"]*[=+\-@\t\r\n|%＝＋－＠])')
"""Where a formula would begin if the text were split at another separator than the comma."""


def render_csv(report: Report, reader: Reader) -> str:
    """All tables one below another, a title above each, an empty line between; figures without units or grouping."""
    text = io.StringIO()
    writer = _writer(text)
    for name, said in reader.facts(report):
        writer.writerow([safe(name), safe(said)])
    writer.writerows([safe(caution)] for caution in reader.cautions(report))
    for section in report.sections:
        writer.writerow([])
        writer.writerow([safe(reader.title(section))])
        _table(writer, section, reader)
    return text.getvalue()


def render_table(section: Section, reader: Reader) -> str:
    """One table alone, with the names of its columns as the SQL has them: for programs."""
    text = io.StringIO()
    writer = _writer(text)
    writer.writerow([column.name for column in section.columns])
    writer.writerows(_cells(section, row, reader, coded=True) for row in section.rows)
    return text.getvalue()


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what would begin one.

    That is at the beginning, and after what a spreadsheet may take for the end of a cell: where it splits at
    semicolons (as many do by their system's language) or tabs, quotes around the cell do not hold it together.
    """
    made = _HIDDEN.sub("'", text)
    return f"'{made}" if made.lstrip(" \u00a0\u3000").startswith(_FORMULA) or made.startswith(_FORMULA) else made


def _writer(text: io.StringIO) -> Any:
    """All cells in quotes: some spreadsheets split at commas, semicolons and tabs at once."""
    return csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)


def _table(writer: Any, section: Section, reader: Reader) -> None:
    lines = [[safe(reader.head(column)) for column in section.columns]]
    lines.extend(_cells(section, row, reader, coded=False) for row in section.rows)
    writer.writerows(lines)


def _cells(section: Section, row: tuple[Cell, ...], reader: Reader, coded: bool) -> list[str]:
    return [_cell(column, value, reader, coded) for column, value in zip(section.columns, row, strict=True)]


def _cell(column: Column, value: Cell, reader: Reader, coded: bool) -> str:
    if value is None:
        return ""
    if column.kind in WORDS:
        return safe(str(value) if coded else reader.value(column, value))
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        return value.isoformat() if coded else reader.time(value)
    if column.kind is Kind.MONEY and not coded and isinstance(value, int):
        return f"{value / 100:.2f}"
    return str(value)
