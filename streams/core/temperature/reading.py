"""What a reading means: a newest one at little cost, a late one by looking again at the past around it.

Recorded, then what is known of the interval, then gaps, breaches, flags, and the early warning. A reading says nothing
that another order of the same readings would not: interval, gaps and breaches are functions of the set of readings.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Any, NamedTuple

from schemas.coldchain import SensorFlag
from schemas.temperature import TemperatureRead
from streams.core.instants import to_us
from streams.core.temperature.breaches import correct_breaches, next_breaches
from streams.core.temperature.flags import flagged, late_flat, late_jump, next_flat, next_jump, went_back
from streams.core.temperature.gaps import correct_gaps
from streams.core.temperature.interval import learned, relearned
from streams.core.temperature.made import gap_found, interval_known, recorded, warning_raised
from streams.core.temperature.ranges import Range
from streams.core.temperature.series import Series, Timeline, longest_of


class Interval(NamedTuple):
    """A logging interval, and whether the logger declared it. The shortest one declared counts: the careful side."""

    minutes: int | None
    declared: bool


def decide_reading(series: Series | None, bounds: Range, reading: TemperatureRead) -> list[Any]:
    """The decisions of a reading; None: the first of its logger. Nothing new, nothing decided."""
    series = Series(reading.consignment_id, reading.logger_id) if series is None else series
    return decide_value(series, bounds, to_us(reading.occurred_at), reading.celsius, reading.interval_minutes)


def decide_value(series: Series, bounds: Range, at: int, celsius: float, declared: int | None = None) -> list[Any]:
    """The same for a time in microseconds and a value, with the interval in minutes that the logger declares."""
    celsius += 0.0  # there is no minus zero
    if not series.times or at > series.times[-1]:
        return _newest(series, bounds, at, celsius, declared)
    return _late(series, bounds, at, celsius, declared)


def _newest(series: Series, bounds: Range, at: int, celsius: float, declared: int | None) -> list[Any]:
    """A reading newer than all others."""
    out = bounds.out(celsius)
    decisions: list[Any] = [recorded(series, at, celsius, out, False)]
    times, longest = series.times, series.longest
    interval = _interval(series, declared, None if series.declared else relearned(series.learned, times, at))
    if series.silent or interval.minutes != series.interval_minutes or interval.declared is not bool(series.declared):
        longest = longest_of(interval.minutes)
        after = Timeline(times + array("q", (at,)), series.values + array("d", (celsius,)), longest, False)
        decisions += _reconsidered(series, bounds, after, interval, len(times))
    else:
        parted = longest is not None and bool(times) and at - times[-1] > longest
        if parted:
            decisions.append(gap_found(series, (times[-1], at)))
        if out is not None or series.breaches:
            decisions += next_breaches(series, bounds, at, celsius, parted)
    if times:
        decisions += next_flat(series, at, celsius)
        decisions += next_jump(series, at, celsius, longest is not None and at - times[-1] > longest)
    score, warns = series.detector.step(at, celsius)
    if warns:
        decisions.append(warning_raised(series, at, score))
    return decisions


def _late(series: Series, bounds: Range, at: int, celsius: float, declared: int | None) -> list[Any]:
    """A reading not newer than all others: fills in, repeats, or contradicts."""
    place = bisect_left(series.times, at)
    same = series.times[place] == at
    values = series.values
    if same:
        known = values[place]
        flags = flagged(series, SensorFlag.DUPLICATE if known == celsius else SensorFlag.CONFLICT, at)
        celsius = bounds.worst(known, celsius)
        if celsius == known:
            return _repeated(series, bounds, declared, place) + flags
        times, values = series.times, values[:]
        values[place] = celsius
    else:
        flags = []
        times, values = series.times[:], values[:]
        times.insert(place, at)
        values.insert(place, celsius)
    interval = _interval(series, declared, None if series.declared else learned(times))
    after = _changed(series, times, values, interval)
    late = at < series.times[-1]
    decisions: list[Any] = [recorded(series, at, celsius, bounds.out(celsius), late)]
    decisions += _reconsidered(series, bounds, after, interval, place)
    if not same and went_back(series, after, place, interval.minutes):
        flags = flagged(series, SensorFlag.CLOCK_BACK, at)
    return decisions + flags + late_flat(series, after, place) + late_jump(series, after, place)


def _repeated(series: Series, bounds: Range, declared: int | None, place: int) -> list[Any]:
    """A reading that changes no value may still declare an interval."""
    interval = _interval(series, declared, series.learned)
    after = _changed(series, series.times, series.values, interval)
    return (
        _reconsidered(series, bounds, after, interval, place)
        if interval != _interval(series, None, series.learned)
        else []
    )


def _changed(series: Series, times: array[int], values: array[float], interval: Interval) -> Timeline:
    """The readings after a late one. Whether silence has lasted a longer interval too is for the next tick to say."""
    longest = longest_of(interval.minutes)
    silent = series.silent and longest is not None and series.longest is not None and longest <= series.longest
    return Timeline(times, values, longest, silent)


def _interval(series: Series, declared: int | None, learned_minutes: int | None) -> Interval:
    """The interval that counts, with what a reading declares and with what is learned."""
    both = [minutes for minutes in (series.declared, declared) if minutes is not None]
    return Interval(min(both), True) if both else Interval(learned_minutes, False)


def _reconsidered(series: Series, bounds: Range, after: Timeline, interval: Interval, place: int) -> list[Any]:
    """What a reading at index `place` of `after` changes of what stands: around it, or everywhere with the interval."""
    decisions: list[Any] = []
    first, last = max(place - 1, 0), min(place + 1, len(after.times) - 1)
    if interval != Interval(series.interval_minutes, bool(series.declared)) and interval.minutes is not None:
        decisions.append(interval_known(series, interval.minutes, interval.declared))
    if interval.minutes != series.interval_minutes:
        first, last = 0, len(after.times) - 1
    changes, gaps = correct_gaps(series, after, first, last)
    return decisions + changes + correct_breaches(series, bounds, after, gaps, first, last)
