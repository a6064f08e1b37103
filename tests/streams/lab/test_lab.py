"""The policy lab: rounds, figures, the bound, and what policies do on made-up and on real demand."""

from __future__ import annotations

import datetime as dt
import importlib.util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.lab.compare import LAB, Comparison, compare
from schemas.item import Item
from schemas.request import RequestFiled
from streams.core.supply import SupplyDecider, SupplySettings, conservation
from streams.lab.demand import Shape, demand
from streams.lab.figures import Ledger, gini
from streams.lab.replay import Pace, Replay, in_rounds
from tests.streams.core.supply.spec import at, filed, received

CATALOGUE = {
    code: Item(code=code, name_zh="", name_en=code, unit="piece", request_limit=10**6, lot_limit=10**9)
    for code in ("rice", "milk")
}
DAY = dt.timedelta(days=1)


def compared(*messages: object, pace: Pace | None = None, **more: object) -> Comparison:
    return compare(messages, list(LAB), SupplySettings.model_validate(more), CATALOGUE, pace or Pace())


def test_a_round_is_decided_at_its_end_what_is_asked_first() -> None:
    stock, early = received("a", 5, occurred_at=at(1)), filed("r1", occurred_at=at(2))
    late = filed("r2", occurred_at=at(30))
    ended = in_rounds([stock, late, early], DAY)
    assert [message for _, message in ended] == [early, stock, late]
    assert [(end - ended[0][0]) for end, _ in ended] == [dt.timedelta(), dt.timedelta(), DAY]
    assert all(end >= message.occurred_at for end, message in ended)


def test_made_up_demand_is_the_same_for_the_same_seed_and_as_scarce_as_said() -> None:
    shape = Shape(seed=7, requests=400, scarcity=0.25)
    made = demand(shape, CATALOGUE)
    assert made == demand(shape, CATALOGUE) != demand(Shape(seed=8, requests=400, scarcity=0.25), CATALOGUE)
    asked = sum(one.lines[0].quantity for one in made if isinstance(one, RequestFiled))
    there = sum(one.quantity for one in made if one.kind == "stock_received")
    assert there / asked == pytest.approx(0.75, abs=0.01)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 99), scarcity=st.sampled_from([0.05, 0.4, 0.8, 1.0, 1.5]))
def test_no_policy_is_better_than_the_bound_and_none_loses_units(seed: int, scarcity: float) -> None:
    messages = demand(Shape(seed=seed, requests=80, scarcity=scarcity, areas=2, days=3), CATALOGUE)
    found = compared(*messages, ration_norms=False)
    assert found.bound is not None
    assert all(one.given <= found.bound.given for one in found.figures)
    for name, policy in LAB.items():
        ledger = Ledger()
        run = Replay(SupplyDecider(SupplySettings(), CATALOGUE, policy), Pace(), ledger.seen).run(messages)
        assert conservation(run.state) == [], name
        for need in run.state.needs.values():
            assert ledger.needs[need.need_id].got == need.got


def test_fair_serves_more_people_than_first_come_with_the_same_units() -> None:
    requests = [filed(f"r{n:02}", {"rice": 10}, f"hh-{n}", occurred_at=at(n / 60)) for n in range(10)]
    found = compared(*requests, received("a", 50, occurred_at=at(1)))
    by_name = {one.policy: one for one in found.figures}
    assert {one.given for one in found.figures} == {50} == {found.bound.given if found.bound else None}
    assert (by_name["first_come"].recipients, by_name["fair"].recipients) == (0.5, 1.0)
    assert (by_name["first_come"].smallest, by_name["fair"].smallest) == (0.0, 0.5)
    assert found.bound is not None and found.bound.smallest == pytest.approx(0.5)


def test_who_asks_after_the_last_stock_or_where_there_is_none_is_out_of_reach() -> None:
    asked = [filed(f"r{n}", {"rice": 4}, f"hh-{n}", occurred_at=at(n)) for n in range(4)]
    found = compared(received("a", 4, occurred_at=at(0.5)), *asked, filed("r9", {"milk": 1}, "hh-9"))
    told = found.figures[0]
    assert (told.empty, told.nothing, told.unreachable) == (4, 0.8, 0.8), "three came later, and there is no milk"
    found = compared(received("a", 4, occurred_at=at(0.5)), *asked, received("b", 1, occurred_at=at(9)))
    assert (found.figures[0].empty, found.figures[0].unreachable) == (2, 0.0)


def test_gini_of_equal_and_of_unequal_fills() -> None:
    assert gini([0.5] * 4) == pytest.approx(0)
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert gini([]) == 0


def test_units_that_expire_before_they_are_asked_for_are_in_no_bound() -> None:
    found = compared(received("a", 5, expires_in=1), filed("r1", {"rice": 5}, occurred_at=at(days=4)))
    assert found.bound is not None and found.bound.given == 0
    assert {one.expired for one in found.figures} == {5}


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ppe_match") is None, reason="the package ppe-match is not installed")
def test_on_the_real_shortage_fair_reaches_far_more_recipients_at_the_same_fill(capsys: pytest.CaptureFixture) -> None:
    import json

    from deploy.commands.simulate import command

    command.main(
        ["--real", "--round-hours", "24", "--no-transfers", "--policy", "first_come", "--policy", "fair", "--json"],
        standalone_mode=False,
    )
    first, fair = json.loads(capsys.readouterr().out)["policies"]
    assert fair["given"] == first["given"]
    assert fair["recipients"] > 0.9 > 0.6 > first["recipients"]
    assert fair["smallest"] > first["smallest"]


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ppe_match") is None, reason="the package ppe-match is not installed")
def test_transfers_on_the_real_shortage_double_what_is_given_and_fair_leaves_fewer_with_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import json

    from deploy.commands.simulate import command

    command.main(
        [
            "--real",
            "--round-hours",
            "24",
            "--policy",
            "first_come",
            "--policy",
            "fair",
            "--policy",
            "projected",
            "--json",
        ],
        standalone_mode=False,
    )
    told = json.loads(capsys.readouterr().out)
    first, fair, projected = told["policies"]
    assert fair["given"] == pytest.approx(first["given"], rel=1e-6), "some units are on the road when the run ends"
    assert fair["given"] == pytest.approx(told["bound"]["given"], rel=1e-6)
    assert max(fair["given"], first["given"], projected["given"]) <= told["bound"]["given"]
    assert fair["fill"] > 0.5 and fair["unit_km"] > 10**9
    assert fair["nothing"] < 0.8 * first["nothing"]
    assert first["recipients"] < fair["recipients"] and first["smallest"] < fair["smallest"] < told["bound"]["smallest"]
    assert max(first["seconds"], fair["seconds"]) < 30
