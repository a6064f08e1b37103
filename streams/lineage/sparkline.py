"""A temperature curve in one line of text."""

from __future__ import annotations

from functools import reduce
from typing import Final, NamedTuple

from streams.core.temperature import Range, Series

BLOCKS: Final = "▁▂▃▄▅▆▇█"
NOTHING, MARK = "·", "^"
"""No reading in this part of the time; out of range in this part."""


class Sparkline(NamedTuple):
    """`marks` has a `^` under each part of the curve in which a reading was out of range."""

    curve: str
    marks: str


def sparkline(series: Series, bounds: Range, width: int = 60) -> Sparkline:
    """The readings over time in at most `width` parts of equal time: of each part the reading furthest out of range,
    else the mean. The lowest and highest of what is shown are the ends of the scale."""
    if not series.times:
        return Sparkline("", "")
    shown = [_shown(values, bounds) for values in _parts(series, width)]
    known = [value for value, _ in shown if value is not None]
    low, high = min(known), max(known)
    step = (high - low) / (len(BLOCKS) - 1) or 1.0
    curve = "".join(NOTHING if value is None else BLOCKS[round((value - low) / step)] for value, _ in shown)
    return Sparkline(curve, "".join(MARK if out else " " for _, out in shown).rstrip())


def _parts(series: Series, width: int) -> list[list[float]]:
    first, last = series.times[0], series.times[-1]
    count = min(width, len(series.times))
    parts: list[list[float]] = [[] for _ in range(count)]
    for at, value in zip(series.times, series.values, strict=True):
        parts[min(count - 1, (at - first) * count // max(1, last - first))].append(value)
    return parts


def _shown(values: list[float], bounds: Range) -> tuple[float | None, bool]:
    if not values:
        return None, False
    out = [value for value in values if bounds.out(value) is not None]
    return (reduce(bounds.worst, out), True) if out else (sum(values) / len(values), False)
