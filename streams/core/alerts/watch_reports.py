"""Reports as the alert stage watches them: late, missing, rejected (迟报瞒报)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from schemas.alert import AlertKind, AlertSeverity
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Facility, State, Truth
from streams.core.alerts.words import subject_of
from streams.core.decider import LedgerRead, Refused
from streams.core.instants import from_us, local_day, to_us

LATE: Final = AlertKind.REPORT_LATE
QUIET: Final = AlertKind.FACILITY_QUIET
LETTERS: Final = AlertKind.DEAD_LETTERS
STOCK_KINDS: Final = frozenset({"stock_received", "stock_counted", "stock_written_off", "stock_transferred"})
_KEPT: Final = 1000
"""Times of rejected messages of one topic that are kept, at most: more are critical anyway."""


def watch_event(state: State, rules: Rules, read: LedgerRead) -> None:
    """What the event of a record says of whoever reported it."""
    event = read.event
    if read.kind == "rejected":
        letter(state, rules, Refused(read.stage, read.topic or "", read.partition, read.at))
    if read.kind != "decided" or event is None:
        return
    where = event.get("area")
    if where is None or read.stage == "transfers":
        # The cold chain has a check of its own for late reports; what areas tell the city is no report of people.
        return
    _late(state, rules, read, where, event)
    if event["kind"] in STOCK_KINDS:
        _facility(state, rules, (where, event["source"]), read.at)


def _late(state: State, rules: Rules, read: LedgerRead, where: str, event: dict[str, Any]) -> None:
    """Late is what comes long after the fact; the next report in time ends it, or that none comes any more."""
    subject = subject_of(where, event["source"])
    happened = to_us(datetime.fromisoformat(event["occurred_at"]))
    if read.at - happened <= rules.late:
        state.end(LATE, subject)
        state.watching.set((LATE.value, subject), None)
        return
    hours = round((read.at - happened) / 3_600_000_000, 1)
    detail = {"source": event["source"], "kind": event["kind"], "event_id": event["event_id"], "hours": hours}
    state.tell(LATE, subject, Truth(where, AlertSeverity.WARNING, happened, detail))
    state.watching.set((LATE.value, subject), read.at + rules.gone)


def late_long_ago(state: State, _: Rules, subject: str, __: int) -> None:
    """Nothing came of this source since its late report: nobody waits for one in time any more."""
    state.end(LATE, subject)


def _facility(state: State, rules: Rules, place: tuple[str, str], at: int) -> None:
    """Only who reports from day to day can fall silent: a donor, or a store of one delivery, owes no more reports."""
    known = state.facilities.setdefault(place, Facility(at))
    known.regular = known.regular or local_day(at, rules.zone) != local_day(known.heard, rules.zone)
    known.heard = max(at, known.heard)
    subject = subject_of(*place)
    state.end(QUIET, subject)
    wait = rules.quiet if known.regular else rules.quiet + rules.gone
    state.watching.set((QUIET.value, subject), known.heard + wait)


def facility_quiet(state: State, rules: Rules, subject: str, at: int) -> None:
    """A facility that reported its stock reports nothing any more; after long, nobody waits for it any more either."""
    area, source = subject.split(":", 1)
    known = state.facilities.get((area, source))
    if known is None:
        return
    gone = known.heard + rules.quiet + rules.gone
    if max(at, state.now or at) >= gone:
        del state.facilities[area, source]
        state.end(QUIET, subject)
        return
    detail = {"source": source, "heard_at": from_us(known.heard).isoformat()}
    state.tell(QUIET, subject, Truth(area, AlertSeverity.WARNING, known.heard, detail))
    state.watching.set((QUIET.value, subject), gone)


def letter(state: State, rules: Rules, refused: Refused) -> None:
    """A message was rejected, here or in another stage: it waits in a dead-letter topic to be mended and replayed.

    It counts from now on: its own timestamp is its publisher's, and may be of any year.
    """
    subject, now = f"{refused.stage}:{refused.topic}/{refused.partition}", state.now or refused.at
    times = [at for at in state.letters.get(subject, []) if at > now - rules.dead_letters]
    state.letters[subject] = times = [*times, now][-_KEPT:]
    critical = len(times) >= rules.dead_letters_critical
    severity = AlertSeverity.CRITICAL if critical else AlertSeverity.WARNING
    known = state.truths.get((LETTERS.value, subject))
    if known is None or known.severity is not severity:
        detail = {"stage": refused.stage, "topic": refused.topic, "count": len(times)}
        state.tell(LETTERS, subject, Truth(None, severity, times[0], detail))
    state.watching.set((LETTERS.value, subject), now + rules.dead_letters)


def letters_over(state: State, _: Rules, subject: str, __: int) -> None:
    """No message of this topic was rejected for a while."""
    state.letters.pop(subject, None)
    state.end(LETTERS, subject)
