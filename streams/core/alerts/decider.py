"""The alert stage as the runtime sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from pydantic import SerializeAsAny, TypeAdapter

from schemas.alert import AlertDecision, AlertMessage, DutyRecorded
from schemas.duty import DutyAssigned
from schemas.ledger import ClockTicked, EventsForgotten, RepeatIgnored
from streams.core.alerts import dump, life
from streams.core.alerts.evolve import evolve
from streams.core.alerts.settings import AlertSettings, Rules
from streams.core.alerts.state import State
from streams.core.decider import Fact, LedgerRead, Rejected
from streams.core.instants import DAY, EPOCH, from_us, to_us


class AlertDecider:
    """Decider of the alert stage: what is so in the ledgers of other stages, and who has been told."""

    stage = "alerts"
    decisions: TypeAdapter[Any] = TypeAdapter(list[SerializeAsAny[AlertDecision]])

    def __init__(self, settings: AlertSettings) -> None:
        self.settings = settings
        self._rules = Rules.of(settings)

    def initial(self) -> State:
        """Nothing watched, nothing open, no time."""
        return State()

    def decide(self, state: State, event: LedgerRead | AlertMessage | DutyAssigned | ClockTicked) -> Sequence[Any]:
        """The decisions of a message or tick; a record of another ledger only changes what the next tick finds."""
        if isinstance(event, LedgerRead):
            return ()
        if isinstance(event, ClockTicked):
            return self._tick(state, to_us(event.at))
        if state.memory.knows("event", event.event_id):
            return [RepeatIgnored(id=event.event_id, reason="event_known")]
        self._check_time(state, to_us(event.occurred_at))
        if isinstance(event, DutyAssigned):
            return [DutyRecorded(duty=event)]
        return life.decide_message(state, event)

    def evolve(self, state: State, fact: Fact) -> State:
        """The state after an accepted record: the one given, changed."""
        return evolve(state, self._rules, fact)

    def next_due(self, state: State) -> dt.datetime | None:
        """When the next tick has something to decide; 1970 where it waits already."""
        if state.now is None:
            return None
        if state.pending or state.sweeps:
            return EPOCH
        timers = (
            state.watching,
            state.escalations,
            state.hushes,
            state.shifts,
            state.clearing,
            state.easing,
            state.forgetting,
        )
        first = min((due for timer in timers if (due := timer.first()) is not None), default=None)
        return None if first is None else from_us(first)

    def dump(self, state: State) -> bytes:
        """Canonical bytes of a state."""
        return dump.dump(state)

    def load(self, data: bytes) -> State:
        """The state that `dump` gave; raises ValueError where the bytes are not one."""
        return dump.load(data)

    def _tick(self, state: State, at: int) -> Sequence[Any]:
        at = at if state.now is None else max(at, state.now)
        oldest, begins = state.memory.oldest(), (at - self._rules.memory - self._rules.future) // DAY
        if state.now is not None and oldest is not None and oldest < begins:
            return [EventsForgotten(before=dt.date.fromordinal(EPOCH.toordinal() + begins))]
        return (
            life.unsilence(state, self._rules, at)
            or life.align(state, self._rules, at)
            or life.ease(state, self._rules, at)
            or life.escalate(state, self._rules, at)
        )

    def _check_time(self, state: State, at: int) -> None:
        """Refuse what claims to be of the future, or of a time whose event ids are forgotten."""
        if state.now is not None and at > state.now + self._rules.future:
            raise Rejected("in_the_future", "The time lies too far ahead of the stage's clock.", "occurred_at")
        if state.now is not None and at < state.now - self._rules.memory:
            raise Rejected("too_old", "The event is older than event ids are remembered.", "occurred_at")
