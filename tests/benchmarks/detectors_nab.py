"""Scoring by the rules of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015; numenta/NAB), raw scores.

The earlier in a window its first flag, the more the window earns; missing it costs `fn`; each row that is flagged
outside costs up to `fp`, less the closer it follows a window. The first 15 % of the rows, 750 at most, don't count.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """What a window found, a row flagged for nothing, and a window missed are worth."""

    tp: float = 1.0
    fp: float = 0.11
    fn: float = 1.0


STANDARD: Final = Profile()
LOW_FP: Final = Profile(fp=0.22)


def scaled_sigmoid(position: float) -> float:
    """Worth of a flag at a position: -1 is a window's left edge, 0 its right edge, from 3 on it is far behind."""
    return -1.0 if position >= 3.0 else 2.0 / (1.0 + exp(5.0 * position)) - 1.0


_BEST: Final = scaled_sigmoid(-1.0)


def probation(rows: int) -> int:
    """How many rows at the start don't count."""
    return min(floor(0.15 * rows), 750)


def spans(times: Sequence[int], windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Windows (first and last moment, both inside) as first and last row, in order; those without rows are left out."""
    rows = sorted((bisect_left(times, start), bisect_right(times, end) - 1) for start, end in windows)
    return [(first, last) for first, last in rows if first <= last]


def worths(
    rows: int, windows: Sequence[tuple[int, int]], profile: Profile = STANDARD
) -> list[tuple[float, int | None]]:
    """For each row what flagging it is worth, and the window (its number) that it lies in."""
    found: list[tuple[float, int | None]] = []
    at = 0
    before: tuple[int, int] | None = None
    for row in range(rows):
        if at < len(windows) and row > windows[at][1]:
            before, at = windows[at], at + 1
        if at < len(windows) and row >= windows[at][0]:
            first, last = windows[at]
            found.append((scaled_sigmoid(-(last - row + 1) / (last - first + 1)) * profile.tp / _BEST, at))
        else:
            behind = 3.0 if before is None else (row - before[1]) / max(before[1] - before[0], 1)
            found.append((scaled_sigmoid(behind) * profile.fp, None))
    return found


def raw_score(flags: Sequence[bool], windows: Sequence[tuple[int, int]], profile: Profile = STANDARD) -> float:
    """The score of flagged rows; windows as spans of rows."""
    return best_score([float(flag) for flag in flags], windows, profile, thresholds=(1.0,))[0]


def best_score(
    scores: Sequence[float],
    windows: Sequence[tuple[int, int]],
    profile: Profile = STANDARD,
    thresholds: Sequence[float] | None = None,
) -> tuple[float, float]:
    """The best score over the thresholds (flagged: at or above; all of them unless named), and which it was."""
    worth = worths(len(scores), windows, profile)
    order = sorted(range(probation(len(scores)), len(scores)), key=lambda row: -scores[row])
    earned = {worth[row][1]: -profile.fn for row in order if worth[row][1] is not None}
    lost = 0.0
    best = (sum(earned.values()), 1.1) if thresholds is None else (float("-inf"), 1.1)
    wanted = None if thresholds is None else sorted(thresholds, reverse=True)
    at = 0
    for threshold in wanted if wanted is not None else sorted({scores[row] for row in order}, reverse=True):
        while at < len(order) and scores[order[at]] >= threshold:
            value, window = worth[order[at]]
            if window is None:
                lost += value
            else:
                earned[window] = max(earned[window], value)
            at += 1
        best = max(best, (lost + sum(earned.values()), threshold))
    return best
