"""Where something stands in a TOML file: so that a message about a wrong setting can name its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_NAME: Final = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_KEY: Final = re.compile(rf"^\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_PART: Final = re.compile(_NAME)
Place = Sequence[str | int]
"""Keys of tables and places in arrays, from the outside in, as pydantic's `loc` has them."""


def line_of(text: str, place: Place) -> int | None:
    """The line (from 1) of the longest beginning of a place that the text has; None where it has none of it."""
    best, best_line = 0, None
    table: tuple[str | int, ...] = ()
    arrays: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _table(_parts(header[2]), arrays, new=header[1] == "[[")
            here = table
        elif key := _KEY.match(line):
            here = (*table, *_parts(key[1]))
        else:
            continue
        if len(here) <= len(place) and tuple(place[: len(here)]) == here and len(here) > best:
            best, best_line = len(here), number
    return best_line


def at_line(text: str, place: Place) -> str:
    """`, line N` where the place is found, else nothing."""
    number = line_of(text, place)
    return "" if number is None else f", line {number}"


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _table(names: tuple[str, ...], arrays: dict[tuple[str | int, ...], int], *, new: bool) -> tuple[str | int, ...]:
    """A header's place: below an array of tables, it is about the last one so far."""
    here: tuple[str | int, ...] = ()
    for depth, name in enumerate(names):
        here = (*here, name)
        if new and depth == len(names) - 1:
            arrays[here] = arrays.get(here, -1) + 1
        if here in arrays:
            here = (*here, arrays[here])
    return here
