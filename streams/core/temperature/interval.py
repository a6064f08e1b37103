"""The logging interval of a logger (记录间隔): declared, or learned from its readings."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import Final

from streams.core.instants import MINUTE

_FEW: Final = 8
_MANY: Final = 1024
_LONGEST: Final = 7 * 24 * 60


def counted(readings: int) -> int:
    """How many readings, from the earliest on, the interval is learned from.

    All of a few, then a power of two of them, at most 1024: so it is a function of the readings and not of the order
    in which they came, and yet, while readings come in order, it can change only as often as their number doubles.
    """
    return readings if readings <= _FEW else min(_MANY, 1 << (readings.bit_length() - 1))


def learned(times: array[int]) -> int | None:
    """The (lower) median of the times between neighbours, in whole minutes, at least one; None for a single reading."""
    steps = sorted(later - earlier for earlier, later in pairwise(times[: counted(len(times))]))
    if not steps:
        return None
    minutes = (steps[(len(steps) - 1) // 2] + MINUTE // 2) // MINUTE
    return max(1, min(minutes, _LONGEST))


def relearned(before: int | None, times: array[int], at: int) -> int | None:
    """The interval as learned with one more reading, at the end of `times`: that of before, mostly."""
    known = len(times)
    if known >= _FEW and counted(known) == counted(known + 1):
        return before
    return learned(times[: counted(known + 1)] + array("q", (at,)))
