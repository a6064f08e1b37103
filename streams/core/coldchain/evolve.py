"""State after a record: one small function a decision, in a table. Settings and profiles have no say here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from schemas.coldchain import (
    BreachExtended,
    BreachOpened,
    BreachShortened,
    BreachWithdrawn,
    CheckFailed,
    CheckMended,
    ConsignmentClosed,
    DriverTestRecorded,
    FactRecorded,
    FactWithdrawn,
    GapFound,
    GapWithdrawn,
    HoldOrdered,
    HoldWithdrawn,
    InspectionRecorded,
    IntervalKnown,
    LoggerPlaced,
    OutsideHoldRecorded,
    ReadingRecorded,
    SensorFlagged,
    StepReached,
    TemperatureSummed,
    WarningRaised,
)
from schemas.consignment import ConsignmentDeclared
from schemas.inspection import FindingMended, FindingReported
from schemas.ledger import EventsForgotten, RepeatIgnored
from streams.core.coldchain.call import CHUNK
from streams.core.coldchain.index import (
    drop_consignment,
    drop_outside,
    enter_check,
    enter_fact,
    enter_outside,
    enter_test,
    forget,
    stale_for,
    time_consignment,
    time_finding,
    time_logger,
)
from streams.core.coldchain.state import (
    CLOSED,
    ENDED,
    OWN,
    Consignment,
    Finding,
    Logger,
    LoggerKey,
    OutsideHold,
    OwnHold,
    State,
)
from streams.core.coldchain.story import Taken
from streams.core.decider import Fact
from streams.core.instants import DAY, EPOCH, to_us
from streams.core.temperature import Series, evolve_series

Touched = set[str]
"""Consignments whose timers must be set anew."""
Change = Callable[[State, Any, Touched], None]


def _fact_recorded(state: State, decision: FactRecorded, touched: Touched) -> None:
    fact = decision.fact
    consignment = state.consignments.get(fact.consignment_id)
    if consignment is None:
        assert isinstance(fact, ConsignmentDeclared)
        consignment = state.consignments[fact.consignment_id] = Consignment(fact.consignment_id, fact)
    consignment.facts[fact.event_id] = Taken(fact, state.now)
    consignment.told = None
    consignment.heard = state.now
    enter_fact(state, fact)
    touched.add(fact.consignment_id)


def _fact_withdrawn(state: State, decision: FactWithdrawn, touched: Touched) -> None:
    consignment = state.consignments[decision.consignment_id]
    consignment.facts[decision.event_id] = consignment.facts[decision.event_id]._replace(stands=False)
    consignment.told = None
    touched.add(decision.consignment_id)


def _step_reached(state: State, decision: StepReached, _: Touched) -> None:
    state.consignments[decision.consignment_id].reached = decision


def _driver_tested(state: State, decision: DriverTestRecorded, _: Touched) -> None:
    test = decision.test
    enter_test(state, test.driver_id, test.event_id, to_us(test.occurred_at), test.result)
    state.stale.update(state.by_driver.get(test.driver_id, ()))


def _inspected(state: State, decision: InspectionRecorded, _: Touched) -> None:
    report = decision.report
    finding = state.findings.get(report.finding_id)
    match report:
        case FindingReported() if finding is None:
            state.findings[report.finding_id] = Finding(report)
        case FindingReported() if finding is not None:
            finding.report = report
        case FindingMended() if finding is not None:
            finding.mended, finding.mended_at = report.event_id, to_us(report.occurred_at)
    time_finding(state, report.finding_id)


def _outside_hold(state: State, decision: OutsideHoldRecorded, _: Touched) -> None:
    if decision.ended:
        stale_for(state, state.outside[decision.hold_id])
        drop_outside(state, decision.hold_id)
        state.memory.keep(ENDED, decision.hold_id)
        return
    hold = OutsideHold(decision.hold_id, decision.consignment_id, decision.lot_ids, decision.reason, state.now or 0)
    enter_outside(state, hold)
    stale_for(state, hold)


def _of_logger(state: State, decision: Any, _: Touched) -> None:
    evolve_series(_logger(state, decision).series, decision)


def _gap_changed(state: State, decision: GapFound | GapWithdrawn, touched: Touched) -> None:
    evolve_series(_logger(state, decision).series, decision)
    touched.add(decision.consignment_id)


def _logger_placed(state: State, decision: LoggerPlaced, touched: Touched) -> None:
    _logger(state, decision).lots = frozenset(decision.lot_ids) or None
    touched.add(decision.consignment_id)


def _logger(state: State, decision: Any) -> Logger:
    """The logger of a decision, made where new."""
    loggers = state.consignments[decision.consignment_id].loggers
    logger = loggers.get(decision.logger_id)
    if logger is None:
        logger = loggers[decision.logger_id] = Logger(Series(decision.consignment_id, decision.logger_id))
    return logger


def _check_failed(state: State, decision: CheckFailed, touched: Touched) -> None:
    enter_check(state, decision)
    _check_changed(state, decision, touched)


def _check_mended(state: State, decision: CheckMended, touched: Touched) -> None:
    failed = state.docket(decision.consignment_id).checks.pop(decision.check_id)
    del state.owners[decision.check_id]
    _check_changed(state, failed, touched)


def _check_changed(state: State, check: CheckFailed, touched: Touched) -> None:
    if check.consignment_id is None:
        time_finding(state, check.subject)
    else:
        touched.add(check.consignment_id)


def _hold_ordered(state: State, decision: HoldOrdered, _: Touched) -> None:
    owner = state.owners[decision.check_id]
    docket = state.docket(owner)
    hold = OwnHold(decision.hold_id, decision.check_id, decision.consignment_id is not None, decision.lot_ids)
    docket.holds.setdefault(decision.check_id, {})[decision.hold_id] = hold
    docket.ordered[decision.check_id] = docket.ordered.get(decision.check_id, 0) + 1
    state.own[decision.hold_id] = owner
    state.memory.keep(OWN, decision.hold_id)


def _hold_withdrawn(state: State, decision: HoldWithdrawn, _: Touched) -> None:
    docket = state.docket(state.own.pop(decision.hold_id))
    holds = docket.holds[decision.check_id]
    del holds[decision.hold_id]
    if not holds:
        del docket.holds[decision.check_id]


def _closed(state: State, decision: ConsignmentClosed, touched: Touched) -> None:
    drop_consignment(state, decision.consignment_id)
    state.memory.keep(CLOSED, decision.consignment_id)
    touched.discard(decision.consignment_id)


def _reading_recorded(state: State, decision: ReadingRecorded, _: Touched) -> None:
    logger = _logger(state, decision)
    evolve_series(logger.series, decision)
    logger.heard = state.consignments[decision.consignment_id].heard = state.now


def _forgotten(state: State, decision: EventsForgotten, _: Touched) -> None:
    forget(state, (decision.before.toordinal() - EPOCH.toordinal()) * DAY)


def _nothing(_: State, __: object, ___: Touched) -> None:
    """For readers of the ledger; the state keeps nothing of it."""


CHANGES: Final[dict[type, Change]] = {
    FactRecorded: _fact_recorded,
    FactWithdrawn: _fact_withdrawn,
    StepReached: _step_reached,
    DriverTestRecorded: _driver_tested,
    InspectionRecorded: _inspected,
    OutsideHoldRecorded: _outside_hold,
    ReadingRecorded: _reading_recorded,
    LoggerPlaced: _logger_placed,
    IntervalKnown: _of_logger,
    GapFound: _gap_changed,
    GapWithdrawn: _gap_changed,
    BreachOpened: _of_logger,
    BreachExtended: _of_logger,
    BreachShortened: _of_logger,
    BreachWithdrawn: _of_logger,
    SensorFlagged: _of_logger,
    WarningRaised: _of_logger,
    TemperatureSummed: _nothing,
    CheckFailed: _check_failed,
    CheckMended: _check_mended,
    HoldOrdered: _hold_ordered,
    HoldWithdrawn: _hold_withdrawn,
    ConsignmentClosed: _closed,
    EventsForgotten: _forgotten,
    RepeatIgnored: _nothing,
}
_OF_LOGGERS: Final = frozenset({ReadingRecorded, IntervalKnown, GapFound, GapWithdrawn})
"""Decisions after which a logger may fall silent at another time."""


def evolve(state: State, fact: Fact) -> State:
    """Apply an accepted record to the state given, and return it."""
    event_id, ticked_at, decisions = fact.event_id, fact.ticked_at, fact.decisions
    if ticked_at is not None:
        now = to_us(ticked_at)
        state.now = now if state.now is None else max(state.now, now)
        if state.stale:
            state.stale.difference_update(sorted(state.stale)[:CHUNK])
    touched: Touched = set()
    loggers: dict[LoggerKey, None] = {}
    for decision in decisions:
        kind = type(decision)
        CHANGES[kind](state, decision, touched)
        if kind in _OF_LOGGERS:
            loggers[decision.consignment_id, decision.logger_id] = None
        if kind is ReadingRecorded and event_id is not None:
            _logger(state, decision).note(to_us(decision.at), event_id)
    for key in loggers:
        time_logger(state, *key)
    for name in sorted(touched):
        time_consignment(state, name)
    return state
