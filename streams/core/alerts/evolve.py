"""State after a record: what another ledger said, what people said, time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from schemas.alert import (
    AlertAcknowledged,
    AlertChanged,
    AlertEscalated,
    AlertHandedOver,
    AlertKind,
    AlertMuted,
    AlertRaised,
    AlertResolved,
    AlertSilenced,
    AlertUnsilenced,
    DutyRecorded,
    LookRecorded,
)
from schemas.duty import DutyAssigned
from schemas.ledger import EventsForgotten, RepeatIgnored
from streams.core.alerts import changes, life, watch_coldchain, watch_needs, watch_reports, watch_stock, watch_transfers
from streams.core.alerts.gaps import CITY, covers, look_ahead
from streams.core.alerts.roster import enter, shift
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Duty, State
from streams.core.alerts.sweeps import look_on
from streams.core.alerts.words import Watch
from streams.core.decider import Fact, LedgerRead
from streams.core.instants import EPOCH, to_us

_TABLES: Final = (watch_needs.WATCH, watch_stock.WATCH, watch_transfers.WATCH, watch_coldchain.WATCH)
WATCHES: Final[dict[str, tuple[Watch, ...]]] = {
    name: tuple(table[name] for table in _TABLES if name in table) for table in _TABLES for name in table
}
"""By type of decision in the ledgers that are read: who watches it."""

Wake = Callable[[State, Rules, str, int], None]
WAKES: Final[dict[str, Wake]] = {
    AlertKind.NEED_AT_RISK.value: watch_needs.need_at_risk,
    AlertKind.SILENT_HOUSEHOLD.value: watch_needs.household_silent,
    AlertKind.LOT_EXPIRING.value: watch_stock.lot_expiring,
    AlertKind.COVER_LOW.value: watch_stock.cover_again,
    AlertKind.PRICE_JUMP.value: watch_stock.price_unseen,
    AlertKind.REPORT_LATE.value: watch_reports.late_long_ago,
    AlertKind.FACILITY_QUIET.value: watch_reports.facility_quiet,
    AlertKind.DEAD_LETTERS.value: watch_reports.letters_over,
    AlertKind.EARLY_WARNING.value: watch_coldchain.warning_over,
    AlertKind.DUTY_UNCOVERED.value: look_ahead,
}
"""By kind: what becomes of something watched when its time has come."""


def evolve(state: State, rules: Rules, fact: Fact) -> State:
    """Apply an accepted record to the state given, and return it."""
    if fact.event_id is not None:
        state.memory.note("event", fact.event_id, state.now)
    if fact.read is not None:
        _take(state, rules, fact.read)
    if fact.refused is not None:
        watch_reports.letter(state, rules, fact.refused)
    for decision in fact.decisions:
        CHANGES[type(decision)](state, rules, decision)
    if fact.ticked_at is not None:
        _tick(state, rules, to_us(fact.ticked_at))
    _settle(state, rules)
    return state


def _settle(state: State, rules: Rules) -> None:
    """Note where truths and alerts differ now, among those that were touched."""
    for key in state.touched:
        differs, known = life.differs(state, rules, key, state.now or 0), key in state.pending
        if differs and not known:
            state.pending.add(key)
        elif known and not differs:
            state.pending.remove(key)
    state.touched.clear()


def _take(state: State, rules: Rules, read: LedgerRead) -> None:
    if read.at <= 0:
        return  # an owner came before its clock had met any event: it says nothing, and time has not begun
    before = len(state.places)
    if read.partition == 0:
        state.places.add(CITY)
    watch_reports.watch_event(state, rules, read)
    for decision in read.decisions:
        for watch in WATCHES.get(decision["type"], ()):
            watch(state, rules, read, decision)
    if len(state.places) != before:
        for area in sorted(state.places):
            if state.watching.get((AlertKind.DUTY_UNCOVERED.value, area)) is None:
                state.watching.set((AlertKind.DUTY_UNCOVERED.value, area), read.at)


def _tick(state: State, rules: Rules, at: int) -> None:
    """Time goes on: what was waited for comes about, as much as one record may do."""
    if state.now is None:
        state.memory.date(at)
    state.now = at if state.now is None else max(at, state.now)
    for due, key in list(islice(state.watching.until(state.now), rules.chunk)):
        state.watching.set(key, None)
        WAKES[key[0]](state, rules, key[1], due)
    for due, duty_id in list(islice(state.shifts.until(state.now), rules.chunk)):
        shift(state, duty_id, due)
    changes_at = state.shifts.first()
    if changes_at is None or changes_at > state.now:
        look_on(state, rules.chunk)  # not between one that ends and one that begins at the same time
    for _, key in list(islice(state.clearing.until(state.now), rules.chunk)):
        state.clearing.set(key, None)
        state.alerts[key].flapping = False
        state.touched.add(key)
    for _, key in list(islice(state.forgetting.until(state.now), rules.chunk)):
        state.forgetting.set(key, None)
        if key not in state.alerts and (past := state.past.pop(key, None)) is not None:
            state.forgotten = max(state.forgotten, past.episode)


def _duty(state: State, rules: Rules, said: DutyRecorded) -> None:
    duty = _line(said.duty)
    before = enter(state, duty, said.duty.cancelled)
    for line in (duty,) if before is None else (duty, before):
        for area in sorted(state.places):
            if covers(line, area):
                state.watching.set((AlertKind.DUTY_UNCOVERED.value, area), state.now or 0)


def _line(said: DutyAssigned) -> Duty:
    return Duty(said.duty_id, said.place, said.level, said.person, to_us(said.starts_at), to_us(said.ends_at))


def _forgotten(state: State, _: Rules, said: EventsForgotten) -> None:
    state.memory.forget(said.before.toordinal() - EPOCH.toordinal())


def _nothing(_: State, __: Rules, ___: object) -> None:
    """For readers of the ledger; the state keeps nothing of it."""


CHANGES: Final[dict[type, Callable[[State, Rules, Any], None]]] = {
    AlertRaised: changes.raised,
    AlertChanged: changes.changed,
    AlertAcknowledged: changes.acknowledged,
    AlertEscalated: changes.escalated,
    AlertHandedOver: changes.handed_over,
    AlertMuted: changes.muted,
    AlertResolved: changes.resolved,
    AlertSilenced: changes.silenced,
    AlertUnsilenced: changes.unsilenced,
    DutyRecorded: _duty,
    LookRecorded: _nothing,
    EventsForgotten: _forgotten,
    RepeatIgnored: _nothing,
}
