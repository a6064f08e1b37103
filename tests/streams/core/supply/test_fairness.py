"""Sharing what is scarce, message by message: batches, norms, starvation, what each allocation says."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.household import Group, Tier
from schemas.supply import AllocationMade, NeedReopened, WeighingSet
from streams.core.supply import SupplySettings
from tests.streams.core.supply.spec import (
    Scene,
    at,
    filed,
    floor,
    household,
    received,
    tick,
)


def fair(**more: Any) -> Scene:
    return Scene(SupplySettings.model_validate(more)).given(tick())


def held(scene: Scene) -> dict[str, int]:
    """Units that each open need has."""
    return {name.partition(":")[0]: need.got for name, need in scene.state.needs.items() if need.got}


def test_when_nothing_is_scarce_a_request_is_served_at_once() -> None:
    scene = fair().given(household(), received("a", 100))
    scene.when(filed("r1", {"rice": 50})).then_served(a=50)
    assert scene.the(AllocationMade).limit == "asked"


def test_stock_for_a_backlog_is_shared_by_people_in_one_go() -> None:
    scene = fair().given(household("two", adults=2), household("three", adults=3))
    scene.given(filed("r2", {"rice": 3}, "two"), filed("r3", {"rice": 4}, "three"))
    scene.when(received("a", 5))
    made = {one.need_id: (one.quantity, one.rule, one.limit, one.more) for one in scene.all(AllocationMade)}
    assert made == {"r2:rice": (2, "fair_share", "stock", 1), "r3:rice": (3, "fair_share", "stock", 2)}


@settings(max_examples=60, deadline=None)
@given(
    asks=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4)), min_size=2, max_size=4),
    units=st.integers(1, 20),
    policy=st.sampled_from(["fair", "projected"]),
)
def test_the_order_of_simultaneous_requests_does_not_matter(
    asks: list[tuple[int, int]], units: int, policy: str
) -> None:
    ends = set()
    for order in itertools.permutations(range(len(asks))):
        scene = fair(policy=policy, ration_norms=False)
        scene.given(*(household(f"hh-{n}", adults=adults) for n, (_, adults) in enumerate(asks)), received("a", units))
        scene.given(*(filed(f"r{n}", {"rice": asks[n][0]}, f"hh-{n}") for n in order))
        scene.tick(at(1 / 60))
        ends.add(tuple(sorted(held(scene).items())))
    assert len(ends) == 1


def test_what_went_out_at_once_in_the_same_minute_is_weighed_with_the_rest() -> None:
    scene = fair(ration_norms=False).given(received("a", 10), filed("r1", {"rice": 8}, "hh-1"))
    assert held(scene) == {"r1": 8}
    scene.when(filed("r2", {"rice": 8}, "hh-2")).then_nothing(AllocationMade)
    assert scene.the(WeighingSet).at == at(1 / 60)
    scene.tick(at(1 / 60))
    assert held(scene) == {"r1": 5, "r2": 5}
    assert scene.the(NeedReopened).reason == "weighed_together"


def test_what_went_out_before_stays_where_it_is() -> None:
    scene = fair(ration_norms=False).given(received("a", 10), filed("r1", {"rice": 8}, "hh-1"))
    scene.tick(at(1 / 30))
    scene.given(filed("r2", {"rice": 8}, "hh-2", occurred_at=at(1 / 30)))
    scene.tick(at(1 / 15))
    assert held(scene) == {"r1": 8, "r2": 2}


def test_life_threatening_needs_wait_for_nobody_and_break_the_floor() -> None:
    scene = fair().given(household(), floor("rice", 6), received("a", 8), filed("r1", {"rice": 9}, "x"))
    scene.when(filed("r2", {"rice": 7}, life_threatening=True)).then_served(a=7)


def test_a_norm_bounds_what_a_household_draws_of_what_is_scarce() -> None:
    scene = fair().given(household(adults=2), household("b", adults=2))  # rice: 0.4 a day for 3 days, so 3 for two
    scene.given(filed("r1", {"rice": 9}), filed("r1b", {"rice": 9}), filed("r2", {"rice": 9}, "b"))
    scene.when(received("a", 20))
    assert held(scene) == {"r1": 3, "r2": 3}
    assert {made.limit for made in scene.all(AllocationMade)} == {"norm"}
    assert scene.the(WeighingSet).reason == "kept_back"
    scene.tick(at(71))
    assert held(scene) == {"r1": 3, "r2": 3}
    scene.tick(at(73))
    assert sum(held(scene).values()) == 12, "three days later the next ration may be drawn"


def test_what_did_not_arrive_was_not_drawn() -> None:
    from schemas.delivery import FailureReason, Outcome
    from tests.streams.core.supply.spec import confirmed

    scene = fair().given(household(adults=2), filed("r1", {"rice": 9}), received("a", 4))
    assert held(scene) == {"r1": 3}
    scene.tick(at(0.5))
    scene.given(confirmed(scene.bag(), Outcome.FAILED, failure=FailureReason.NOT_HOME, occurred_at=at(0.5)))
    scene.tick(at(2))
    assert held(scene) == {"r1": 3}


def test_who_has_nothing_for_the_stated_time_is_next() -> None:
    scene = fair(starve_hours=24, ration_norms=False).given(household("old", tier=Tier.PRECAUTION))
    scene.given(filed("old", {"rice": 5}, "old"))
    scene.tick(at(25))
    scene.given(household("dialysis", Group.DIALYSIS, occurred_at=at(25)))
    scene.given(filed("new", {"rice": 9}, "dialysis", occurred_at=at(25)))
    scene.given(received("a", 4, occurred_at=at(25)))
    assert held(scene) == {"old": 1, "new": 3}
    assert [made.rule for made in scene.ever(AllocationMade)] == ["starved_first", "fair_share"]


def test_projected_keeps_back_for_the_demand_of_the_day() -> None:
    scene = fair(policy="projected", ration_norms=False)
    for day in range(1, 4):
        scene.tick(at(days=day))
        scene.given(filed(f"m{day}", {"rice": 10}, f"m{day}", occurred_at=at(days=day)))
        scene.tick(at(6, days=day))
        scene.given(filed(f"a{day}", {"rice": 10}, f"a{day}", occurred_at=at(6, days=day)))
        scene.given(received(f"l{day}", 20, occurred_at=at(6, days=day)))
    scene.tick(at(days=4))
    scene.given(filed("m4", {"rice": 10}, "m4", occurred_at=at(days=4)))
    scene.given(received("l4", 10, occurred_at=at(days=4)))
    assert 0 < scene.state.needs["m4:rice"].got < 10, "as much again is usually asked for in the afternoon"
    scene.tick(at(6, days=4))
    scene.given(filed("a4", {"rice": 10}, "a4", occurred_at=at(6, days=4)))
    scene.tick(at(15, days=4))
    morning, afternoon = scene.state.needs["m4:rice"].got, scene.state.needs["a4:rice"].got
    assert morning + afternoon == 10 and abs(morning - afternoon) <= 2


@pytest.mark.parametrize(("policy", "morning"), [("fair", {10}), ("projected", {4, 5, 6})])
def test_who_comes_alone_in_the_morning_gets_its_part_of_the_day_where_the_policy_looks_ahead(
    policy: str, morning: set[int]
) -> None:
    scene = fair(policy=policy, ration_norms=False)
    for day in range(1, 4):
        scene.tick(at(days=day))
        scene.given(filed(f"m{day}", {"rice": 10}, f"m{day}", occurred_at=at(days=day)))
        scene.tick(at(6, days=day))
        scene.given(filed(f"a{day}", {"rice": 10}, f"a{day}", occurred_at=at(6, days=day)))
        scene.given(received(f"l{day}", 20, occurred_at=at(6, days=day)))
    scene.tick(at(days=4))
    scene.given(received("l4", 10, occurred_at=at(days=4)))
    scene.given(filed("m4", {"rice": 10}, "m4", occurred_at=at(days=4)))
    scene.tick(at(0.1, days=4))
    assert scene.state.needs["m4:rice"].got in morning
    scene.tick(at(16, days=4))
    assert scene.state.needs["m4:rice"].got == 10, "when the day is over, what nobody came for is given out"


@pytest.mark.parametrize("policy", ["priority", "fair", "projected"])
def test_a_category_has_the_policy_that_settings_choose(policy: str) -> None:
    scene = fair(policy="priority", policies={"food": policy}, ration_norms=False)
    scene.given(filed("r1", {"rice": 8}, "hh-1"), filed("r2", {"rice": 8}, "hh-2"), received("a", 8))
    assert held(scene) == ({"r1": 8} if policy == "priority" else {"r1": 4, "r2": 4})
