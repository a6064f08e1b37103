"""Inspections (督查): findings at premises, and what happens when they are not mended by their deadline."""

from __future__ import annotations

from itertools import islice
from typing import assert_never

from schemas.coldchain import InspectionRecorded, Rule
from schemas.inspection import FindingMended, FindingReported
from streams.core.coldchain.call import CHUNK, Call, refuse
from streams.core.coldchain.checks import Scope, broken
from streams.core.coldchain.judging import Bench, judge
from streams.core.coldchain.state import Docket, Finding
from streams.core.instants import to_us


def decide_inspection(call: Call, message: FindingReported | FindingMended) -> None:
    """What a finding, or its mending, causes."""
    finding = call.state.findings.get(message.finding_id)
    if finding is not None and message.event_id in (finding.report.event_id, finding.mended):
        call.ignore(message.event_id, "event_known")
        return
    call.happened(message.occurred_at, call.rules.memory)
    if finding is not None and message.premises_id != finding.report.premises_id:
        refuse("finding_elsewhere", "A finding of this id was reported of other premises.", "premises_id")
    match message:
        case FindingReported():
            _reported(call, finding, message)
        case FindingMended():
            _mended(call, finding, message)
        case _:
            assert_never(message)


def _reported(call: Call, finding: Finding | None, message: FindingReported) -> None:
    """A finding reported again, later, stands in place of the first: its deadline may have been moved."""
    if finding is not None and _order(message) < _order(finding.report):
        call.ignore(message.event_id, "newer_known")
        return
    call.add(InspectionRecorded(report=message))
    _judge(call, message, finding is not None and finding.mended is not None)


def _order(report: FindingReported) -> tuple[int, str]:
    return to_us(report.occurred_at), report.event_id


def _mended(call: Call, finding: Finding | None, message: FindingMended) -> None:
    if finding is None:
        refuse("unknown_finding", "No finding of this id was reported.", "finding_id")
    if finding.mended is not None:
        call.ignore(message.finding_id, "finding_mended")
        return
    call.add(InspectionRecorded(report=message))
    _judge(call, finding.report, True)


def say_overdue(call: Call) -> None:
    """At a tick: findings whose deadline has come."""
    assert call.now is not None
    for _, finding_id in islice(call.state.deadlines.until(call.now), CHUNK):
        _judge(call, call.state.findings[finding_id].report, False)


def _judge(call: Call, report: FindingReported, mended: bool) -> None:
    """The one check of a finding; other findings are left out of the comparison."""
    scope, since = Scope(frozenset(report.lot_ids)), to_us(report.deadline)
    check = broken(Rule.FINDING_OVERDUE, report.finding_id, scope, since, finding=report.finding_id)
    failed = check.failed(None, report.premises_id)
    known, premises = failed.check_id, call.state.premises
    own = Docket({known: premises.checks[known]} if known in premises.checks else {}, premises.holds, premises.ordered)
    overdue = not mended and call.now is not None and since <= call.now
    judge(Bench(call, None, own, {}), [(check, failed)] if overdue else [], frozenset({Rule.FINDING_OVERDUE}))
