"""The report as Markdown (GitHub's tables); what publishers wrote stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sinks.report import words
from sinks.report.model import WORDS, Report, Section
from sinks.report.text import Reader

_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~$@#]|:(?=//))")
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def render_markdown(report: Report, reader: Reader) -> str:
    """Title, facts, then a heading and a table for each section, and the statements at the end."""
    lines = [f"# {words.TITLE.say(reader.lang)}", ""]
    lines += [f"- {name}: {escape(said)}" for name, said in reader.facts(report)]
    lines += [f"- **{escape(caution)}**" for caution in reader.cautions(report)]
    for section in report.sections:
        link = f"[{words.SQL.say(reader.lang)}](#sql-{section.key})"
        lines += ["", f"## {reader.title(section)}", "", *_table(section, reader), "", link]
    lines += ["", f"# {words.SQL.say(reader.lang)}"]
    for section in report.sections:
        lines += ["", f'## <a id="sql-{section.key}"></a>{section.question.name}', "", *_code(section.question.sql)]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and HTML take as it is, on one line."""
    plain = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", "".join(_HTML.get(letter, letter) for letter in plain))


def _table(section: Section, reader: Reader) -> Iterator[str]:
    if not section.rows:
        yield words.NOTHING.say(reader.lang)
        return
    yield f"| {' | '.join(reader.head(column) for column in section.columns)} |"
    yield f"|{'|'.join(' --- ' if column.kind in WORDS else ' ---: ' for column in section.columns)}|"
    for row in section.rows:
        cells = (reader.value(column, value) for column, value in zip(section.columns, row, strict=True))
        yield f"| {' | '.join(escape(cell) for cell in cells)} |"


def _code(sql: str) -> list[str]:
    """A fenced block; its fence is longer than any that the statement holds."""
    longest = max((len(run) for run in re.findall(r"`+", sql)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}sql", sql, fence]
