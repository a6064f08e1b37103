"""The rules of breaches and gaps once more, said so plainly that they can be checked by reading: the tests' oracle."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from schemas.temperature import Limit, Profile

Reading = tuple[int, float]
Breach = tuple[str, float, int, int, int | None, float]


def is_out(limit: Limit, celsius: float) -> bool:
    """Beyond a limit, or at it where it is inclusive."""
    if limit.inclusive and celsius == limit.celsius:
        return True
    return celsius > limit.celsius if limit.kind.value == "hot" else celsius < limit.celsius


def counting(readings: Iterable[Reading], profile: Profile) -> list[Reading]:
    """One value a moment, the worse one."""
    worst: dict[int, float] = {}
    for at, celsius in readings:
        worst[at] = celsius if at not in worst else max(celsius, worst[at], key=lambda value: badness(profile, value))
    return sorted(worst.items())


def badness(profile: Profile, celsius: float) -> tuple[float, float]:
    """How far beyond the nearest limit of its side."""
    beyond = -1.0
    for limit in profile.limits:
        if is_out(limit, celsius):
            beyond = max(beyond, abs(celsius - limit.celsius))
    return beyond, celsius


def interval(readings: list[Reading]) -> int | None:
    """Lower median of the steps: all of eight readings, the first eight of fifteen, the first sixteen of 31."""
    assert len(readings) < 32
    many = len(readings) if len(readings) <= 8 else 8 if len(readings) < 16 else 16
    steps = sorted(b - a for (a, _), (b, _) in pairwise(readings[:many]))
    return max(1, steps[(len(steps) - 1) // 2]) if steps else None


def gaps(readings: list[Reading], minutes: int | None, until: int | None = None) -> list[tuple[int, int | None]]:
    """From the last reading to the next, where more than three intervals lie between; the last one up to `until`."""
    if minutes is None:
        return []
    times = [at for at, _ in readings]
    found: list[tuple[int, int | None]] = [(a, b) for a, b in pairwise(times) if b - a > 3 * minutes]
    if until is not None and until - times[-1] > 3 * minutes:
        found.append((times[-1], None))
    return found


def breaches(readings: list[Reading], profile: Profile, unknown: list[tuple[int, int | None]]) -> list[Breach]:
    """Each limit's excursions that lasted as long as it allows."""
    found: list[Breach] = []
    ends_of_runs = {start for start, _ in unknown}
    for limit in set(profile.limits):
        run: list[Reading] = []
        for at, celsius in readings:
            if is_out(limit, celsius):
                run.append((at, celsius))
            else:
                found += _breach(limit, run, at)
                run = []
            if at in ends_of_runs:
                found += _breach(limit, run, at)
                run = []
        found += _breach(limit, run, None)
    return sorted(found, key=str)


def _breach(limit: Limit, run: list[Reading], end: int | None) -> list[Breach]:
    alarms = [at for at, _ in run if at - run[0][0] >= limit.minutes]
    if not alarms:
        return []
    values = [celsius for _, celsius in run]
    peak = max(values) if limit.kind.value == "hot" else min(values)
    return [(limit.kind.value, limit.celsius, run[0][0], alarms[0], end, peak)]
