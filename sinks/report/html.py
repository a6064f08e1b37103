"""The report as HTML: a part of another page, or a page of its own to print or keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from sinks.report import words
from sinks.report.model import WORDS, Cell, Column, Report, Section
from sinks.report.text import Reader, is_bad
from sinks.report.words import Lang

AT_FIRST: Final = 12
"""Rows of a table that show at once, and on paper; the others unfold."""
Row = tuple[Cell, ...]


def render_html(
    report: Report,
    lang: Lang = "zh",
    reader: Reader | None = None,
    alone: bool = True,
    more: Callable[[str], str] | None = None,
    at_first: int | None = AT_FIRST,
) -> str:
    """`alone`: a whole page with its style in it; else an <article> for a page that has `style()` as a file.

    Every figure links to the statement that gave it. `reader` says more than `lang`: time zone, names of items.
    `more`: address of a page with all rows of a table, by its key; without it the rows after the first unfold here.
    `at_first`: how many rows of a table show at once; None: all.
    """
    reads = reader or Reader(lang)
    values = _values(report, reads) | {"sections": [_section(each, reads, more, at_first) for each in report.sections]}
    body = _environment().get_template("report.html").render(values)
    if not alone:
        return body
    return _environment().get_template("page.html").render({**values, "css": Markup(style()), "body": Markup(body)})


def style() -> str:
    """The style sheet of the <article>; all its rules begin with `.report`."""
    return _read("report.css")


def _values(report: Report, reader: Reader) -> dict[str, Any]:
    return {
        "html_lang": "zh-CN" if reader.lang == "zh" else "en",
        "title": words.TITLE.say(reader.lang),
        "facts": reader.facts(report),
        "cautions": list(reader.cautions(report)),
        "nothing": words.NOTHING.say(reader.lang),
        "sql_word": words.SQL.say(reader.lang),
    }


def _section(
    section: Section, reader: Reader, more: Callable[[str], str] | None, at_first: int | None
) -> dict[str, Any]:
    first, rest = section.rows[:at_first], section.rows[at_first:] if at_first is not None else ()
    elsewhere = more(section.key) if more is not None and rest else ""
    return {
        "key": section.key,
        "title": reader.title(section),
        "heads": [{"text": reader.head(column), "words": column.kind in WORDS} for column in section.columns],
        "totals": [
            {"text": reader.value(column, value), "bad": is_bad(column, value)}
            for column, value in zip(section.columns, section.rows[0] if section.rows else (), strict=False)
        ],
        "parts": [_lines(section, part, reader) for part in (first, () if elsewhere else rest) if part],
        "more": (words.ONE_MORE if len(rest) == 1 else words.MORE).say(reader.lang).format(f"{len(rest):,}"),
        "elsewhere": elsewhere,
        "question": section.question.name,
        "params": [
            (name, ", ".join(value) if isinstance(value, tuple) else value)
            for name, value in section.question.params.items()
        ],
        "sql": section.question.sql,
    }


def _lines(section: Section, rows: Sequence[Row], reader: Reader) -> Markup:
    """Rows of a table. By hand: a report has ten thousands of cells, and a template takes five times as long."""
    writers = [_cells(column, f"#sql-{section.key}", reader) for column in section.columns]
    written = ("".join([write(value) for write, value in zip(writers, row, strict=True)]) for row in rows)
    return Markup("".join([f"<tr>{cells}</tr>\n" for cells in written]))


def _cells(column: Column, link: str, reader: Reader) -> Callable[[Cell], str]:
    """How the cells of a column are written, what is in them escaped."""
    say = reader.writer(column)
    if column.kind in WORDS:
        return lambda value: f"<td>{'' if value is None else escape(say(value))}</td>"
    alarming = column.alarming

    def figure(value: Cell) -> str:
        text = "" if value is None else say(value)
        mark = " bad" if alarming and is_bad(column, value) else ""
        inside = f'<a href="{link}" tabindex="-1">{text}</a>' if text else ""  # digits and words of ours
        return f'<td class="figure{mark}">{inside}</td>'

    return figure


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _read(name: str) -> str:
    return files("sinks.report").joinpath("templates", name).read_text(encoding="utf-8")
