"""Stock: lots received, counted, written off and moved; floors, plans and prices."""

from __future__ import annotations

import pytest

from schemas.ledger import RepeatIgnored
from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    FloorSet,
    LotCounted,
    LotExpired,
    LotHeld,
    LotRecorded,
    LotTransferredOut,
    LotWrittenOff,
    NeedReopened,
    PlanSet,
    PriceRecorded,
)
from tests.streams.core.supply.spec import (
    AREA,
    ELSEWHERE,
    TODAY,
    Scene,
    at,
    counted,
    filed,
    floor,
    hold,
    household,
    plan,
    price,
    received,
    transferred,
    written_off,
)


def test_a_lot_serves_the_backlog_as_it_comes_in(scene: Scene) -> None:
    scene.given(filed("r1", {"rice": 4})).when(received("a", 10)).then(LotRecorded, AllocationMade)
    assert (scene.state.lots["a"].available, scene.state.lots["a"].reserved) == (6, 4)


def test_a_lot_received_again_adds_nothing(scene: Scene) -> None:
    scene.given(received("a", 10)).when(received("a", 99)).then(RepeatIgnored)
    assert scene.the(RepeatIgnored).reason == "lot_known"


def test_a_lot_that_comes_in_expired_serves_nobody(scene: Scene) -> None:
    scene.given(filed("r1")).when(received("a", 10, expires_in=-1)).then(LotRecorded, LotExpired)
    scene.when(received("b", 10, expires_in=0)).then(LotRecorded, AllocationMade)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (received("a", 1, "caviar"), "unknown_item"),
        (received("a", 100_001), "absurd_quantity"),
        (floor("caviar", 1), "unknown_item"),
        (plan("caviar", 1), "unknown_item"),
        (price("caviar", 1), "unknown_item"),
        (counted("a", 1), "unknown_lot"),
        (written_off("a", 1), "unknown_lot"),
        (transferred("a", 1, "b"), "unknown_lot"),
    ],
)
def test_what_is_unknown_or_absurd_is_refused(scene: Scene, message: object, code: str) -> None:
    scene.when(message).then_rejected(code)


@pytest.mark.parametrize("message", [received("a", 5), counted("a", 1), written_off("a", 1), transferred("a", 1, "b")])
def test_a_lot_of_another_area_is_foreign(scene: Scene, message: object) -> None:
    scene.given(received("a", 5, area=ELSEWHERE)).when(message).then_rejected("foreign_lot")


def test_the_limit_itself_is_taken(scene: Scene) -> None:
    scene.when(received("a", 100_000)).then(LotRecorded)
    scene.when(counted("a", 100_001)).then_rejected("absurd_quantity")


def test_a_count_upwards_serves_who_waits(scene: Scene) -> None:
    scene.given(received("a", 2), filed("r1", {"rice": 5})).when(counted("a", 4)).then(LotCounted, AllocationMade)
    assert scene.the(LotCounted).delta == 2
    scene.then_served(a=2)


def test_a_count_that_agrees_is_on_record(scene: Scene) -> None:
    scene.given(received("a", 2)).when(counted("a", 2)).then(LotCounted)
    assert scene.the(LotCounted).delta == 0


def test_a_count_says_nothing_of_what_is_in_transit(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", {"rice": 3})).tick(at(1))
    scene.when(counted("a", 2))
    assert scene.the(LotCounted).delta == 0


def test_a_count_takes_what_is_free_before_what_is_promised(scene: Scene) -> None:
    scene.given(received("a", 10), filed("r1", {"rice": 4})).when(counted("a", 5)).then(LotCounted)
    scene.when(counted("a", 3)).then(AllocationReleased, NeedReopened, LotCounted)
    assert (scene.the(AllocationReleased).quantity, scene.the(NeedReopened).reason) == (1, "count_shortage")


def test_a_shortage_takes_from_the_least_pressing_needs(scene: Scene) -> None:
    scene.given(household("hh-2"), received("a", 9))
    scene.given(
        filed("old", {"rice": 3}, reported_at=at(-1)), filed("new", {"rice": 3}), filed("sealed", {"rice": 3}, "hh-2")
    )
    scene.when(counted("a", 5))
    assert [(one.need_id, one.quantity) for one in scene.all(AllocationReleased)] == [("new:rice", 3), ("old:rice", 1)]


def test_writing_off_takes_what_is_free_first(scene: Scene) -> None:
    scene.given(received("a", 6), filed("r1", {"rice": 4})).when(written_off("a", 2)).then(LotWrittenOff)
    scene.when(written_off("a", 1)).then(AllocationReleased, NeedReopened, LotWrittenOff)
    scene.when(written_off("a", 4)).then_rejected("not_on_shelf")
    scene.when(written_off("a", 3))
    assert scene.state.lots["a"].written_off == 6


def test_what_is_in_transit_cannot_be_written_off(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", {"rice": 5})).tick(at(1))
    scene.when(written_off("a", 1)).then_rejected("not_on_shelf")


def test_held_stock_can_be_written_off(scene: Scene) -> None:
    scene.given(received("a", 5), hold("h1", "a")).when(written_off("a", 5)).then(LotWrittenOff)


def test_a_move_inside_the_area_makes_a_lot_as_old_as_before(scene: Scene) -> None:
    scene.given(received("a", 9, expires_in=3, origin="Hubei", consignment_id="c1")).tick(at(2))
    scene.when(transferred("a", 4, "b")).then(LotRecorded)
    lot = scene.the(LotRecorded)
    assert (lot.from_lot_id, lot.warehouse, lot.area, lot.quantity) == ("a", "wh-2", AREA, 4)
    assert (lot.received_at, (lot.expires_on or TODAY) - TODAY, lot.consignment_id) == (
        at(),
        (at(days=3) - at()),
        "c1",
    )
    assert (scene.state.lots["a"].available, scene.state.lots["b"].available) == (5, 4)


def test_the_own_area_named_is_a_move_inside(scene: Scene) -> None:
    scene.given(received("a", 9)).when(transferred("a", 4, "b", AREA)).then(LotRecorded)


def test_a_move_out_of_the_area_leaves_its_books(scene: Scene) -> None:
    scene.given(received("a", 9)).when(transferred("a", 4, "b", ELSEWHERE)).then(LotTransferredOut)
    assert (scene.state.lots["a"].available, scene.state.lots["a"].moved_out, "b" in scene.state.lots) == (5, 4, False)


@pytest.mark.parametrize("to_area", [None, ELSEWHERE])
def test_a_move_said_twice_has_one_effect(scene: Scene, to_area: str | None) -> None:
    scene.given(received("a", 9), transferred("a", 4, "b", to_area)).when(transferred("a", 4, "b", to_area))
    scene.then(RepeatIgnored)
    assert scene.state.lots["a"].available == 5


def test_moved_units_need_an_id_of_their_own(scene: Scene) -> None:
    scene.given(received("a", 9), received("b", 9)).when(transferred("a", 4, "b")).then_rejected("lot_exists")
    scene.when(transferred("a", 4, "a")).then_rejected("lot_exists")


def test_only_what_is_available_is_moved(scene: Scene) -> None:
    scene.given(received("a", 9), filed("r1", {"rice": 5})).when(transferred("a", 5, "b")).then_rejected(
        "not_available"
    )
    scene.when(transferred("a", 4, "b")).then(LotRecorded)


def test_neither_held_nor_expired_stock_is_moved(scene: Scene) -> None:
    scene.given(received("a", 9), hold("h1", "a")).when(transferred("a", 1, "b")).then_rejected("lot_held")
    scene.given(received("c", 9, expires_in=-1)).when(transferred("c", 1, "d", ELSEWHERE)).then_rejected("lot_expired")


def test_a_consignment_on_hold_holds_what_comes_of_it(scene: Scene) -> None:
    scene.given(hold("h1", consignment_id="c1"), filed("r1"))
    scene.when(received("a", 9, consignment_id="c1")).then(LotRecorded, LotHeld)
    scene.when(received("b", 9, consignment_id="c2")).then(LotRecorded, AllocationMade)


def test_plans_and_prices_are_on_record(scene: Scene) -> None:
    scene.when(plan("rice", 500)).then(PlanSet)
    scene.when(price("rice", 1250)).then(PriceRecorded)
    scene.when(floor("rice", 50)).then(FloorSet)
