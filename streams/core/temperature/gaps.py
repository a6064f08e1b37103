"""Unknown periods (数据缺口): more than three logging intervals without a reading. Never in range, never out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

from streams.core.temperature.made import gap_found, gap_withdrawn
from streams.core.temperature.series import Gap, Series, Timeline


def gaps_between(line: Timeline, first: int, last: int) -> list[Gap]:
    """The gaps that begin with one of the readings from index `first` to `last`."""
    times = line.times
    end = len(times) - 1
    return [
        (times[index], times[index + 1] if index < end else None)
        for index in range(first, last + 1)
        if line.parted(index)
    ]


def correct_gaps(series: Series, after: Timeline, first: int, last: int) -> tuple[list[Any], list[int]]:
    """What changes of the gaps that stand, where the readings from `first` to `last` are as in `after`.

    With it, where all gaps start from then on.
    """
    low, high = after.times[first], after.times[last]
    begin = bisect_left(series.gaps, low, key=_start)
    end = bisect_right(series.gaps, high, key=_start)
    before = dict(series.gaps[begin:end])
    now = dict(gaps_between(after, first, last))
    gone = [gap_withdrawn(series, start) for start in before if start not in now]
    found = [gap_found(series, gap) for gap in now.items() if before.get(gap[0], gap[0]) != gap[1]]
    starts = [*map(_start, series.gaps[:begin]), *now, *map(_start, series.gaps[end:])]
    return gone + found, starts


def put_gap(series: Series, gap: Gap) -> None:
    """A gap stands from now on, in place of one with the same start."""
    place = bisect_left(series.gaps, gap[0], key=_start)
    if place < len(series.gaps) and series.gaps[place][0] == gap[0]:
        series.gaps[place] = gap
    else:
        series.gaps.insert(place, gap)


def drop_gap(series: Series, start: int) -> None:
    """A gap does not stand any more."""
    place = bisect_left(series.gaps, start, key=_start)
    if place < len(series.gaps) and series.gaps[place][0] == start:
        del series.gaps[place]


def unknown(series: Series, until: int) -> int:
    """Microseconds of unknown periods up to a time."""
    return sum((until if end is None else min(end, until)) - start for start, end in series.gaps if start < until)


def _start(gap: Gap) -> int:
    return gap[0]
