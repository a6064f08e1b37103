"""The report as HTML: a part of another page, or a page of its own to print or keep."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from sinks.report import words
from sinks.report.model import WORDS, Report, Section
from sinks.report.text import Reader, is_bad
from sinks.report.words import Lang

AT_FIRST: Final = 12
"""Rows of a table that show at once, and on paper; the others unfold."""


def render_html(report: Report, lang: Lang = "zh", reader: Reader | None = None, alone: bool = True) -> str:
    """`alone`: a whole page with its style in it; else an <article> for a page that has `style()` as a file.

    Every figure links to the statement that gave it. `reader` says more than `lang`: time zone, names of items.
    """
    reads = reader or Reader(lang)
    values = _values(report, reads)
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
        "sections": [_section(section, reader) for section in report.sections],
    }


def _section(section: Section, reader: Reader) -> dict[str, Any]:
    rows = [
        [
            {"text": reader.value(column, value), "words": column.kind in WORDS, "bad": is_bad(column, value)}
            for column, value in zip(section.columns, row, strict=True)
        ]
        for row in section.rows
    ]
    return {
        "key": section.key,
        "title": reader.title(section),
        "heads": [{"text": reader.head(column), "words": column.kind in WORDS} for column in section.columns],
        "parts": [part for part in (rows[:AT_FIRST], rows[AT_FIRST:]) if part],
        "more": words.MORE.say(reader.lang).format(f"{len(rows) - AT_FIRST:,}"),
        "question": section.question.name,
        "params": [
            (name, ", ".join(value) if isinstance(value, tuple) else value)
            for name, value in section.question.params.items()
        ],
        "sql": section.question.sql,
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _read(name: str) -> str:
    return files("sinks.report").joinpath("templates", name).read_text(encoding="utf-8")
