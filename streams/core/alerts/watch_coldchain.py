"""The cold chain as the alert stage watches it: failed checks, early warnings, households to be told."""

from __future__ import annotations

from typing import Any, Final

from schemas.alert import AlertKind, AlertSeverity
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Detail, State, Truth
from streams.core.alerts.words import Watch, us
from streams.core.decider import LedgerRead

CHECK: Final = AlertKind.CHECK_FAILED
WARNING: Final = AlertKind.EARLY_WARNING
CONTACT: Final = AlertKind.CONTACT_OVERDUE


def _failed(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    severity = AlertSeverity.CRITICAL if said["severity"] == "hold" else AlertSeverity.WARNING
    detail = {name: said[name] for name in ("rule", "consignment_id", "premises_id", "reason_zh", "reason_en")}
    state.tell(CHECK, said["check_id"], Truth(None, severity, us(said["since"]), detail))


def _mended(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    state.end(CHECK, said["check_id"])


def _warned(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    subject = f"{said['consignment_id']}:{said['logger_id']}"
    if (WARNING.value, subject) not in state.truths:
        detail = {name: said[name] for name in ("consignment_id", "logger_id", "score")}
        state.tell(WARNING, subject, Truth(None, AlertSeverity.WARNING, us(said["at"]), detail))
    state.watching.set((WARNING.value, subject), read.at + rules.early_warning)


def warning_over(state: State, _: Rules, subject: str, __: int) -> None:
    """Nothing unusual was seen for a while."""
    state.end(WARNING, subject)


def _contact_opened(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    state.contacts[said["duty_id"]] = (said["grid"], said["lot_id"])


def _contact_again(state: State, _: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    if us(said["due_at"]) > read.at:
        state.end(CONTACT, said["duty_id"])


def _contact_overdue(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    grid, lot_id = state.contacts.get(said["duty_id"], ("", None))
    detail: Detail = {"requester_id": said["requester_id"], "lot_id": lot_id}
    truth = Truth(grid or said["area"], AlertSeverity.CRITICAL, us(said["due_at"]), detail)
    state.tell(CONTACT, said["duty_id"], truth)


def _contacted(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    state.contacts.pop(said["duty_id"], None)
    state.end(CONTACT, said["duty_id"])


WATCH: Final[dict[str, Watch]] = {
    "check_failed": _failed,
    "check_mended": _mended,
    "warning_raised": _warned,
    "contact_duty_opened": _contact_opened,
    "contact_duty_raised": _contact_again,
    "contact_overdue": _contact_overdue,
    "contact_duty_ended": _contacted,
}
