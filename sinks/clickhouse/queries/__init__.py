"""Questions to ClickHouse as files, one a question: console, daily report and Grafana ask with the same SQL.

A file NAME.sql holds one SELECT. What it is asked with stands in it as ClickHouse writes query parameters, such as
`{areas:Array(String)}` or `{as_of:DateTime64(6, 'UTC')}`. A line `-- include: NAME` stands for parts/NAME.sql, and
`-- include: NAME WORD` for the same with WORD where the part says `$word`; parts may include parts.

Parameters become typed, escaped literals before the statement is sent: the revision of the protocol that the embedded
server speaks carries none, and a statement with its values in it can be shown, kept and asked again (`baogong sql`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sinks.clickhouse.client import Client, Row
from sinks.clickhouse.queries.literal import literal

_PARAMETER: Final = re.compile(r"\{(\w+):\s*([A-Za-z0-9_(), ']+)\}")
_INCLUDE: Final = re.compile(r"^-- include: (\w+)(?: (\w+))?$", re.MULTILINE)
_LINES: Final = r"((?:(?!-- (?:where|else|end)).*\n)*)"
_CHOICE: Final = re.compile(rf"^-- where (\w+)\n{_LINES}-- else\n{_LINES}-- end$\n?", re.MULTILINE)
_NAME: Final = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What ClickHouse said: `sql` is the whole statement that was asked, with its values."""

    name: str
    sql: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[Row]

    def dicts(self) -> list[dict[str, Any]]:
        """Rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@cache
def load(name: str) -> str:
    """The SQL of a question, its parts put in, its parameters still open; KeyError: there is none of that name."""
    if not _NAME.fullmatch(name):
        raise KeyError(name)
    return _included(_text(f"{name}.sql"))


def load_part(name: str) -> str:
    """The SQL of a part, its own parts put in: what questions have in common, to be asked once for all of them."""
    return _included(_text(f"parts/{name}.sql"))


def names(prefix: str = "") -> list[str]:
    """The names of all questions that begin so."""
    found = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(".sql") for name in found if name.endswith(".sql") and name.startswith(prefix))


def parameters(sql: str) -> dict[str, str]:
    """What a statement must be asked with: ClickHouse type by name."""
    return {found[1]: found[2] for found in _PARAMETER.finditer(sql)}


def fill(sql: str, value: Callable[[str, str], str]) -> str:
    """The statement with `value(name, type)`, a piece of SQL, for each of its parameters."""
    return _filled(_choose(sql, lambda _: True), value)


def bind(sql: str, params: Mapping[str, Any]) -> str:
    """The statement with values put in as literals of their types; KeyError: one is missing."""
    chosen = _choose(sql, lambda name: bool(params[name]))
    return _filled(chosen, lambda name, kind: literal(params[name], kind))


def run(client: Client, name: str, params: Mapping[str, Any]) -> Answer:
    """Ask a question by name; `params` may hold more than it takes. Raises ServerAway or QueryFailed."""
    sql = bind(load(name), params)
    columns, types, rows = client.table(sql)
    return Answer(name, sql, tuple(columns), tuple(types), rows)


def _filled(sql: str, value: Callable[[str, str], str]) -> str:
    return _PARAMETER.sub(lambda found: value(found[1], found[2]), sql)


def _choose(sql: str, given: Callable[[str], bool]) -> str:
    """The innermost choices first."""
    while sql != (chosen := _CHOICE.sub(lambda found: found[2] if given(found[1]) else found[3], sql)):
        sql = chosen
    return sql


def _included(text: str) -> str:
    def part(found: re.Match[str]) -> str:
        return _included(_text(f"parts/{found[1]}.sql").replace("$word", found[2] or ""))

    return _INCLUDE.sub(part, text).strip()


def _text(path: str) -> str:
    try:
        return files(__name__).joinpath(path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise KeyError(path) from error
