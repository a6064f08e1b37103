"""What was reported of a consignment: whether it may be taken, and what changes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

from schemas.coldchain import FactRecorded, FactWithdrawn
from schemas.consignment import (
    CertificateIssued,
    CertificateType,
    CheckWaived,
    ConsignmentDeclared,
    ConsignmentFact,
    CustodyHanded,
    LabReported,
    LotsAggregated,
    LotsDestroyed,
    LotsDisinfected,
    LotsObserved,
    LotsReturned,
    LotsTransformed,
    ReportWithdrawn,
    StepReported,
)
from streams.core.coldchain.call import Call, refuse
from streams.core.coldchain.position import position
from streams.core.coldchain.state import CLOSED, Consignment
from streams.core.coldchain.story import Story, Taken
from streams.core.coldchain.verdict import judge_all
from streams.core.instants import to_us
from streams.core.temperature import Range, sum_up

NO_LIMITS: Final = Range()
"""For a profile that the city had when the consignment was declared, and has no more."""


def consignment_of(call: Call, consignment_id: str) -> Consignment:
    """The consignment; Rejected where there is none of this name, or no more."""
    consignment = call.state.consignments.get(consignment_id)
    if consignment is None:
        if call.state.memory.knows(CLOSED, consignment_id):
            refuse("closed_consignment", "Nothing was left of this consignment, and it is closed.", "consignment_id")
        refuse("unknown_consignment", "No consignment of this name was declared.", "consignment_id")
    return consignment


def bounds_of(call: Call, consignment: Consignment) -> Range:
    """What the consignment's profile allows."""
    return call.rules.ranges.get(consignment.declared.profile, NO_LIMITS)


def decide_fact(call: Call, fact: Any) -> None:
    """What a report of a consignment causes."""
    if isinstance(fact, ConsignmentDeclared) and fact.consignment_id not in call.state.consignments:
        _declare(call, fact)
        return
    consignment = consignment_of(call, fact.consignment_id)
    if fact.event_id in consignment.facts:
        call.ignore(fact.event_id, "event_known")
        return
    call.happened(fact.occurred_at, call.rules.oldest)
    if isinstance(fact, ConsignmentDeclared):
        _declared_again(call, consignment, fact)
        return
    VALID[type(fact)](call, consignment, fact)
    _take(call, consignment, fact)


def _declare(call: Call, fact: ConsignmentDeclared) -> None:
    if call.state.memory.knows(CLOSED, fact.consignment_id):
        consignment_of(call, fact.consignment_id)
    call.happened(fact.occurred_at, call.rules.oldest)
    if fact.profile not in call.rules.profiles:
        refuse("unknown_profile", "The city has no temperature profile of this name.", "profile")
    if len({lot.lot_id for lot in fact.lots}) != len(fact.lots):
        refuse("lot_twice", "A lot is named twice.", "lots")
    _take(call, Consignment(fact.consignment_id, fact), fact)


def _declared_again(call: Call, consignment: Consignment, fact: ConsignmentDeclared) -> None:
    own = {"event_id", "occurred_at", "source"}
    if fact.model_dump(exclude=own) != consignment.declared.model_dump(exclude=own):
        refuse("already_declared", "This consignment was declared with other content.", "consignment_id")
    call.ignore(fact.consignment_id, "consignment_known")


def _take(call: Call, consignment: Consignment, fact: Any) -> None:
    """The report counts; then what it changes."""
    call.add(FactRecorded(fact=fact))
    facts = {**consignment.facts, fact.event_id: Taken(fact, call.now)}
    if isinstance(fact, ReportWithdrawn):
        withdrawn = fact.withdrawn_event_id
        call.add(FactWithdrawn(consignment_id=fact.consignment_id, event_id=withdrawn, reason=fact.reason))
        facts[withdrawn] = facts[withdrawn]._replace(stands=False)
    story = Story.of(consignment.consignment_id, facts.values())
    reached = position(story)
    if reached != consignment.reached:
        call.add(reached)
    if isinstance(fact, StepReported | CustodyHanded):
        _sum_up(call, consignment, fact)
    judge_all(call, consignment, story, "withdrawn" if isinstance(fact, ReportWithdrawn) else "mended")


def _sum_up(call: Call, consignment: Consignment, fact: StepReported | CustodyHanded) -> None:
    """What loggers say up to a step or handover."""
    until = to_us(fact.taken_at if isinstance(fact, CustodyHanded) else fact.occurred_at)
    for _, logger in sorted(consignment.loggers.items()):
        summed = sum_up(logger.series, bounds_of(call, consignment), until)
        if summed is not None:
            call.add(summed)


def _known(consignment: Consignment, names: Iterable[str], field_name: str) -> None:
    lineage = consignment.story().lineage
    if not all(map(lineage.known, names)):
        refuse("unknown_lot", "A lot is named that is not in this consignment.", field_name)


def _some_known(consignment: Consignment, names: Iterable[str], field_name: str) -> None:
    """Lots of other consignments may be named too."""
    if not any(map(consignment.story().lineage.known, names)):
        refuse("unknown_lot", "None of the lots named is in this consignment.", field_name)


def _lots(_: Call, consignment: Consignment, fact: Any) -> None:
    _known(consignment, fact.lot_ids, "lot_ids")


def _quantities(_: Call, consignment: Consignment, fact: Any) -> None:
    _known(consignment, (line.lot_id for line in fact.quantities), "quantities")
    if len({line.lot_id for line in fact.quantities}) != len(fact.quantities):
        refuse("lot_twice", "A lot is named twice.", "quantities")


def _step(call: Call, consignment: Consignment, fact: StepReported) -> None:
    _lots(call, consignment, fact)
    _quantities(call, consignment, fact)


def _certificate(call: Call, consignment: Consignment, fact: CertificateIssued) -> None:
    _lots(call, consignment, fact)
    if fact.valid_until is not None and fact.valid_until < fact.valid_from:
        refuse("never_valid", "The certificate ends before it begins.", "valid_until")
    if fact.type is CertificateType.EXIT_ELSEWHERE and fact.province is None:
        refuse("province_missing", "An exit certificate of another province must name that province.", "province")


def _custody(call: Call, consignment: Consignment, fact: CustodyHanded) -> None:
    _step(call, consignment, fact)  # type: ignore[arg-type]
    call.time(fact.given_at, "given_at")
    call.time(fact.taken_at, "taken_at")


def _sample(call: Call, consignment: Consignment, fact: LabReported) -> None:
    _lots(call, consignment, fact)
    call.time(fact.sampled_at, "sampled_at")


def _disinfected(_: Call, consignment: Consignment, fact: LotsDisinfected) -> None:
    if fact.lot_ids:
        _some_known(consignment, fact.lot_ids, "lot_ids")


def _aggregated(_: Call, consignment: Consignment, fact: LotsAggregated) -> None:
    _some_known(consignment, (fact.parent_id, *fact.child_ids), "child_ids")


def _transformed(_: Call, consignment: Consignment, fact: LotsTransformed) -> None:
    _some_known(
        consignment, [*(line.lot_id for line in fact.inputs), *(line.lot_id for line in fact.outputs)], "inputs"
    )


def _withdrawn(_: Call, consignment: Consignment, fact: ReportWithdrawn) -> None:
    taken = consignment.facts.get(fact.withdrawn_event_id)
    if taken is None:
        refuse("unknown_event", "No report of this id was taken for this consignment.", "withdrawn_event_id")
    if isinstance(taken.fact, ConsignmentDeclared | ReportWithdrawn):
        refuse("not_withdrawable", "A declaration or a withdrawal can't be withdrawn.", "withdrawn_event_id")


def _waived(_: Call, consignment: Consignment, fact: CheckWaived) -> None:
    if fact.check_id not in consignment.docket.checks and fact.check_id not in consignment.story().waived:
        refuse("unknown_check", "No check of this id fails for this consignment.", "check_id")


VALID: Final[dict[type, Callable[[Call, Consignment, Any], None]]] = {
    StepReported: _step,
    CertificateIssued: _certificate,
    CustodyHanded: _custody,
    LabReported: _sample,
    LotsDisinfected: _disinfected,
    LotsAggregated: _aggregated,
    LotsTransformed: _transformed,
    LotsObserved: _lots,
    LotsReturned: _quantities,
    LotsDestroyed: _quantities,
    ReportWithdrawn: _withdrawn,
    CheckWaived: _waived,
}
"""What must hold of a report before it is taken."""
FACTS: Final = get_args(get_args(ConsignmentFact)[0])
assert {*VALID, ConsignmentDeclared} == set(FACTS), "a report of a consignment that nothing looks at"
