"""The duty roster (值班表): who answers for a place now, and which hours to come nobody covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.alert import AlertKind, AlertSeverity
from schemas.duty import Level
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Duty, State, Truth
from streams.core.alerts.words import within
from streams.core.instants import from_us

CITY: Final = "*"
"""Stands for the whole city among the places that must have somebody on duty; partition 0 looks after it."""
UNCOVERED: Final = AlertKind.DUTY_UNCOVERED
LEVELS: Final = tuple(Level)
"""From the bottom up."""
OF_AREAS: Final = Level.COMMUNITY
"""Where alerts of an area begin: who is on duty below does not answer for it."""
_OF_GRIDS: Final = frozenset(
    {AlertKind.NEED_AT_RISK, AlertKind.NEED_OVERDUE, AlertKind.SILENT_HOUSEHOLD, AlertKind.DELIVERY_OVERDUE}
)


def higher(level: Level) -> Level | None:
    """The next level up; None above the city."""
    place = LEVELS.index(level) + 1
    return LEVELS[place] if place < len(LEVELS) else None


def first_level(kind: AlertKind, place: str | None) -> Level:
    """The level at which an alert begins."""
    return Level.CITY if place is None else Level.GRID if kind in _OF_GRIDS else OF_AREAS


def on_duty(state: State, kind: AlertKind, place: str | None, level: Level) -> str | None:
    """Who answers for an alert at a level: the nearest line of the roster, or of the next level up that has one.

    Where nobody is, it stays with the next level down, but not below the one at which it began. What has no place is
    the city's.
    """
    if place is None:
        lines = [ids for (_, found), ids in sorted(state.active.items()) if found is Level.CITY]
        return state.roster[min(lines[0])].person if lines else None
    for wanted in _ASKED[first_level(kind, place), level]:
        for outer in _outward(place):
            if ids := state.active.get((outer, wanted)):
                return state.roster[min(ids)].person
    return None


def _asked(first: Level, level: Level) -> tuple[Level, ...]:
    """Levels in the order in which they answer for an alert that began at one and is at another now."""
    begin, here = LEVELS.index(first), LEVELS.index(level)
    return LEVELS[here:] + LEVELS[begin:here][::-1]


_ASKED: Final = {(first, level): _asked(first, level) for first in LEVELS for level in LEVELS}


def _outward(place: str) -> Iterator[str]:
    """A place, and those in which it lies, from the inside."""
    while place:
        yield place
        place = place.rpartition("/")[0]


def first_uncovered(state: State, area: str, start: int) -> int:
    """The first moment, not before `start`, in which nobody is on duty for an area, as far as the roster goes."""
    covered = start
    for starts, ends in sorted(_hours(state, area)):
        if starts > covered:
            break
        covered = max(covered, ends)
    return covered


def _hours(state: State, area: str) -> Iterator[tuple[int, int]]:
    outer = list(state.lines) if area == CITY else _outward(area)
    for place in outer:
        for duty_id in state.lines.get(place, ()):
            duty = state.roster[duty_id]
            if covers(duty, area):
                yield duty.starts, duty.ends


def covers(duty: Duty, area: str) -> bool:
    """Whether a line of the roster answers for all of an area (or, for CITY, for the whole city)."""
    if area == CITY:
        return duty.level is Level.CITY
    return LEVELS.index(duty.level) >= LEVELS.index(OF_AREAS) and within(area, duty.place)


def look_ahead(state: State, rules: Rules, area: str, at: int) -> None:
    """Flag the first hour to come that nobody covers, and look again when time alone can change that.

    That is: when it comes into view, when it comes, or when somebody's line begins.
    """
    at = max(at, state.now or at)
    hole = first_uncovered(state, area, at)
    again: int | None = hole
    if hole > at + rules.roster:
        state.end(UNCOVERED, area)
        again = hole - rules.roster
    else:
        _flag(state, area, hole, at)
        if hole <= at:
            again = min((starts for starts, _ in _hours(state, area) if starts > at), default=None)
    state.watching.set((UNCOVERED.value, area), again)


def _flag(state: State, area: str, hole: int, at: int) -> None:
    severity = AlertSeverity.CRITICAL if hole <= at else AlertSeverity.WARNING
    known = state.truths.get((UNCOVERED.value, area))
    if known is None or known.severity is not severity:
        detail = {"from": from_us(hole).isoformat()}
        state.tell(UNCOVERED, area, Truth(None if area == CITY else area, severity, at, detail))


def enter(state: State, duty: Duty, cancelled: bool) -> Duty | None:
    """A line comes into the roster, replaces its like (which is given back), or is taken out."""
    before = state.roster.pop(duty.duty_id, None)
    if before is not None:
        _strike(state, before)
    state.shifts.set(duty.duty_id, None)
    if not cancelled:
        state.roster[duty.duty_id] = duty
        state.lines.setdefault(duty.place, set()).add(duty.duty_id)
        state.shifts.set(duty.duty_id, duty.starts)
    return before


def shift(state: State, duty_id: str, at: int) -> None:
    """A line begins (its end is then waited for) or ends; open alerts of its place may have another owner."""
    duty = state.roster[duty_id]
    if duty.ends <= at:
        del state.roster[duty_id]
        state.shifts.set(duty_id, None)
        _strike(state, duty)
    else:
        state.shifts.set(duty_id, duty.ends)
        state.active.setdefault((duty.place, duty.level), set()).add(duty_id)
    reassign(state, duty)


def _strike(state: State, duty: Duty) -> None:
    """A line is no longer in the roster."""
    active, lines = state.active.get((duty.place, duty.level), set()), state.lines[duty.place]
    active.discard(duty.duty_id)
    lines.discard(duty.duty_id)
    if not active:
        state.active.pop((duty.place, duty.level), None)
    if not lines:
        del state.lines[duty.place]


def reassign(state: State, duty: Duty) -> None:
    """Look again who owns the open alerts of a line's place."""
    state.touched.update(state.within(duty.place))
    if duty.level is Level.CITY:
        state.touched.update(state.within(None))
