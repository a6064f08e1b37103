"""Time: what a tick decides, and when the next one has something to decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from schemas.coldchain import ConsignmentClosed
from schemas.ledger import ClockTicked, EventsForgotten
from streams.core.coldchain.call import CHUNK, Call
from streams.core.coldchain.premises import say_overdue
from streams.core.coldchain.readings import watches_after
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.state import State
from streams.core.coldchain.verdict import judge_all, judge_temperature
from streams.core.instants import DAY, EPOCH, from_us, to_us
from streams.core.supply.timers import Timers
from streams.core.temperature import decide_silence


def decide_tick(state: State, rules: Rules, tick: ClockTicked) -> Call:
    """One tick does one kind of work, the first of `_WORK` that waits; the next follows at once if there is more.

    So no work sees a state that other work of the same record has already changed.
    """
    at = to_us(tick.at)
    now = at if state.now is None else max(at, state.now)
    call = Call(state, rules, now, now)
    for waits, work in _WORK:
        if waits(call):
            work(call)
            break
    return call


def _look_again(call: Call) -> None:
    """At consignments that something outside them bears on. `evolve` takes as many of them off the list."""
    for name in sorted(call.state.stale)[:CHUNK]:
        consignment = call.state.consignments[name]
        judge_all(call, consignment, consignment.story())


def _old_events(call: Call) -> bool:
    return _is_due(call.state.ages, _memory_begins(call) * DAY - 1)


def _memory_begins(call: Call) -> int:
    """The first day to be remembered: what happened before it is by now refused for its age."""
    assert call.now is not None
    return (call.now - call.rules.memory) // DAY


def _forget(call: Call) -> None:
    call.add(EventsForgotten(before=dt.date.fromordinal(EPOCH.toordinal() + _memory_begins(call))))


def _silent(call: Call) -> bool:
    return _is_due(call.state.silences, call.now)


def _say_silent(call: Call) -> None:
    """Loggers that fell silent, then what that means for their consignments."""
    assert call.now is not None
    decided: dict[str, dict[str, list[Any]]] = {}
    for _, (consignment_id, logger_id) in islice(call.state.silences.until(call.now), CHUNK):
        series = call.state.consignments[consignment_id].loggers[logger_id].series
        decided.setdefault(consignment_id, {})[logger_id] = decide_silence(series, call.now)
    for consignment_id, by_logger in decided.items():
        consignment = call.state.consignments[consignment_id]
        for decisions in by_logger.values():
            call.decisions += decisions
        judge_temperature(call, consignment, watches_after(consignment, by_logger))


def _unknown(call: Call) -> bool:
    return any(_is_due(timers, _longest_ago(call, profile)) for profile, timers in call.state.unknowns.items())


def _longest_ago(call: Call, profile: str) -> int | None:
    """Unknown since then or earlier is too long; None: no such limit."""
    longest = call.rules.unknown(profile)
    return None if longest is None or call.now is None else call.now - longest - 1


def _say_unknown(call: Call) -> None:
    for profile, timers in sorted(call.state.unknowns.items()):
        last = _longest_ago(call, profile)
        for _, name in islice(timers.until(-1 if last is None else last), CHUNK):
            consignment = call.state.consignments[name]
            judge_temperature(call, consignment, watches_after(consignment, {}))


def _overdue(call: Call) -> bool:
    return _is_due(call.state.deadlines, call.now)


def _quiet(call: Call) -> bool:
    assert call.now is not None
    return _is_due(call.state.quiet, call.now - call.rules.close_after)


def _close(call: Call) -> None:
    assert call.now is not None
    for _, name in islice(call.state.quiet.until(call.now - call.rules.close_after), CHUNK):
        call.add(ConsignmentClosed(consignment_id=name))


def _is_due(timers: Timers[Any], last: int | None) -> bool:
    first = timers.first()
    return first is not None and last is not None and first <= last


_WORK: Final[tuple[tuple[Callable[[Call], bool], Callable[[Call], None]], ...]] = (
    (lambda call: bool(call.state.stale), _look_again),
    (_silent, _say_silent),
    (_unknown, _say_unknown),
    (_overdue, say_overdue),
    (_old_events, _forget),
    (_quiet, _close),
)
"""What may hold goods comes first. `evolve` relies on the first place of `_look_again`."""


def next_due(state: State, rules: Rules) -> dt.datetime | None:
    """When a tick has work; 1970 for work that waits already; None where nothing waits for its time."""
    if state.now is None:
        return None
    if state.stale:
        return EPOCH
    dues = [state.silences.first(), state.deadlines.first()]
    for profile, timers in state.unknowns.items():
        since, longest = timers.first(), rules.unknown(profile)
        dues.append(None if since is None or longest is None else since + longest + 1)
    quiet = state.quiet.first()
    dues.append(None if quiet is None else quiet + rules.close_after)
    oldest = state.ages.first()
    dues.append(None if oldest is None else (oldest // DAY + 1) * DAY + rules.memory)
    first = min((due for due in dues if due is not None), default=None)
    return None if first is None else from_us(first)
