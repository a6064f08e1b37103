"""A logger for tests: readings go in, decisions are folded, what stands comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from schemas.coldchain import ColdChainDecision
from schemas.temperature import Limit, Profile, TemperatureRead
from streams.core.instants import MINUTE, to_us
from streams.core.temperature import Range, Series, decide_reading, decide_silence, evolve_series

START = datetime(2022, 4, 1, 8, 0, tzinfo=UTC)
DECISIONS: TypeAdapter[Any] = TypeAdapter(list[ColdChainDecision])


def limit(kind: str, celsius: float, minutes: int, inclusive: bool = True) -> Limit:
    """A limit of a profile."""
    return Limit(kind=kind, celsius=celsius, inclusive=inclusive, minutes=minutes)


def profile(*limits: Limit, mkt: bool = True, activation: float = 83.144) -> Profile:
    """A profile with these limits; none named: hot at 8 °C for an hour, cold at 0 °C for half an hour."""
    limits = limits or (limit("hot", 8.0, 60), limit("cold", 0.0, 30))
    return Profile(name="test", name_zh="试", name_en="test", limits=limits, mkt=mkt, activation_kj_mol=activation)


def at(minutes: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def us(minutes: float) -> int:
    """The same in microseconds since 1970."""
    return to_us(at(minutes))


def read(minutes: float, celsius: float, declared: int | None = None) -> TemperatureRead:
    """A reading so many minutes after the start."""
    return TemperatureRead(
        kind="temperature_read",
        event_id=f"r-{minutes}-{celsius}",
        occurred_at=at(minutes),
        source="keeper",
        consignment_id="c-1",
        logger_id="l-1",
        celsius=celsius,
        interval_minutes=declared,
    )


class Logger:
    """Decides, checks that every decision is one that its model accepts, and folds."""

    def __init__(self, of: Profile | None = None, *, declared: int | None = None) -> None:
        self.bounds = Range.of(profile() if of is None else of)
        self.series = Series("c-1", "l-1")
        self.declared = declared
        self.last: Sequence[Any] = ()

    def take(self, minutes: float, celsius: float, declared: int | None = None) -> Logger:
        """A reading; `last` has its decisions."""
        before = self.series.plain()
        self.last = decide_reading(self.series, self.bounds, read(minutes, celsius, declared or self.declared))
        assert self.series.plain() == before, "deciding changes nothing"
        return self.fold()

    def every(self, step: int, values: Iterable[float], first: int = 0) -> Logger:
        """Readings so many minutes apart."""
        for number, celsius in enumerate(values):
            self.take(first + number * step, celsius)
        return self

    def quiet(self, until: float) -> Logger:
        """A tick so many minutes after the start."""
        self.last = decide_silence(self.series, us(until))
        return self.fold()

    def fold(self) -> Logger:
        """Take the decisions, as read back from the ledger."""
        for decision in DECISIONS.validate_json(DECISIONS.dump_json(list(self.last))):
            evolve_series(self.series, decision)
        return self

    def said(self) -> list[str]:
        """The types of the last decisions, but for the reading itself and flags."""
        return [d.type for d in self.last if d.type not in ("reading_recorded", "sensor_flagged")]

    def flags(self) -> list[tuple[str, float]]:
        """The flags among the last decisions, with minutes after the start."""
        return [(d.flag.value, _minutes(to_us(d.at))) for d in self.last if d.type == "sensor_flagged"]

    def breaches(self) -> list[tuple[str, float, float, float | None, float]]:
        """What stands: kind, start, alarm and end in minutes after the start, peak."""
        return [
            (b.kind.value, _minutes(b.start), _minutes(b.alarm), None if b.end is None else _minutes(b.end), b.peak)
            for b in self.series.standing()
        ]

    def gaps(self) -> list[tuple[float, float | None]]:
        """Unknown periods, in minutes after the start."""
        return [(_minutes(start), None if end is None else _minutes(end)) for start, end in self.series.gaps]


def _minutes(time: int) -> float:
    return (time - to_us(START)) / MINUTE
