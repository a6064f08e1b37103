"""A record has room for so much: the rest waits in the state, is due at once, and nothing goes wrong meanwhile."""

from __future__ import annotations

import pytest

from schemas.delivery import Outcome
from schemas.household import Group, Tier
from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    DispatchOrdered,
    DispatchRecalled,
    LotCounted,
    LotExpired,
    LotWrittenOff,
    NeedOverdue,
    NeedReopened,
    NeedReplanned,
)
from tests.streams.core.supply.spec import (
    Scene,
    amended,
    at,
    cancelled,
    confirmed,
    counted,
    filed,
    hold,
    household,
    lift,
    plain,
    received,
    tick,
    tier_changed,
    written_off,
)


@pytest.fixture
def small() -> Scene:
    """Two things a record; seven requests of one unit each."""
    scene = Scene(plain(chunk=2, bag_lines=2)).given(tick(), household())
    return scene.given(*(filed(f"r{n}", {"rice": 1}) for n in range(7)))


def test_a_large_receipt_serves_in_parts(small: Scene) -> None:
    small.when(received("a", 5))
    assert len(small.all(AllocationMade)) == 2
    assert len(small.all(AllocationMade, small.settle())) == 3
    assert [made.need_id for made in small.ever(AllocationMade)] == [f"r{n}:rice" for n in range(5)]


def test_a_need_that_takes_many_lots_is_filled_in_parts(small: Scene) -> None:
    small.given(*(received(f"l{n}", 1, "milk") for n in range(5))).when(filed("big", {"milk": 5}))
    assert len(small.all(AllocationMade)) == 2
    small.settle()
    assert small.state.needs["big:milk"].reserved == 5


def test_a_hold_bars_at_once_and_takes_back_in_parts(small: Scene) -> None:
    small.given(received("a", 7)).when(hold("h1", "a"))
    assert len(small.all(AllocationReleased)) == 2
    small.when(filed("new", {"rice": 1})).then_nothing(AllocationMade)
    rest = small.settle()
    assert len(small.all(AllocationReleased, rest)) == 5
    assert small.state.lots["a"].reserved == 0
    assert small.ever(DispatchOrdered) == []


def test_a_hold_lifted_meanwhile_leaves_the_rest_with_their_needs(small: Scene) -> None:
    small.given(received("a", 7)).when(hold("h1", "a")).when(lift("h1"))
    rest = small.settle()
    assert small.all(AllocationReleased, rest) == []
    assert small.state.lots["a"].reserved == 7


def test_nothing_that_is_to_be_taken_back_leaves_with_a_wave(small: Scene) -> None:
    small.given(received("a", 7)).when(hold("h1", "a"))
    small.tick(at(1))
    assert small.ever(DispatchOrdered) == []


def test_the_road_is_called_back_in_parts(small: Scene) -> None:
    small.given(received("a", 7)).tick(at(1))
    bags = {bag.dispatch_id for bag in small.ever(DispatchOrdered)}
    assert len(bags) == 4, "seven lines, two a bag"
    small.given(hold("h1", "a"))
    assert {one.dispatch_id for one in small.ever(DispatchRecalled)} == bags
    assert len(small.ever(DispatchRecalled)) == 4


def test_a_count_that_finds_nothing_is_settled_in_parts(small: Scene) -> None:
    small.given(received("a", 9)).when(counted("a", 0))
    assert (small.the(LotCounted).delta, small.the(LotCounted).missing) == (-4, 5)
    small.when(filed("new", {"rice": 1})).then_nothing(AllocationMade)
    small.settle()
    lot = small.state.lots["a"]
    assert (lot.available, lot.reserved, lot.corrected, lot.short) == (0, 0, -9, 0)
    assert len(small.ever(NeedReopened)) == 7


def test_a_second_count_is_the_truth(small: Scene) -> None:
    small.given(received("a", 9)).when(counted("a", 0)).when(counted("a", 4))
    small.settle()
    lot = small.state.lots["a"]
    assert (lot.available + lot.reserved, lot.corrected) == (4, -5)


def test_writing_off_what_is_promised_is_settled_in_parts(small: Scene) -> None:
    small.given(received("a", 9)).when(written_off("a", 8))
    assert (small.the(LotWrittenOff).quantity, small.the(LotWrittenOff).missing) == (4, 4)
    small.when(written_off("a", 2)).then_rejected("not_on_shelf")
    small.when(counted("a", 1))
    assert small.the(LotCounted).delta == 0, "the count knows of the write-off"
    small.settle()
    lot = small.state.lots["a"]
    assert (lot.on_shelf, lot.written_off, lot.corrected, lot.gone) == (1, 8, 0, 0)


def test_what_comes_back_covers_what_is_missing_first() -> None:
    scene = Scene(plain(chunk=1)).given(tick(), household(), household("hh-2"), received("a", 9))
    scene.given(filed("road", {"rice": 4}, "hh-2", life_threatening=True))
    scene.given(filed("r1", {"rice": 3}), filed("r2", {"rice": 2})).when(counted("a", 0))
    assert scene.the(LotCounted).missing == 3
    for message in (cancelled("road"), cancelled("r2"), confirmed(scene.bag(), Outcome.FAILED)):
        scene.when(message)
    scene.when(filed("new", {"rice": 4})).then_nothing(AllocationMade)
    assert scene.settle()[0].delta == -3, "part of what came back is what the count did not find"
    lot = scene.state.lots["a"]
    assert (lot.reserved, lot.available) == (4, 0), "three for r1 as before, one for the new need"


def test_an_amendment_gives_back_in_parts() -> None:
    scene = Scene(plain(chunk=2)).given(tick(), *(received(f"l{n}", 1) for n in range(6)))
    scene.given(filed("r1", {"rice": 6})).when(amended("r1", {"rice": 1}))
    assert len(scene.all(AllocationReleased)) == 2
    scene.settle()
    assert scene.state.needs["r1:rice"].reserved == 1
    assert scene.ever(NeedReopened) == []


def test_a_cancelled_need_gives_back_in_parts() -> None:
    scene = Scene(plain(chunk=2)).given(tick(), *(received(f"l{n}", 1) for n in range(6)))
    scene.given(filed("r1", {"rice": 6})).when(cancelled("r1"))
    assert len(scene.all(AllocationReleased)) == 2
    scene.settle()
    assert scene.state.allocations == {} and scene.state.requests == {}
    scene.tick(at(1))
    assert scene.ever(DispatchOrdered) == []


def test_needs_are_replanned_in_parts(small: Scene) -> None:
    small.when(tier_changed("hh-1", Tier.PRECAUTION))
    assert len(small.all(NeedReplanned)) == 2
    small.when(household("hh-1", Group.DIALYSIS))
    small.settle()
    assert {need.need_class.value for need in small.state.needs.values()} == {"critical"}


def test_ticks_say_overdue_and_expired_in_parts(small: Scene) -> None:
    small.given(*(received(f"l{n}", 1, "milk", expires_in=0) for n in range(5)))
    small.when(tick(30)).then(LotExpired, LotExpired)
    small.settle()
    assert (len(small.ever(LotExpired)), len(small.ever(NeedOverdue))) == (5, 7)


def test_no_record_has_more_than_a_bounded_number_of_decisions(small: Scene) -> None:
    small.given(received("a", 100)).tick(at(1))
    assert all(len(fact.decisions) <= 4 for fact in small.facts)
