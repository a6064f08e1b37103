"""The file of one consignment: what was reported, which checks failed, what is held, and what its loggers say.

Pure; a fold of accepted records of the cold-chain ledger, in their order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.coldchain import (
    BreachExtended,
    BreachOpened,
    BreachShortened,
    BreachWithdrawn,
    GapFound,
    GapWithdrawn,
    IntervalKnown,
    SensorFlagged,
)
from schemas.temperature import Profile
from streams.core.instants import MINUTE, from_us, to_us
from streams.core.temperature import Range, Series, evolve_series, sum_up
from streams.lineage.sparkline import sparkline

Decision = Mapping[str, Any]
_SERIES: Final = {
    model.model_fields["type"].default: TypeAdapter(model)
    for model in (
        BreachOpened,
        BreachExtended,
        BreachShortened,
        BreachWithdrawn,
        GapFound,
        GapWithdrawn,
        IntervalKnown,
        SensorFlagged,
    )
}


@dataclass(slots=True)
class Logger:
    """One logger. `lot_ids`: what it lay with; none named: the whole consignment."""

    series: Series
    lot_ids: tuple[str, ...] = ()
    warnings: list[tuple[str, float]] = field(default_factory=list)


@dataclass
class Dossier:
    """`facts`: reports that stand, by event id; `checks`: the last decision about each; `ended`: holds withdrawn."""

    consignment_id: str
    declared: Decision | None = None
    step: Decision | None = None
    facts: dict[str, Decision] = field(default_factory=dict)
    checks: dict[str, Decision] = field(default_factory=dict)
    holds: dict[str, Decision] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    loggers: dict[str, Logger] = field(default_factory=dict)

    @property
    def failed(self) -> list[Decision]:
        """Checks that fail still."""
        return [check for _, check in sorted(self.checks.items()) if check["type"] == "check_failed"]

    @property
    def standing(self) -> list[Decision]:
        """Holds that stand."""
        return [hold for name, hold in sorted(self.holds.items()) if name not in self.ended]

    @property
    def profile(self) -> str | None:
        """Name of its temperature profile."""
        return None if self.declared is None else self.declared["profile"]

    def reports(self, kind: str) -> list[Decision]:
        """Reports of a kind, in order of time."""
        return sorted(
            (fact for fact in self.facts.values() if fact["kind"] == kind), key=lambda one: one["occurred_at"]
        )

    def take(self, decision: Decision) -> None:
        """A decision about this consignment, or of a hold that may be its own."""
        match decision["type"]:
            case "fact_recorded":
                fact = decision["fact"]
                self.facts[fact["event_id"]] = fact
                if fact["kind"] == "consignment_declared":
                    self.declared = fact
            case "fact_withdrawn":
                self.facts.pop(decision["event_id"], None)
            case "step_reached":
                self.step = decision
            case "check_failed" | "check_mended":
                self.checks[decision["check_id"]] = decision
            case "hold_ordered":
                self.holds[decision["hold_id"]] = decision
                self.ended.discard(decision["hold_id"])
            case "hold_withdrawn":
                self.ended.add(decision["hold_id"])
            case _:
                if "logger_id" in decision:
                    self._take_logger(decision)

    def _take_logger(self, decision: Decision) -> None:
        name = decision["logger_id"]
        logger = self.loggers.get(name)
        if logger is None:
            logger = self.loggers[name] = Logger(Series(self.consignment_id, name))
        match decision["type"]:
            case "reading_recorded":
                logger.series.put(to_us(dt.datetime.fromisoformat(decision["at"])), decision["celsius"])
            case "logger_placed":
                logger.lot_ids = tuple(decision["lot_ids"])
            case "warning_raised":
                logger.warnings.append((decision["at"], decision["score"]))
            case kind if kind in _SERIES:
                evolve_series(logger.series, _SERIES[kind].validate_python(decision, strict=False))


def file_in(dossiers: Mapping[str, Dossier], decision: Decision) -> None:
    """Put a decision of the cold chain into the files that it is about.

    A hold may name lots alone, and says by its check whose it is; its end says only its id.
    """
    match decision["type"]:
        case "hold_withdrawn":
            found = list(dossiers.values())
        case "hold_ordered":
            found = [dossier for dossier in dossiers.values() if decision["check_id"] in dossier.checks]
        case _:
            about = decision["fact"] if decision["type"] == "fact_recorded" else decision
            name = about.get("consignment_id") or ""
            found = [dossiers[name]] if name in dossiers else []
    for dossier in found:
        dossier.take(decision)


def temperatures(dossier: Dossier, profile: Profile | None) -> Iterator[dict[str, Any]]:
    """What each logger's readings amount to, as plain values; times in UTC. Profile None: no limits are known."""
    for name, logger in sorted(dossier.loggers.items()):
        series = logger.series
        if series.newest is not None:
            bounds = Range.of(profile)
            yield {
                "consignment_id": dossier.consignment_id,
                "logger_id": name,
                "lot_ids": list(logger.lot_ids),
                "profile": dossier.profile,
                "interval_minutes": series.interval_minutes,
                "first": _iso(series.times[0]),
                "last": _iso(series.newest),
                **_summed(series, bounds),
                **_found(series),
                "warnings": [{"at": at, "score": score} for at, score in logger.warnings],
                "sparkline": sparkline(series, bounds)._asdict(),
                "history": [
                    {"at": _iso(at), "celsius": value, "out": None if (out := bounds.out(value)) is None else out.value}
                    for at, value in zip(series.times, series.values, strict=True)
                ],
            }


def _summed(series: Series, bounds: Range) -> dict[str, Any]:
    summed = sum_up(series, bounds, series.times[-1])
    assert summed is not None
    told = ("readings", "min_c", "max_c", "mkt_c", "out_minutes", "unknown_minutes")
    return {name: getattr(summed, name) for name in told}


def _found(series: Series) -> dict[str, Any]:
    newest = series.times[-1]
    return {
        "breaches": [
            {
                "breach_id": breach.breach_id,
                "kind": breach.kind.value,
                "limit_c": breach.limit_c,
                "start": _iso(breach.start),
                "alarm_at": _iso(breach.alarm),
                "end": None if breach.end is None else _iso(breach.end),
                "minutes": ((newest if breach.end is None else breach.end) - breach.start) / MINUTE,
                "peak_c": breach.peak,
            }
            for breach in series.standing()
        ],
        "gaps": [
            {
                "start": _iso(start),
                "end": None if end is None else _iso(end),
                "minutes": None if end is None else (end - start) / MINUTE,
            }
            for start, end in series.gaps
        ],
        "flags": [{"flag": flag.value, "at": _iso(at)} for flag, ats in sorted(series.flags.items()) for at in ats],
    }


def _iso(us: int) -> str:
    return from_us(us).isoformat()
