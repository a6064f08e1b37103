"""Delivery confirmations: what arrived, what came back, what is open again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.delivery import DeliveryLine, FailureReason, Outcome
from schemas.supply import (
    AllocationMade,
    DispatchClosed,
    DispatchLine,
    DispatchOrdered,
    LineDelivered,
    NeedClosed,
    NeedReopened,
)
from tests.streams.core.supply.spec import (
    AREA,
    ELSEWHERE,
    Scene,
    amended,
    at,
    cancelled,
    confirmed,
    filed,
    hold,
    household,
    received,
)


@pytest.fixture
def road(scene: Scene) -> Scene:
    """4 of lot a and 1 of lot b are on their way; the need for rice is 8, for milk 1."""
    scene.given(household(), received("a", 4), received("b", 1, "milk"), filed("r1", {"rice": 8, "milk": 1}))
    scene.tick(at(1))
    return scene


def line(made: DispatchLine, delivered: int, returned: int = 0, damaged: int = 0) -> DeliveryLine:
    return DeliveryLine(allocation_id=made.allocation_id, delivered=delivered, returned=returned, damaged=damaged)


def test_delivered_in_full_closes_needs_that_are_full(road: Scene) -> None:
    road.when(confirmed(road.bag())).then(LineDelivered, LineDelivered, DispatchClosed, NeedClosed)
    assert (road.the(NeedClosed).need_id, road.the(NeedClosed).reason) == ("r1:milk", "delivered")
    assert road.state.needs["r1:rice"].delivered == 4


def test_failed_comes_back_and_opens_again_with_the_old_clock(road: Scene) -> None:
    road.when(confirmed(road.bag(), Outcome.FAILED, failure=FailureReason.NOT_HOME))
    road.then(LineDelivered, LineDelivered, DispatchClosed, NeedReopened, NeedReopened)
    assert road.the(DispatchClosed).failure is FailureReason.NOT_HOME
    assert {one.need_id: one.quantity for one in road.all(NeedReopened)} == {"r1:milk": 1, "r1:rice": 4}
    assert road.state.needs["r1:rice"].due_at == road.state.needs["r1:rice"].reported_at + 24 * 3600 * 10**6
    again = [one for one in road.settle() if isinstance(one, AllocationMade)]
    assert {made.lot_id for made in again} == {"a", "b"}


def test_short_and_damaged_are_accounted_for_by_line(road: Scene) -> None:
    milk, rice = road.bag().lines
    road.when(confirmed(road.bag(), Outcome.SHORT, [line(rice, 1, returned=1, damaged=1), line(milk, 1)]))
    said = {one.item: one for one in road.all(LineDelivered)}
    assert (said["rice"].delivered, said["rice"].returned, said["rice"].damaged, said["rice"].lost) == (1, 1, 1, 1)
    lot = road.state.lots["a"]
    assert (lot.delivered, lot.available, lot.written_off, lot.in_transit) == (1, 1, 2, 0)
    assert road.the(NeedReopened).quantity == 3


@pytest.mark.parametrize(
    ("outcome", "lines", "code"),
    [
        (Outcome.SHORT, lambda milk, rice: [], "line_missing"),
        (Outcome.DAMAGED, lambda milk, rice: [line(rice, 0, damaged=4)], "line_missing"),
        (Outcome.DELIVERED, lambda milk, rice: [line(rice, 3)], "outcome_mismatch"),
        (Outcome.FAILED, lambda milk, rice: [line(rice, 1)], "outcome_mismatch"),
        (Outcome.SHORT, lambda milk, rice: [line(rice, 5), line(milk, 1)], "over_delivery"),
        (Outcome.SHORT, lambda milk, rice: [line(rice, 2, 2, 1), line(milk, 1)], "over_delivery"),
        (Outcome.SHORT, lambda milk, rice: [line(rice, 2), line(rice, 2)], "duplicate_line"),
        (
            Outcome.DELIVERED,
            lambda milk, rice: [DeliveryLine(allocation_id="x", delivered=1)],
            "unknown_allocation",
        ),
    ],
)
def test_lines_that_do_not_fit_are_refused(
    road: Scene, outcome: Outcome, lines: Callable[[DispatchLine, DispatchLine], list[DeliveryLine]], code: str
) -> None:
    road.when(confirmed(road.bag(), outcome, lines(*road.bag().lines))).then_rejected(code)


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        (Outcome.DELIVERED, lambda milk, rice: [line(rice, 4)]),
        (Outcome.FAILED, lambda milk, rice: [line(rice, 0, damaged=4)]),
    ],
)
def test_lines_left_out_are_what_the_outcome_says(
    road: Scene, outcome: Outcome, lines: Callable[[DispatchLine, DispatchLine], list[DeliveryLine]]
) -> None:
    road.when(confirmed(road.bag(), outcome, lines(*road.bag().lines)))
    milk = next(one for one in road.all(LineDelivered) if one.item == "milk")
    assert (milk.delivered, milk.returned) == ((1, 0) if outcome is Outcome.DELIVERED else (0, 1))


def test_a_dispatch_is_confirmed_once_and_in_its_area(road: Scene) -> None:
    road.when(confirmed("nothing")).then_rejected("unknown_dispatch")
    road.when(confirmed(road.bag(), area=ELSEWHERE)).then_rejected("foreign_dispatch")
    road.given(confirmed(road.bag(), area=AREA)).when(confirmed(road.bag())).then_rejected("dispatch_closed")


def test_returned_units_of_a_held_lot_stay_held(road: Scene) -> None:
    road.given(hold("h1", "a"), confirmed(road.bag(), Outcome.FAILED))
    assert road.state.lots["a"].available == 4
    assert [made.lot_id for made in road.ever(AllocationMade)].count("a") == 1


def test_only_what_is_still_asked_is_open_again(scene: Scene) -> None:
    scene.given(household(), received("a", 6), filed("r1", {"rice": 6})).tick(at(1))
    scene.given(amended("r1", {"rice": 2})).when(confirmed(scene.bag(), Outcome.FAILED))
    assert scene.the(NeedReopened).quantity == 2


def test_returned_units_of_a_cancelled_need_serve_others(road: Scene) -> None:
    road.given(cancelled("r1"), filed("r2", {"rice": 2}, "hh-2"), confirmed(road.bag(), Outcome.FAILED))
    assert road.ever(AllocationMade)[-1].need_id == "r2:rice"
    assert road.all(NeedReopened) == []


def test_open_again_after_part_the_rest_is_delivered_and_closes(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", {"rice": 5})).tick(at(1))
    (rice,) = scene.bag().lines
    scene.given(confirmed(scene.bag(), Outcome.SHORT, [line(rice, 2, returned=3)])).tick(at(2))
    assert [one.quantity for one in scene.bag().lines] == [3]
    scene.when(confirmed(scene.bag()))
    assert scene.the(NeedClosed).need_id == "r1:rice"
    assert len(scene.ever(DispatchOrdered)) == 2
