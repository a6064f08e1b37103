"""Exposure: who received units of a held lot is listed once, its area has to contact it, and a lift ends that."""

from __future__ import annotations

import pytest

from schemas.delivery import DeliveryLine, Outcome
from schemas.exposure import ContactDutyEnded, ContactDutyOpened, ContactDutyRaised, ContactOverdue
from schemas.ledger import RepeatIgnored
from schemas.supply import HoldRecorded, LotHeld
from streams.core.supply.exposure import Recipients
from tests.streams.core.supply.spec import (
    AREA,
    ELSEWHERE,
    GRID,
    Scene,
    at,
    confirmed,
    contacted,
    filed,
    hold,
    household,
    lift,
    plain,
    received,
    removed,
    tick,
    transferred,
)


def delivered(scene: Scene, request_id: str, who: str = "hh-1", units: int = 2, hours: float = 1) -> Scene:
    """A requester asked for rice and it arrived."""
    scene.given(filed(request_id, {"rice": units}, who, occurred_at=at(hours - 1)))
    scene.tick(at(hours))
    return scene.given(confirmed(scene.bag(), occurred_at=at(hours)))


@pytest.fixture
def eaten(scene: Scene) -> Scene:
    """hh-1 got 2 of lot `a` of consignment c1."""
    return delivered(scene.given(household(), received("a", 9, consignment_id="c1")), "r1")


def test_who_received_before_a_hold_is_listed_with_a_duty_for_its_area(eaten: Scene) -> None:
    eaten.when(hold("h1", consignment_id="c1")).then(HoldRecorded, LotHeld)
    (duty,) = eaten.all(ContactDutyOpened, eaten.settle())
    assert (duty.hold_id, duty.lot_id, duty.item, duty.consignment_id) == ("h1", "a", "rice", "c1")
    assert (duty.requester_id, duty.area, duty.grid, duty.quantity) == ("hh-1", AREA, GRID, 2)
    assert (duty.delivered_at, duty.opened_at, duty.due_at) == (at(1), at(1), at(5))


def test_it_is_a_tick_s_work_at_once_and_the_hold_itself_does_not_wait_for_it(eaten: Scene) -> None:
    eaten.when(hold("h1", "a")).then_nothing(ContactDutyOpened)
    due = eaten.decider.next_due(eaten.state)
    assert due is not None and eaten.now is not None and due <= eaten.now


def test_who_received_nothing_of_it_is_not_listed(eaten: Scene) -> None:
    eaten.given(household("hh-2"), received("b", 9)).given(hold("h1", "b"))
    assert eaten.ever(ContactDutyOpened) == []


def test_who_received_twice_has_one_duty_with_the_sum(eaten: Scene) -> None:
    delivered(eaten, "r2", units=3, hours=2).given(hold("h1", "a"))
    (duty,) = eaten.ever(ContactDutyOpened)
    assert (duty.quantity, duty.delivered_at) == (5, at(2))


def test_each_hold_and_each_lot_has_a_duty_of_its_own(eaten: Scene) -> None:
    eaten.given(received("b", 9, consignment_id="c1"), hold("only-a", "a"))
    delivered(eaten, "r2", units=1, hours=2).given(hold("all", consignment_id="c1"))
    listed = {(duty.hold_id, duty.lot_id): duty.quantity for duty in eaten.ever(ContactDutyOpened)}
    assert listed == {("only-a", "a"): 2, ("all", "a"): 2, ("all", "b"): 1}
    assert len({duty.duty_id for duty in eaten.ever(ContactDutyOpened)}) == 3


def test_what_was_split_off_and_eaten_is_listed_too(scene: Scene) -> None:
    scene.given(household(), received("a", 9), transferred("a", 9, "b"))
    delivered(scene, "r1").given(hold("h1", "a"))
    assert [duty.lot_id for duty in scene.ever(ContactDutyOpened)] == ["b"]


def test_only_what_arrived_counts(scene: Scene) -> None:
    scene.given(household(), received("a", 9), filed("r1", {"rice": 5})).tick(at(1))
    (carried,) = scene.bag().lines
    line = DeliveryLine(allocation_id=carried.allocation_id, delivered=3, returned=1, damaged=1)
    scene.given(confirmed(scene.bag(), Outcome.SHORT, [line])).given(hold("h1", "a"))
    assert scene.ever(ContactDutyOpened)[0].quantity == 3


def test_nothing_arrived_nobody_is_listed(scene: Scene) -> None:
    scene.given(household(), received("a", 9), filed("r1")).tick(at(1))
    scene.given(confirmed(scene.bag(), Outcome.FAILED), hold("h1", "a"))
    assert scene.ever(ContactDutyOpened) == []


def test_a_recalled_bag_handed_over_all_the_same_opens_a_duty(scene: Scene) -> None:
    scene.given(household(), received("a", 9), filed("r1")).tick(at(1))
    scene.given(hold("h1", "a")).given(confirmed(scene.bag(), occurred_at=at(1)))
    assert [duty.quantity for duty in scene.ever(ContactDutyOpened)] == [2]


def test_more_of_it_raises_the_duty_and_leaves_its_clock(scene: Scene) -> None:
    scene.given(household(), received("a", 9))
    delivered(scene, "r1").given(filed("r2", {"rice": 3}, occurred_at=at(1))).tick(at(2))
    scene.given(hold("h1", "a", occurred_at=at(2))).tick(at(3))
    scene.given(confirmed(scene.bag(), occurred_at=at(3)))
    (raised,) = scene.ever(ContactDutyRaised)
    assert (raised.more, raised.quantity, raised.delivered_at, raised.due_at) == (3, 5, at(3), at(6))
    assert len(scene.ever(ContactDutyOpened)) == 1


def test_more_of_it_after_the_contact_makes_another_due(scene: Scene) -> None:
    scene.given(household(), received("a", 9))
    delivered(scene, "r1").given(filed("r2", {"rice": 3}, occurred_at=at(1))).tick(at(2))
    scene.given(hold("h1", "a"), contacted(occurred_at=at(2))).tick(at(3))
    scene.given(confirmed(scene.bag(), occurred_at=at(3)))
    assert scene.ever(ContactDutyRaised)[0].due_at == at(7)
    scene.tick(at(7))
    assert len(scene.ever(ContactOverdue)) == 1


def test_a_contact_ends_it_and_says_who_did(eaten: Scene) -> None:
    eaten.given(hold("h1", "a")).when(contacted(hold_id="h1", source="grid-7")).then(ContactDutyEnded)
    ended = eaten.the(ContactDutyEnded)
    assert (ended.reason, ended.by, ended.outcome, ended.requester_id) == ("contacted", "grid-7", "thrown away", "hh-1")
    eaten.tick(at(10))
    assert eaten.ever(ContactOverdue) == []


def test_a_contact_without_a_name_ends_all_that_is_open_for_it(eaten: Scene) -> None:
    eaten.given(hold("h1", "a"), hold("h2", consignment_id="c1"))
    eaten.when(contacted()).then(ContactDutyEnded, ContactDutyEnded)


def test_a_contact_for_one_hold_leaves_the_other(eaten: Scene) -> None:
    eaten.given(hold("h1", "a"), hold("h2", consignment_id="c1"))
    eaten.when(contacted(hold_id="h2"))
    first, second = eaten.ever(ContactDutyOpened)
    assert eaten.the(ContactDutyEnded).duty_id == second.duty_id
    eaten.when(contacted(duty_id=first.duty_id)).then(ContactDutyEnded)


def test_a_contact_said_again_has_no_further_effect(eaten: Scene) -> None:
    eaten.given(hold("h1", "a"), contacted(hold_id="h1")).when(contacted(hold_id="h1")).then(RepeatIgnored)
    eaten.when(contacted(duty_id=eaten.ever(ContactDutyOpened)[0].duty_id)).then(RepeatIgnored)


def test_a_contact_that_comes_after_the_lift_is_taken_as_known(eaten: Scene) -> None:
    eaten.given(hold("h1", "a"), lift("h1"))
    eaten.when(contacted(hold_id="h1")).then(RepeatIgnored)
    eaten.when(contacted(duty_id=eaten.ever(ContactDutyOpened)[0].duty_id)).then(RepeatIgnored)


def test_a_contact_that_no_duty_asked_for_is_refused(eaten: Scene) -> None:
    eaten.when(contacted()).then_rejected("no_contact_duty")
    eaten.given(household("hh-2"), hold("h1", "a"))
    eaten.when(contacted("hh-2", "h1")).then_rejected("no_contact_duty")
    eaten.when(contacted(hold_id="h9")).then_rejected("unknown_hold")
    eaten.when(contacted(duty_id="c9")).then_rejected("unknown_duty")
    mine = eaten.ever(ContactDutyOpened)[0].duty_id
    eaten.when(contacted("hh-2", duty_id=mine)).then_rejected("foreign_duty")
    eaten.when(contacted(duty_id=mine, area=ELSEWHERE)).then_rejected("foreign_duty")


def test_a_lift_ends_what_is_open(eaten: Scene) -> None:
    eaten.given(hold("h1", "a"), lift("h1"))
    (ended,) = eaten.ever(ContactDutyEnded)
    assert (ended.reason, ended.by) == ("lifted", None)
    eaten.tick(at(10))
    assert eaten.ever(ContactOverdue) == []
    assert not eaten.state.exposure.duties and not eaten.state.exposure.by_hold


def test_a_lift_leaves_the_duties_of_other_holds(eaten: Scene) -> None:
    eaten.given(hold("h1", "a"), hold("h2", consignment_id="c1"), lift("h1"))
    assert [duty.hold_id for duty in eaten.state.exposure.duties.values()] == ["h2"]


def test_nothing_is_owed_for_what_is_delivered_after_the_lift(scene: Scene) -> None:
    scene.given(household(), received("a", 9), filed("r1")).tick(at(1))
    scene.given(hold("h1", "a"), lift("h1"), confirmed(scene.bag()))
    assert scene.ever(ContactDutyOpened) == []


def test_a_duty_is_overdue_once(eaten: Scene) -> None:
    eaten.given(hold("h1", "a")).tick(at(4.9))
    assert eaten.ever(ContactOverdue) == []
    eaten.tick(at(5))
    eaten.tick(at(20))
    (overdue,) = eaten.ever(ContactOverdue)
    assert (overdue.duty_id, overdue.due_at) == (eaten.ever(ContactDutyOpened)[0].duty_id, at(5))
    eaten.when(contacted(occurred_at=at(20))).then(ContactDutyEnded)


def test_the_hours_for_a_contact_can_be_set() -> None:
    scene = Scene(plain(contact_hours=1)).given(tick(), household(), received("a", 9))
    delivered(scene, "r1").given(hold("h1", "a"))
    assert scene.ever(ContactDutyOpened)[0].due_at == at(2)


def test_who_moved_away_is_still_owed_a_contact_by_the_area_that_delivered(eaten: Scene) -> None:
    eaten.given(removed("hh-1"), hold("h1", "a"))
    (duty,) = eaten.ever(ContactDutyOpened)
    assert (duty.area, duty.grid) == (AREA, AREA)


def test_many_are_listed_and_freed_in_parts() -> None:
    scene = Scene(plain(chunk=2)).given(tick(), *(household(f"hh-{n}") for n in range(5)), received("a", 99))
    for number in range(5):
        delivered(scene, f"r{number}", f"hh-{number}", hours=number + 1)
    scene.given(hold("h1", "a"))
    assert [duty.requester_id for duty in scene.ever(ContactDutyOpened)] == [f"hh-{n}" for n in range(5)]
    scene.given(lift("h1"))
    assert len(scene.ever(ContactDutyEnded)) == 5
    exposure = [one for fact in scene.facts for one in [[d for d in fact.decisions if "contact" in d.type]] if one]
    assert [len(one) for one in exposure] == [2, 2, 1, 2, 2, 1]


def test_a_lift_before_all_are_listed_leaves_nothing_owed() -> None:
    scene = Scene(plain(chunk=1)).given(tick(), household(), household("hh-2"), received("a", 99))
    delivered(delivered(scene, "r1"), "r2", "hh-2", hours=2)
    scene.when(hold("h1", "a")).when(tick(2)).when(lift("h1"))
    scene.settle()
    assert len(scene.ever(ContactDutyOpened)) == len(scene.ever(ContactDutyEnded)) == 1
    assert not scene.state.exposure.owed and not list(scene.state.exposure.unlisted)


def test_more_units_than_an_entry_can_say_are_not_lost() -> None:
    recipients = Recipients()
    recipients.note("a", "hh-1", 10**12, 60_000_000)
    assert recipients.of("a")["hh-1"] == (10**12, 60_000_000)
