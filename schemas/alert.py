"""Alerts (预警): what people say to them, and the decisions of the alert stage about their life."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from schemas.base import Identifier, Instant, Model, PlaceCode, Reported, Text
from schemas.duty import DutyAssigned, Level
from schemas.ledger import EventsForgotten, RepeatIgnored

Subject = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
"""What an alert is about: the id of a check, duty or area; of what only its area names (need, bag, lot), `area:id`."""


class AlertKind(StrEnum):
    """What an alert is about; together with its subject, its identity."""

    NEED_AT_RISK = "need_at_risk"
    """75 % of a need's clock has run."""
    NEED_OVERDUE = "need_overdue"
    """All of it has."""
    SILENT_HOUSEHOLD = "silent_household"
    """Vulnerable, sealed, no request and no confirmed delivery for long (失联)."""
    RESERVE_LOW = "reserve_low"
    COVER_LOW = "cover_low"
    """Stock lasts for too few days at the pace at which it goes."""
    LOT_EXPIRING = "lot_expiring"
    PRICE_JUMP = "price_jump"
    DELIVERY_OVERDUE = "delivery_overdue"
    TRANSFER_OVERDUE = "transfer_overdue"
    """Goods from another area did not arrive by their deadline (调拨逾期)."""
    CONTACT_OVERDUE = "contact_overdue"
    """A household that received held goods was not told in time."""
    REPORT_LATE = "report_late"
    """迟报: what happened long before it was said."""
    FACILITY_QUIET = "facility_quiet"
    """瞒报: a facility that reports no more."""
    CHECK_FAILED = "check_failed"
    """Any failed check of the cold chain."""
    EARLY_WARNING = "early_warning"
    DEAD_LETTERS = "dead_letters"
    DUTY_UNCOVERED = "duty_uncovered"
    """Hours that are to come have nobody on duty; each stretch of them is a subject: `area:begin`."""


_NEED = frozenset({"need_id", "item", "requester_id", "need_class", "due_at"})
DETAILS: Final[Mapping[AlertKind, frozenset[str]]] = {
    AlertKind.NEED_AT_RISK: _NEED,
    AlertKind.NEED_OVERDUE: _NEED,
    AlertKind.SILENT_HOUSEHOLD: frozenset({"requester_id", "heard_at"}),
    AlertKind.RESERVE_LOW: frozenset({"item", "usable", "target"}),
    AlertKind.COVER_LOW: frozenset({"item", "usable", "days"}),
    AlertKind.LOT_EXPIRING: frozenset({"lot_id", "item", "quantity", "expires_on"}),
    AlertKind.PRICE_JUMP: frozenset({"item", "fen", "usual_fen", "warehouse"}),
    AlertKind.DELIVERY_OVERDUE: frozenset({"requester_id", "team", "deadline"}),
    AlertKind.TRANSFER_OVERDUE: frozenset({"transfer_id", "item", "quantity", "from_area", "deadline"}),
    AlertKind.CONTACT_OVERDUE: frozenset({"requester_id", "lot_id"}),
    AlertKind.REPORT_LATE: frozenset({"source", "kind", "event_id", "hours"}),
    AlertKind.FACILITY_QUIET: frozenset({"source", "heard_at"}),
    AlertKind.CHECK_FAILED: frozenset({"rule", "consignment_id", "premises_id", "reason_zh", "reason_en"}),
    AlertKind.EARLY_WARNING: frozenset({"consignment_id", "logger_id", "score"}),
    AlertKind.DEAD_LETTERS: frozenset({"stage", "topic", "count"}),
    AlertKind.DUTY_UNCOVERED: frozenset({"from", "until"}),
}
"""What the detail of an alert holds; times in it are ISO 8601, prices in fen, hours and days numbers."""


class AlertSeverity(StrEnum):
    """How bad; `critical` pages, `warning` waits for somebody to look."""

    WARNING = "warning"
    CRITICAL = "critical"


class AlertMessageBase(Model):
    """What a person says about alerts; it goes to every partition, and the one that has the alert takes it."""

    event_id: Identifier
    occurred_at: Reported
    source: Identifier
    """Who says it: the officer."""


class AlertAcknowledge(AlertMessageBase):
    """Somebody has seen it and says what is done; this does not end it."""

    kind: Literal["alert_acknowledge"]
    alert_id: Identifier
    episode: Annotated[int, Field(ge=1)] | None = None
    """Which of its episodes is meant; None: the one that is open."""
    comment: Annotated[Text, Field(min_length=1)]


class AlertSilence(AlertMessageBase):
    """Alerts of a kind, subject or place are not sent out until a time; they are still raised and shown."""

    kind: Literal["alert_silence"]
    silence_id: Identifier
    alert_kind: AlertKind | None = None
    subject: Subject | None = None
    place: PlaceCode | None = None
    until: Reported
    comment: Annotated[Text, Field(min_length=1)]

    @model_validator(mode="after")
    def _silences_something(self) -> AlertSilence:
        if self.alert_kind is None and self.subject is None and self.place is None:
            raise ValueError("a silence names alert_kind, subject or place")
        return self


class AlertUnsilence(AlertMessageBase):
    """A silence ends before its time."""

    kind: Literal["alert_unsilence"]
    silence_id: Identifier


class HouseholdViewed(AlertMessageBase):
    """Somebody looked at a household's record; `source` is who. It goes to the partition of the household's area."""

    kind: Literal["household_viewed"]
    requester_id: Identifier
    area: PlaceCode
    page: Identifier


AlertMessage = Annotated[
    AlertAcknowledge | AlertSilence | AlertUnsilence | HouseholdViewed, Field(discriminator="kind")
]
"""What officers say and do."""


class AlertRaised(Model):
    """It has become true. `since`: when what it says began; `owner`: who is on duty for its place, if anybody is.

    `episode` is higher each time that this kind and subject is raised, by one, or by more after a long rest;
    `flapping`: raised so often lately that it stays open until it was quiet for a while, lest people be told of every
    turn.
    """

    type: Literal["alert_raised"] = "alert_raised"
    alert_id: Identifier
    kind: AlertKind
    subject: Subject
    place: PlaceCode | None
    severity: AlertSeverity
    level: Level
    owner: Identifier | None
    episode: Annotated[int, Field(ge=1)]
    flapping: bool = False
    silenced: bool = False
    since: Instant
    at: Instant
    detail: dict[str, str | int | float | None]
    """What its words need, by kind: `DETAILS`. Never personal data."""


class AlertChanged(Model):
    """It has become worse, or less bad, or is about other hours (`duty_uncovered`), while it is open."""

    type: Literal["alert_changed"] = "alert_changed"
    alert_id: Identifier
    episode: Annotated[int, Field(ge=1)]
    severity: AlertSeverity
    detail: dict[str, str | int | float | None]
    at: Instant


class AlertAcknowledged(Model):
    """Somebody has it in hand; it stays open."""

    type: Literal["alert_acknowledged"] = "alert_acknowledged"
    alert_id: Identifier
    episode: Annotated[int, Field(ge=1)]
    by: Identifier
    comment: Text
    at: Instant


class AlertEscalated(Model):
    """Nobody acknowledged it in time: the next level up has it now."""

    type: Literal["alert_escalated"] = "alert_escalated"
    alert_id: Identifier
    episode: Annotated[int, Field(ge=1)]
    level: Level
    owner: Identifier | None
    at: Instant


class AlertHandedOver(Model):
    """The person on duty changed while it is open."""

    type: Literal["alert_handed_over"] = "alert_handed_over"
    alert_id: Identifier
    episode: Annotated[int, Field(ge=1)]
    owner: Identifier | None
    at: Instant


class AlertMuted(Model):
    """A silence holds for it while it is open (`silenced`), or holds no longer: people are to be told, then."""

    type: Literal["alert_muted"] = "alert_muted"
    alert_id: Identifier
    episode: Annotated[int, Field(ge=1)]
    silenced: bool
    at: Instant


class AlertResolved(Model):
    """What it says is no longer so: by fact, never by a click."""

    type: Literal["alert_resolved"] = "alert_resolved"
    alert_id: Identifier
    episode: Annotated[int, Field(ge=1)]
    reason: Identifier
    at: Instant


class AlertSilenced(Model):
    """A silence holds."""

    type: Literal["alert_silenced"] = "alert_silenced"
    silence_id: Identifier
    alert_kind: AlertKind | None
    subject: Subject | None
    place: PlaceCode | None
    until: Instant
    by: Identifier
    comment: Text


class AlertUnsilenced(Model):
    """A silence ended, by its time or by somebody."""

    type: Literal["alert_unsilenced"] = "alert_unsilenced"
    silence_id: Identifier


class LookRecorded(Model):
    """Somebody looked at a household's record."""

    type: Literal["look_recorded"] = "look_recorded"
    by: Identifier
    requester_id: Identifier
    area: PlaceCode
    page: Identifier
    at: Instant


class DutyRecorded(Model):
    """A line of the roster, as known in this partition."""

    type: Literal["duty_recorded"] = "duty_recorded"
    duty: DutyAssigned


AlertDecision = Annotated[
    AlertRaised
    | AlertChanged
    | AlertAcknowledged
    | AlertEscalated
    | AlertHandedOver
    | AlertMuted
    | AlertResolved
    | AlertSilenced
    | AlertUnsilenced
    | DutyRecorded
    | LookRecorded
    | RepeatIgnored
    | EventsForgotten,
    Field(discriminator="type"),
]
