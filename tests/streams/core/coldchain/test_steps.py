"""The way of a consignment: the table of steps, and where it is."""

from __future__ import annotations

import pytest

from schemas.coldchain import FactRecorded, FactWithdrawn, Rule, StepReached, TemperatureSummed
from schemas.consignment import CertificateType, Step
from streams.core.coldchain.steps import NEXT, PASSED, TREATMENTS, Route
from tests.streams.core.coldchain.spec import (
    Scene,
    certificate,
    declared,
    disinfected,
    handed,
    made,
    negative,
    observed,
    papers,
    read,
    step,
    way,
    way_in,
    withdrawn,
)


def test_the_whole_way_with_nothing_amiss(later: Scene) -> None:
    later.given(*way())
    assert later.fails() == []
    assert [one.step for one in later.ever(StepReached)] == list(Step)
    assert later.ever(StepReached)[-1].facility == "wh-1"


def test_in_any_order_of_arrival(later: Scene) -> None:
    first, *rest = way()
    later.given(first, *reversed(rest))
    assert later.fails() == []


def test_the_table_is_complete() -> None:
    assert set(NEXT) == set(PASSED) == set(Route)
    for route, table in NEXT.items():
        assert not set(table) & TREATMENTS, "treatments are no places to go on from"
        reached = {Step.DECLARED}
        for _ in Step:
            reached |= {after for before in reached for after in table.get(before, ())}
        assert Step.ISSUED in reached
        assert set(table) == reached - TREATMENTS, f"{route}: a step without a way on, or that nothing leads to"


def test_released_without_a_test(later: Scene) -> None:
    later.given(*way_in(), disinfected(4, facility="csw"))
    later.when(step(Step.RELEASED, 5, "csw")).then_fails(Rule.STEP_OUT_OF_ORDER)
    assert later.held() == {"*c1", "l1", "l2"}
    later.when(negative(4.5)).then_mends(Rule.STEP_OUT_OF_ORDER)
    assert later.held() == set()


def test_only_lots_that_skipped_a_step_are_held(later: Scene) -> None:
    later.given(*way_in(), negative(3, "l1"), disinfected(4, facility="csw"))
    later.when(step(Step.RELEASED, 5, "csw")).then_fails(Rule.STEP_OUT_OF_ORDER)
    assert later.held() == {"l2"}


def test_stored_straight_from_the_warehouse_without_release(later: Scene) -> None:
    later.given(*way_in()).when(step(Step.STORED, 5)).then_fails(Rule.STEP_OUT_OF_ORDER)


def test_a_late_test_of_stored_lots_is_in_order_and_moves_nothing(later: Scene) -> None:
    later.given(*way()[:-1]).when(negative(9)).then(FactRecorded)
    assert later.fails() == []


def test_what_is_made_of_lots_goes_on_from_their_step(later: Scene) -> None:
    later.given(*way()[:-1], made({"l1": 40}, {"f1": 400}, 7.5))
    later.when(step(Step.ISSUED, 8, "wh-1", "f1")).then_fails()
    later.given(made({"l2": 10}, {"f2": 100}, 4.5), step(Step.CLEARED, 8.5, "port", "f2"))
    assert [one.subject.split()[0] for one in later.failing.values() if one.rule is Rule.STEP_OUT_OF_ORDER] != []


def test_domestic_lots_need_neither_customs_nor_warehouse(scene: Scene) -> None:
    scene.given(declared(imported=False))
    scene.when(step(Step.STORED, 1)).then(FactRecorded, StepReached)
    scene.when(step(Step.ISSUED, 2)).then_fails()


def test_a_domestic_lot_at_customs_is_out_of_order(scene: Scene) -> None:
    scene.given(declared(imported=False)).when(step(Step.CLEARED, 3, "port")).then_fails(Rule.STEP_OUT_OF_ORDER)


def test_a_withdrawn_step_never_was(later: Scene) -> None:
    wrong = step(Step.STORED, 5)
    later.given(*way_in(), wrong)
    assert later.fails() == [Rule.STEP_OUT_OF_ORDER]
    later.when(withdrawn(wrong)).then_mends(Rule.STEP_OUT_OF_ORDER, how="withdrawn")
    assert later.the(FactWithdrawn).event_id == wrong.event_id
    assert later.the(StepReached).step is Step.WAREHOUSED
    assert later.held() == set()


def test_where_it_was_seen_last(later: Scene) -> None:
    later.given(*way_in()).when(observed("yard", 3)).then(FactRecorded, StepReached)
    assert later.the(StepReached).facility == "yard"
    assert later.the(StepReached).step is Step.WAREHOUSED


@pytest.mark.parametrize("report", [step(Step.CLEARED, 1, "port"), handed("a", "b", 1)])
def test_temperature_is_summed_at_steps_and_handovers(later: Scene, report: object) -> None:
    later.given(declared(), *papers(), *(read(-20, minutes) for minutes in (0, 10, 20)))
    summed = later.when(report).the(TemperatureSummed)
    assert (summed.readings, summed.min_c, summed.mkt_c) == (3, -20, None)


def test_a_recognised_exit_certificate_leads_past_the_warehouse(later: Scene) -> None:
    given = [one for one in papers() if one.type is not CertificateType.EXIT]
    later.given(declared(), *given, certificate(CertificateType.EXIT_ELSEWHERE, province="zj"))
    later.given(step(Step.TRANSPORTED, 1, "truck"), step(Step.STORED, 2), step(Step.ISSUED, 3))
    assert later.fails() == []
