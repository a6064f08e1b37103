"""Decisions of the cold-chain stage: what counts, which checks fail, what is held.

State is the fold of these alone. What was reported is taken up whole (`fact_recorded`, `reading_recorded`); verdicts
are a function of what was reported: a late report changes them, by decisions of their own, never by a silent edit.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Instant, Model, Text
from schemas.consignment import ConsignmentFact, LotIds, Step
from schemas.driver import DriverTested
from schemas.inspection import FindingMended, FindingReported
from schemas.ledger import EventsForgotten, RepeatIgnored
from schemas.temperature import BreachKind, Celsius, Minutes


class Rule(StrEnum):
    """The checks of the cold chain; words, severity and source of each are in `streams.core.coldchain.rules`."""

    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_EXPIRED = "certificate_expired"
    WAREHOUSE_BYPASSED = "warehouse_bypassed"
    SEAL_MISMATCH = "seal_mismatch"
    CUSTODY_GAP = "custody_gap"
    STEP_OUT_OF_ORDER = "step_out_of_order"
    TEMPERATURE_BREACH = "temperature_breach"
    TEMPERATURE_UNKNOWN = "temperature_unknown"
    TEST_POSITIVE = "test_positive"
    QUANTITY_MISMATCH = "quantity_mismatch"
    REPORT_LATE = "report_late"
    TWO_PLACES = "two_places"
    DRIVER_UNTESTED = "driver_untested"
    FINDING_OVERDUE = "finding_overdue"
    HELD_ELSEWHERE = "held_elsewhere"
    """A hold from outside this consignment is on one of its lots, so on what was made of it too."""


class Severity(StrEnum):
    """What a failed check does."""

    HOLD = "hold"
    """The lots must not be given out."""
    WARNING = "warning"
    """People are told."""


class SensorFlag(StrEnum):
    """What is wrong with a logger's readings themselves."""

    FLAT_LINE = "flat_line"
    JUMP = "jump"
    CLOCK_BACK = "clock_back"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """Two values for the same moment; the worse one counts."""


class FactRecorded(Model):
    """What was reported of a consignment counts from now on."""

    type: Literal["fact_recorded"] = "fact_recorded"
    fact: ConsignmentFact


class FactWithdrawn(Model):
    """An earlier report does not count any more."""

    type: Literal["fact_withdrawn"] = "fact_withdrawn"
    consignment_id: Identifier
    event_id: Identifier
    reason: Text


class DriverTestRecorded(Model):
    """A driver's test, as known in this partition."""

    type: Literal["driver_test_recorded"] = "driver_test_recorded"
    test: DriverTested


class InspectionRecorded(Model):
    """A finding, or its mending."""

    type: Literal["inspection_recorded"] = "inspection_recorded"
    report: Annotated[FindingReported | FindingMended, Field(discriminator="kind")]


class OutsideHoldRecorded(Model):
    """A hold that came from outside is on lots of this partition; `ended` says whether it was lifted."""

    type: Literal["outside_hold_recorded"] = "outside_hold_recorded"
    hold_id: Identifier
    consignment_id: Identifier | None
    lot_ids: LotIds
    reason: Text
    ended: bool = False


class StepReached(Model):
    """The furthest step of a consignment, and where it is."""

    type: Literal["step_reached"] = "step_reached"
    consignment_id: Identifier
    step: Step
    facility: Identifier | None
    at: Instant


class ReadingRecorded(Model):
    """A temperature reading counts. `out`: which way it is out of its profile's range, if it is."""

    type: Literal["reading_recorded"] = "reading_recorded"
    consignment_id: Identifier
    logger_id: Identifier
    at: Instant
    celsius: Celsius
    out: BreachKind | None = None
    late: bool = False
    """A newer reading of this logger was known already."""


class LoggerPlaced(Model):
    """What a logger lies with, as far as its readings said (none named: the whole consignment)."""

    type: Literal["logger_placed"] = "logger_placed"
    consignment_id: Identifier
    logger_id: Identifier
    lot_ids: LotIds


class IntervalKnown(Model):
    """The logging interval of a logger, declared or learned from its readings."""

    type: Literal["interval_known"] = "interval_known"
    consignment_id: Identifier
    logger_id: Identifier
    minutes: Minutes
    declared: bool


class BreachBase(Model):
    """A breach of a logger: one event out of range, from its first reading out of range.

    `alarm_at`: the reading at which it had lasted as long as its limit allows; `end`: the first reading back in range,
    or the last one before an unknown period; None while it goes on. `peak_c`: the worst reading.
    """

    breach_id: Identifier
    consignment_id: Identifier
    logger_id: Identifier
    kind: BreachKind
    limit_c: Celsius
    start: Instant
    alarm_at: Instant
    end: Instant | None
    peak_c: Celsius


class BreachOpened(BreachBase):
    """A breach has become true."""

    type: Literal["breach_opened"] = "breach_opened"


class BreachExtended(BreachBase):
    """It began earlier, ended later, or was worse than known."""

    type: Literal["breach_extended"] = "breach_extended"


class BreachShortened(BreachBase):
    """It began later, ended earlier (or at all), or was less bad than known."""

    type: Literal["breach_shortened"] = "breach_shortened"


class BreachWithdrawn(Model):
    """With what is known now there was no such breach."""

    type: Literal["breach_withdrawn"] = "breach_withdrawn"
    breach_id: Identifier
    consignment_id: Identifier
    logger_id: Identifier


class GapFound(Model):
    """No reading for more than three intervals: unknown, never in range, never out. `end` None while it goes on."""

    type: Literal["gap_found"] = "gap_found"
    consignment_id: Identifier
    logger_id: Identifier
    start: Instant
    end: Instant | None


class GapWithdrawn(Model):
    """Late readings filled it, or changed where it is (then another `gap_found` comes with this)."""

    type: Literal["gap_withdrawn"] = "gap_withdrawn"
    consignment_id: Identifier
    logger_id: Identifier
    start: Instant


class SensorFlagged(Model):
    """Something is wrong with a logger's readings."""

    type: Literal["sensor_flagged"] = "sensor_flagged"
    consignment_id: Identifier
    logger_id: Identifier
    flag: SensorFlag
    at: Instant


class WarningRaised(Model):
    """The early warning: readings behave as they did not before, whether or not a limit is crossed. `score` in 0..1."""

    type: Literal["warning_raised"] = "warning_raised"
    consignment_id: Identifier
    logger_id: Identifier
    at: Instant
    score: Annotated[float, Field(ge=0, le=1)]


class TemperatureSummed(Model):
    """What a logger's readings amount to until `until`; told at every step and handover.

    `mkt_c`: mean kinetic temperature weighted by time, None where the profile does not use it.
    """

    type: Literal["temperature_summed"] = "temperature_summed"
    consignment_id: Identifier
    logger_id: Identifier
    until: Instant
    readings: Annotated[int, Field(ge=0)]
    min_c: Celsius
    max_c: Celsius
    mkt_c: float | None
    out_minutes: Annotated[float, Field(ge=0)]
    unknown_minutes: Annotated[float, Field(ge=0)]


class CheckFailed(Model):
    """A rule is broken. `lot_ids` empty: the whole consignment, with lots still to come; or nothing but premises."""

    type: Literal["check_failed"] = "check_failed"
    check_id: Identifier
    rule: Rule
    severity: Severity
    consignment_id: Identifier | None
    premises_id: Identifier | None = None
    lot_ids: LotIds
    subject: Text
    """What broke it: a certificate, a logger, a sample, a party."""
    since: Instant
    reason_zh: Text
    reason_en: Text


class CheckMended(Model):
    """A rule is no longer broken: by what came to be known (`mended`, `withdrawn`) or by authority (`waived`)."""

    type: Literal["check_mended"] = "check_mended"
    check_id: Identifier
    rule: Rule
    consignment_id: Identifier | None
    how: Literal["mended", "withdrawn", "waived"]
    by: Identifier | None = None
    reason: Text = ""


class HoldOrdered(Model):
    """Lots must not be given out, and where `consignment_id` is set all of that consignment too, present and to come.

    Goes to every area. Which consignment broke the rule is said by the check.
    """

    type: Literal["hold_ordered"] = "hold_ordered"
    hold_id: Identifier
    check_id: Identifier
    rule: Rule
    consignment_id: Identifier | None
    lot_ids: LotIds
    reason: Text
    at: Instant
    """When the reading or report that made it true happened."""


class HoldWithdrawn(Model):
    """A hold ends: goes to every area."""

    type: Literal["hold_withdrawn"] = "hold_withdrawn"
    hold_id: Identifier
    check_id: Identifier
    reason: Text
    at: Instant


class ConsignmentClosed(Model):
    """Nothing is left of a consignment and nothing was heard of it for long: its readings are no longer kept here."""

    type: Literal["consignment_closed"] = "consignment_closed"
    consignment_id: Identifier


ColdChainDecision = Annotated[
    FactRecorded
    | FactWithdrawn
    | DriverTestRecorded
    | InspectionRecorded
    | OutsideHoldRecorded
    | StepReached
    | ReadingRecorded
    | LoggerPlaced
    | IntervalKnown
    | BreachOpened
    | BreachExtended
    | BreachShortened
    | BreachWithdrawn
    | GapFound
    | GapWithdrawn
    | SensorFlagged
    | WarningRaised
    | TemperatureSummed
    | CheckFailed
    | CheckMended
    | HoldOrdered
    | HoldWithdrawn
    | ConsignmentClosed
    | RepeatIgnored
    | EventsForgotten,
    Field(discriminator="type"),
]
