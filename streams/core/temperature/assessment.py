"""A whole file of readings assessed at once, by the decisions that the cold-chain stage would make of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from schemas.coldchain import SensorFlag, WarningRaised
from schemas.temperature import BreachKind, Profile
from streams.core.instants import MINUTE, from_us, to_us
from streams.core.temperature.evolve import evolve_series
from streams.core.temperature.flags import flagged, put_flag, steps_back
from streams.core.temperature.kinetic import mean_kinetic
from streams.core.temperature.ranges import Range
from streams.core.temperature.reading import decide_value
from streams.core.temperature.series import Breach, Series, Timeline
from streams.core.temperature.summing import out_of_range


@dataclass(frozen=True, slots=True)
class AssessedBreach:
    """A breach; `end` None: it goes on at the end of the data, and `minutes` count to the last reading."""

    kind: BreachKind
    limit_c: float
    start: datetime
    alarm_at: datetime
    end: datetime | None
    minutes: float
    peak_c: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a logger's readings say. Times are in the zone asked for; `readings` counts moments, not repeats.

    `flags`: each with the moment that it starts at; `warnings` and `scores` with their score in 0..1.
    `out_of_range_minutes` has each day with a reading.
    """

    readings: int
    interval_minutes: int | None
    gaps: tuple[tuple[datetime, datetime], ...]
    breaches: tuple[AssessedBreach, ...]
    mkt_c: float | None
    out_of_range_minutes: dict[date, float]
    unknown_minutes: float
    flags: tuple[tuple[SensorFlag, datetime], ...]
    warnings: tuple[tuple[datetime, float], ...]
    scores: tuple[tuple[datetime, float], ...]


def assess(
    readings: Iterable[tuple[datetime, float]],
    profile: Profile | None,
    *,
    interval_minutes: int | None = None,
    zone: tzinfo = UTC,
) -> Assessment:
    """Assess readings (aware times, °C) in the order of their file; `interval_minutes`: as the logger declares it.

    Profile None: no limits. The early warning sees them in order of time, whatever the order of the file.
    """
    bounds = Range.of(profile)
    rows = [(to_us(at), celsius + 0.0) for at, celsius in readings]
    series = Series("assessed", "logger")
    for at in steps_back(rows):
        if flagged(series, SensorFlag.CLOCK_BACK, at):
            put_flag(series, SensorFlag.CLOCK_BACK, at)
    warnings: list[tuple[datetime, float]] = []
    scores: list[tuple[datetime, float]] = []
    for at, celsius in sorted(rows, key=lambda row: row[0]):
        if not series.times or at > series.times[-1]:
            scores.append((from_us(at).astimezone(zone), series.detector.score(at, celsius)))
        for decision in decide_value(series, bounds, at, celsius, interval_minutes):
            evolve_series(series, decision)
            if isinstance(decision, WarningRaised):
                warnings.append((decision.at.astimezone(zone), decision.score))
    return _assessment(series, bounds, zone, warnings, scores)


def _assessment(
    series: Series,
    bounds: Range,
    zone: tzinfo,
    warnings: list[tuple[datetime, float]],
    scores: list[tuple[datetime, float]],
) -> Assessment:
    line = series.timeline
    gaps = [(start, end) for start, end in series.gaps if end is not None]
    flags = sorted((at, flag) for flag, ats in series.flags.items() for at in ats)
    return Assessment(
        readings=len(series.times),
        interval_minutes=series.interval_minutes,
        gaps=tuple((_local(start, zone), _local(end, zone)) for start, end in gaps),
        breaches=tuple(_breach(breach, series.times[-1], zone) for breach in series.standing()),
        mkt_c=mean_kinetic(line, bounds.activation_kj_mol) if bounds.mkt else None,
        out_of_range_minutes=_by_day(line, bounds, zone),
        unknown_minutes=sum(end - start for start, end in gaps) / MINUTE,
        flags=tuple((flag, _local(at, zone)) for at, flag in flags),
        warnings=tuple(warnings),
        scores=tuple(scores),
    )


def _breach(breach: Breach, newest: int, zone: tzinfo) -> AssessedBreach:
    return AssessedBreach(
        kind=breach.kind,
        limit_c=breach.limit_c,
        start=_local(breach.start, zone),
        alarm_at=_local(breach.alarm, zone),
        end=None if breach.end is None else _local(breach.end, zone),
        minutes=((newest if breach.end is None else breach.end) - breach.start) / MINUTE,
        peak_c=breach.peak,
    )


def _by_day(line: Timeline, bounds: Range, zone: tzinfo) -> dict[date, float]:
    """Minutes held out of range by local day, split at midnight."""
    days: dict[date, int] = {}
    midnight = 0
    for at in line.times:
        if at >= midnight:
            day, midnight = _day(at, zone)
            days[day] = 0
    midnight = 0
    for start, end in out_of_range(line, bounds):
        while start < end:
            if start >= midnight:
                day, midnight = _day(start, zone)
            part = min(end, midnight)
            days[day] = days.get(day, 0) + part - start
            start = part
    return {day: time / MINUTE for day, time in sorted(days.items())}


def _day(us: int, zone: tzinfo) -> tuple[date, int]:
    """The local day of a time, and when it ends."""
    day = _local(us, zone).date()
    return day, to_us(datetime.combine(day + timedelta(days=1), time(), zone))


def _local(us: int, zone: tzinfo) -> datetime:
    return from_us(us).astimezone(zone)
