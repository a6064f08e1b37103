"""Why a line can't be published: a stable code, our field, and words for the person who wrote the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 40
"""Characters of a cell that a reason repeats."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a line. `field` is our name for the column, empty where the whole line is meant."""

    code: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


class Refused(Exception):
    """A line, or a cell of it, can't become a message; carries every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def refuse(code: str, field: str, reason: str) -> Refused:
    """A refusal with one problem."""
    return Refused([Problem(code, field, reason)])


def shown(cell: object) -> str:
    """A cell as a reason repeats it: quoted, printable, short."""
    text = str(cell)
    return ascii_control_free(text[:SHOWN] + ("…" if len(text) > SHOWN else ""))


def ascii_control_free(text: str) -> str:
    """Text in quotes with control characters escaped, so that a reason stays one line."""
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + "'"
