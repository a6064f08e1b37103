"""Requests: filed, repeated, amended, cancelled, handed over."""

from __future__ import annotations

import pytest

from schemas.household import Group, Tier
from schemas.ledger import RepeatIgnored
from schemas.request import NeedClass
from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    DeliveryMode,
    DispatchOrdered,
    DuplicateSuspected,
    LineRefused,
    NeedAmended,
    NeedClosed,
    NeedOpened,
    RequesterRecorded,
    RequestRecorded,
    ResponsibilityHanded,
)
from tests.streams.core.supply.spec import (
    AREA,
    ELSEWHERE,
    GRID,
    Scene,
    amended,
    at,
    cancelled,
    confirmed,
    filed,
    handed,
    household,
    institution,
    received,
    tick,
)


def test_a_request_is_taken_whether_or_not_there_is_stock(scene: Scene) -> None:
    scene.given(household()).when(filed("r1", {"rice": 5})).then(RequestRecorded, NeedOpened)
    need = scene.the(NeedOpened)
    assert (need.need_id, need.grid, need.quantity, need.assumed) == ("r1:rice", GRID, 5, False)
    assert (need.need_class, need.mode, need.due_at) == (NeedClass.SEALED, DeliveryMode.DOOR, at(24))
    assert scene.the(RequestRecorded).responsible == "worker-1"


def test_the_clock_runs_from_the_first_report(scene: Scene) -> None:
    scene.given(household()).when(filed("r1", reported_at=at(-10)))
    assert scene.the(NeedOpened).due_at == at(14)
    assert scene.the(NeedOpened).reported_at == at(-10)


@pytest.mark.parametrize(
    ("registered", "life", "need_class", "mode", "hours"),
    [
        (household(tier=Tier.PRECAUTION), True, NeedClass.LIFE_THREATENING, DeliveryMode.DOOR, 4),
        (household("hh-1", Group.DIALYSIS, tier=Tier.CONTROLLED), False, NeedClass.CRITICAL, DeliveryMode.PICKUP, 8),
        (household("hh-1", Group.HARDSHIP, tier=Tier.SEALED), False, NeedClass.SEALED, DeliveryMode.DOOR, 24),
        (household(tier=Tier.CONTROLLED), False, NeedClass.OTHER, DeliveryMode.PICKUP, 48),
        (household(tier=Tier.PRECAUTION), False, NeedClass.OTHER, DeliveryMode.COLLECT, 48),
    ],
)
def test_class_sets_the_clock_and_tier_the_mode(
    scene: Scene, registered: object, life: bool, need_class: NeedClass, mode: DeliveryMode, hours: int
) -> None:
    scene.given(registered).when(filed("r1", life_threatening=life))
    need = scene.the(NeedOpened)
    assert (need.need_class, need.mode, need.due_at) == (need_class, mode, at(hours))


def test_an_unknown_requester_is_taken_in_the_default_class_and_flagged(scene: Scene) -> None:
    scene.when(filed("r1")).then(RequesterRecorded, RequestRecorded, NeedOpened)
    who = scene.the(RequesterRecorded)
    assert (who.registered, who.tier, who.members.total, who.grid) == (False, Tier.PRECAUTION, 0, AREA)
    assert scene.the(NeedOpened).need_class is NeedClass.OTHER
    scene.when(filed("r2", {"milk": 1})).then_nothing(RequesterRecorded)


def test_a_registered_requester_is_not_recorded_again(scene: Scene) -> None:
    scene.given(household()).when(filed("r1")).then_nothing(RequesterRecorded)


def test_a_household_of_another_area_is_unknown_here(scene: Scene) -> None:
    scene.given(household(area=ELSEWHERE)).when(filed("r1"))
    assert not scene.the(RequesterRecorded).registered


@pytest.mark.parametrize(("people", "quantity"), [(1, 2), (2, 3), (5, 6), (0, 2)])
def test_an_unknown_quantity_is_the_norm_for_the_members(scene: Scene, people: int, quantity: int) -> None:
    """0.4 a person and day for 3 days, rounded up; one person where nobody was counted."""
    scene.given(household(adults=people)).when(filed("r1", {"rice": None}))
    assert (scene.the(NeedOpened).quantity, scene.the(NeedOpened).assumed) == (quantity, True)


def test_a_norm_above_the_limit_asks_for_the_quantity(scene: Scene) -> None:
    scene.given(institution("hospital", 5000)).when(filed("r1", {"rice": None}, "hospital"))
    scene.then_rejected("quantity_unknown")


def test_a_line_that_cannot_be_taken_does_not_stop_the_others(scene: Scene) -> None:
    scene.given(household()).when(filed("r1", {"rice": 2, "caviar": 1, "milk": 101}))
    scene.then(RequestRecorded, LineRefused, LineRefused, NeedOpened)
    assert [(one.item, one.code) for one in scene.all(LineRefused)] == [
        ("caviar", "unknown_item"),
        ("milk", "absurd_quantity"),
    ]


def test_a_request_of_which_no_line_can_be_taken_is_rejected(scene: Scene) -> None:
    scene.when(filed("r1", {"caviar": 1})).then_rejected("unknown_item")
    scene.when(filed("r2", {"rice": 1001})).then_rejected("absurd_quantity")
    scene.when(filed("r3", {"rice": 1000}))
    assert scene.the(NeedOpened).quantity == 1000, "the limit itself is taken, nothing is clipped"


def test_the_same_event_again_has_no_effect(scene: Scene) -> None:
    first = filed("r1")
    scene.given(first).when(first).then(RepeatIgnored)
    assert scene.the(RepeatIgnored).reason == "event_known"


def test_the_same_request_in_another_event_has_one_effect(scene: Scene) -> None:
    scene.given(filed("r1")).when(filed("r1", {"rice": 9})).then(RepeatIgnored)
    assert scene.the(RepeatIgnored).reason == "request_known"
    scene.given(cancelled("r1")).when(filed("r1")).then(RepeatIgnored)


def test_a_second_open_request_for_an_item_is_flagged_and_stands(scene: Scene) -> None:
    scene.given(household(), filed("r1")).when(filed("r2")).then(RequestRecorded, NeedOpened, DuplicateSuspected)
    assert scene.the(DuplicateSuspected).other_need_id == "r1:rice"
    assert set(scene.state.needs) == {"r1:rice", "r2:rice"}


@pytest.mark.parametrize(
    "other", [filed("r2", {"milk": 1}), filed("r2", requester="hh-2"), filed("r2", area=ELSEWHERE)]
)
def test_another_item_requester_or_area_is_no_duplicate(scene: Scene, other: object) -> None:
    scene.given(household(), filed("r1")).when(other).then_nothing(DuplicateSuspected)


def test_a_closed_request_is_no_duplicate(scene: Scene) -> None:
    scene.given(household(), filed("r1"), cancelled("r1")).when(filed("r2")).then_nothing(DuplicateSuspected)


def test_more_is_served_from_what_is_there(scene: Scene) -> None:
    scene.given(household(), received("a", 10), filed("r1", {"rice": 4})).when(amended("r1", {"rice": 6}))
    scene.then(NeedAmended, AllocationMade).then_served(a=2)


def test_less_gives_back_the_latest_reservations_and_serves_who_waits(scene: Scene) -> None:
    scene.given(household(), received("a", 3), received("b", 3), filed("r1", {"rice": 6}), filed("r2", {"rice": 2}))
    scene.when(amended("r1", {"rice": 2}))
    scene.then(NeedAmended, AllocationReleased, AllocationReleased, AllocationMade, AllocationMade).then_served(
        a=1, b=1
    )
    assert [(one.lot_id, one.quantity) for one in scene.all(AllocationReleased)] == [("b", 3), ("a", 1)]
    assert {made.need_id for made in scene.all(AllocationMade)} == {"r2:rice"}


def test_what_is_in_transit_is_not_given_back(scene: Scene) -> None:
    scene.given(household(), received("a", 6), filed("r1", {"rice": 6})).tick(at(1))
    scene.when(amended("r1", {"rice": 2})).then(NeedAmended)
    scene.when(confirmed(scene.bag()))
    assert scene.the(NeedClosed).reason == "delivered"


def test_amended_to_what_was_delivered_ends_the_need(scene: Scene) -> None:
    scene.given(household(), received("a", 3), filed("r1", {"rice": 6})).tick(at(1))
    scene.given(confirmed(scene.bag()))
    scene.when(amended("r1", {"rice": 3})).then(NeedClosed)
    assert scene.the(NeedClosed).reason == "amended"


def test_a_new_item_opens_a_need_even_as_the_last_other_ends(scene: Scene) -> None:
    scene.given(household(), received("a", 3), filed("r1", {"rice": 6})).tick(at(1))
    scene.given(confirmed(scene.bag()))
    scene.when(amended("r1", {"rice": 3, "milk": 2})).then(NeedOpened, NeedClosed)
    assert set(scene.state.needs) == {"r1:milk"}


def test_the_same_quantity_changes_nothing(scene: Scene) -> None:
    scene.given(household(), filed("r1", {"rice": 6})).when(amended("r1", {"rice": 6})).then_nothing()


def test_an_amendment_without_quantity_asks_for_the_norm(scene: Scene) -> None:
    scene.given(household(), filed("r1", {"rice": 6})).when(amended("r1", {"rice": None}))
    assert (scene.the(NeedAmended).quantity, scene.the(NeedAmended).assumed) == (3, True)


def test_a_closed_need_is_not_amended(scene: Scene) -> None:
    scene.given(household(), received("a", 3), filed("r1", {"rice": 3, "milk": 2})).tick(at(1))
    scene.given(confirmed(scene.bag()))
    scene.when(amended("r1", {"rice": 5})).then_rejected("need_closed")
    scene.when(amended("r1", {"rice": 5, "milk": 3})).then(LineRefused, NeedAmended)


@pytest.mark.parametrize("message", [amended("r1", {"rice": 1}), cancelled("r1"), handed("r1", "worker-2")])
def test_only_open_requests_of_the_area_can_be_changed(scene: Scene, message: object) -> None:
    scene.when(message).then_rejected("unknown_request")
    scene.given(filed("r1", area=ELSEWHERE)).when(message).then_rejected("foreign_request")
    scene.given(cancelled("r1", area=ELSEWHERE)).when(message).then_rejected("request_closed")


def test_cancelling_gives_back_and_serves_who_waits(scene: Scene) -> None:
    scene.given(household(), received("a", 4), filed("r1", {"rice": 4, "milk": 1}), filed("r2", {"rice": 3}))
    scene.when(cancelled("r1")).then(AllocationReleased, NeedClosed, AllocationMade, NeedClosed)
    assert scene.the(AllocationMade).need_id == "r2:rice"
    assert "r1" not in scene.state.requests


def test_cancelled_in_transit_still_counts_as_delivered(scene: Scene) -> None:
    scene.given(household(), received("a", 4), filed("r1", {"rice": 4})).tick(at(1))
    scene.when(cancelled("r1")).then(NeedClosed)
    scene.when(confirmed(scene.bag())).then_nothing(NeedClosed)
    assert scene.state.lots["a"].delivered == 4


def test_responsibility_is_handed_over(scene: Scene) -> None:
    scene.given(filed("r1")).when(handed("r1", "worker-2")).then(ResponsibilityHanded)
    assert scene.state.requests["r1"].responsible == "worker-2"


def test_life_threatening_needs_leave_in_the_record_that_serves_them(scene: Scene) -> None:
    scene.given(household(), received("a", 4))
    scene.when(filed("r1", {"rice": 2}, life_threatening=True))
    scene.then(RequestRecorded, NeedOpened, AllocationMade, DispatchOrdered)
    bag = scene.the(DispatchOrdered)
    assert (bag.team, bag.mode, bag.deadline) == (f"team-{GRID}", DeliveryMode.DOOR, at(2))
    scene.when(filed("r2", {"rice": 2})).then_nothing(DispatchOrdered)


def test_life_threatening_backlog_leaves_as_stock_comes(scene: Scene) -> None:
    scene.given(household(), filed("r1", {"rice": 2}, life_threatening=True))
    scene.when(received("a", 4))
    assert [one.need_id for one in scene.the(DispatchOrdered).lines] == ["r1:rice"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (filed("r1", occurred_at=at(25)), "in_the_future"),
        (filed("r1", reported_at=at(25)), "in_the_future"),
        (filed("r1", occurred_at=at(days=-61)), "too_old"),
    ],
)
def test_absurd_times_are_refused(scene: Scene, message: object, code: str) -> None:
    scene.when(message).then_rejected(code)


@pytest.mark.parametrize("message", [filed("r1", occurred_at=at(23)), filed("r1", reported_at=at(days=-100))])
def test_late_reports_of_old_needs_are_taken(scene: Scene, message: object) -> None:
    scene.when(message).then(RequesterRecorded, RequestRecorded, NeedOpened)


def test_before_the_first_tick_only_absurd_times_are_refused() -> None:
    scene = Scene()
    scene.when(filed("r1", occurred_at=at(days=365 * 170))).then_rejected("absurd_time")
    scene.when(filed("r1", reported_at=at(days=365 * 170))).then_rejected("absurd_time")
    scene.when(filed("r2", occurred_at=at(days=365))).then(RequesterRecorded, RequestRecorded, NeedOpened)
    scene.when(tick(days=365)).when(tick(days=366))
    scene.when(filed("r2", {"rice": 1}, occurred_at=at(days=366))).then(RepeatIgnored)
