"""The duty roster (值班表): who answers for a place now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.alert import AlertKind
from schemas.duty import Level
from streams.core.alerts.state import Duty, State

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
        for outer in outward(place):
            if ids := state.active.get((outer, wanted)):
                return state.roster[min(ids)].person
    return None


def _asked(first: Level, level: Level) -> tuple[Level, ...]:
    """Levels in the order in which they answer for an alert that began at one and is at another now."""
    begin, here = LEVELS.index(first), LEVELS.index(level)
    return LEVELS[here:] + LEVELS[begin:here][::-1]


_ASKED: Final = {(first, level): _asked(first, level) for first in LEVELS for level in LEVELS}


def outward(place: str) -> Iterator[str]:
    """A place, and those in which it lies, from the inside."""
    while place:
        yield place
        place = place.rpartition("/")[0]


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
