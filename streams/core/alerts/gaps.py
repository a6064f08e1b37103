"""Hours to come that nobody on the roster covers (值班空缺): each stretch of them is an alert of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.alert import AlertKind, AlertSeverity
from schemas.duty import Level
from streams.core.alerts.roster import LEVELS, OF_AREAS, outward
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Duty, Gap, State, Truth
from streams.core.alerts.words import subject_of, within
from streams.core.instants import from_us

CITY: Final = "*"
"""Stands for the whole city among the places that must have somebody on duty; partition 0 looks after it."""
UNCOVERED: Final = AlertKind.DUTY_UNCOVERED


def covers(duty: Duty, area: str) -> bool:
    """Whether a line of the roster answers for all of an area (or, for CITY, for the whole city)."""
    if area == CITY:
        return duty.level is Level.CITY
    return LEVELS.index(duty.level) >= LEVELS.index(OF_AREAS) and within(area, duty.place)


def gaps(state: State, area: str, start: int) -> Iterator[Gap]:
    """Stretches from `start` on in which nobody is on duty for an area: the last one comes after all lines."""
    covered = start
    for starts, ends in sorted(_hours(state, area)):
        if starts > covered:
            yield covered, starts
        covered = max(covered, ends)
    yield covered, None


def _hours(state: State, area: str) -> Iterator[tuple[int, int]]:
    outer = list(state.lines) if area == CITY else outward(area)
    for place in outer:
        for duty_id in state.lines.get(place, ()):
            duty = state.roster[duty_id]
            if covers(duty, area):
                yield duty.starts, duty.ends


def look_ahead(state: State, rules: Rules, area: str, at: int) -> None:
    """Flag what nobody covers of the hours in view, and look again when time alone can change that.

    That is: when a stretch comes into view, when it comes, or when somebody's line ends it.
    """
    at = max(at, state.now or at)
    known, found = state.gaps.pop(area, []), []
    again: list[int] = []
    for begins, ends in gaps(state, area, at):
        if begins > at + rules.roster:
            again.append(begins - rules.roster)
            break
        if begins > at:
            again.append(begins)
        else:
            begins = _running(known, at)
            again += [ends] if ends is not None else []
        found.append((begins, ends))
    for begins, _ in known:
        if all(begins != other for other, _ in found):
            state.end(UNCOVERED, _subject(area, begins))
    for gap in found:
        _flag(state, area, gap, at)
    if found:
        state.gaps[area] = found
    state.watching.set((UNCOVERED.value, area), min(again, default=None))


def _running(known: list[Gap], at: int) -> int:
    """When the stretch that runs now began: lines that are over are forgotten, so it is what was said before."""
    return next((begins for begins, ends in known if begins <= at and (ends is None or ends >= at)), at)


def _subject(area: str, begins: int) -> str:
    return subject_of(area, from_us(begins).isoformat().replace("+00:00", "Z"))


def _flag(state: State, area: str, gap: Gap, at: int) -> None:
    begins, ends = gap
    severity = AlertSeverity.CRITICAL if begins <= at else AlertSeverity.WARNING
    detail = {"from": from_us(begins).isoformat(), "until": None if ends is None else from_us(ends).isoformat()}
    subject = _subject(area, begins)
    known = state.truths.get((UNCOVERED.value, subject))
    if known is None or known.severity is not severity or known.detail != detail:
        state.tell(UNCOVERED, subject, Truth(None if area == CITY else area, severity, at, detail))
