"""Positive tests and what was near; quantities; places; late reports."""

from __future__ import annotations

import pytest

from schemas.coldchain import CheckFailed, HoldOrdered, Rule, Severity
from schemas.consignment import LabResult, Step
from streams.core.coldchain import ColdChainSettings
from tests.streams.core.coldchain.spec import (
    SETTINGS,
    Scene,
    declared,
    destroyed,
    disinfected,
    handed,
    made,
    negative,
    observed,
    packed,
    positive,
    returned,
    sample,
    step,
    tick,
    unpacked,
    withdrawn,
)


@pytest.fixture
def four(later: Scene) -> Scene:
    return later.given(declared({"l1": 100, "l2": 100, "l3": 100, "l4": 100}, imported=False))


def test_a_negative_sample_holds_nothing(four: Scene) -> None:
    four.when(negative(1, "l1")).then_fails()
    four.when(sample(LabResult.INCONCLUSIVE, 1, "l1", sample_id="s2")).then_fails()
    assert four.held() == set()


def test_a_positive_sample_holds_its_lot(four: Scene) -> None:
    four.when(positive(1, "l1")).then_fails(Rule.TEST_POSITIVE)
    assert four.held() == {"l1"}


def test_a_positive_sample_of_the_consignment(four: Scene) -> None:
    four.when(positive(1)).then_fails(Rule.TEST_POSITIVE)
    assert four.held() == {"*c1", "l1", "l2", "l3", "l4"}
    assert four.the(CheckFailed).lot_ids == ()


def test_siblings_in_the_same_package_and_in_packages_with_it(four: Scene) -> None:
    four.given(packed("p1", "l1", "l2"), packed("p2", "l3"), packed("box", "p1", "p2"))
    four.when(positive(1, "l1"))
    assert four.held() == {"l1", "l2", "l3"}


def test_no_sibling_that_came_after_it_had_left(four: Scene) -> None:
    four.given(packed("p1", "l1"), unpacked("p1", "l1", hours=1), packed("p1", "l2", hours=2))
    four.when(positive(3, "l1"))
    assert four.held() == {"l1"}


def test_a_sibling_of_a_sibling(four: Scene) -> None:
    four.given(packed("p1", "l1", "l2"), packed("p2", "l2", "l3", hours=1))
    four.when(positive(2, "l1"))
    assert four.held() == {"l1", "l2", "l3"}


def test_what_was_disinfected_with_it_of_other_consignments_too(four: Scene) -> None:
    four.given(disinfected(1, "l1", "foreign"), disinfected(1, "l2", "l3"))
    four.when(positive(2, "l1"))
    assert four.held() == {"l1", "foreign"}


def test_what_was_made_of_all_that(four: Scene) -> None:
    four.given(packed("p1", "l1", "l2"), made({"l2": 10}, {"f1": 20}, 1), made({"f1": 5}, {"g1": 5}, 2))
    four.when(positive(3, "l1"))
    assert four.held() == {"l1", "l2", "f1", "g1"}


def test_lots_that_turn_out_to_be_near_get_a_hold_of_their_own(four: Scene) -> None:
    four.given(positive(1, "l1"))
    added = four.when(made({"l1": 10}, {"f1": 20}, 2)).the(HoldOrdered)
    assert added.lot_ids == ("f1",)
    assert len(four.holds) == 2
    assert four.held() == {"l1", "f1"}


def test_all_holds_end_with_the_check(four: Scene) -> None:
    wrong = positive(1, "l1")
    four.given(wrong, made({"l1": 10}, {"f1": 20}, 2))
    four.when(withdrawn(wrong)).then_mends(Rule.TEST_POSITIVE, how="withdrawn")
    assert four.held() == set()


def test_a_lot_that_was_not_near_after_all_is_freed_the_others_stay_held(four: Scene) -> None:
    pallet = packed("p1", "l1", "l2")
    four.given(pallet, positive(1, "l1"))
    assert four.held() == {"l1", "l2"}
    four.when(withdrawn(pallet))
    assert four.held() == {"l1"}
    assert four.fails() == [Rule.TEST_POSITIVE]


def test_a_pallet_named_by_a_report_stands_for_its_lots(four: Scene) -> None:
    four.given(packed("p1", "l1", "l2")).when(positive(1, "p1"))
    assert four.held() == {"l1", "l2"}


def test_counts_that_add_up(four: Scene) -> None:
    four.given(step(Step.STORED, 1, "wh-1", quantities={"l1": 100}))
    four.given(returned({"l1": 10}, 2), destroyed({"l1": 20}, 2), made({"l1": 30}, {"f1": 300}, 2))
    four.given(step(Step.ISSUED, 3, "wh-1", quantities={"l1": 15}))
    four.when(handed("a", "b", 4, quantities={"l1": 25, "f1": 300})).then_fails()


@pytest.mark.parametrize("counted", [24, 26])
def test_counts_that_do_not(four: Scene, counted: int) -> None:
    four.given(returned({"l1": 75}, 2))
    four.when(step(Step.STORED, 3, quantities={"l1": counted})).then_fails(Rule.QUANTITY_MISMATCH)
    assert four.held() == {"l1"}
    assert f"should be 25 units, {counted}" in four.the(CheckFailed).reason_en


def test_a_lot_counted_in_parts(four: Scene) -> None:
    four.when(step(Step.STORED, 3, "wh-1", quantities={"l1": 60})).then_fails(Rule.QUANTITY_MISMATCH)
    four.when(step(Step.STORED, 3, "wh-2", quantities={"l1": 40})).then_mends(Rule.QUANTITY_MISMATCH)


def test_a_departure_reported_late_mends_it(four: Scene) -> None:
    four.given(step(Step.STORED, 3, quantities={"l1": 90}))
    assert four.fails() == [Rule.QUANTITY_MISMATCH]
    four.when(destroyed({"l1": 10}, 2)).then_mends(Rule.QUANTITY_MISMATCH)


def test_more_left_than_there_was(four: Scene) -> None:
    four.given(returned({"l1": 60}, 1))
    four.when(destroyed({"l1": 40}, 2)).then_fails()
    four.when(destroyed({"l1": 1}, 2)).then_fails(Rule.QUANTITY_MISMATCH)


def test_two_places_at_once(four: Scene) -> None:
    four.given(step(Step.STORED, 1, "wh-1"))
    four.when(observed("wh-2", 1.16, "l1")).then_fails(Rule.TWO_PLACES)
    assert four.held() == {"l1"}


def test_two_places_one_after_the_other(four: Scene) -> None:
    four.given(step(Step.STORED, 1, "wh-1"), observed("wh-1", 1.1, "l1"))
    four.when(observed("wh-2", 1.5, "l1")).then_fails()


def test_a_lot_in_two_parts_may_be_at_two_places(four: Scene) -> None:
    four.given(step(Step.STORED, 1, "wh-1", quantities={"l1": 60}))
    four.given(step(Step.STORED, 1, "wh-2", quantities={"l1": 40}))
    assert four.fails() == []
    four.when(step(Step.STORED, 1, "wh-3", quantities={"l1": 70}))
    assert Rule.TWO_PLACES in four.fails()


def test_the_way_between_two_places_is_data() -> None:
    settings = ColdChainSettings(travel_between={"wh-9 wh-1": 90})
    scene = Scene(settings).given(tick(10), declared(imported=False), observed("wh-1", 1))
    scene.when(observed("wh-9", 2, "l1")).then_fails(Rule.TWO_PLACES)
    scene.when(observed("wh-2", 2, "l2")).then_fails()


def test_a_report_in_time_and_one_too_late() -> None:
    scene = Scene(SETTINGS).given(tick(0), declared(imported=False), tick(26))
    scene.when(step(Step.STORED, 2)).then_fails()
    scene.when(step(Step.STORED, 1.99)).then_fails(Rule.REPORT_LATE)
    assert scene.the(CheckFailed).severity is Severity.WARNING
    assert scene.held() == set()
    scene.when(observed("wh-1", -100)).then_fails()
