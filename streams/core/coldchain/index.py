"""What is derived from the state: who names which lot and driver, which holds are on what, what waits for its time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.coldchain import CheckFailed, Rule, Severity
from schemas.consignment import CustodyHanded, LabResult
from streams.core.coldchain.checks import check_id
from streams.core.coldchain.checks_temperature import Watch, running
from streams.core.coldchain.state import Consignment, OutsideHold, State
from streams.core.instants import to_us
from streams.core.temperature import next_silence

_LOT_FIELDS = ("lots", "quantities", "inputs", "outputs")
_NAME_FIELDS = ("lot_ids", "child_ids")


def named(fact: Any) -> Iterable[str]:
    """All lots and packages that a report names."""
    for field in _NAME_FIELDS:
        yield from getattr(fact, field, ())
    for field in _LOT_FIELDS:
        yield from (line.lot_id for line in getattr(fact, field, ()))
    if hasattr(fact, "parent_id"):
        yield fact.parent_id


def enter_fact(state: State, fact: Any) -> None:
    """Know who names which lot and driver."""
    for lot_id in named(fact):
        state.by_lot.setdefault(lot_id, set()).add(fact.consignment_id)
    if isinstance(fact, CustodyHanded) and fact.driver_id is not None:
        state.by_driver.setdefault(fact.driver_id, set()).add(fact.consignment_id)


def enter_check(state: State, failed: CheckFailed) -> None:
    """A check fails."""
    state.docket(failed.consignment_id).checks[failed.check_id] = failed
    state.owners[failed.check_id] = failed.consignment_id


def enter_outside(state: State, hold: OutsideHold) -> None:
    """A hold from outside stands."""
    state.outside[hold.hold_id] = hold
    for lot_id in hold.lot_ids:
        state.lot_holds.setdefault(lot_id, set()).add(hold.hold_id)
    if hold.consignment_id is not None:
        state.consignment_holds.setdefault(hold.consignment_id, set()).add(hold.hold_id)


def drop_outside(state: State, hold_id: str) -> None:
    """It does not stand any more."""
    hold = state.outside.pop(hold_id)
    for lot_id in hold.lot_ids:
        _discard(state.lot_holds, lot_id, hold_id)
    if hold.consignment_id is not None:
        _discard(state.consignment_holds, hold.consignment_id, hold_id)


def stale_for(state: State, hold: OutsideHold) -> None:
    """Consignments on which a hold may bear must be looked at."""
    for lot_id in hold.lot_ids:
        state.stale.update(state.by_lot.get(lot_id, ()))
    if hold.consignment_id in state.consignments:
        state.stale.add(hold.consignment_id)


def drop_consignment(state: State, consignment_id: str) -> None:
    """Nothing of it is kept."""
    consignment = state.consignments.pop(consignment_id)
    for taken in consignment.facts.values():
        for lot_id in named(taken.fact):
            _discard(state.by_lot, lot_id, consignment_id)
        driver_id = getattr(taken.fact, "driver_id", None)
        if driver_id is not None:
            _discard(state.by_driver, driver_id, consignment_id)
    for logger_id in consignment.loggers:
        state.silences.set((consignment_id, logger_id), None)
    for name in consignment.docket.checks:
        del state.owners[name]
    state.stale.discard(consignment_id)
    state.quiet.set(consignment_id, None)
    state.unknown_since(consignment.declared.profile).set(consignment_id, None)


def _discard(index: dict[str, set[str]], name: str, one: str) -> None:
    known = index.get(name)
    if known is not None:
        known.discard(one)
        if not known:
            del index[name]


def enter_test(state: State, driver_id: str, event_id: str, at: int, result: LabResult) -> None:
    """A driver's test."""
    state.drivers.setdefault(driver_id, {})[event_id] = (at, result)
    state.ages.set((driver_id, event_id), at)


def forget(state: State, before: int) -> None:
    """Drivers' tests and mended findings from before this time."""
    for _, key in list(state.ages.until(before - 1)):
        driver_id, name = key
        state.ages.set(key, None)
        if not driver_id:
            del state.findings[name]
            continue
        del state.drivers[driver_id][name]
        if not state.drivers[driver_id]:
            del state.drivers[driver_id]


def time_logger(state: State, consignment_id: str, logger_id: str) -> None:
    """When the logger will have been silent for too long."""
    consignment = state.consignments[consignment_id]
    logger = consignment.loggers[logger_id]
    due = None if consignment.gone else next_silence(logger.series)
    if due is not None and logger.heard is not None and logger.series.longest is not None:
        due = max(due, logger.heard + logger.series.longest + 1)
    state.silences.set((consignment_id, logger_id), due)


def time_consignment(state: State, consignment_id: str) -> None:
    """Whether anything is left of it; since when nothing is known of its temperature; when it may be closed."""
    consignment = state.consignments[consignment_id]
    gone = consignment.story().all_gone_at() is not None
    if gone != consignment.gone:
        consignment.gone = gone
        for logger_id in consignment.loggers:
            time_logger(state, consignment_id, logger_id)
    state.quiet.set(consignment_id, (consignment.heard or 0) if gone and not _holding(consignment) else None)
    since = None if gone else min(_unknown(consignment), default=None)
    state.unknown_since(consignment.declared.profile).set(consignment_id, since)


def _holding(consignment: Consignment) -> bool:
    return any(failed.severity is Severity.HOLD for failed in consignment.docket.checks.values())


def _unknown(consignment: Consignment) -> Iterable[int]:
    """Since when the temperature is unknown, where no check says so yet."""
    story, name = consignment.story(), consignment.consignment_id
    for subject, since in running(story, map(Watch.of, consignment.loggers.values())):
        check = check_id(name, Rule.TEMPERATURE_UNKNOWN, subject)
        if check not in consignment.docket.checks and check not in story.waived:
            yield since


def time_finding(state: State, finding_id: str) -> None:
    """When a finding that is not mended is overdue, and how old one is that is mended."""
    finding = state.findings[finding_id]
    check = check_id(None, Rule.FINDING_OVERDUE, finding_id)
    waits = finding.mended is None and check not in state.premises.checks
    state.deadlines.set(finding_id, to_us(finding.report.deadline) if waits else None)
    last = None if finding.mended_at is None else max(finding.mended_at, to_us(finding.report.occurred_at))
    state.ages.set(("", finding_id), last)
