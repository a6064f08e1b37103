"""A logger that says nothing: after more than three intervals an unknown period goes on, by time alone."""

from __future__ import annotations

from typing import Any

from streams.core.temperature.breaches import ended
from streams.core.temperature.made import gap_found
from streams.core.temperature.series import Series


def next_silence(series: Series) -> int | None:
    """When (microseconds) the logger will have been silent for too long; None: it is already, or can't be told."""
    if series.longest is None or not series.times or series.silent:
        return None
    return series.times[-1] + series.longest + 1


def decide_silence(series: Series, now_us: int) -> list[Any]:
    """The gap that begins with the newest reading, where it is time; breaches that went on end with that reading."""
    due = next_silence(series)
    if due is None or now_us < due:
        return []
    return [gap_found(series, (series.times[-1], None)), *ended(series)]
