"""The report's numbers folded from all decisions that were written by a time: slow, and without spans."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from sinks.clickhouse import queries
from sinks.clickhouse.client import Client
from sinks.report import Report

_FOLDER: Final = Path(__file__).parent / "folded"
_INCLUDE: Final = re.compile(r"^-- include: (\w+)(?: (\w+))?$", re.MULTILINE)


def folded(client: Client, report: Report, key: str) -> list[tuple[Any, ...]]:
    """The rows of a table of the report, as they follow from the decisions; times and numbers as Python has them."""
    question = report.section(key).question
    params: dict[str, Any] = {"as_of": report.as_of, "since": report.since, "areas": list(report.areas or ())}
    params |= {name: value for name, value in question.params.items() if isinstance(value, int)}
    params = {"pace_days": 7, "price_days": 7, "late_hours": 24, "quiet_hours": 24} | params
    return client.table(queries.bind(_text(f"report_{key}.sql"), params))[2]


def _text(path: str) -> str:
    whole = (_FOLDER / path).read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda found: _text(f"parts/{found[1]}.sql").replace("$word", found[2] or ""), whole)
