"""Rows of a CSV: quoted cells over several lines, and quotes that are never closed."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

from streams.publish.refusal import Problem
from streams.publish.row import Row

_CELL_LIMIT: Final = 1_000_000
"""Characters of one cell: far above what a message takes, low enough that a quote left open is noticed."""


def csv_rows(text: str, delimiter: str, headings: tuple[str, ...]) -> Iterator[Row]:
    """Every row below the headings that is not blank."""
    seen_header = False
    for line, cells, raw, wrong in records(text, delimiter):
        if not seen_header:
            seen_header = bool(cells or wrong)
            continue
        if wrong:
            yield Row(line, {}, raw, Problem("malformed", "", wrong))
            continue
        stripped = [cell.strip() for cell in cells]
        while len(stripped) > len(headings) and not stripped[-1]:
            stripped.pop()
        if any(stripped):
            yield Row(line, _named(headings, stripped), raw, _ragged(headings, stripped))


def _named(headings: tuple[str, ...], cells: list[str]) -> dict[str, Any]:
    """Cells by heading; the first of equal headings counts (files where that matters are refused beforehand)."""
    named: dict[str, Any] = {}
    for heading, cell in zip(headings, cells, strict=False):
        named.setdefault(heading, cell)
    return named


def _ragged(headings: tuple[str, ...], cells: list[str]) -> Problem | None:
    if len(cells) == len(headings):
        return None
    return Problem("ragged", "", f"has {len(cells)} cells, but the headings are {len(headings)}")


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str], str, str]]:
    """Line, cells, raw text and what is wrong with it (or '') of every record; a wrong one has no cells.

    A quote that is not closed where it should be costs the line that opens it, not the rows below: reading goes on at
    the next line. From there on a quote in the middle of a cell is wrong as well, for it may be the other end of that.
    """
    csv.field_size_limit(_CELL_LIMIT)
    physical = _Physical(text)
    reader = csv.reader(physical, delimiter=delimiter, strict=True)
    width, torn = 0, 0
    while True:
        line, wrong, cells = physical.number + 1, "", list[str]()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            wrong = _said(str(error), line, physical.number)
        if not wrong and _swallows(physical.lines, delimiter, width):
            wrong = (
                f"a quote is opened here and closed in line {physical.number}, and what lies between looks like rows"
            )
        if wrong and physical.give_back():
            torn = line
        raw = physical.taken()
        if torn and not wrong and _stray(raw, delimiter):
            wrong = f"has a quote inside a cell, maybe the end of the one that is left open in line {torn}"
        width = width or len(cells)
        yield line, [] if wrong else cells, raw, wrong


class _Physical:
    """Physical lines of a text, remembering those taken since `taken` was asked last."""

    def __init__(self, text: str) -> None:
        self._rest, self._again = io.StringIO(text, newline=""), deque[str]()
        self.lines = list[str]()
        self.number = 0

    def __iter__(self) -> _Physical:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._rest)
        self.lines.append(line)
        self.number += 1
        return line

    def give_back(self) -> bool:
        """All lines but the first are to be read again; False: there are none."""
        again, self.lines = self.lines[1:], self.lines[:1]
        self._again.extendleft(reversed(again))
        self.number -= len(again)
        return bool(again)

    def taken(self) -> str:
        """The text since the last call, without its line end."""
        text, self.lines = "".join(self.lines), []
        return text.removesuffix("\n").removesuffix("\r")


def _said(error: str, first: int, last: int) -> str:
    if "unexpected end" in error:
        return "a quote is opened here and never closed"
    if "field limit" in error:
        return "a cell is too long; is a quote left open?"
    if last > first:
        return f"a quote is opened here and not closed before the next one in line {last}; one inside is written twice"
    return "quotes don't match: a quote inside a quoted cell is written twice"


def _swallows(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a quoted cell over several lines has taken rows in: its first line, its last and most between have as
    many cells as a row. Two lines of two cells say too little: one comma in a note does that.
    """
    if len(lines) < 2 or width < 2 or len(lines) == width == 2:
        return False
    alike = [line.count(delimiter) + 1 == width for line in lines if line.strip()]
    return alike[0] and alike[-1] and sum(alike) * 2 > len(alike)


def _stray(raw: str, delimiter: str) -> bool:
    """Whether a quote is left when all cells that are quoted from end to end are taken out."""
    if '"' not in raw:
        return False
    mark = re.escape(delimiter)
    return '"' in re.sub(rf'(?:^|(?<={mark}))"(?:[^"]|"")*"(?=$|{mark})', "", raw)
