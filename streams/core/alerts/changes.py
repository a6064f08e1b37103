"""What decisions about alerts, silences and their owners change in the state."""

from __future__ import annotations

from schemas.alert import (
    AlertAcknowledged,
    AlertChanged,
    AlertEscalated,
    AlertHandedOver,
    AlertMuted,
    AlertRaised,
    AlertResolved,
    AlertSilenced,
    AlertUnsilenced,
)
from streams.core.alerts.roster import higher
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Alert, Key, Past, Silence, State, row_of
from streams.core.instants import to_us


def _set_escalation(state: State, rules: Rules, key: Key, alert: Alert, at: int) -> None:
    waits = not alert.acknowledged and higher(alert.level) is not None
    state.escalations.set(key, at + rules.escalate[alert.severity] if waits else None)


def raised(state: State, rules: Rules, said: AlertRaised) -> None:
    """It is open from now on."""
    key, at = (said.kind.value, said.subject), to_us(said.at)
    alert = state.alerts[key] = Alert(
        said.alert_id,
        said.kind,
        said.subject,
        said.place,
        said.severity,
        said.level,
        said.owner,
        said.episode,
        said.flapping,
        at,
        said.silenced,
        detail=dict(said.detail),
    )
    state.rows.add(row_of(alert))
    state.ids[said.alert_id] = key
    before = state.past.get(key, Past(state.forgotten, ()))
    # Earlier versions began again at 1 once a key was forgotten: the next number lies above what they may have used.
    state.past[key] = Past(max(said.episode, before.episode), (*before.raised, at)[-rules.flap_times :])
    state.forgetting.set(key, None)
    state.touched.add(key)
    _set_escalation(state, rules, key, alert, at)


def changed(state: State, rules: Rules, said: AlertChanged) -> None:
    """Its severity is another, or only its words. Escalation may come sooner by that, never later."""
    key = state.ids[said.alert_id]
    alert = state.alerts[key]
    alert.severity, alert.detail = said.severity, dict(said.detail)
    state.touched.add(key)
    due = state.escalations.get(key)
    if due is not None:
        state.escalations.set(key, min(due, to_us(said.at) + rules.escalate[said.severity]))


def acknowledged(state: State, rules: Rules, said: AlertAcknowledged) -> None:
    """Somebody has it in hand: it goes no further up."""
    key = state.ids[said.alert_id]
    state.alerts[key].acknowledged = True
    state.escalations.set(key, None)


def escalated(state: State, rules: Rules, said: AlertEscalated) -> None:
    """The next level has it."""
    key = state.ids[said.alert_id]
    alert = state.alerts[key]
    state.rows.remove(row_of(alert))
    alert.level, alert.owner = said.level, said.owner
    state.rows.add(row_of(alert))
    state.touched.add(key)
    _set_escalation(state, rules, key, alert, to_us(said.at))


def handed_over(state: State, _: Rules, said: AlertHandedOver) -> None:
    """Another person has it."""
    key = state.ids[said.alert_id]
    state.alerts[key].owner = said.owner
    state.touched.add(key)


def muted(state: State, _: Rules, said: AlertMuted) -> None:
    """A silence holds for it, or holds no longer."""
    key = state.ids[said.alert_id]
    state.alerts[key].silenced = said.silenced
    state.touched.add(key)


def resolved(state: State, rules: Rules, said: AlertResolved) -> None:
    """It is over."""
    key = state.ids.pop(said.alert_id)
    state.rows.remove(row_of(state.alerts.pop(key)))
    state.touched.add(key)
    state.escalations.set(key, None)
    state.forgetting.set(key, to_us(said.at) + 24 * rules.flap)


def silenced(state: State, _: Rules, said: AlertSilenced) -> None:
    """A silence holds from now on."""
    kind = None if said.alert_kind is None else said.alert_kind.value
    silence = Silence(said.silence_id, kind, said.subject, said.place, to_us(said.until))
    before = state.silences.get(said.silence_id)
    if before is not None:
        _look_again(state, before)
    state.silences[said.silence_id] = silence
    state.hushes.set(said.silence_id, silence.until)
    _look_again(state, silence)


def unsilenced(state: State, _: Rules, said: AlertUnsilenced) -> None:
    """It is over."""
    silence = state.silences.pop(said.silence_id, None)
    state.hushes.set(said.silence_id, None)
    if silence is not None:
        _look_again(state, silence)


def _look_again(state: State, silence: Silence) -> None:
    """The open alerts that a silence is about may be told, or be told no more."""
    if silence.kind is None or silence.subject is None:
        where = f"{silence.place}/" if silence.place else ""
        state.look_again((where, "", silence.kind or "", silence.subject or ""))
    elif (key := (silence.kind, silence.subject)) in state.alerts:
        state.touched.add(key)
