"""The life of an alert: raised, acknowledged, escalated, handed over, resolved by fact; flapping ones are damped."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from schemas.alert import (
    AlertAcknowledge,
    AlertAcknowledged,
    AlertChanged,
    AlertEscalated,
    AlertHandedOver,
    AlertKind,
    AlertMessage,
    AlertMuted,
    AlertRaised,
    AlertResolved,
    AlertSeverity,
    AlertSilence,
    AlertSilenced,
    AlertUnsilence,
    AlertUnsilenced,
    HouseholdViewed,
    LookRecorded,
)
from schemas.ledger import RepeatIgnored
from streams.core.alerts.roster import first_level, higher, on_duty
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Alert, Key, Past, State, Truth
from streams.core.alerts.words import alert_id, within
from streams.core.instants import from_us, to_us

_RANK: Final = {severity: rank for rank, severity in enumerate(AlertSeverity)}


def align(state: State, rules: Rules, at: int) -> list[Any]:
    """Bring alerts in line with what is true: as many as one record has room for."""
    made: list[Any] = []
    for key in islice(state.pending, rules.chunk):
        truth, alert = state.truths.get(key), state.alerts.get(key)
        if truth is not None and alert is None:
            made.append(_raise(state, rules, key, truth, at))
        elif truth is not None and alert is not None:
            made += _change(state, truth, alert, at)
        elif alert is not None:
            made.append(AlertResolved(alert_id=alert.alert_id, episode=alert.episode, reason="fact", at=from_us(at)))
    return made


def _raise(state: State, rules: Rules, key: Key, truth: Truth, at: int) -> AlertRaised:
    kind, past = AlertKind(key[0]), state.past.get(key, Past(state.forgotten, ()))
    level = first_level(kind, truth.place)
    recent = [raised for raised in past.raised if raised > at - rules.flap]
    return AlertRaised(
        alert_id=alert_id(key),
        kind=kind,
        subject=key[1],
        place=truth.place,
        severity=truth.severity,
        level=level,
        owner=on_duty(state, kind, truth.place, level),
        episode=past.episode + 1,
        flapping=len(recent) + 1 >= rules.flap_times,
        silenced=is_silenced(state, key, truth.place),
        since=from_us(truth.since),
        at=from_us(at),
        detail=truth.detail,
    )


def _change(state: State, truth: Truth, alert: Alert, at: int) -> list[Any]:
    made: list[Any] = [_severity(truth, alert, at)] if _says_other(truth, alert) else []
    owner = on_duty(state, alert.kind, alert.place, alert.level)
    if owner != alert.owner:
        made.append(AlertHandedOver(alert_id=alert.alert_id, episode=alert.episode, owner=owner, at=from_us(at)))
    silenced = is_silenced(state, (alert.kind.value, alert.subject), alert.place)
    if silenced is not alert.silenced:
        muted = AlertMuted(alert_id=alert.alert_id, episode=alert.episode, silenced=silenced, at=from_us(at))
        made.append(muted)
    return made


def _severity(truth: Truth, alert: Alert, at: int) -> AlertChanged:
    return AlertChanged(
        alert_id=alert.alert_id, episode=alert.episode, severity=truth.severity, detail=truth.detail, at=from_us(at)
    )


def differs(state: State, rules: Rules, key: Key, at: int) -> bool:
    """Whether what is true and what is open differ, but for what waits until it has held for a while.

    A flapping alert ends, and a severity falls, only then; a rise is told at once.
    """
    truth, alert = state.truths.get(key), state.alerts.get(key)
    if truth is None or alert is None or _RANK[truth.severity] >= _RANK[alert.severity]:
        state.easing.set(key, None)
    elif state.easing.get(key) is None:
        state.easing.set(key, at + rules.flap)
    if truth is None and alert is not None and alert.flapping:
        if state.clearing.get(key) is None:
            state.clearing.set(key, at + rules.flap)
        return False
    state.clearing.set(key, None)
    if truth is None or alert is None:
        return (truth is None) != (alert is None)
    return (
        _says_other(truth, alert)
        or on_duty(state, alert.kind, alert.place, alert.level) != alert.owner
        or is_silenced(state, key, alert.place) is not alert.silenced
    )


def _says_other(truth: Truth, alert: Alert) -> bool:
    """Whether people are to be told anew at once: it is worse, or hours without anybody on duty are other ones."""
    rise = _RANK[truth.severity] - _RANK[alert.severity]
    uncovered = alert.kind is AlertKind.DUTY_UNCOVERED
    return rise > 0 or (rise == 0 and uncovered and truth.detail != alert.detail)


def is_silenced(state: State, key: Key, place: str | None) -> bool:
    """Whether somebody asked not to be told of this for now."""
    return any(
        silence.kind in (None, key[0])
        and silence.subject in (None, key[1])
        and (silence.place is None or within(place, silence.place))
        for silence in state.silences.values()
    )


def ease(state: State, rules: Rules, at: int) -> list[Any]:
    """What has been less bad for a while is said to be."""
    due = islice(state.easing.until(at), rules.chunk)
    return [_severity(state.truths[key], state.alerts[key], at) for _, key in due]


def escalate(state: State, rules: Rules, at: int) -> list[Any]:
    """What nobody acknowledged in time goes a level up."""
    made: list[Any] = []
    for _, key in islice(state.escalations.until(at), rules.chunk):
        alert = state.alerts[key]
        level = higher(alert.level)
        assert level is not None, "nothing is above the city: no timer is set there"
        owner = on_duty(state, alert.kind, alert.place, level)
        made.append(
            AlertEscalated(alert_id=alert.alert_id, episode=alert.episode, level=level, owner=owner, at=from_us(at))
        )
    return made


def unsilence(state: State, rules: Rules, at: int) -> list[Any]:
    """Silences whose time has come."""
    return [AlertUnsilenced(silence_id=name) for _, name in islice(state.hushes.until(at), rules.chunk)]


def decide_message(state: State, message: AlertMessage) -> list[Any]:
    """What a person says. It reaches every partition: one that does not have the alert has nothing to do."""
    match message:
        case AlertAcknowledge():
            key = state.ids.get(message.alert_id)
            if key is None:
                return [RepeatIgnored(id=message.alert_id, reason="no_such_alert_here")]
            alert = state.alerts[key]
            if message.episode not in (None, alert.episode):
                return [RepeatIgnored(id=message.alert_id, reason="episode_over")]
            return [
                AlertAcknowledged(
                    alert_id=alert.alert_id,
                    episode=alert.episode,
                    by=message.source,
                    comment=message.comment,
                    at=message.occurred_at,
                )
            ]
        case AlertSilence():
            return _silence(state, message)
        case HouseholdViewed():
            at = message.occurred_at
            look = LookRecorded(
                by=message.source, requester_id=message.requester_id, area=message.area, page=message.page, at=at
            )
            return [look]
        case AlertUnsilence():
            if message.silence_id in state.silences:
                return [AlertUnsilenced(silence_id=message.silence_id)]
            return [RepeatIgnored(id=message.silence_id, reason="no_such_silence")]


def _silence(state: State, message: AlertSilence) -> list[Any]:
    if state.now is not None and to_us(message.until) <= state.now:
        return [RepeatIgnored(id=message.silence_id, reason="silence_over")]
    return [
        AlertSilenced(
            silence_id=message.silence_id,
            alert_kind=message.alert_kind,
            subject=message.subject,
            place=message.place,
            until=message.until,
            by=message.source,
            comment=message.comment,
        )
    ]
