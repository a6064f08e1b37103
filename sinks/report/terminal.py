"""The report as tables in a terminal."""

from __future__ import annotations

import re
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sinks.report import words
from sinks.report.model import WORDS, Cell, Column, Report, Section
from sinks.report.text import Reader, is_bad

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HASH_SHOWN: Final = 12
_IF_ANY: Final = frozenset(
    {"life_threatening", "on_the_way", "set_aside", "next_share", "at_floor", "stock_held", "stock_expired", "no_stock"}
)
"""Columns that a terminal is spared where all their figures are 0."""
_WIDEST: Final = 1_000_000


def print_report(report: Report, reader: Reader, console: Console) -> None:
    """Print all of it; a pipe has no width, so nothing is folded there."""
    shown = Group(*_parts(report, reader))
    if not console.is_terminal:
        console.width = max(80, Console(width=_WIDEST).measure(shown).maximum)
    console.print(shown)


def _parts(report: Report, reader: Reader) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(words.TITLE.say(reader.lang), style="bold")]
    parts += [_plain(f"{name}: {said}") for name, said in reader.facts(report)]
    parts += [_plain(caution, "bold red") for caution in reader.cautions(report)]
    for section in report.sections:
        parts += [Text(), _plain(f"{reader.title(section)}  [{section.key}]", "bold")]
        parts.append(_overview(section, reader) if section.key == "needs" else _table(section, reader))
    return parts


def _overview(section: Section, reader: Reader) -> Table:
    """The one row of totals, on end: it has more columns than a terminal."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for column, value in zip(section.columns, section.rows[0], strict=True):
        style = "red" if is_bad(column, value) else ""
        table.add_row(_plain(reader.head(column)), _plain(reader.value(column, value), style))
    return table


def _table(section: Section, reader: Reader) -> RenderableType:
    if not section.rows:
        return Text(words.NOTHING.say(reader.lang), style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown = [
        (place, column)
        for place, column in enumerate(section.columns)
        if column.name not in _IF_ANY or any(row[place] for row in section.rows)
    ]
    for _, column in shown:
        table.add_column(_plain(reader.head(column)), justify="left" if column.kind in WORDS else "right")
    for row in section.rows:
        table.add_row(*(_cell(column, row[place], reader) for place, column in shown))
    return table


def _cell(column: Column, value: Cell, reader: Reader) -> Text:
    text = reader.value(column, value)
    if column.name == "head_hash":
        text = text[:_HASH_SHOWN]
    return _plain(text, "red" if is_bad(column, value) else "")


def _plain(text: str, style: str = "") -> Text:
    """Text without anything that steers a terminal."""
    return Text(_CONTROL.sub("�", text), style=style)
