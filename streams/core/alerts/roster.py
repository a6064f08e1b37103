"""The duty roster (值班表): who answers for a place now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.alert import AlertKind
from schemas.duty import Level
from streams.core.alerts.state import NO_PLACE, Duty, State

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
        return _chief(state)
    for wanted in _ASKED[first_level(kind, place), level]:
        for outer in outward(place):
            if ids := state.active.get((outer, wanted)):
                return state.roster[min(ids)].person
    return None


def _chief(state: State) -> str | None:
    return state.roster[state.chiefs[0][1]].person if state.chiefs else None


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


def leans(state: State, place: str, level: Level, line: tuple[str, Level]) -> bool:
    """Whether the owner of an alert here is said by the lines of this place and level, or would be if there were any.

    That is so unless a line that holds now comes before them.
    """
    for wanted in _ASKED[Level.GRID, level]:
        for outer in outward(place):
            if (outer, wanted) == line:
                return True
            if (outer, wanted) in state.active:
                return False
    return False


def enter(state: State, duty: Duty, cancelled: bool) -> Duty | None:
    """A line comes into the roster, replaces its like (which is given back), or is taken out."""
    before = state.roster.get(duty.duty_id)
    if before is not None:
        _strike(state, before)
    if not cancelled:
        state.roster[duty.duty_id] = duty
        state.lines.setdefault(duty.place, set()).add(duty.duty_id)
        state.shifts.set(duty.duty_id, duty.starts)
    return before


def shift(state: State, duty_id: str, at: int) -> None:
    """A line begins (its end is then waited for) or ends; open alerts of its place may have another owner."""
    duty = state.roster[duty_id]
    if duty.ends <= at:
        _strike(state, duty)
        return
    before = _sits(state, duty)
    state.shifts.set(duty_id, duty.ends)
    state.active.setdefault((duty.place, duty.level), set()).add(duty_id)
    if duty.level is Level.CITY:
        state.chiefs.add((duty.place, duty_id))
    _look_again(state, duty, before)


def _strike(state: State, duty: Duty) -> None:
    """A line is no longer in the roster."""
    before = _sits(state, duty)
    state.shifts.set(duty.duty_id, None)
    active, lines = state.active.get((duty.place, duty.level), set()), state.lines[duty.place]
    if duty.level is Level.CITY and duty.duty_id in active:
        state.chiefs.remove((duty.place, duty.duty_id))
    active.discard(duty.duty_id)
    lines.discard(duty.duty_id)
    if not active:
        state.active.pop((duty.place, duty.level), None)
    if not lines:
        del state.lines[duty.place]
    _look_again(state, duty, before)
    del state.roster[duty.duty_id]


def _sits(state: State, duty: Duty) -> tuple[str | None, str | None]:
    """Who answers for a line's place at its level, and who for the city."""
    ids = state.active.get((duty.place, duty.level))
    return state.roster[min(ids)].person if ids else None, _chief(state)


def _look_again(state: State, duty: Duty, before: tuple[str | None, str | None]) -> None:
    """Open alerts may have another owner where somebody else sits now."""
    here, chief = _sits(state, duty)
    if here != before[0]:
        state.look_again((f"{duty.place}/", duty.level.value, "", ""))
    if chief != before[1]:
        state.look_again((NO_PLACE, "", "", ""))
