"""Needs, households and bags as the alert stage watches them: at risk, overdue, silent, not confirmed."""

from __future__ import annotations

from typing import Any, Final

from schemas.alert import AlertKind, AlertSeverity
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Bag, Household, Need, State, Truth
from streams.core.alerts.words import Watch, name_in, subject_of, us
from streams.core.decider import LedgerRead
from streams.core.instants import from_us

RISK: Final = AlertKind.NEED_AT_RISK
OVERDUE: Final = AlertKind.NEED_OVERDUE
SILENT: Final = AlertKind.SILENT_HOUSEHOLD


def _opened(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    need = Need(
        said["area"],
        said["grid"],
        said["requester_id"],
        said["item"],
        said["need_class"],
        us(said["reported_at"]),
        us(said["due_at"]),
    )
    state.places.add(need.area)
    state.needs[said["need_id"]] = need
    _set_clock(state, rules, subject_of(need.area, said["need_id"]), need)
    _heard(state, rules, (need.area, need.requester_id), read.at, 1)


def _set_clock(state: State, rules: Rules, subject: str, need: Need) -> int:
    """Wait for the moment from which a need is at risk, and give it back."""
    at_risk = need.reported_at + int((need.due_at - need.reported_at) * rules.at_risk_share)
    state.watching.set((RISK.value, subject), at_risk)
    return at_risk


def _replanned(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    need = state.needs.get(said["need_id"])
    if need is not None:
        need.due_at, need.need_class = us(said["due_at"]), said["need_class"]
        subject = subject_of(need.area, said["need_id"])
        if _set_clock(state, rules, subject, need) > max(read.at, state.now or 0):
            state.end(RISK, subject)  # else somebody may have it in hand, and it is as much at risk as before
        if need.due_at > read.at:
            state.end(OVERDUE, subject)


def _overdue(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    need = state.needs.get(said["need_id"])
    if need is not None:
        subject = subject_of(need.area, said["need_id"])
        state.end(RISK, subject)
        state.watching.set((RISK.value, subject), None)
        truth = _need_truth(said["need_id"], need, AlertSeverity.CRITICAL, us(said["due_at"]))
        state.tell(OVERDUE, subject, truth)


def _closed(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    need = state.needs.pop(said["need_id"], None)
    if need is None:
        return
    subject = subject_of(need.area, said["need_id"])
    state.watching.set((RISK.value, subject), None)
    state.end(RISK, subject)
    state.end(OVERDUE, subject)
    _heard(state, rules, (need.area, need.requester_id), read.at if said["reason"] == "delivered" else None, -1)


def _need_truth(need_id: str, need: Need, severity: AlertSeverity, since: int) -> Truth:
    detail = {
        "need_id": need_id,
        "item": need.item,
        "requester_id": need.requester_id,
        "need_class": need.need_class,
        "due_at": from_us(need.due_at).isoformat(),
    }
    return Truth(need.grid or need.area, severity, since, detail)


def need_at_risk(state: State, _: Rules, subject: str, at: int) -> None:
    """The clock of a need has run so far that it is at risk."""
    need = state.needs.get(need_id := name_in(subject))
    if need is not None and (OVERDUE.value, subject) not in state.truths:
        state.tell(RISK, subject, _need_truth(need_id, need, AlertSeverity.WARNING, at))


def _asked(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    _heard(state, rules, (said["area"], said["requester_id"]), read.at)


def _requester(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    place = (said["area"], said["requester_id"])
    state.places.add(said["area"])
    vulnerable = not rules.vulnerable.isdisjoint(said["groups"]) and not said["institution"]
    watched = vulnerable and said["tier"] == "sealed"
    known = state.households.get(place)
    if known is None:
        if not watched:
            return
        known = state.households[place] = Household(said["grid"], read.at)
    elif watched and not known.watched:
        known.heard = read.at
    known.grid, known.watched = said["grid"], watched
    _set_silence(state, rules, place, known)


def _left(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    place = (said["area"], said["requester_id"])
    if state.households.pop(place, None) is not None:
        state.watching.set((SILENT.value, subject_of(*place)), None)
        state.end(SILENT, subject_of(*place))


def _heard(state: State, rules: Rules, place: tuple[str, str], at: int | None, opened: int = 0) -> None:
    """A household asked or got something (`at`); its open needs are more or fewer."""
    asking = state.asking.pop(place, 0) + opened
    if asking > 0:
        state.asking[place] = asking
    household = state.households.get(place)
    if household is not None:
        household.heard = max(household.heard, at or 0)
        _set_silence(state, rules, place, household)


def _set_silence(state: State, rules: Rules, place: tuple[str, str], household: Household) -> None:
    subject = subject_of(*place)
    quiet = household.watched and place not in state.asking
    due = household.heard + rules.silent
    if not quiet or (state.now or 0) < due:
        state.end(SILENT, subject)
    if (SILENT.value, subject) not in state.truths:
        state.watching.set((SILENT.value, subject), due if quiet else None)


def household_silent(state: State, _: Rules, subject: str, at: int) -> None:
    """Nothing was heard of a vulnerable sealed household for long (失联): somebody has to knock."""
    area, requester_id = subject.split(":", 1)
    household = state.households.get((area, requester_id))
    if household is not None:
        detail = {"requester_id": requester_id, "heard_at": from_us(household.heard).isoformat()}
        state.tell(SILENT, subject, Truth(household.grid or area, AlertSeverity.CRITICAL, household.heard, detail))


def _dispatched(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    state.bags[said["dispatch_id"]] = Bag(said["requester_id"], said["area"], said["grid"], said["team"])


def _late_bag(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    bag = state.bags.get(said["dispatch_id"])
    if bag is not None:
        detail = {"requester_id": bag.requester_id, "team": bag.team, "deadline": said["deadline"]}
        truth = Truth(bag.grid or bag.area, AlertSeverity.WARNING, us(said["deadline"]), detail)
        state.tell(AlertKind.DELIVERY_OVERDUE, subject_of(bag.area, said["dispatch_id"]), truth)


def _confirmed(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    bag = state.bags.pop(said["dispatch_id"], None)
    if bag is None:
        return
    state.end(AlertKind.DELIVERY_OVERDUE, subject_of(bag.area, said["dispatch_id"]))
    if said["outcome"] in ("delivered", "short"):
        _heard(state, rules, (bag.area, bag.requester_id), read.at)


WATCH: Final[dict[str, Watch]] = {
    "requester_recorded": _requester,
    "requester_left": _left,
    "request_recorded": _asked,
    "need_opened": _opened,
    "need_replanned": _replanned,
    "need_overdue": _overdue,
    "need_closed": _closed,
    "dispatch_ordered": _dispatched,
    "dispatch_overdue": _late_bag,
    "dispatch_closed": _confirmed,
}
