"""Holds from outside, inspections, waivers."""

from __future__ import annotations

import pytest

from schemas.coldchain import CheckFailed, CheckMended, HoldOrdered, InspectionRecorded, OutsideHoldRecorded, Rule
from schemas.hold import HoldLifted, HoldPlaced
from schemas.ledger import EventsForgotten, RepeatIgnored
from tests.streams.core.coldchain.spec import (
    Scene,
    at,
    declared,
    disinfected,
    driver,
    finding,
    hold,
    lift,
    made,
    mended,
    packed,
    positive,
    tick,
    waived,
    withdrawn,
)


@pytest.fixture
def cut(later: Scene) -> Scene:
    """f1 was made of l1."""
    return later.given(declared(imported=False), made({"l1": 10}, {"f1": 20}, 1))


def relayed(order: HoldOrdered, event_id: str = "relay-1") -> HoldPlaced:
    return HoldPlaced(
        kind="hold_placed",
        event_id=event_id,
        occurred_at=order.at,
        source="relay",
        hold_id=order.hold_id,
        lot_ids=order.lot_ids,
        consignment_id=order.consignment_id,
        reason=order.reason,
    )


def test_a_hold_on_what_nothing_was_made_of_is_only_known(cut: Scene) -> None:
    cut.when(hold("h1", "l2")).then(OutsideHoldRecorded)
    assert cut.fails() == []


def test_a_hold_is_spread_to_what_was_made_of_its_lots(cut: Scene) -> None:
    cut.when(hold("h1", "l1")).then_fails(Rule.HELD_ELSEWHERE)
    assert cut.held() == {"f1"}
    cut.when(made({"f1": 1}, {"g1": 1}, 2)).then_fails(Rule.HELD_ELSEWHERE)
    assert cut.held() == {"f1", "g1"}
    cut.when(lift("h1")).then_mends(Rule.HELD_ELSEWHERE)
    assert cut.held() == set()


def test_a_hold_that_names_all_itself_is_not_spread(cut: Scene) -> None:
    cut.when(hold("h1", "l1", "f1")).then(OutsideHoldRecorded)


def test_a_hold_on_the_consignment_is_spread_to_what_was_made_of_it(cut: Scene) -> None:
    cut.when(hold("h1", consignment_id="c1")).then_fails(Rule.HELD_ELSEWHERE)
    assert cut.held() == {"f1"}


def test_a_hold_that_came_before_the_consignment(later: Scene) -> None:
    later.given(hold("h1", "l1"), declared(imported=False))
    later.when(made({"l1": 10}, {"f1": 20}, 1)).then_fails(Rule.HELD_ELSEWHERE)


def test_a_hold_on_lots_from_elsewhere_that_something_here_was_made_of(later: Scene) -> None:
    later.given(declared(imported=False), made({"foreign": 3, "l1": 1}, {"f1": 5}, 1))
    later.when(hold("h1", "foreign")).then_fails(Rule.HELD_ELSEWHERE)
    assert later.held() == {"f1"}


def test_a_hold_and_its_lift_again(cut: Scene) -> None:
    placed, lifted = hold("h1", "l1"), lift("h1")
    cut.given(placed).when(placed).then(RepeatIgnored)
    cut.given(lifted).when(lifted).then(RepeatIgnored)
    cut.when(placed).then(RepeatIgnored)
    assert cut.held() == set()


def test_a_lift_of_a_hold_unknown_here_is_no_error(cut: Scene) -> None:
    cut.when(lift("h9")).then(RepeatIgnored)


def test_an_own_hold_coming_back_changes_nothing(cut: Scene) -> None:
    order = cut.when(positive(2, "l1")).the(HoldOrdered)
    cut.when(relayed(order)).then(RepeatIgnored)
    back = HoldLifted(kind="hold_lifted", event_id="relay-2", occurred_at=at(2), source="relay", hold_id=order.hold_id)
    cut.when(back).then(RepeatIgnored)


def test_an_own_hold_bears_on_another_consignment_of_the_partition(cut: Scene) -> None:
    cut.given(declared({"x1": 5}, imported=False, consignment_id="c2"))
    cut.given(made({"x1": 5}, {"y1": 5}, 1, consignment_id="c2"), disinfected(1, "l2", "x1"))
    wrong = positive(2, "l2")
    order = cut.when(wrong).the(HoldOrdered)
    assert set(order.lot_ids) == {"l2", "x1"}
    cut.when(relayed(order)).then_fails(Rule.HELD_ELSEWHERE)
    assert cut.held() == {"l2", "x1", "y1"}
    spread = cut.the(HoldOrdered)
    cut.when(relayed(spread, "relay-3")).then(RepeatIgnored)
    cut.given(withdrawn(wrong))
    cut.when(lift(order.hold_id)).then_mends(Rule.HELD_ELSEWHERE)
    assert cut.held() == set()


def test_an_own_hold_that_comes_back_after_it_ended(cut: Scene) -> None:
    wrong = positive(2, "l1")
    order = cut.when(wrong).the(HoldOrdered)
    cut.given(withdrawn(wrong)).when(relayed(order)).then(RepeatIgnored)
    assert cut.state.outside == {}


def test_a_held_pallet_holds_what_is_in_it(cut: Scene) -> None:
    cut.given(packed("p1", "l2")).when(hold("h1", "p1")).then_fails(Rule.HELD_ELSEWHERE)
    assert cut.held() == {"l2"}


def test_a_finding_mended_by_its_deadline(scene: Scene) -> None:
    scene.when(finding("f1", 5, "l1")).then(InspectionRecorded)
    scene.tick(at(4))
    scene.when(mended("f1", 4)).then(InspectionRecorded)
    assert scene.tick(at(days=2)) == []


def test_a_finding_not_mended_by_its_deadline(scene: Scene) -> None:
    scene.given(finding("f1", 5, "l1"))
    assert scene.decider.next_due(scene.state) == at(5)
    assert [type(one) for one in scene.tick(at(5))] == [CheckFailed, HoldOrdered]
    failed = next(iter(scene.failing.values()))
    assert (failed.rule, failed.premises_id, failed.consignment_id) == (Rule.FINDING_OVERDUE, "market-1", None)
    assert scene.held() == {"l1"}
    assert scene.tick(at(days=2)) == []
    scene.when(mended("f1", 6)).then_mends(Rule.FINDING_OVERDUE)
    assert scene.held() == set()


def test_a_finding_without_lots_holds_nothing(scene: Scene) -> None:
    scene.given(finding("f1", 5))
    assert [type(one) for one in scene.tick(at(5))] == [CheckFailed]


def test_a_deadline_that_is_over_when_the_finding_is_reported(later: Scene) -> None:
    later.when(finding("f1", 5, "l1")).then_fails(Rule.FINDING_OVERDUE)


def test_a_deadline_that_is_moved(scene: Scene) -> None:
    scene.given(finding("f1", 5, "l1"))
    scene.tick(at(6))
    scene.when(finding("f1", 20, "l1", occurred_at=at(6))).then_mends(Rule.FINDING_OVERDUE)
    scene.when(finding("f1", 5, "l1", occurred_at=at(1))).then(RepeatIgnored)
    assert [type(one) for one in scene.tick(at(21))] == [CheckFailed, HoldOrdered]
    assert len({one.hold_id for one in scene.ever(HoldOrdered)}) == 2


def test_two_findings_are_two_checks(scene: Scene) -> None:
    scene.given(finding("f1", 5, "l1"), finding("f2", 6, "l2"))
    scene.tick(at(7))
    scene.when(mended("f1", 7)).then_mends(Rule.FINDING_OVERDUE)
    assert scene.held() == {"l2"}


def test_what_was_made_of_a_lot_of_a_finding_is_held_when_the_hold_comes_round(cut: Scene) -> None:
    order = cut.when(finding("f1", 5, "l1")).the(HoldOrdered)
    assert cut.held() == {"l1"}
    cut.when(relayed(order)).then_fails(Rule.HELD_ELSEWHERE)
    assert cut.held() == {"l1", "f1"}


def test_the_same_finding_and_mending_again(scene: Scene) -> None:
    one, two = finding("f1", 5), mended("f1")
    scene.given(one).when(one).then(RepeatIgnored)
    scene.given(two).when(two).then(RepeatIgnored)
    scene.when(mended("f1", event_id="other")).then(RepeatIgnored)


def test_a_waiver_withdraws_the_hold_and_its_withdrawal_brings_it_back(cut: Scene) -> None:
    cut.given(positive(2, "l1"))
    letter = waived(next(iter(cut.failing.values())))
    done = cut.when(letter).the(CheckMended)
    assert (done.how, done.by, cut.held()) == ("waived", "chief", set())
    cut.when(withdrawn(letter)).then_fails(Rule.TEST_POSITIVE)
    assert cut.held() == {"l1", "f1"}
    assert len(cut.hold_ids) == 2


def test_old_tests_and_mended_findings_are_forgotten(scene: Scene) -> None:
    scene.given(driver(0), finding("f1", 5), finding("f2", 24 * 100), mended("f1"))
    said = scene.tick(at(days=61))
    assert [type(one) for one in said] == [EventsForgotten] * len(said)
    assert scene.state.drivers == {}
    assert set(scene.state.findings) == {"f2"}
    scene.when(driver(0)).then_rejected("too_old")
    scene.when(finding("f1", 5)).then_rejected("too_old")


def test_ticks_with_nothing_to_do(scene: Scene) -> None:
    assert scene.when(tick(1)).decided == []
