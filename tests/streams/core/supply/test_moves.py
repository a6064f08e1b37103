"""Transfers as an area sees them: what it can't fill goes up, what it sends is set aside, what comes is expected."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.moves import (
    NeedEscalated,
    StandingReported,
    TransferArrived,
    TransferCut,
    TransferExpected,
    TransferLost,
    TransferOverdue,
    TransferRefused,
    TransferReleased,
    TransferReserved,
)
from schemas.request import NeedClass
from schemas.supply import AllocationMade, LotHeld, LotRecorded, LotTransferredOut
from schemas.transfers import Progress
from streams.core.supply import SupplyDecider
from streams.core.transfers import TransferSettings
from tests.streams.core.supply.spec import (
    AREA,
    CATALOGUE,
    ELSEWHERE,
    Scene,
    at,
    counted,
    filed,
    floor,
    hold,
    household,
    in_ordered,
    in_reduced,
    out_ordered,
    received,
    tick,
    transferred,
    written_off,
)

HOURS = {NeedClass.LIFE_THREATENING: 0, NeedClass.CRITICAL: 2, NeedClass.SEALED: 6, NeedClass.OTHER: 12}


def linked(**more: Any) -> Scene:
    """An area with a road to another; it keeps nothing for what is usually asked."""
    scene = Scene()
    roads = TransferSettings.model_validate(
        {"distances": {AREA: {ELSEWHERE: 9}}, "escalate_hours": HOURS, "keep_hours": 0} | more
    )
    scene.decider = SupplyDecider(scene.settings, CATALOGUE, transfers=roads)
    return scene.given(tick())


def standing(scene: Scene) -> StandingReported:
    return scene.ever(StandingReported)[-1]


def test_without_distances_nothing_is_escalated_nor_told() -> None:
    scene = Scene().given(tick(), filed("r1", {"rice": 5}), received("a", 3))
    scene.tick(at(20))
    assert not scene.ever(NeedEscalated) and not scene.ever(StandingReported)


def test_what_an_area_cannot_fill_in_time_is_the_citys_and_is_told() -> None:
    scene = linked().given(household(), received("a", 3), filed("r1", {"rice": 5}, occurred_at=at(0)))
    scene.tick(at(5.9))
    assert not scene.ever(NeedEscalated)
    scene.tick(at(6.6))
    said = scene.the(NeedEscalated)
    assert (said.need_id, said.quantity, said.area) == ("r1:rice", 2, AREA)
    told = standing(scene)
    assert [(one.need_class, one.quantity) for one in told.lacking] == [(NeedClass.SEALED, 2)]
    assert told.lacking[0].since == at(0) and told.spare == 0 and told.warehouse == "wh-1"


def test_stock_above_the_floor_and_above_what_is_waited_for_is_spare() -> None:
    scene = linked().given(floor("rice", 4), received("b", 6, expires_in=9), received("a", 5, expires_in=3))
    scene.given(filed("r1", {"rice": 2}))
    scene.tick(at(1))
    told = standing(scene)
    assert told.spare == 5 and not told.lacking
    assert [(one.lot_id, one.quantity) for one in told.lots] == [("a", 3), ("b", 6)]


def test_what_is_usually_asked_is_kept() -> None:
    scene = linked(keep_hours=24).given(received("a", 500))
    for hour in range(30):
        scene.given(filed(f"r{hour}", {"rice": 2}, f"hh-{hour}"))
        scene.tick(at(hour + 1))
    assert standing(scene).spare == 500 - 60 - 48


def test_a_standing_is_told_once_a_round_and_only_where_it_changed() -> None:
    scene = linked().given(received("a", 50))
    scene.tick(at(1))
    before = len(scene.ever(StandingReported))
    for number in range(8):
        scene.given(filed(f"r{number}", {"rice": 1}, f"hh-{number}"))
    scene.tick(at(1.4))
    assert len(scene.ever(StandingReported)) == before + 1, "the first change after a quiet time at once"
    assert standing(scene).spare == 49
    scene.tick(at(1.6))
    assert len(scene.ever(StandingReported)) == before + 2 and standing(scene).spare == 42
    scene.tick(at(9))
    assert len(scene.ever(StandingReported)) == before + 2


def test_units_ordered_out_are_set_aside_and_leave() -> None:
    scene = linked().given(received("a", 10))
    scene.when(out_ordered("t1", "a", 6)).then(TransferReserved)
    lot = scene.state.lots["a"]
    assert (lot.available, lot.reserved) == (4, 6)
    scene.when(out_ordered("t1", "a", 6)).then_nothing(TransferReserved)
    scene.given(filed("r1", {"rice": 9}))
    assert scene.state.needs["r1:rice"].reserved == 4, "what is set aside is not given out"
    scene.when(transferred("a", 5, "t1", ELSEWHERE)).then(TransferReleased, LotTransferredOut)
    assert (lot.reserved, lot.moved_out, lot.available) == (4, 5, 1)
    scene.tick(at(1))
    notes = [(one.progress, one.quantity) for said in scene.ever(StandingReported) for one in said.notes]
    assert notes == [(Progress.RESERVED, 6), (Progress.SHIPPED, 5), (Progress.RELEASED, 1)]
    scene.when(transferred("a", 1, "t1", ELSEWHERE)).then_nothing(LotTransferredOut)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (transferred("b", 2, "t1", ELSEWHERE), "other_lot"),
        (transferred("a", 2, "t1", AREA), "other_area"),
        (transferred("a", 2, "t1"), "other_area"),
        (transferred("a", 7, "t1", ELSEWHERE), "not_reserved"),
    ],
)
def test_another_shipment_than_ordered_is_refused(message: Any, code: str) -> None:
    scene = linked().given(received("a", 10), received("b", 10), out_ordered("t1", "a", 6))
    scene.when(message).then_rejected(code)


def test_what_is_no_longer_there_is_refused_with_its_reason_and_told() -> None:
    scene = linked().given(received("a", 10), filed("r1", {"rice": 7}), floor("rice", 1))
    scene.when(out_ordered("t1", "a", 6)).then(TransferReserved, TransferRefused)
    assert scene.the(TransferReserved).quantity == 2
    refused = scene.the(TransferRefused)
    assert (refused.quantity, refused.reason) == (4, "not_spare")
    scene.tick(at(1))
    notes = [(one.progress, one.quantity) for said in scene.ever(StandingReported) for one in said.notes]
    assert (Progress.REFUSED, 4) in notes
    for name, why in (("x", "unknown_lot"), ("h", "held"), ("e", "expired")):
        scene.given(received("h", 5), received("e", 5, expires_in=-1), hold("h1", "h"))
        assert scene.when(out_ordered(f"t-{name}", name, 2)).the(TransferRefused).reason == why


def test_a_hold_an_expiry_or_the_clock_puts_back_what_did_not_leave() -> None:
    scene = linked().given(received("a", 10), received("b", 5, expires_in=0), received("c", 5))
    scene.given(out_ordered("t1", "a", 3, ship_by=at(40)), out_ordered("t2", "b", 3, ship_by=at(40)))
    scene.given(out_ordered("t3", "c", 3, ship_by=at(4)), hold("h1", "a"))
    assert [one.reason for one in scene.ever(TransferReleased)] == ["hold"]
    scene.tick(at(4))
    scene.tick(at(20))
    assert [one.reason for one in scene.ever(TransferReleased)] == ["hold", "not_shipped", "expired"]
    assert not scene.state.transit.outgoing and all(lot.reserved == 0 for lot in scene.state.lots.values())


def test_a_count_takes_from_what_would_leave_before_it_takes_from_households() -> None:
    scene = linked().given(received("a", 10), filed("r1", {"rice": 3}), out_ordered("t1", "a", 5))
    scene.given(counted("a", 4))
    assert scene.state.transit.outgoing["t1"].quantity == 1 and scene.state.needs["r1:rice"].reserved == 3
    assert scene.ever(TransferReleased)[-1].reason == "count_shortage"


def test_what_comes_in_closes_the_transfer_and_serves_who_waits() -> None:
    scene = linked().given(filed("r1", {"rice": 8}))
    scene.when(in_ordered("t1", 8, moved_from=("far",), consignment_id="c9")).then(TransferExpected)
    scene.when(received("t1", 6)).then(TransferArrived, LotRecorded, AllocationMade)
    arrived, lot = scene.the(TransferArrived), scene.the(LotRecorded)
    assert (arrived.quantity, arrived.missing) == (6, 2)
    assert (lot.moved_from, lot.consignment_id) == (("far",), "c9"), "a hold on what it came out of is on it too"
    scene.tick(at(13))
    told = standing(scene)
    assert [(one.progress, one.quantity) for said in scene.ever(StandingReported) for one in said.notes] == [
        (Progress.LOST, 2),
        (Progress.RECEIVED, 6),
    ]
    assert told.lacking[0].quantity == 2, "what is short is lacking again"
    assert scene.when(hold("h1", "far")).the(LotHeld).lot_id == "t1"


def test_goods_that_come_before_the_word_of_them_are_there() -> None:
    scene = linked().given(received("t1", 5))
    scene.when(in_ordered("t1", 8)).then(TransferExpected, TransferArrived)
    assert scene.the(TransferArrived).missing == 3 and not scene.state.transit.incoming


def test_what_is_lost_or_not_sent_or_late_is_no_longer_expected() -> None:
    scene = linked().given(in_ordered("t1", 8, deadline=at(5)))
    scene.when(written_off("t1", 9)).then_rejected("not_expected")
    scene.when(written_off("t1", 3)).then(TransferLost)
    scene.when(in_reduced("t1", 2)).then(TransferCut)
    assert scene.state.transit.incoming["t1"].quantity == 3
    scene.tick(at(5))
    assert scene.the(TransferOverdue).quantity == 3
    scene.when(received("t1", 3)).then(TransferArrived, LotRecorded)
    scene.when(in_reduced("t1", 2)).then_nothing(TransferCut)
    scene.when(received("t2", 3, "milk")).given(in_ordered("t9", 4))
    scene.when(received("t9", 4, "milk")).then_rejected("other_item")
