"""What is wrong with the readings themselves: flat line, jump, clock set back, repeats, two values for one moment.

A flag is raised once an episode, not once a reading, and never withdrawn: readings that come in another order may raise
one more. An episode is a flat line as a whole; of the others, six hours of the logger's time around a reading.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from schemas.coldchain import SensorFlag
from streams.core.instants import HOUR, MINUTE
from streams.core.temperature.made import sensor_flagged
from streams.core.temperature.series import Series, Timeline, first_equal

EPISODE: Final = 6 * HOUR

FLAT_READINGS: Final = 24
FLAT_TIME: Final = 6 * HOUR
"""Flat line: at least so many readings in a row are exactly equal, over at least so long. A healthy sensor with a
resolution of 0.1 °C in a freezer repeats itself for three quarters of an hour; nothing in use holds still for six."""

SPIKE_C: Final = 10.0
"""Jump: one reading lies more than this away from both its neighbours, on the same side: goods can't go and come."""
STEP_C: Final = 20.0
STEP_TIME: Final = 15 * MINUTE
FAR_STEP_C: Final = 40.0
"""Jump: neighbours at most 15 minutes apart differ by more than 20 °C, or others by more than 40 °C. (A logger carried
from a refrigerator into a room changed by 8 °C in 10 minutes.)"""
SETTLING: Final = HOUR
"""Steps in a logger's first hour are it going from its shelf to the goods."""

BACK_READINGS: Final = 8
BACK_SHARE: Final = 4
"""Clock set back: see `went_back`."""


def flagged(series: Series, flag: SensorFlag, at: int) -> list[Any]:
    """The flag, unless it is raised already for the episode that `at` belongs to."""
    ats = series.flags.get(flag, [])
    place = bisect_left(ats, at - EPISODE + 1)
    return [] if place < len(ats) and ats[place] < at + EPISODE else [sensor_flagged(series, flag, at)]


def put_flag(series: Series, flag: SensorFlag, at: int) -> None:
    """A flag stands from now on."""
    insort(series.flags.setdefault(flag, []), at)


def next_flat(series: Series, at: int, celsius: float) -> list[Any]:
    """A flat line that a reading newer than all others makes; `at` of the flag is where the line starts."""
    if series.values[-1] != celsius or len(series.times) - series.flat + 1 < FLAT_READINGS:
        return []
    return _flat(series, series.times[series.flat], at)


def late_flat(series: Series, after: Timeline, index: int) -> list[Any]:
    """A flat line that a reading at `index` makes."""
    values = after.values
    first = last = first_equal(values, index)
    while last + 1 < len(values) and values[last + 1] == values[first]:
        last += 1
    return _flat(series, after.times[first], after.times[last]) if last - first + 1 >= FLAT_READINGS else []


def _flat(series: Series, start: int, end: int) -> list[Any]:
    ats = series.flags.get(SensorFlag.FLAT_LINE, [])
    place = bisect_left(ats, start)
    if end - start < FLAT_TIME or (place < len(ats) and ats[place] <= end):
        return []
    return [sensor_flagged(series, SensorFlag.FLAT_LINE, start)]


def next_jump(series: Series, at: int, celsius: float, parted: bool) -> list[Any]:
    """A jump that a reading newer than all others makes, or shows the one before it to be."""
    times, values = series.times, series.values
    change = celsius - values[-1]
    if parted or -SPIKE_C <= change <= SPIKE_C:
        return []
    if _is_step(change, at - times[-1]) and at - times[0] > SETTLING:
        return flagged(series, SensorFlag.JUMP, at)
    if len(values) > 1 and not series.timeline.parted(len(values) - 2) and _is_spike(values[-1] - values[-2], change):
        return flagged(series, SensorFlag.JUMP, times[-1])
    return []


def late_jump(series: Series, after: Timeline, index: int) -> list[Any]:
    """A jump at a reading or one of its neighbours."""
    for place in range(max(index - 1, 0), min(index + 2, len(after.times))):
        if _jumps(after, place):
            return flagged(series, SensorFlag.JUMP, after.times[place])
    return []


def _jumps(line: Timeline, index: int) -> bool:
    times, values = line.times, line.values
    if index == 0 or line.parted(index - 1):
        return False
    change, time = values[index] - values[index - 1], times[index] - times[index - 1]
    if _is_step(change, time) and times[index] - times[0] > SETTLING:
        return True
    return index + 1 < len(times) and not line.parted(index) and _is_spike(change, values[index + 1] - values[index])


def _is_step(change: float, time: int) -> bool:
    return abs(change) > (STEP_C if time <= STEP_TIME else FAR_STEP_C)


def _is_spike(there: float, back: float) -> bool:
    return min(abs(there), abs(back)) > SPIKE_C and (there > 0) is not (back > 0)


def went_back(series: Series, after: Timeline, index: int, minutes: int | None) -> bool:
    """Whether a late reading, now at `index`, says that the logger's clock was set back.

    Late alone says nothing: readings wait in buffers, and then fill the hole that they left. A clock set back makes the
    logger tell of a time that it has told of: the new reading, older than the newest by more than an interval, lies
    between two that have no hole between them (one and a half intervals at most). Nothing is said of the first eight
    readings, or where every fourth one came late: so they come in no order anyway.
    """
    if minutes is None or not 0 < index < len(after.times) - 1 or len(after.times) <= BACK_READINGS:
        return False
    interval, times = minutes * MINUTE, after.times
    if times[-1] - times[index] <= interval or BACK_SHARE * series.late > len(series.times):
        return False
    return 2 * (times[index + 1] - times[index - 1]) <= 3 * interval


def steps_back(readings: Iterable[tuple[int, float]]) -> list[int]:
    """The times in a file, in the file's order, at which its logger's clock must have been set back.

    A file has its readings in the order in which they were measured, or (newest first) the other way round. Exact
    repeats are left out: the file may hold two exports. Where more than every fourth step goes back, the file is in no
    order at all, which says nothing of a clock.
    """
    order = [at for at, _ in dict.fromkeys(readings)]
    back = [later for earlier, later in pairwise(order) if later < earlier]
    forward = [later for earlier, later in pairwise(order) if later > earlier]
    found = back if len(back) <= len(forward) else forward
    return found if len(found) < 2 or BACK_SHARE * len(found) <= len(order) else []
