"""A series after a decision: one small function a decision, in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from schemas.coldchain import (
    BreachBase,
    BreachExtended,
    BreachOpened,
    BreachShortened,
    BreachWithdrawn,
    GapFound,
    GapWithdrawn,
    IntervalKnown,
    ReadingRecorded,
    SensorFlagged,
    TemperatureSummed,
    WarningRaised,
)
from streams.core.instants import to_us
from streams.core.temperature.breaches import drop_breach, key_of, put_breach
from streams.core.temperature.flags import put_flag
from streams.core.temperature.gaps import drop_gap, put_gap
from streams.core.temperature.series import Breach, Series


def evolve_series(series: Series, decision: Any) -> None:
    """Change the series by a decision about it; raises KeyError for a decision of another kind."""
    CHANGES[type(decision)](series, decision)


def _reading_recorded(series: Series, decision: ReadingRecorded) -> None:
    series.put(to_us(decision.at), decision.celsius)
    series.late += decision.late


def _interval_known(series: Series, decision: IntervalKnown) -> None:
    series.set_interval(decision.minutes, declared=decision.declared)


def _gap_found(series: Series, decision: GapFound) -> None:
    put_gap(series, (to_us(decision.start), None if decision.end is None else to_us(decision.end)))


def _gap_withdrawn(series: Series, decision: GapWithdrawn) -> None:
    drop_gap(series, to_us(decision.start))


def _breach_stands(series: Series, decision: BreachBase) -> None:
    end = None if decision.end is None else to_us(decision.end)
    start, alarm = to_us(decision.start), to_us(decision.alarm_at)
    breach_id, kind = decision.breach_id, decision.kind
    put_breach(series, Breach(breach_id, key_of(breach_id), kind, decision.limit_c, start, alarm, end, decision.peak_c))


def _breach_withdrawn(series: Series, decision: BreachWithdrawn) -> None:
    drop_breach(series, decision.breach_id)


def _sensor_flagged(series: Series, decision: SensorFlagged) -> None:
    put_flag(series, decision.flag, to_us(decision.at))


def _nothing(_: Series, __: object) -> None:
    """For readers of the ledger; what it says is not kept here."""


CHANGES: Final[dict[type, Callable[[Series, Any], None]]] = {
    ReadingRecorded: _reading_recorded,
    IntervalKnown: _interval_known,
    GapFound: _gap_found,
    GapWithdrawn: _gap_withdrawn,
    BreachOpened: _breach_stands,
    BreachExtended: _breach_stands,
    BreachShortened: _breach_stands,
    BreachWithdrawn: _breach_withdrawn,
    SensorFlagged: _sensor_flagged,
    WarningRaised: _nothing,
    TemperatureSummed: _nothing,
}
