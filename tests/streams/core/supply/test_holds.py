"""Holds: nothing of a held lot is given out; what was promised of it is taken back; the road is called back."""

from __future__ import annotations

from schemas.delivery import Outcome
from schemas.ledger import RepeatIgnored
from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    DispatchRecalled,
    HoldEnded,
    HoldRecorded,
    LotFreed,
    LotHeld,
    LotRecorded,
    NeedOverdue,
    NeedReopened,
)
from tests.streams.core.supply.spec import (
    ELSEWHERE,
    Scene,
    at,
    confirmed,
    filed,
    hold,
    household,
    lift,
    received,
    transferred,
    written_off,
)


def test_a_hold_takes_back_what_was_promised_and_opens_needs_again(scene: Scene) -> None:
    scene.given(received("a", 5), filed("r1", {"rice": 3}))
    scene.when(hold("h1", "a")).then(HoldRecorded, LotHeld, AllocationReleased, NeedReopened)
    assert (scene.the(NeedReopened).reason, scene.the(NeedReopened).quantity) == ("hold", 3)
    scene.when(filed("r2", {"rice": 1})).then_nothing(AllocationMade)


def test_opened_again_they_are_served_from_what_is_free(scene: Scene) -> None:
    scene.given(received("a", 5), filed("r1", {"rice": 3}), received("b", 2)).given(hold("h1", "a"))
    assert scene.ever(AllocationMade)[-1].lot_id == "b"


def test_what_is_in_transit_is_called_back_once(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", {"rice": 3})).tick(at(1))
    scene.when(hold("h1", "a")).then(HoldRecorded, LotHeld, DispatchRecalled)
    assert scene.the(DispatchRecalled).lot_ids == ("a",)
    scene.when(hold("h2", "a")).then_nothing(DispatchRecalled)
    scene.given(confirmed(scene.bag(), Outcome.FAILED))
    lot = scene.state.lots["a"]
    assert (lot.available, lot.in_transit, lot.usable) == (5, 0, False)
    assert len(scene.ever(AllocationMade)) == 1, "what came back is held, and not given out"


def test_a_bag_without_the_lot_is_not_called_back(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", {"rice": 3}), received("b", 5)).tick(at(1))
    scene.when(hold("h1", "b")).then_nothing(DispatchRecalled)


def test_a_second_lot_in_the_bag_is_called_back_too(scene: Scene) -> None:
    scene.given(household(), received("a", 2), received("b", 2), filed("r1", {"rice": 4})).tick(at(1))
    scene.given(hold("h1", "a")).when(hold("h2", "b"))
    assert scene.the(DispatchRecalled).lot_ids == ("b",)


def test_a_hold_waits_for_lots_to_come(scene: Scene) -> None:
    scene.given(hold("h1", "a"), filed("r1")).when(received("a", 5)).then(LotRecorded, LotHeld)


def test_lifting_frees_and_serves_who_waits(scene: Scene) -> None:
    scene.given(received("a", 5), hold("h1", "a"), filed("r1", {"rice": 3}))
    scene.when(lift("h1")).then(HoldEnded, LotFreed, AllocationMade)
    assert scene.the(LotFreed).free


def test_a_lot_under_two_holds_is_free_after_both(scene: Scene) -> None:
    scene.given(received("a", 5, consignment_id="c1"), hold("h1", "a"), hold("h2", consignment_id="c1"), filed("r1"))
    scene.when(lift("h1")).then(HoldEnded, LotFreed)
    assert not scene.the(LotFreed).free
    scene.when(lift("h2")).then(HoldEnded, LotFreed, AllocationMade)


def test_an_expired_lot_is_not_served_when_freed(scene: Scene) -> None:
    scene.given(received("a", 5, expires_in=0), hold("h1", "a"), filed("r1")).tick(at(24))
    scene.given(lift("h1"))
    assert scene.ever(AllocationMade) == []


def test_what_was_split_from_a_lot_is_held_with_it(scene: Scene) -> None:
    scene.given(received("a", 9), transferred("a", 4, "b"), transferred("b", 2, "c"), received("d", 1))
    scene.when(hold("h1", "a"))
    assert [one.lot_id for one in scene.all(LotHeld)] == ["a", "b", "c"]
    scene.when(lift("h1"))
    assert [one.lot_id for one in scene.all(LotFreed)] == ["a", "b", "c"]


def test_a_hold_crosses_areas_of_a_partition(scene: Scene) -> None:
    scene.given(received("a", 9, consignment_id="c1"), received("b", 9, consignment_id="c1", area=ELSEWHERE))
    scene.when(hold("h1", consignment_id="c1"))
    assert [one.lot_id for one in scene.all(LotHeld)] == ["a", "b"]


def test_a_hold_said_twice_has_one_effect(scene: Scene) -> None:
    scene.given(received("a", 9), hold("h1", "a")).when(hold("h1", "a")).then(RepeatIgnored)
    scene.given(lift("h1")).when(lift("h1")).then(RepeatIgnored)
    scene.when(hold("h1", "a")).then(RepeatIgnored)


def test_only_holds_that_were_placed_are_lifted(scene: Scene) -> None:
    scene.when(lift("h1")).then_rejected("unknown_hold")


def test_a_lot_that_is_gone_is_held_for_its_trace(scene: Scene) -> None:
    scene.given(received("a", 1), written_off("a", 1)).when(hold("h1", "a")).then(HoldRecorded, LotHeld)


def test_a_consignment_s_hold_does_all_that_a_lot_s_does(scene: Scene) -> None:
    """Un-reserve, call back, open again with the old clock; the lift returns what is left."""
    scene.given(household(), received("a", 5, consignment_id="c1"), filed("r1", {"rice": 2})).tick(at(1))
    scene.given(filed("r2", {"rice": 3}, "hh-2"))
    due = scene.state.needs["r2:rice"].due_at
    scene.when(hold("h1", consignment_id="c1"))
    scene.then(HoldRecorded, LotHeld, AllocationReleased, NeedReopened, DispatchRecalled)
    assert scene.state.needs["r2:rice"].due_at == due
    scene.given(confirmed(scene.bag(), Outcome.FAILED))
    assert {need.unfilled for need in scene.state.needs.values()} == {2, 3}
    scene.when(lift("h1")).then(HoldEnded, LotFreed, AllocationMade, AllocationMade)
    assert scene.state.lots["a"].available == 0


def test_open_again_a_need_is_overdue_by_its_first_report(scene: Scene) -> None:
    scene.given(household(), received("a", 5, consignment_id="c1"), filed("r1")).tick(at(1))
    scene.given(hold("h1", consignment_id="c1"), confirmed(scene.bag(), Outcome.FAILED))
    scene.tick(at(23.9))
    assert scene.ever(NeedOverdue) == []
    scene.tick(at(24))
    assert [one.due_at for one in scene.ever(NeedOverdue)] == [at(24)]


def test_a_consignment_s_hold_waits_for_lots_to_come(scene: Scene) -> None:
    scene.given(hold("h1", consignment_id="c1"), filed("r1"))
    scene.when(received("a", 5, consignment_id="c1")).then(LotRecorded, LotHeld)
    scene.when(received("b", 5, consignment_id="c2")).then(LotRecorded, AllocationMade)


def test_a_lot_moved_here_from_a_held_lot_of_another_area_is_held_too(scene: Scene) -> None:
    scene.given(hold("h1", "far"), filed("r1"))
    scene.when(received("a", 5, moved_from=("far",))).then(LotRecorded, LotHeld)
    scene.when(lift("h1")).then(HoldEnded, LotFreed, AllocationMade)


def test_a_hold_on_a_lot_that_lies_elsewhere_reaches_what_was_moved_here_before(scene: Scene) -> None:
    scene.given(received("a", 5, moved_from=("near", "far")), filed("r1"), transferred("a", 1, "b"))
    scene.when(hold("h1", "far"))
    assert [one.lot_id for one in scene.all(LotHeld)] == ["a", "b"]
    assert scene.the(AllocationReleased).lot_id == "a"


def test_between_areas_of_one_partition_units_are_not_moved_out_twice(scene: Scene) -> None:
    scene.given(received("a", 5), transferred("a", 4, "b", ELSEWHERE))
    scene.given(received("b", 4, area=ELSEWHERE, moved_from=("a",))).when(hold("h1", "a"))
    assert [one.lot_id for one in scene.all(LotHeld)] == ["a", "b"]
    assert (scene.state.lots["a"].available, scene.state.lots["b"].available) == (1, 4)


def test_a_lot_moved_here_from_a_lot_held_with_its_consignment_is_held_though_it_names_none(scene: Scene) -> None:
    scene.given(
        received("a", 5, consignment_id="c1"), transferred("a", 4, "b", ELSEWHERE), hold("h1", consignment_id="c1")
    )
    scene.when(received("b", 4, area=ELSEWHERE, moved_from=("a",))).then(LotRecorded, LotHeld)
    scene.when(lift("h1"))
    assert [one.lot_id for one in scene.all(LotFreed)] == ["a", "b"]


def test_parts_that_were_reported_before_their_whole_are_held_when_it_comes(scene: Scene) -> None:
    scene.given(hold("h1", consignment_id="c1"), filed("r1"), received("b", 4, moved_from=("a",)))
    assert scene.state.lots["b"].reserved == 2
    scene.given(received("a", 1, area=ELSEWHERE, consignment_id="c1"))
    assert (scene.state.lots["b"].reserved, scene.state.lots["b"].holds) == (0, ("h1",))


def test_lots_that_name_each_other_are_held_once(scene: Scene) -> None:
    scene.given(received("a", 5, moved_from=("b",)), received("b", 5, moved_from=("a",))).when(hold("h1", "a"))
    assert [one.lot_id for one in scene.all(LotHeld)] == ["a", "b"]


def test_a_hold_is_never_too_old_or_too_early(scene: Scene) -> None:
    """What a logger told of a long voyage, or another clock that is ahead, holds all the same."""
    scene.given(received("a", 5))
    scene.when(hold("h1", "a", occurred_at=at(days=-90))).then(HoldRecorded, LotHeld)
    scene.when(hold("h2", "a", occurred_at=at(days=9))).then(HoldRecorded, LotHeld)
    scene.when(lift("h1", occurred_at=at(days=-90))).then(HoldEnded, LotFreed)
