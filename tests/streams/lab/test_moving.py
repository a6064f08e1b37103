"""Transfers in the lab: what is spare goes where it is lacked, takes its time, and no unit is lost or doubled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.lab.compare import LAB, Comparison, compare
from schemas.stock import StockReceived
from schemas.transfers import TransferInOrdered, TransferOutOrdered
from streams.core.supply import SupplyDecider, SupplySettings, conservation
from streams.core.transfers.settings import NO_ROADS, Roads, TransferSettings
from streams.lab.demand import Shape, demand
from streams.lab.figures import Figures, Ledger, figures
from streams.lab.moving import Moving, without_transfers
from streams.lab.replay import Pace, Replay
from tests.streams.core.supply.spec import AREA, CATALOGUE, ELSEWHERE, at, filed, floor, received, transferred

FAR = "sh/pd/sanlin"


def roads(km: int = 60, **pairs: int) -> Roads:
    """All three areas, so far apart; other distances from this area by the last part of a name."""
    ways = dict.fromkeys(permutations((AREA, ELSEWHERE, FAR), 2), km)
    for name, other in pairs.items():
        ways[f"sh/pd/{name}", AREA] = ways[AREA, f"sh/pd/{name}"] = other
    return replace(Roads.of(TransferSettings()), ways=ways)


def moved(*messages: object, ways: Roads | None = None, **more: object) -> tuple[Replay, Ledger, Figures]:
    ledger, moving = Ledger(), Moving(ways or roads())
    decider = SupplyDecider(SupplySettings.model_validate(more), CATALOGUE)
    run = Replay(decider, Pace(after=dt.timedelta(days=2)), ledger.seen, moving).run(messages)
    assert conservation(run.state) == []
    return run, ledger, figures("fair", ledger, run.now, 0.0, moving)


def test_what_one_area_lacks_another_sends_when_it_has_waited_long_enough() -> None:
    run, ledger, told = moved(
        filed("r1", {"rice": 5}), received("l", 9, area=ELSEWHERE), filed("r2", occurred_at=at(40))
    )
    assert (told.transfers, told.moved, told.unit_km) == (2, 7, 7 * 60)
    lot = next(lot for lot in ledger.lots.values() if lot.moved_from)
    assert (lot.area, lot.moved_from, lot.quantity) == (AREA, ("l",), 5)
    need = ledger.needs["r1:rice"]
    assert need.got == 5 and need.full_at is not None
    waited = (need.full_at - need.reported_at) / dt.timedelta(hours=1)
    assert 12 + 4 + 2 + 2 <= waited <= 12 + 4 + 2 + 2 + 0.6, (
        "half a day, loading, 60 km at 30 an hour, unloading, a round"
    )
    assert run.rejected == {}


def test_the_nearest_surplus_goes_first_and_reserves_stay() -> None:
    stock = (received("far", 9, area=FAR), received("near", 9, area=ELSEWHERE), floor("rice", 6, area=ELSEWHERE))
    _, ledger, told = moved(*stock, filed("r1", {"rice": 5}), ways=roads(90, beicai=20))
    came = sorted((lot.moved_from, lot.quantity) for lot in ledger.lots.values() if lot.moved_from)
    assert came == [(("far",), 2), (("near",), 3)]
    assert told.unit_km == 3 * 20 + 2 * 90


def test_without_a_road_or_time_to_arrive_nothing_moves() -> None:
    asked, there = filed("r1", {"rice": 5}), received("l", 9, area=ELSEWHERE)
    alone = replace(roads(), ways={(AREA, ELSEWHERE): 5})
    assert moved(asked, there, ways=alone)[2].moved == 0, "there is a way only in the other direction"
    assert moved(asked, received("l", 9, area=ELSEWHERE, expires_in=0))[2].moved == 0


def test_what_is_on_its_way_is_not_ordered_twice() -> None:
    slow = replace(roads(3000), round=NO_ROADS.round)
    _, __, told = moved(filed("r1", {"rice": 5}), received("l", 50, area=ELSEWHERE), ways=slow)
    assert (told.transfers, told.moved) == (1, 5)


def test_the_city_s_own_orders_give_way_to_the_lab_s_rounds() -> None:
    common = {"item": "rice", "quantity": 4, "km": 5, "deadline": at(9), "reason": "lacks"}
    base = {"occurred_at": at(1), "source": "city", "transfer_id": "t1"}
    out = TransferOutOrdered(
        kind="transfer_out_ordered", event_id="o", area=ELSEWHERE, lot_id="l", to_area=AREA, to_warehouse="w",
        ship_by=at(5), **common, **base,
    )  # fmt: skip
    coming = TransferInOrdered(
        kind="transfer_in_ordered", event_id="i", area=AREA, from_area=ELSEWHERE, **common, **base
    )
    own = received("l", 9, area=ELSEWHERE)
    carried = (transferred("l", 4, "t1", to_area=AREA, area=ELSEWHERE), received("t1", 4))
    other = transferred("l", 1, "x", to_area=FAR, area=ELSEWHERE)
    assert without_transfers([own, out, coming, *carried, other]) == [own, other]


def compared(messages: list[object], ways: Roads) -> Comparison:
    known = {code: item.model_copy(update={"norm_days": 1}) for code, item in CATALOGUE.items()}
    return compare(messages, list(LAB), SupplySettings(), known, Pace(), ways)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99), scarcity=st.sampled_from([0.05, 0.4, 0.8, 1.3]))
def test_no_policy_is_better_than_the_bound_with_transfers_and_they_never_lose_units(
    seed: int, scarcity: float
) -> None:
    messages: list[object] = list(demand(Shape(seed=seed, requests=80, scarcity=scarcity, areas=3, days=3), CATALOGUE))
    areas = sorted(
        {one.area for one in messages if isinstance(one, StockReceived)} | {"lab/area0", "lab/area1", "lab/area2"}
    )
    ways = replace(Roads.of(TransferSettings()), ways=dict.fromkeys(permutations(areas, 2), 10))
    with_them, without = compared(messages, ways), compared(messages, NO_ROADS)
    assert with_them.bound is not None and without.bound is not None
    assert with_them.bound.given >= without.bound.given
    for one in with_them.figures:
        assert one.given <= with_them.bound.given
        assert one.smallest <= with_them.bound.smallest + 1e-6


def test_where_nothing_moves_nothing_is_said_of_it() -> None:
    (first, *_) = compared([filed("r1"), received("l", 1)], NO_ROADS).figures
    assert (first.transfers, first.moved, first.unit_km) == (None, None, None)


@pytest.mark.parametrize("name", list(LAB))
def test_moving_lifts_the_fill_under_every_policy(name: str) -> None:
    messages = [
        filed("r1", {"rice": 5}),
        received("l", 9, area=ELSEWHERE),
        filed("r9", {"milk": 1}, occurred_at=at(40)),
    ]
    by_name = {one.policy: one for one in compared(messages, roads()).figures}
    assert by_name[name].given == 5
    assert {one.given for one in compared(messages, NO_ROADS).figures} == {0}
