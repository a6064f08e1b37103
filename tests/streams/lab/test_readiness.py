"""If an area were sealed: need by norm and by demand, what lasts how long, what has to come in."""

from __future__ import annotations

from schemas.household import Members
from streams.lab.readiness import readiness, use_up
from tests.streams.core.supply.spec import (
    AREA,
    CATALOGUE,
    ELSEWHERE,
    TODAY,
    Scene,
    at,
    filed,
    floor,
    household,
    received,
    tick,
)

NOW = TODAY.toordinal()


def test_stock_is_used_first_expired_first_and_what_expires_is_lost() -> None:
    assert use_up([(NOW + 1, 10), (NOW + 9, 5)], 3, 0, 4, NOW) == (3, 1)
    assert use_up([(NOW + 9, 12)], 3, 0, 4, NOW) == (None, 0)
    assert use_up([(NOW + 9, 12)], 3, 3, 4, NOW) == (3, 3), "who waits already comes on top of the first day"
    assert use_up([], 3, 0, 4, NOW) == (0, 12)


def test_an_area_is_told_with_norm_demand_reserve_plan_and_what_others_can_spare() -> None:
    scene = Scene().given(tick(), household("a", adults=3), household("b", adults=2), floor("rice", 2))
    scene.given(received("here", 9, expires_in=30), received("there", 7, area=ELSEWHERE))
    plans = {(AREA, "rice"): 20, (AREA, "milk"): 5}
    lines = readiness([scene.state], plans, CATALOGUE, [AREA], 7, NOW)
    rice = next(line for line in lines if line.item == "rice")
    assert (rice.people, rice.by_norm, rice.stock, rice.floor, rice.plan_days) == (5, 2, 9, 2, 10)
    assert (rice.lasts, rice.move_in, rice.spare) == (4, 5, 7)
    milk = next(line for line in lines if line.item == "milk")
    assert (milk.lasts, milk.move_in) == (0, 35)


def test_past_demand_counts_where_it_is_more_than_the_norm() -> None:
    scene = Scene().given(tick(), household(adults=1), received("a", 200))
    scene.given(filed("r1", {"rice": 48}))
    scene.tick(at(24))
    scene.given(filed("r2", {"rice": 1}, occurred_at=at(24)))
    line = readiness([scene.state], {}, CATALOGUE, (), 3, NOW + 1)[0]
    assert (line.by_norm, line.by_demand, line.a_day) == (1, 48, 48)


def test_members_counts_every_age() -> None:
    people = Members(infants=1, children=1, adults=1, elderly=1)
    scene = Scene().given(tick(), household().model_copy(update={"members": people}), received("a", 1))
    assert readiness([scene.state], {}, CATALOGUE, (), 3, NOW)[0].people == 4
