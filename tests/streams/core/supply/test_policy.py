"""Policies alone: what each gives to whom, against the optimum of the linear programme and on random backlogs."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.request import NeedClass
from streams.core.supply.policy import PRIORITY, URGENT, Grant, Policy, need_key, servable
from streams.core.supply.policy_fair import FAIR, POLICIES, PROJECTED
from streams.core.supply.state import Need
from streams.core.supply.water import pour
from tests.streams.core.supply.max_min import max_min, smallest_fill
from tests.streams.core.supply.queue import Queue, need

NEEDS = st.lists(
    st.builds(
        lambda number, quantity, kind, people, got, overdue: (number, quantity + got, kind, people, got, overdue),
        st.integers(0, 40),
        st.integers(1, 9),
        st.sampled_from(NeedClass),
        st.integers(1, 6),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=14,
    unique_by=lambda row: row[0],
)


def made(rows: list[tuple[int, int, NeedClass, int, int, bool]]) -> list[Need]:
    return [need(n, q, kind, people=people, got=got, overdue=over) for n, q, kind, people, got, over in rows]


def given_out(policy: Policy, queue: Queue, units: int, floor: int = 0, **more: int) -> dict[str, int]:
    return {grant.need.need_id: grant.quantity for grant in policy.share(queue.stock(units, floor, **more), queue)}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@given(rows=NEEDS, units=st.integers(0, 60), floor=st.integers(0, 20), data=st.data())
def test_never_more_than_there_is_asked_or_normed(
    policy: Policy, rows: list[tuple[int, int, NeedClass, int, int, bool]], units: int, floor: int, data: st.DataObject
) -> None:
    needs = made(rows)
    rations = {one.requester_id: data.draw(st.integers(0, 9)) for one in needs if one.need_class not in URGENT}
    queue = Queue(needs, rations, starving_before=data.draw(st.integers(0, 10)))
    expected = data.draw(st.integers(0, 30))
    grants = list(policy.share(queue.stock(units, floor, expected=expected), queue))
    assert len({grant.need.need_id for grant in grants}) == len(grants)
    assert all(0 < grant.quantity <= queue.most(grant.need) for grant in grants)
    assert sum(grant.quantity for grant in grants) <= units
    ordinary = sum(grant.quantity for grant in grants if grant.need.need_class not in URGENT)
    assert ordinary <= max(0, units - floor)
    for grant in grants:
        check_limit(grant, queue.most(grant.need))


def check_limit(grant: Grant, most: int) -> None:
    """What it says of more is so."""
    if grant.quantity == grant.need.unfilled:
        assert (grant.limit, grant.more) == ("asked", 0)
    elif grant.limit == "norm":
        assert (grant.quantity, grant.more) == (most, 0)
    else:
        assert grant.limit in ("stock", "reserve_floor", "kept_back") and grant.more > 0


@given(rows=NEEDS, units=st.integers(0, 40), floor=st.integers(0, 20))
def test_priority_is_strict(rows: list[tuple[int, int, NeedClass, int, int, bool]], units: int, floor: int) -> None:
    queue = Queue(made(rows))
    got = given_out(PRIORITY, queue, units, floor)
    urgent, ordinary = list(queue.urgent()), list(queue.ordinary())
    assert bool(got) == servable(units, floor, bool(urgent), bool(ordinary))
    for line in (urgent, ordinary):
        short = [place for place, one in enumerate(line) if one.unfilled > got.get(one.need_id, 0)]
        assert not any(one.need_id in got for one in line[short[0] + 1 :]) if short else True


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(1, 7), st.integers(1, 5), st.integers(0, 4)), min_size=1, max_size=6),
    units=st.integers(0, 12),
)
def test_fair_is_the_max_min_optimum_unit_by_unit(rows: list[tuple[int, int, int]], units: int) -> None:
    needs = [need(n, lacking + got, people=people, got=got) for n, (lacking, people, got) in enumerate(rows)]
    for n in range(units + 1):
        assert smallest_fill(needs, given_out(FAIR, Queue(needs), n)) == max_min(needs, n)


@given(rows=NEEDS, units=st.integers(0, 60), floor=st.integers(0, 20))
def test_fair_gives_unit_by_unit_to_whoever_has_least(
    rows: list[tuple[int, int, NeedClass, int, int, bool]], units: int, floor: int
) -> None:
    needs = made(rows)
    assert given_out(FAIR, Queue(needs), units, floor) == one_by_one(needs, units, floor)


def one_by_one(needs: list[Need], units: int, floor: int) -> dict[str, int]:
    """The rule as it is told: the next unit goes to the first class with anybody lacking, to who has least there."""
    got: dict[str, int] = {}
    while units > 0:
        able = [one for one in needs if one.unfilled > got.get(one.need_id, 0)]
        able = [one for one in able if one.need_class in URGENT or units > floor]
        if not able:
            break

        def order(one: Need) -> tuple[int, Fraction, int, str]:
            rank, age, name = need_key(one)
            return rank, Fraction(one.got + got.get(one.need_id, 0), one.people) if rank else Fraction(0), age, name

        first = min(able, key=order)
        got[first.need_id] = got.get(first.need_id, 0) + 1
        units -= 1
    return got


@pytest.mark.parametrize("policy", [FAIR, PROJECTED], ids=["fair", "projected"])
@given(rows=NEEDS, units=st.integers(0, 60), data=st.data())
def test_deciding_again_changes_nothing(
    policy: Policy, rows: list[tuple[int, int, NeedClass, int, int, bool]], units: int, data: st.DataObject
) -> None:
    needs, expected = made(rows), data.draw(st.integers(0, 30))
    got = given_out(policy, Queue(needs), units, expected=expected)
    for one in needs:
        one.delivered += got.get(one.need_id, 0)
    left, given_before = units - sum(got.values()), sum(got.values())
    again = given_out(
        policy, Queue([one for one in needs if one.unfilled]), left, given=given_before, expected=expected
    )
    assert again == {}


@given(rows=NEEDS, units=st.integers(0, 30), floor=st.integers(0, 10), before=st.integers(0, 40))
def test_who_starves_is_passed_only_by_life_and_by_who_starves_longer(
    rows: list[tuple[int, int, NeedClass, int, int, bool]], units: int, floor: int, before: int
) -> None:
    needs = made(rows)
    queue = Queue(needs, starving_before=before)
    got = given_out(FAIR, queue, units, floor)
    starving = [one for one in needs if not one.got and one.reported_at < before and need_key(one)[0]]
    for one in starving:
        if one.need_id in got or (one.need_class not in URGENT and units - sum(got.values()) <= floor):
            continue
        served = [other for other in needs if other.need_id in got]
        assert all(
            other.need_class is NeedClass.LIFE_THREATENING
            or (other in starving and other.reported_at <= one.reported_at)
            for other in served
        )


def test_a_crowd_that_gets_nothing_is_not_read() -> None:
    queue = Queue([need(n, 5) for n in range(1000)])
    poured = pour(10, queue.rank(7), queue.most)
    assert [one.units for one in poured] == [1] * 10
    assert queue.read < 50


def test_households_get_by_the_number_of_people() -> None:
    queue = Queue([need(1, 9, people=2), need(2, 9, people=3)])
    grants = list(FAIR.share(queue.stock(8), queue))
    assert [(grant.quantity, grant.rule, grant.limit, grant.more) for grant in grants] == [
        (3, "fair_share", "stock", 1),
        (5, "fair_share", "stock", 2),
    ]


def test_projected_keeps_for_demand_to_come_its_part() -> None:
    queue = Queue([need(n, 5) for n in range(4)])
    assert sum(given_out(PROJECTED, queue, 12, expected=20).values()) == 6
    assert sum(given_out(PROJECTED, queue, 12).values()) == 12
    assert sum(given_out(PROJECTED, queue, 100, expected=20).values()) == 20
