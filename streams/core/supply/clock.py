"""Time: what a tick decides, and when the next one has something to decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from schemas.ledger import ClockTicked, EventsForgotten
from schemas.supply import DispatchOverdue, LotExpired, NeedOverdue
from streams.core.instants import DAY, EPOCH, from_us, to_us
from streams.core.supply.call import Call
from streams.core.supply.contacts import end_lapsed, list_exposed, say_overdue
from streams.core.supply.dispatching import send_waves, waiting_since
from streams.core.supply.holds import recall_rest
from streams.core.supply.matching import serve_pending, weighing_waits
from streams.core.supply.moves import moves_due, moves_wait, settle_moves
from streams.core.supply.releasing import drain, settle_missing, trim_surplus
from streams.core.supply.requesters import replan_stale
from streams.core.supply.settings import Rules
from streams.core.supply.standing import escalate, escalation_due, escalation_waits, tell, telling_due, telling_waits
from streams.core.supply.state import State
from streams.core.supply.timers import Timers


def decide_tick(state: State, rules: Rules, tick: ClockTicked) -> Call:
    """One tick does one kind of work, the first of `_WORK` that waits; the next follows at once if there is more.

    So no work sees a state that other work of the same record has already changed.
    """
    at = to_us(tick.at)
    call = Call(state, rules, at if state.now is None else max(at, state.now))
    for waits, work in _WORK:
        if waits(call):
            work(call)
            break
    return call


def _old_events(call: Call) -> bool:
    oldest = call.state.memory.oldest()
    return call.state.now is not None and oldest is not None and oldest < _memory_begins(call)


def _memory_begins(call: Call) -> int:
    """The first day to be remembered: an event taken before it is by now refused for its age, however early it came."""
    assert call.now is not None
    return (call.now - call.rules.memory - call.rules.future) // DAY


def _forget(call: Call) -> None:
    call.add(EventsForgotten(before=dt.date.fromordinal(EPOCH.toordinal() + _memory_begins(call))))


def _expiring(call: Call) -> bool:
    return _is_due(call.state.expiries, call.today - 1)


def _expire(call: Call) -> None:
    for _, lot_id in islice(call.state.expiries.until(call.today - 1), call.room):
        lot = call.state.lots[lot_id]
        call.spend(LotExpired(lot_id=lot_id, quantity=lot.available + lot.reserved))


def _need_overdue(call: Call) -> bool:
    return _is_due(call.state.clocks, call.now)


def _say_needs(call: Call) -> None:
    assert call.now is not None
    for due_at, need_id in islice(call.state.clocks.until(call.now), call.room):
        call.spend(NeedOverdue(need_id=need_id, due_at=from_us(due_at)))


def _dispatch_overdue(call: Call) -> bool:
    return _is_due(call.state.deadlines, call.now)


def _say_dispatches(call: Call) -> None:
    assert call.now is not None
    for deadline, dispatch_id in islice(call.state.deadlines.until(call.now), call.room):
        call.spend(DispatchOverdue(dispatch_id=dispatch_id, deadline=from_us(deadline)))


def _contact_overdue(call: Call) -> bool:
    return _is_due(call.state.exposure.clocks, call.now)


def _wave_comes(call: Call) -> bool:
    return _is_due(call.state.waves, waiting_since(call))


def _is_due(timers: Timers[Any], last: int | None) -> bool:
    first = timers.first()
    return first is not None and last is not None and first <= last


_WORK: Final[tuple[tuple[Callable[[Call], bool], Callable[[Call], None]], ...]] = (
    (_old_events, _forget),
    (_expiring, _expire),
    (lambda call: bool(call.state.releases), drain),
    (moves_wait, settle_moves),
    (lambda call: bool(call.state.missing), settle_missing),
    (lambda call: bool(call.state.surplus), trim_surplus),
    (lambda call: bool(call.state.recalls), recall_rest),
    (lambda call: bool(call.state.exposure.unlisted), list_exposed),
    (lambda call: bool(call.state.exposure.lapsed), end_lapsed),
    (lambda call: bool(call.state.stale), replan_stale),
    (_need_overdue, _say_needs),
    (_dispatch_overdue, _say_dispatches),
    (_contact_overdue, say_overdue),
    (weighing_waits, serve_pending),
    (_wave_comes, send_waves),
    (escalation_waits, escalate),
    (telling_waits, tell),
)
"""What comes first clears the way for what comes later: nothing barred, missing or misjudged is ever served or sent."""


def next_due(state: State, rules: Rules) -> dt.datetime | None:
    """When a tick has work; 1970 for work that waits already; None where nothing waits for its time.

    Before the first tick there is no time to be late by: it comes unasked, with whatever time it is.
    """
    if state.now is None:
        return None
    if state.pending or state.releases or state.missing or state.surplus or state.recalls or state.stale:
        return EPOCH
    exposure, transit = state.exposure, state.transit
    if exposure.unlisted or exposure.lapsed or transit.barred:
        return EPOCH
    needs, dispatches, waves, expiries = state.clocks.heap, state.deadlines.heap, state.waves.heap, state.expiries.heap
    contacts, weighings = exposure.clocks.heap, state.weighings.heap
    return _first(
        rules,
        needs[0][0] if needs else None,
        dispatches[0][0] if dispatches else None,
        waves[0][0] if waves else None,
        expiries[0][0] if expiries else None,
        contacts[0][0] if contacts else None,
        weighings[0][0] if weighings else None,
        _transfers_due(state, rules) if rules.roads.ways or transit.outgoing or transit.incoming else None,
    )


def _transfers_due(state: State, rules: Rules) -> int | None:
    """When a transfer, an escalation or a standing is due."""
    dues = (moves_due(state), escalation_due(state, rules), telling_due(state, rules))
    return min((at for at in dues if at is not None), default=None)


@lru_cache(maxsize=16)
def _first(
    rules: Rules,
    need: int | None,
    dispatch: int | None,
    since: int | None,
    expires: int | None,
    contact: int | None,
    weighing: int | None,
    transfer: int | None,
) -> dt.datetime | None:
    """The earliest; remembered, since it is asked for before each message and seldom another."""
    wave = None if since is None else rules.next_wave(since)
    expiry = None if expires is None else rules.day_start(expires + 1)
    first = min(
        (at for at in (need, dispatch, wave, expiry, contact, weighing, transfer) if at is not None), default=None
    )
    return None if first is None else from_us(first)
