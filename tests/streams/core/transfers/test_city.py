"""From a shortage to a filled need, over areas and the city, whatever relays, clerks and roads do."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.moves import TransferArrived, TransferOverdue, TransferRefused
from schemas.transfers import RoundDecided, StandingTaken, TransferEnded, TransferOrdered, TransferReduced
from streams.core.instants import to_us
from streams.core.transfers import TransferSettings
from streams.core.transfers.evolve import CHANGES
from streams.core.transfers.plan import plan
from streams.core.transfers.rounds import shortages_of, spares_of
from streams.core.transfers.settings import Roads
from tests.streams.core.supply import spec
from tests.streams.core.transfers.city import AREAS, ROADS, City

A, B, C = AREAS


def said(city: City, kind: type) -> list[Any]:
    return [one for fact in city.stage.facts for one in fact.decisions if isinstance(one, kind)]


def quiet() -> City:
    """Everybody does what is ordered."""
    city = City(random.Random(1), honest=True)
    for area in AREAS:
        city.say(area, spec.floor("milk", 0, area=area))
    city.go_on()
    return city


def test_what_one_area_lacks_comes_from_the_nearest_that_can_spare_it() -> None:
    city = quiet()
    city.receive(B, 50)
    city.receive(C, 50)
    city.ask(A, 12)
    for _ in range(30):
        city.go_on()
    (order,) = city.orders()
    assert (order.from_area, order.area, order.quantity, order.km) == (B, A, 12, 9)
    assert "sh/a lacks 12 rice for other needs" in order.reason and "9 公里" in order.reason_zh
    (need,) = city.areas[A].state.needs.values()
    assert need.got == 12 and not city.stage.state.orders
    (ended,) = said(city, TransferEnded)
    assert (ended.ordered, ended.received, ended.lost, ended.reduced) == (12, 12, 0, 0)


def test_where_there_is_no_road_or_nothing_to_spare_the_round_says_why() -> None:
    city = quiet()
    city.receive(C, 10)
    city.ask(B, 4)
    for _ in range(14):
        city.go_on()
    assert not city.orders()
    assert [one.why for one in said(city, RoundDecided)[-1].unfilled] == ["no_road"]
    city.ask(B, 1, "milk")
    for _ in range(14):
        city.go_on()
    milk = [one for one in said(city, RoundDecided) if one.item == "milk"]
    assert [one.why for one in milk[-1].unfilled] == ["no_spare"]


def test_what_would_expire_on_its_way_is_not_ordered() -> None:
    city = quiet()
    for _ in range(6 * 12):
        city.go_on()
    city.receive(C, 10, expires=0)
    city.ask(A, 4)
    for _ in range(14):
        city.go_on()
    assert not city.orders()
    assert [one.why for one in said(city, RoundDecided)[-1].unfilled] == ["expires"]


def test_a_lost_transfer_opens_the_shortage_again() -> None:
    city = quiet()
    city.receive(B, 50)
    city.ask(A, 12)
    while not city.way:
        city.go_on()
    ((order, units, _),) = city.way.values()
    city.way.clear()
    city.gone["rice"] += units
    city.say(A, spec.written_off(order.transfer_id, units, area=A))
    for _ in range(30):
        city.go_on()
    first, second = city.orders()
    assert (second.area, second.quantity, second.from_area) == (A, 12, B) and second.transfer_id != first.transfer_id
    assert [need.got for need in city.areas[A].state.needs.values()] == [12]
    assert [(one.received, one.lost) for one in said(city, TransferEnded)] == [(0, 12), (12, 0)]


def test_a_transfer_that_nobody_hears_of_again_is_overdue_and_ordered_anew() -> None:
    city = quiet()
    city.receive(B, 50)
    city.ask(A, 12)
    while not city.way:
        city.go_on()
    ((late, units, _),) = city.way.values()
    city.way.clear()
    city.gone["rice"] += units
    for _ in range(60):
        city.go_on()
    assert len(city.orders()) == 2
    decided = [one for fact in city.areas[A].facts for one in fact.decisions]
    assert [one.transfer_id for one in decided if isinstance(one, TransferOverdue)] == [late.transfer_id]
    city.gone["rice"] -= units
    city.say(A, spec.received(late.transfer_id, units, area=A))
    for _ in range(12):
        city.go_on()
    assert not city.stage.state.orders, "late, but in the end it came"


def test_what_the_source_no_longer_has_is_refused_and_found_elsewhere() -> None:
    city = quiet()
    city.receive(B, 12)
    city.receive(C, 50)
    city.ask(A, 12)
    while not city.orders():
        city.now += dt.timedelta(minutes=10)
        for ledger in city.areas.values():
            ledger.tick(city.now)
        city.carry()
        city.stage.tick(city.now)
    city.ask(B, 10)
    for _ in range(40):
        city.go_on()
    refused = [one for fact in city.areas[B].facts for one in fact.decisions if isinstance(one, TransferRefused)]
    assert [(one.quantity, one.reason) for one in refused] == [(10, "not_available")]
    assert [one.quantity for one in said(city, TransferReduced)] == [10]
    assert [(one.from_area, one.quantity) for one in city.orders()] == [(B, 12), (C, 10)]
    assert [need.got for need in city.areas[A].state.needs.values()] == [12]


def test_without_distances_the_stage_takes_what_it_is_told_and_orders_nothing() -> None:
    city = City(random.Random(1), TransferSettings(), honest=True)
    city.receive(B, 50)
    city.ask(A, 12)
    for _ in range(40):
        city.go_on()
    assert not any(fact.decisions for fact in city.stage.facts)
    assert city.stage.decider.next_due(city.stage.state) is None


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9))
def test_promises_hold_in_any_city(seed: int) -> None:
    chance = random.Random(seed)
    city = City(chance)
    storm(city, 40)
    for ledger in (*city.areas.values(), city.stage):
        dumped = ledger.decider.dump(ledger.state)
        assert ledger.replayed() == dumped
        assert ledger.decider.dump(ledger.decider.load(dumped)) == dumped
    calm(city)


def storm(city: City, steps: int) -> None:
    """Stock and requests come, areas count and hold, relays stumble."""
    chance = city.chance
    for _ in range(steps):
        for _ in range(chance.randint(0, 3)):
            area, item = chance.choice(AREAS), chance.choice(("rice", "rice", "milk"))
            match chance.randrange(6):
                case 0 | 1:
                    city.receive(area, chance.randint(1, 40), item, chance.choice((None, None, 1, 3)))
                case 2 | 3 | 4:
                    city.ask(area, chance.randint(1, 12), item, life_threatening=chance.random() < 0.2)
                case 5:
                    city.say(area, spec.floor(item, chance.randint(0, 8), area=area))
        city.go_on(chance.choice((5, 10, 30)))


def calm(city: City) -> None:
    """From now on everybody does as ordered: what can be filled is filled, and nothing is under way for ever."""
    city.honest = True
    for _ in range(150):
        city.go_on(20)
    for item in ("rice", "milk"):
        state, roads = city.stage.state, Roads.of(ROADS)
        arrives = roads.arrives(to_us(city.now))
        assert not plan(shortages_of(state, item), spares_of(state, item), roads.km, arrives), "more could be moved"
        overdue = {one.transfer_id for one in city.stage.state.under_way(item) if one.overdue}
        assert {one.transfer_id for one in city.stage.state.under_way(item)} == overdue, "it hangs"


def test_storms_meet_every_decision_of_the_stage() -> None:
    met = Counter[str]()
    for seed in range(4):
        city = City(random.Random(seed))
        storm(city, 60)
        calm(city)
        met += Counter(type(one).__name__ for fact in city.stage.facts for one in fact.decisions)
        arrived = [one for area in city.areas.values() for fact in area.facts for one in fact.decisions]
        met["arrived"] += sum(isinstance(one, TransferArrived) for one in arrived)
        met["short"] += sum(isinstance(one, TransferArrived) and one.missing > 0 for one in arrived)
    assert {kind.__name__ for kind in CHANGES} <= set(met)
    assert met["arrived"] > 10 and met["short"] > 0


def test_a_round_with_more_orders_than_a_record_has_room_for_goes_on_at_once() -> None:
    city = quiet()
    for number in range(5):
        city.receive(B, 2, "rice", 9 + number)
        city.receive(B, 2, "milk", 9 + number)
    city.ask(A, 10)
    city.ask(A, 10, "milk")
    for _ in range(12):
        city.go_on()
    rounds = said(city, RoundDecided)
    assert [(one.item, one.moved) for one in rounds] == [("milk", 10), ("rice", 10)]
    assert len({one.transfer_id for one in said(city, TransferOrdered)}) == 10
    assert len({one.at for one in rounds}) == 1
    records = [fact for fact in city.stage.facts if any(isinstance(one, RoundDecided) for one in fact.decisions)]
    assert len(records) == 2


def test_a_standing_told_again_has_no_effect() -> None:
    city = quiet()
    city.receive(B, 50)
    city.areas[B].tick(spec.at(1))
    city.areas[B].tick(spec.at(2))
    *_, (_, last) = city.areas[B].out
    first = city.stage.take(last)
    assert isinstance(first[0], StandingTaken) and first[0].spare == 50
    assert city.stage.take(last)[0].reason == "standing_known"


@pytest.mark.parametrize("hours", [0, 3])
def test_needs_are_the_citys_after_the_time_set_for_their_class(hours: int) -> None:
    roads = ROADS.model_copy(update={"escalate_hours": dict.fromkeys(ROADS.escalate_hours, hours)})
    city = City(random.Random(1), roads, honest=True)
    city.receive(B, 50)
    city.ask(A, 12)
    city.go_on(40)
    city.go_on(40)
    assert bool(city.orders()) == (hours == 0)
