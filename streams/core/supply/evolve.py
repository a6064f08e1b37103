"""State after a record: one small function a decision, in a table. Settings and catalogue have no say here.

Needs and requesters: `evolve_needs`. Lots and holds: `evolve_stock`. Allocations and dispatches: `evolve_bags`. Contact
duties: `evolve_exposure`. Transfers between areas: `evolve_moves`.
"""

from __future__ import annotations

from typing import Final

from schemas.ledger import EventsForgotten, RepeatIgnored
from schemas.supply import DuplicateSuspected, LineRefused, NeedReopened, NeedSubstituted, PlanSet, PriceRecorded
from streams.core.decider import Fact
from streams.core.instants import EPOCH, to_us
from streams.core.supply.evolve_bags import BAGS
from streams.core.supply.evolve_exposure import EXPOSURE
from streams.core.supply.evolve_moves import MOVES
from streams.core.supply.evolve_needs import NEEDS, Change
from streams.core.supply.evolve_stock import STOCK
from streams.core.supply.index import Touched, reindex
from streams.core.supply.state import State


def _events_forgotten(state: State, decision: EventsForgotten, _: Touched) -> None:
    state.memory.forget(decision.before.toordinal() - EPOCH.toordinal())
    for shelf in state.shelves.values():
        shelf.forget(state.now or 0)


def _nothing(_: State, __: object, ___: Touched) -> None:
    """For readers of the ledger; the state keeps nothing of it."""


CHANGES: Final[dict[type, Change]] = {
    **NEEDS,
    **STOCK,
    **BAGS,
    **EXPOSURE,
    **MOVES,
    EventsForgotten: _events_forgotten,
    LineRefused: _nothing,
    DuplicateSuspected: _nothing,
    NeedReopened: _nothing,
    NeedSubstituted: _nothing,
    PlanSet: _nothing,
    PriceRecorded: _nothing,
    RepeatIgnored: _nothing,
}


def evolve(state: State, fact: Fact) -> State:
    """Apply an accepted record to the state given, and return it."""
    event_id, ticked_at, decisions, _ = fact
    if event_id is not None:
        state.memory.note("event", event_id, state.now)
    if ticked_at is not None:
        now = to_us(ticked_at)
        if state.now is None:
            state.memory.date(now)
            state.now = now
        state.now = max(state.now, now)
    if decisions:
        touched = Touched()
        for decision in decisions:
            CHANGES[type(decision)](state, decision, touched)
        reindex(state, touched)
    return state
