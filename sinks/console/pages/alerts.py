"""Alerts (预警): what is open, acknowledge with comment, history, silence. Actions are messages; the ledger decides."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from schemas.alert import AlertAcknowledge, AlertKind, AlertSilence, AlertUnsilence
from sinks.console.actions import action_id
from sinks.console.asked import Asked, BadRequest, whole
from sinks.console.desk import Desk, Missing
from sinks.console.details import about, facts
from sinks.console.words import Speaker

Row = dict[str, Any]
PAGE: Final = 50
STATES: Final = ("open", "raised", "escalated", "acknowledged", "resolved")
KINDS: Final = tuple(kind.value for kind in AlertKind)
OF_HOUSEHOLDS: Final = frozenset(
    {
        AlertKind.NEED_AT_RISK,
        AlertKind.NEED_OVERDUE,
        AlertKind.SILENT_HOUSEHOLD,
        AlertKind.DELIVERY_OVERDUE,
        AlertKind.CONTACT_OVERDUE,
    }
)
"""Their subjects lead to a household: named on the alert's own page only, where the look is recorded."""
NOBODY: Final = "-"
"""Stands for alerts without anybody on duty where an owner is chosen."""
_DONE: Final = {"acknowledged": "ack.sent", "silenced": "silence.sent", "unsilenced": "silence.ended"}


def alerts(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The list, counts by kind, and the silences that hold."""
    state, kind = asked.choice("state", STATES, "open"), asked.choice("kind", KINDS)
    skip, owner = asked.number("skip", most=10_000_000), asked.word("owner")
    say = desk.speaker(asked)
    rows, counts, silences = desk.store.ask_all(
        asked,
        ("console_alerts", {"state": state, "kind": kind, "owner": owner, "limit": PAGE, "skip": skip}),
        ("console_alert_counts", {}),
        ("console_silences", {}),
    )
    return desk.render(
        "alerts.html",
        asked,
        bare,
        rows=[{**row, "about": _about(row, asked, say)} for row in rows],
        counts=counts,
        silences=silences,
        state=state,
        kind=kind,
        owner=owner,
        nobody=NOBODY,
        skip=skip,
        size=PAGE,
        done=_DONE.get(asked.query.get("done", "")),
    )


def alert(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """One alert with everything that was said and decided about it."""
    row = _alert(desk, asked)
    detail, say = _detail(row), desk.speaker(asked)
    if row["kind"] in OF_HOUSEHOLDS and asked.user.may_see_households and (who := _household_of(row, detail)):
        desk.looked(asked, "alert", [(who, row["area"] or "-")])
    return desk.render(
        "alert.html",
        asked,
        bare,
        alert={**row, "about": _about(row, asked, say, whole=True)},
        facts=facts(detail, say) if _may_see(row, asked) else [],
        done=_DONE.get(asked.query.get("done", "")),
        household=_may_see(row, asked) and row["kind"] in OF_HOUSEHOLDS and _household_of(row, detail),
    )


def acknowledge(desk: Desk, asked: Asked, form: Mapping[str, str]) -> str:
    """Somebody has it in hand; returns where to go on."""
    row = _alert(desk, asked)
    at, comment = desk.acted_at(), form.get("comment", "").strip()
    try:
        message = AlertAcknowledge(
            kind="alert_acknowledge",
            event_id=action_id("ack", asked.user.name, row["alert_id"]),
            occurred_at=at,
            source=asked.user.name,
            alert_id=row["alert_id"],
            comment=comment,
        )
    except ValidationError as error:
        raise BadRequest("comment") from error
    desk.actions.send(message)
    return "acknowledged"


def silence(desk: Desk, asked: Asked, form: Mapping[str, str]) -> str:
    """Nobody is told of this subject, or of this kind at this place, for some hours."""
    row = _alert(desk, asked)
    hours = whole("hours", form.get("hours", ""), least=1, most=168)
    at, scope = desk.acted_at(), form.get("scope", "one")
    whole_kind = scope == "kind" and bool(row["area"])
    try:
        message = AlertSilence(
            kind="alert_silence",
            event_id=action_id("silence", asked.user.name, row["alert_id"]),
            occurred_at=at,
            source=asked.user.name,
            silence_id=action_id("si", asked.user.name, row["alert_id"]),
            alert_kind=AlertKind(row["kind"]),
            subject=None if whole_kind else row["subject"],
            place=row["area"] or None,
            until=at + dt.timedelta(hours=hours),
            comment=form.get("comment", "").strip(),
        )
    except ValidationError as error:
        raise BadRequest("comment") from error
    desk.actions.send(message)
    return "silenced"


def unsilence(desk: Desk, asked: Asked, form: Mapping[str, str]) -> str:
    """A silence ends before its time."""
    name = form.get("silence", "")
    known = {row["silence_id"] for row in desk.store.ask("console_silences", asked)}
    if name not in known:
        raise Missing
    message = AlertUnsilence(
        kind="alert_unsilence",
        event_id=action_id("unsilence", asked.user.name, name),
        occurred_at=desk.acted_at(),
        source=asked.user.name,
        silence_id=name,
    )
    desk.actions.send(message)
    return "unsilenced"


def _alert(desk: Desk, asked: Asked) -> Row:
    found = desk.store.ask("console_alert", asked, alert=asked.word("id"))
    if not found:
        raise Missing
    return found[0]


def _detail(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["detail"] or "{}")
    return found


def _household_of(row: Row, detail: Mapping[str, Any]) -> str:
    return str(detail.get("requester_id") or "")


def _may_see(row: Row, asked: Asked) -> bool:
    return row["kind"] not in OF_HOUSEHOLDS or asked.user.may_see_households


def _about(row: Row, asked: Asked, say: Speaker, whole: bool = False) -> str:
    """What it says; without the household where it is one of a list, or not for this user."""
    kind, detail = AlertKind(row["kind"]), _detail(row)
    if kind in OF_HOUSEHOLDS and not (whole and asked.user.may_see_households):
        detail["requester_id"] = say("a_household")
    return about(kind, detail, say)
