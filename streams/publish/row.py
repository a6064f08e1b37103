"""A row of a file, whatever the file is written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from streams.publish.refusal import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: `line` is where it starts, `raw` its text as it came. With a `problem`, `cells` may lack some."""

    line: int
    cells: dict[str, Any]
    raw: str
    problem: Problem | None = None
