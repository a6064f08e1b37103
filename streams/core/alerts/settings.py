"""Thresholds of the alert stage: data, with defaults that a city changes in its rules file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from schemas.alert import AlertSeverity
from schemas.base import Model
from schemas.household import Group
from streams.core.fields import ZoneName
from streams.core.instants import DAY, HOUR, MINUTE

Hours = Annotated[int, Field(gt=0, le=24 * 365)]
ESCALATE: Final = {AlertSeverity.CRITICAL: 15, AlertSeverity.WARNING: 120}


class AlertSettings(Model):
    """When something becomes an alert, and how long people have; read from JSON, TOML or plain values."""

    model_config = Model.model_config | {"strict": False}

    at_risk_share: Annotated[float, Field(gt=0, lt=1)] = 0.75
    """Part of a need's clock after which it is at risk."""
    silent_hours: Hours = 48
    """A vulnerable sealed household without request and delivery for so long is silent (失联)."""
    vulnerable_groups: frozenset[Group] = Field(frozenset(Group))
    cover_days: Annotated[float, Field(gt=0, le=365)] = 3.0
    """Stock that lasts for fewer days is low; for fewer than a third of it, critical."""
    pace_days: Annotated[int, Field(gt=0, le=60)] = 7
    """Days over which it is counted how fast an item goes."""
    expiring_days: Annotated[int, Field(gt=0, le=365)] = 3
    """A lot with so many days left, or fewer, is expiring."""
    price_jump_percent: Annotated[int, Field(gt=0, le=10_000)] = 30
    """So far above the median of the days before, in the same warehouse, a price has jumped."""
    price_days: Annotated[int, Field(gt=0, le=60)] = 7
    """Days of that median; a price that nobody saw for so long is no longer watched."""
    report_late_hours: Hours = 24
    """迟报: from what happened to its report."""
    facility_quiet_hours: Hours = 24
    """A facility that reported stock on more than one day and reports nothing for so long."""
    source_gone_days: Annotated[int, Field(gt=0, le=365)] = 14
    """So long after that, nobody waits for its reports any more: the alert ends, and it counts as new if it returns.

    A late report after which none came is told for so long."""
    early_warning_hours: Hours = 6
    """An early warning stands for so long after the last one."""
    dead_letter_minutes: Annotated[int, Field(gt=0, le=24 * 60)] = 60
    """Rejected messages are an alert for so long after the last one."""
    dead_letters_critical: Annotated[int, Field(gt=0)] = 100
    """So many of one topic in one such time are critical."""
    escalate_minutes: dict[AlertSeverity, Annotated[int, Field(gt=0, le=7 * 24 * 60)]] = Field(ESCALATE)
    """What nobody acknowledges for so long goes up a level."""
    roster_hours: Annotated[int, Field(gt=0, le=24 * 14)] = 12
    """An hour without anybody on duty is flagged so long before it comes."""
    flap_times: Annotated[int, Field(gt=1, le=100)] = 3
    flap_minutes: Annotated[int, Field(gt=0, le=24 * 60)] = 60
    """Raised so many times within so many minutes, an alert flaps: it is not told again, and ends only when quiet.

    A fall of severity is told when it has held for so many minutes."""
    timezone: ZoneName = "Asia/Shanghai"
    chunk: Annotated[int, Field(gt=0, le=10_000)] = 256
    """Alerts that one record raises, ends or moves; the rest follows in ticks at once."""
    event_memory_days: Annotated[int, Field(gt=0, le=3650)] = 60
    future_hours: Hours = 24

    @model_validator(mode="after")
    def _minutes_for_every_severity(self) -> AlertSettings:
        if missing := [severity.value for severity in AlertSeverity if severity not in self.escalate_minutes]:
            raise ValueError(f"escalate_minutes has nothing for {', '.join(missing)}")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Settings as the stage reads them; durations in microseconds."""

    at_risk_share: float
    silent: int
    vulnerable: frozenset[str]
    cover_days: float
    pace_days: int
    expiring_days: int
    price_factor: float
    price: int
    late: int
    quiet: int
    gone: int
    early_warning: int
    dead_letters: int
    dead_letters_critical: int
    escalate: dict[AlertSeverity, int]
    roster: int
    flap_times: int
    flap: int
    zone: ZoneInfo
    chunk: int
    memory: int
    future: int

    @classmethod
    def of(cls, settings: AlertSettings) -> Rules:
        """From settings that were checked."""
        return cls(
            at_risk_share=settings.at_risk_share,
            silent=settings.silent_hours * HOUR,
            vulnerable=frozenset(group.value for group in settings.vulnerable_groups),
            cover_days=settings.cover_days,
            pace_days=settings.pace_days,
            expiring_days=settings.expiring_days,
            price_factor=1 + settings.price_jump_percent / 100,
            price=settings.price_days * DAY,
            late=settings.report_late_hours * HOUR,
            quiet=settings.facility_quiet_hours * HOUR,
            gone=settings.source_gone_days * DAY,
            early_warning=settings.early_warning_hours * HOUR,
            dead_letters=settings.dead_letter_minutes * MINUTE,
            dead_letters_critical=settings.dead_letters_critical,
            escalate={severity: minutes * MINUTE for severity, minutes in settings.escalate_minutes.items()},
            roster=settings.roster_hours * HOUR,
            flap_times=settings.flap_times,
            flap=settings.flap_minutes * MINUTE,
            zone=ZoneInfo(settings.timezone),
            chunk=settings.chunk,
            memory=settings.event_memory_days * DAY,
            future=settings.future_hours * HOUR,
        )
