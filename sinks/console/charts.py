"""The board of areas down to grids, columns and lines, as SVG; colours are in the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from sinks.console.svg import picture, points, tag

TILE: Final = 26
STEP: Final = 29
LABEL: Final = 120
ROW_TILES: Final = 20
"""Grids in one line of the board."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A grid (or area) on the board. `level` 0 to 4: how bad, by class in the style sheet."""

    code: str
    label: str
    level: int
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class BoardRow:
    """An area with its grids."""

    name: str
    note: str
    href: str
    tiles: Sequence[Tile]


def level(open_needs: int, overdue: int) -> int:
    """0: nothing open, 1: open, none overdue; then by the share that is overdue."""
    if not open_needs:
        return 0
    share = overdue / open_needs
    return 1 if not overdue else 2 if share < 0.15 else 3 if share < 0.4 else 4


def board(rows: Sequence[BoardRow], title: str) -> Markup:
    """Areas as lines of tiles, one a grid; each tile is a link to its needs."""
    parts, y = [], 4
    for row in rows:
        name = tag("text", row.name[:20], x=0, y=y + 12, class_="b-name")
        note = tag("text", row.note, x=0, y=y + 24, class_="b-note")
        parts.append(tag("a", name, note, href=row.href))
        for number, tile in enumerate(row.tiles):
            parts.append(_tile(tile, LABEL + number % ROW_TILES * STEP, y + number // ROW_TILES * STEP))
        y += max(1, -(-len(row.tiles) // ROW_TILES)) * STEP + 8
    width = LABEL + min(ROW_TILES, max((len(row.tiles) for row in rows), default=1)) * STEP
    return tag(
        "svg", *parts, class_="board", viewBox=f"0 0 {width} {y}", width=width, height=y, role="group", aria_label=title
    )


def _tile(tile: Tile, x: int, y: int) -> Markup:
    square = tag("rect", tag("title", tile.title), class_=f"t{tile.level}", x=x, y=y, width=TILE, height=TILE, rx=3)
    label = tag("text", tile.label, class_=f"tt t{tile.level}", x=x + TILE // 2, y=y + 17, aria_hidden="true")
    return tag("a", square, label, href=tile.href, aria_label=tile.title)


def bars(values: Sequence[tuple[str, int, int]], title: str, width: int = 420, height: int = 120) -> Markup:
    """Columns, each of (label, whole, part): the part is drawn darker at the bottom."""
    most = max((whole for _, whole, _ in values), default=0) or 1
    step, room, ground = width / max(len(values), 1), height - 36, height - 18
    columns = []
    for number, (label, whole, part) in enumerate(values):
        x, middle = number * step + step * 0.14, (number + 0.5) * step
        tall, low = whole / most * room, part / most * room
        columns.append(
            tag(
                "g",
                tag("title", f"{label}: {whole} / {part}"),
                tag("rect", class_="bar", x=x, y=ground - tall, width=step * 0.72, height=tall, rx=2),
                tag("rect", class_="bar-part", x=x, y=ground - low, width=step * 0.72, height=low, rx=2),
                tag("text", _short(whole), class_="bar-value", x=middle, y=ground - 4 - tall),
                tag("text", label, class_="bar-label", x=middle, y=height - 4),
            )
        )
    return picture("chart bars", width, height, title, *columns)


def line(values: Sequence[float], title: str, width: int = 300, height: int = 48) -> Markup:
    """A line without axes: how something went."""
    most = max(values, default=0) or 1
    step = width / max(len(values) - 1, 1)
    places = [(number * step, height - 3 - value / most * (height - 6)) for number, value in enumerate(values)]
    under = tag("polygon", class_="under", points=points([(0, height), *places, (width, height)]))
    return picture("chart line", width, height, title, under, tag("polyline", class_="over", points=points(places)))


def _short(value: int) -> str:
    return f"{value / 1000:.0f}k" if value >= 10_000 else f"{value / 1000:.1f}k" if value >= 1000 else str(value)
