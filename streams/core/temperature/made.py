"""Decisions about readings, made without validating them again: their values come from messages that were."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

from schemas.coldchain import (
    BreachExtended,
    BreachOpened,
    BreachShortened,
    BreachWithdrawn,
    GapFound,
    GapWithdrawn,
    IntervalKnown,
    ReadingRecorded,
    SensorFlag,
    SensorFlagged,
    WarningRaised,
)
from schemas.temperature import BreachKind
from streams.core.instants import from_us
from streams.core.supply.unchecked import unchecked
from streams.core.temperature.series import Breach, Gap, Series

_reading_recorded: Final = unchecked(ReadingRecorded)
_interval_known: Final = unchecked(IntervalKnown)
_gap_found: Final = unchecked(GapFound)
_gap_withdrawn: Final = unchecked(GapWithdrawn)
_breach_withdrawn: Final = unchecked(BreachWithdrawn)
_sensor_flagged: Final = unchecked(SensorFlagged)
_warning_raised: Final = unchecked(WarningRaised)
_CHANGED: Final = {kind: unchecked(kind) for kind in (BreachOpened, BreachExtended, BreachShortened)}
BreachChange = type[BreachOpened] | type[BreachExtended] | type[BreachShortened]


def recorded(series: Series, at: int, celsius: float, out: BreachKind | None, late: bool) -> ReadingRecorded:
    """A reading counts."""
    return _reading_recorded(
        consignment_id=series.consignment_id,
        logger_id=series.logger_id,
        at=from_us(at),
        celsius=celsius,
        out=out,
        late=late,
    )


def interval_known(series: Series, minutes: int, declared: bool) -> IntervalKnown:
    """The logging interval, declared or learned."""
    return _interval_known(
        consignment_id=series.consignment_id, logger_id=series.logger_id, minutes=minutes, declared=declared
    )


def gap_found(series: Series, gap: Gap) -> GapFound:
    """An unknown period, or its other end: a gap is known by its start."""
    start, end = gap
    return _gap_found(
        consignment_id=series.consignment_id,
        logger_id=series.logger_id,
        start=from_us(start),
        end=None if end is None else from_us(end),
    )


def gap_withdrawn(series: Series, start: int) -> GapWithdrawn:
    """No unknown period begins there any more."""
    return _gap_withdrawn(consignment_id=series.consignment_id, logger_id=series.logger_id, start=from_us(start))


def breach_id(series: Series, key: str, start: int, number: int = 0) -> str:
    """A name for a breach opened with this start; `number` tells it from one of that name that stands already."""
    source = f"{series.consignment_id} {series.logger_id} {key} {start} {number}"
    return f"{key}-{blake2b(source.encode(), digest_size=10).hexdigest()}"


def breach_changed(series: Series, kind: BreachChange, breach: Breach) -> Any:
    """A breach as it stands from now on."""
    return _CHANGED[kind](
        breach_id=breach.breach_id,
        consignment_id=series.consignment_id,
        logger_id=series.logger_id,
        kind=breach.kind,
        limit_c=breach.limit_c,
        start=from_us(breach.start),
        alarm_at=from_us(breach.alarm),
        end=None if breach.end is None else from_us(breach.end),
        peak_c=breach.peak,
    )


def breach_withdrawn(series: Series, breach: Breach) -> BreachWithdrawn:
    """There was no such breach."""
    return _breach_withdrawn(
        breach_id=breach.breach_id, consignment_id=series.consignment_id, logger_id=series.logger_id
    )


def sensor_flagged(series: Series, flag: SensorFlag, at: int) -> SensorFlagged:
    """Something is wrong with the readings themselves."""
    return _sensor_flagged(consignment_id=series.consignment_id, logger_id=series.logger_id, flag=flag, at=from_us(at))


def warning_raised(series: Series, at: int, score: float) -> WarningRaised:
    """The early warning."""
    return _warning_raised(
        consignment_id=series.consignment_id, logger_id=series.logger_id, at=from_us(at), score=score
    )
