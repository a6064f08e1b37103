"""Time: overdue needs and dispatches, waves, expiry, and when the next tick is due."""

from __future__ import annotations

import datetime as dt

from schemas.delivery import Outcome
from schemas.ledger import EventsForgotten, RepeatIgnored
from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    DeliveryMode,
    DispatchOrdered,
    DispatchOverdue,
    LotExpired,
    NeedOverdue,
    NeedReopened,
)
from streams.core.instants import EPOCH, to_us
from tests.streams.core.supply.spec import (
    GRID,
    Scene,
    at,
    cancelled,
    confirmed,
    filed,
    hold,
    household,
    plain,
    received,
    tick,
    written_off,
)


def due(scene: Scene) -> dt.datetime | None:
    return scene.decider.next_due(scene.state)


def test_nothing_waits_in_an_empty_area(scene: Scene) -> None:
    assert due(scene) is None
    scene.when(tick(1)).then_nothing()


def test_a_need_is_overdue_once_when_its_clock_runs_out(scene: Scene) -> None:
    scene.given(household(), filed("r1"))
    assert due(scene) == at(24)
    scene.when(tick(23.999)).then_nothing()
    scene.when(tick(24)).then(NeedOverdue)
    assert scene.the(NeedOverdue).due_at == at(24)
    scene.when(tick(72)).then_nothing()


def test_a_closed_need_is_not_overdue(scene: Scene) -> None:
    scene.given(household(), filed("r1"), cancelled("r1"))
    assert due(scene) is None
    scene.when(tick(72)).then_nothing()


def test_a_need_stays_on_its_clock_across_a_failed_delivery(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1")).tick(at(23))
    scene.given(confirmed(scene.bag(), Outcome.FAILED))
    assert [one.need_id for one in scene.all(NeedOverdue, scene.tick(at(24)))] == ["r1:rice"]


def test_time_does_not_run_backwards(scene: Scene) -> None:
    scene.given(filed("r1", life_threatening=True), tick(3)).when(tick(1)).then_nothing()
    assert scene.ever(NeedOverdue) == []
    scene = Scene(plain(chunk=1)).given(tick(), household(), filed("r1"), filed("r2"))
    scene.when(tick(30)).then(NeedOverdue)
    scene.when(tick(1)).then(NeedOverdue)
    assert scene.state.now == to_us(at(30))


def test_a_requesters_bag_leaves_with_the_next_wave(scene: Scene) -> None:
    scene.given(household(), received("a", 5), received("b", 5, "milk"), tick(0.01), filed("r1", {"rice": 1}))
    scene.given(tick(0.02), filed("r2", {"milk": 2}), filed("r3", {"rice": 1}, "hh-2"))
    assert due(scene) == at(1 / 6)
    scene.when(tick(0.16)).then_nothing()
    scene.when(tick(1 / 6)).then(DispatchOrdered, DispatchOrdered)
    mine = scene.all(DispatchOrdered)[0]
    assert [(line.need_id, line.quantity) for line in mine.lines] == [("r1:rice", 1), ("r2:milk", 2)]
    assert (mine.requester_id, mine.team, mine.mode) == ("hh-1", f"team-{GRID}", DeliveryMode.DOOR)
    assert (mine.ordered_at, mine.deadline) == (at(1 / 6), at(12 + 1 / 6))
    scene.when(tick(1)).then_nothing(DispatchOrdered)


def test_what_is_reserved_as_a_wave_leaves_waits_for_the_next(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", {"rice": 1}))
    assert due(scene) == at(1 / 6)
    scene.when(tick()).then_nothing()


def test_a_bag_goes_where_the_household_lives_now(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1"), household(grid=f"{GRID}-new")).tick(at(1))
    assert (scene.bag().grid, scene.bag().team) == (f"{GRID}-new", f"team-{GRID}-new")


def test_what_was_released_before_the_wave_does_not_leave(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1"), filed("r2", {"milk": 1}), cancelled("r1")).tick(at(1))
    assert scene.ever(DispatchOrdered) == []


def test_a_dispatch_without_confirmation_is_overdue_once(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", life_threatening=True))
    decided = scene.tick(at(2))
    assert [one.dispatch_id for one in scene.all(DispatchOverdue, decided)] == [scene.bag().dispatch_id]
    scene.tick(at(3))
    assert len(scene.ever(DispatchOverdue)) == 1


def test_a_confirmed_dispatch_is_not_overdue(scene: Scene) -> None:
    scene.given(household(), received("a", 5), filed("r1", life_threatening=True), confirmed(scene_bag(scene)))
    scene.tick(at(3))
    assert scene.ever(DispatchOverdue) == []


def scene_bag(scene: Scene) -> str:
    """The dispatch of the only life-threatening need, known before it is ordered: names are derived, not drawn."""
    other = Scene().given(tick(), household(), received("a", 5), filed("r1", life_threatening=True))
    return other.bag().dispatch_id


def test_a_lot_expires_when_the_local_day_after_its_last_begins(scene: Scene) -> None:
    """The start is 9:00 in Shanghai: midnight is 15 hours away."""
    scene.given(received("a", 5, expires_in=0), received("b", 5, expires_in=1))
    assert due(scene) == at(15)
    scene.when(tick(14.999)).then_nothing()
    scene.when(tick(15)).then(LotExpired)
    assert scene.the(LotExpired).quantity == 5


def test_the_day_is_that_of_the_time_zone_set() -> None:
    scene = Scene(plain(timezone="UTC")).given(tick(), received("a", 5, expires_in=0))
    assert due(scene) == at(23)


def test_expiry_takes_back_what_was_promised_but_not_what_is_on_its_way() -> None:
    scene = Scene(plain(wave_minutes=24 * 60)).given(tick(), household(), household("hh-2"))
    scene.given(received("a", 5, expires_in=0), filed("r0", {"rice": 1}, "hh-2", life_threatening=True))
    scene.given(filed("r1", {"rice": 3})).tick(at(15))
    (back,) = scene.ever(AllocationReleased)
    assert (back.need_id, back.quantity, back.reason) == ("r1:rice", 3, "expired")
    assert [one.reason for one in scene.ever(NeedReopened)] == ["expired"]
    assert scene.state.lots["a"].in_transit == 1
    scene.when(filed("r2", {"rice": 1})).then_nothing(AllocationMade)


def test_between_midnight_and_its_tick_nothing_of_it_is_given_out() -> None:
    """One lot a tick: the clock is past midnight while the second has not been said expired."""
    scene = Scene(plain(chunk=1)).given(tick())
    scene.given(received("a", 5, expires_in=0), received("b", 5, expires_in=0), received("c", 5))
    scene.when(tick(15)).then(LotExpired)
    scene.when(filed("r1")).then_nothing(AllocationMade)
    scene.settle()
    assert [made.lot_id for made in scene.ever(AllocationMade)] == ["c"]


def test_an_empty_lot_does_not_expire(scene: Scene) -> None:
    scene.given(received("a", 5, expires_in=0), written_off("a", 5))
    assert due(scene) is None


def test_a_held_lot_expires_too(scene: Scene) -> None:
    scene.given(received("a", 5, expires_in=0), hold("h1", "a")).when(tick(15)).then(LotExpired)


def test_without_a_tick_nothing_has_a_time_and_all_waits_for_the_first() -> None:
    scene = Scene().given(received("a", 5, expires_in=-9), filed("r1", {"rice": 1}, life_threatening=True))
    assert scene.ever(DispatchOrdered) == []
    assert due(scene) is None
    scene.tick(at())
    assert scene.ever(LotExpired) and scene.ever(AllocationReleased) and not scene.ever(DispatchOrdered)


def test_work_that_waits_is_due_at_once() -> None:
    scene = Scene(plain(chunk=1)).given(tick(), filed("r1"), filed("r2")).when(received("a", 9))
    assert due(scene) == EPOCH
    scene.settle()
    assert due(scene) == at(1 / 6)


def test_event_ids_are_forgotten_when_the_events_are_too_old_to_be_taken(scene: Scene) -> None:
    ahead = received("a", 5, occurred_at=at(24))
    scene.given(ahead)
    scene.when(tick(days=61)).then_nothing(EventsForgotten)
    scene.when(ahead).then(RepeatIgnored)
    scene.when(tick(days=62)).then(EventsForgotten)
    scene.when(ahead).then_rejected("too_old")
    assert scene.state.memory.days == {}


def test_what_came_before_the_first_tick_is_remembered_from_it() -> None:
    early = filed("r1")
    scene = Scene().given(early).when(tick()).then_nothing()
    scene.when(tick(1)).then_nothing()
    scene.when(early).then(RepeatIgnored)
