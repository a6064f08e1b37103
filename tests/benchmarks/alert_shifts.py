"""A change of shift among many open alerts: one that changes no owner, and the dearest tick of one that changes all.

The decider alone: python -m tests.benchmarks.alert_shifts
"""

from __future__ import annotations

import gc

from tests.benchmarks.rig import Figure
from tests.streams.core.alerts.crowd import SHIFT, Crowd, chiefs, of_grids

GRIDS = 500


def idle(alerts: int) -> float:
    """Seconds of all ticks of a change of the city's person where every alert is its grid's: nothing is handed over."""
    crowd = Crowd(alerts, GRIDS, *chiefs(), *of_grids(GRIDS))
    said = crowd.said
    gc.collect()
    took = sum(crowd.go(SHIFT))
    assert (said, crowd.said) == (alerts, alerts)
    return took


def dearest(alerts: int) -> float:
    """Seconds of the dearest tick of a change of the city's person where every alert is the city's."""
    crowd = Crowd(alerts, GRIDS, *chiefs())
    said = crowd.said
    gc.collect()
    took = max(crowd.go(SHIFT))
    assert (said, crowd.said) == (alerts, 2 * alerts)
    return took


def figures(quick: bool = False) -> list[Figure]:
    """Both among few and many; the least of three, since the machine has other work."""
    gc.set_threshold(50_000, 50, 1000)  # as the worker does
    few, many = (2_000, 10_000) if quick else (2_000, 100_000)
    idles = [min(idle(alerts) for _ in range(3)) for alerts in (few, many)]
    ticks = [dearest(alerts) for alerts in (few, many)]
    words = [f"{of_many * 1000:.1f} ms, {of_many / of_few:.1f}x that of {few:,}" for of_few, of_many in (idles, ticks)]
    return [
        Figure(f"a shift that changes no owner of {many:,} open alerts", words[0], "< 4x", idles[1] < 4 * idles[0]),
        Figure(f"dearest tick of one that changes all of {many:,}", words[1], "< 50 ms", ticks[1] < 0.05),
    ]


if __name__ == "__main__":
    for figure in figures():
        print(figure)
