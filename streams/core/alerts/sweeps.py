"""Looking again at open alerts when who is on duty, or a silence, has changed: a part of them with each tick.

A change of shift costs as much as places it may concern and alerts that it does; where a nearer line holds, a place is
passed over with all its alerts.
"""

from __future__ import annotations

from typing import Final

from schemas.duty import Level
from streams.core.alerts.roster import leans
from streams.core.alerts.state import Row, State, Sweep

LOOKS: Final = 16
"""So many alerts, or places with all their alerts, are passed over at the cost of one that is looked at."""
_LAST: Final = "\U0010ffff"
"""Comes after every kind."""


def look_on(state: State, chunk: int) -> None:
    """Go on where the last tick stopped: look at about so many alerts."""
    left = chunk * LOOKS
    while state.sweeps and left > 0:
        sweep, start = state.sweeps.popitem(last=False)
        left, stop = _look(state, sweep, start, left - 1)
        if stop is not None:
            state.sweeps[sweep] = stop
            state.sweeps.move_to_end(sweep, last=False)


def _look(state: State, sweep: Sweep, start: Row, left: int) -> tuple[int, Row | None]:
    """What is left to do in this tick, and the row with which the next one begins; None where all were seen."""
    rows = state.rows.irange(start, None)
    while (row := next(rows, None)) is not None and row[0].startswith(sweep[0]):
        if left <= 0:
            return left, row
        if sweep[1] and not _leans(state, sweep, row):
            rows = state.rows.irange((*row[:2], _LAST), None)
        elif sweep[2] in ("", row[2]) and sweep[3] in ("", row[3]):
            state.touched.add(row[2:])
            left -= LOOKS - 1
        left -= 1
    return left, None


def _leans(state: State, sweep: Sweep, row: Row) -> bool:
    return leans(state, row[0][:-1], Level(row[1]), (sweep[0][:-1], Level(sweep[1])))
