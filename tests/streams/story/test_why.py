"""Why A got 3 and B got 5: what the real decider decided, told by its own records and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schemas.delivery import FailureReason, Outcome
from schemas.household import Group, Tier
from schemas.supply import DispatchOrdered
from streams.core.decider import Fact
from streams.core.supply import SupplySettings
from streams.story.shares import Share, shares
from streams.story.why import Why, pairs, why, why_so_much
from streams.trail import Subject, Trail
from tests.streams.core.supply.spec import ELSEWHERE, Scene, at, confirmed, filed, floor, household, received, tick


def fair(**more: Any) -> Scene:
    return Scene(SupplySettings.model_validate(more)).given(tick())


def share(scene: Scene, name: str) -> Share:
    """The only need of a request, as its trail tells it."""
    trail, now = Trail(Subject.REQUEST, name), at()
    for offset, fact in enumerate(scene.facts):
        now = fact.ticked_at or now
        trail.take("supply", 0, offset, record(scene, fact, offset, now))
    (found,) = shares(trail.steps)
    return found


def record(scene: Scene, fact: Fact, offset: int, now: dt.datetime) -> dict[str, Any]:
    plain = scene.decider.decisions.dump_python(list(fact.decisions), mode="json")
    return {"seq": offset, "source": None, "event": {"at": now.isoformat()}, "decisions": plain}


def compared(scene: Scene, one: str = "r1", other: str = "r2") -> Why:
    found = why(share(scene, one), share(scene, other), dt.UTC)
    back = why(share(scene, other), share(scene, one), dt.UTC)
    assert back.reason == found.reason, "the order of the names changes nothing"
    return found


def test_shares_go_by_people() -> None:
    scene = fair().given(household("three", adults=3), household("five", adults=5))
    scene.given(filed("r1", {"rice": 9}, "three"), filed("r2", {"rice": 9}, "five"), received("a", 8))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (3, 5, "people")
    assert found.told.en == (
        "Of rice, r1 got 3 of 9 and r2 5 of 9, because inside a class units go by people, and r2 is reckoned for 5, r1 "
        "for 3; r1: class sealed, 3 people, 1.00 each, 33% filled, reported 2022-04-01 01:00, rule fair share, limit "
        "stock, at least 1 more had to come for another unit; r2: class sealed, 5 people, 1.00 each, 56% filled, "
        "reported 2022-04-01 01:00, rule fair share, limit stock, at least 2 more had to come for another unit."
    )
    assert "r1 要 9 份得 3 份，r2 要 9 份得 5 份，因为同类按人均分配，r2 按 5 人计，r1 按 3 人计" in found.told.zh
    assert "规则：按人均公平分配，库存不足，当时至少再来 2 份才会多得一份" in found.told.zh


def test_the_same_for_both_needs_no_because() -> None:
    scene = fair().given(household("a", adults=2), household("b", adults=2))
    scene.given(filed("r1", {"rice": 3}, "a"), filed("r2", {"rice": 3}, "b"), received("l", 4))
    found = compared(scene)
    assert found.reason is None and "because" not in found.told.en and "因为" not in found.told.zh


def test_the_odd_unit_goes_to_the_older() -> None:
    scene = fair().given(household("a", adults=2), household("b", adults=2))
    scene.given(filed("r1", {"rice": 3}, "a"), filed("r2", {"rice": 3}, "b"), received("l", 5))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (3, 2, "older")


def test_classes_come_in_order_and_an_empty_hand_says_so() -> None:
    scene = fair().given(household("a", adults=2), household("b", Group.DIALYSIS, adults=2))
    scene.given(filed("r1", {"rice": 3}, "a"), filed("r2", {"rice": 3}, "b"), received("l", 3))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (0, 3, "class")
    assert "the class of r2 (critical) comes before that of r1 (sealed)" in found.told.en
    assert "nothing was given to it yet" in found.told.en


def test_who_asked_less_or_later_got_less() -> None:
    scene = fair().given(household("a"), household("b"), received("l", 6))
    scene.given(filed("r1", {"rice": 3}, "a"), filed("r2", {"rice": 1}, "b"))
    assert compared(scene).reason == "asked"
    scene.tick(at(1))
    scene.given(filed("r3", {"rice": 6}, "c", occurred_at=at(1)))
    scene.tick(at(2))
    assert compared(scene, "r1", "r3").reason == "not_asked"


def test_the_norm_of_a_household_is_the_reason_where_it_is() -> None:
    scene = fair().given(household("a", adults=1), household("b", adults=5))
    scene.given(filed("r1", {"rice": 9}, "a"), filed("r2", {"rice": 9}, "b"), received("l", 8))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (2, 6, "norm")
    assert why_so_much(found.one).en == "rule ration norm, limit norm, more stock would have changed nothing"


def test_who_starves_comes_first() -> None:
    scene = fair(starve_hours=10).given(household("a"), filed("r1", {"rice": 3}, "a"))
    scene.tick(at(11))
    scene.given(household("b", Group.DIALYSIS), filed("r2", {"rice": 2}, "b", occurred_at=at(11)))
    scene.given(received("l", 1, occurred_at=at(11)))
    scene.tick(at(11.1))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (1, 0, "starved")


def test_strict_order_goes_by_first_report() -> None:
    scene = fair(policy="priority").given(household("a"), household("b"))
    scene.given(filed("r1", {"rice": 3}, "a"), filed("r2", {"rice": 3}, "b"), received("l", 4))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (3, 1, "older")


def test_areas_have_stocks_of_their_own_and_floors_are_said() -> None:
    scene = fair().given(floor("rice", 4), household("a"), household("b", area=ELSEWHERE, grid=f"{ELSEWHERE}/c1/g1"))
    scene.given(received("l", 5), filed("r1", {"rice": 2}, "a"))
    scene.given(filed("r2", {"rice": 2}, "b", area=ELSEWHERE))
    scene.tick(at(1))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (1, 0, "areas")
    assert "limit reserve floor" in found.told.en


def test_what_was_taken_back_or_lost_is_not_what_it_got() -> None:
    scene = fair(ration_norms=False).given(received("l", 10), filed("r1", {"rice": 8}, "a"))
    scene.given(filed("r2", {"rice": 8}, "b"))
    scene.tick(at(1 / 60))
    found = compared(scene)
    assert (found.one.now.got, found.other.now.got, found.reason) == (5, 5, None)
    assert [(one.units, one.kept) for one in found.one.given] == [(8, 0), (5, 5)]
    scene.tick(at(6))
    bag = next(one for one in scene.ever(DispatchOrdered) if one.requester_id == "b")
    scene.given(confirmed(bag, Outcome.FAILED, failure=FailureReason.NOT_HOME, occurred_at=at(6)))
    assert [one.kept for one in share(scene, "r2").given] == [0, 5], "it came back, and is given to it once more"


def test_two_requests_of_one_household_share_its_ration() -> None:
    scene = fair().given(household("a", adults=2, tier=Tier.SEALED))
    scene.given(filed("r1", {"rice": 3}, "a"), filed("r2", {"rice": 3}, "a"), received("l", 2))
    assert compared(scene).told.en.endswith("both are of a, which has one ration for both.")


def test_only_what_both_ask_for_is_paired_and_in_the_same_area_first() -> None:
    def of(request: str, item: str, area: str) -> Share:
        return Share(f"{request}:{item}", request, "h", area, item, 0, at())

    ones = [of("r1", "rice", "x"), of("r1", "milk", "x")]
    others = [of("r2", "rice", "y"), of("r2", "rice", "x"), of("r2", "salt", "x")]
    assert [(one.item, other.area) for one, other in pairs(ones, others)] == [("rice", "x")]
    assert [other.area for _, other in pairs(ones[:1], others[:1])] == ["y"]
