"""What is refused, with its place; what is said again; when a consignment is closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.coldchain import ConsignmentClosed, FactRecorded, StepReached
from schemas.consignment import CertificateType, Step
from schemas.ledger import RepeatIgnored
from tests.streams.core.coldchain.spec import (
    Scene,
    at,
    certificate,
    declared,
    destroyed,
    disinfected,
    driver,
    handed,
    lots,
    made,
    mended,
    negative,
    observed,
    packed,
    positive,
    read,
    returned,
    step,
    waived,
    way,
    withdrawn,
)

FUTURE = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        (read(-20, consignment_id="c9"), "unknown_consignment", "consignment_id"),
        (step(Step.STORED, consignment_id="c9"), "unknown_consignment", "consignment_id"),
        (declared(profile="lukewarm", consignment_id="c9"), "unknown_profile", "profile"),
        (declared({"l1": 7}), "already_declared", "consignment_id"),
        (certificate(CertificateType.EXIT, 0, "l9"), "unknown_lot", "lot_ids"),
        (step(Step.STORED, 0, "wh-1", "l9"), "unknown_lot", "lot_ids"),
        (step(Step.STORED, 0, quantities={"l9": 1}), "unknown_lot", "quantities"),
        (handed("a", "b", 0, 10, "l1", "l9"), "unknown_lot", "lot_ids"),
        (negative(0, "l9"), "unknown_lot", "lot_ids"),
        (observed("wh-1", 0, "l9"), "unknown_lot", "lot_ids"),
        (returned({"l9": 1}), "unknown_lot", "quantities"),
        (destroyed({"l9": 1}), "unknown_lot", "quantities"),
        (disinfected(0, "l9"), "unknown_lot", "lot_ids"),
        (packed("p1", "l9"), "unknown_lot", "child_ids"),
        (made({"l9": 1}, {"f9": 1}), "unknown_lot", "inputs"),
        (read(-20, occurred_at=FUTURE), "in_the_future", "occurred_at"),
        (step(Step.STORED, occurred_at=FUTURE), "in_the_future", "occurred_at"),
        (handed("a", "b", 0, taken_at=FUTURE), "in_the_future", "taken_at"),
        (negative(0, sampled_at=FUTURE), "in_the_future", "sampled_at"),
        (driver(0, occurred_at=FUTURE), "in_the_future", "occurred_at"),
        (read(-20, occurred_at=LONG_AGO), "too_old", "occurred_at"),
        (step(Step.STORED, occurred_at=LONG_AGO), "too_old", "occurred_at"),
        (driver(0, occurred_at=LONG_AGO), "too_old", "occurred_at"),
        (withdrawn("e-none"), "unknown_event", "withdrawn_event_id"),
        (waived("c-none"), "unknown_check", "check_id"),
        (mended("f9"), "unknown_finding", "finding_id"),
        (certificate(CertificateType.EXIT, 2, valid_until=at(1)), "never_valid", "valid_until"),
        (certificate(CertificateType.EXIT_ELSEWHERE), "province_missing", "province"),
        (step(Step.STORED).model_copy(update={"quantities": lots({"l1": 1}) * 2}), "lot_twice", "quantities"),
        (
            declared(consignment_id="c9").model_copy(update={"lots": lots({"l1": 1}) * 2}),
            "lot_twice",
            "lots",
        ),
    ],
)
def test_refused_with_its_place(scene: Scene, message: Any, code: str, field: str) -> None:
    scene.given(declared())
    before = scene.decider.dump(scene.state)
    scene.when(message).then_rejected(code, field)
    assert scene.decider.dump(scene.state) == before


def test_a_withdrawal_or_a_declaration_stands(scene: Scene) -> None:
    first, wrong = declared(), step(Step.CLEARED, 0, "port")
    gone = withdrawn(wrong)
    scene.given(first, wrong, gone)
    scene.when(withdrawn(first)).then_rejected("not_withdrawable")
    scene.when(withdrawn(gone)).then_rejected("not_withdrawable")


@pytest.mark.parametrize("report", way()[1:])
def test_said_again(later: Scene, report: Any) -> None:
    later.given(way()[0], report)
    later.when(report).then(RepeatIgnored)


def test_declared_again(scene: Scene) -> None:
    first = declared()
    scene.when(first).then(FactRecorded, StepReached)
    scene.when(first).then(RepeatIgnored)
    scene.when(declared()).then(RepeatIgnored)


def test_the_same_event_for_two_consignments_is_taken_by_both(scene: Scene) -> None:
    scene.given(declared(imported=False), declared({"x1": 5}, imported=False, consignment_id="c2"))
    both = disinfected(1, "l1", "x1", event_id="shared")
    scene.given(both, both.model_copy(update={"consignment_id": "c2"}))
    scene.when(positive(2, "x1", consignment_id="c2"))
    assert scene.held() == {"l1", "x1"}


def test_closed_when_nothing_is_left_and_all_is_quiet(later: Scene) -> None:
    later.given(*way()[:-1], *(read(-20, minutes) for minutes in range(0, 480, 10)))
    later.given(step(Step.ISSUED, 8, "wh-1", quantities={"l1": 100}), returned({"l2": 50}, 8))
    assert later.state.consignments["c1"].gone
    assert later.decider.next_due(later.state) == at(10, days=14)
    assert [type(one) for one in later.tick(at(11, days=14))] == [ConsignmentClosed]
    assert later.state.consignments == later.state.by_lot == {}
    later.when(read(-20, 500)).then_rejected("closed_consignment")
    later.when(declared()).then_rejected("closed_consignment")


def test_not_closed_while_something_is_left(later: Scene) -> None:
    later.given(*way()[:-1], step(Step.ISSUED, 8, "wh-1", quantities={"l1": 99}), returned({"l2": 50}, 8))
    assert later.tick(at(days=300)) == []


def test_not_closed_while_a_hold_stands(later: Scene) -> None:
    later.given(*way(), positive(8, "l1"))
    later.tick(at(days=300))
    assert "c1" in later.state.consignments
    later.given(waived(next(iter(later.failing.values()))))
    later.tick(at(days=330))
    assert later.state.consignments == {}


def test_not_closed_while_it_is_heard_of(later: Scene) -> None:
    later.given(*way())
    later.tick(at(days=10))
    later.given(observed("wh-1", 9.0))
    later.tick(at(days=20))
    assert "c1" in later.state.consignments
    later.tick(at(1, days=24))
    assert later.state.consignments == {}


def test_before_the_first_tick_there_is_no_time_to_compare_with() -> None:
    scene = Scene().given(declared(), read(-20, occurred_at=FUTURE))
    assert scene.decider.next_due(scene.state) is None
