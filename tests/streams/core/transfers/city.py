"""A city in a test: areas with a supply decider each, the transfers stage over them, and relays between, all pure.

Messages of a relay come late and sometimes twice, as from a relay that was killed; clerks send and receive what is
ordered, or less, or nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from typing import Any

from pydantic_core import to_jsonable_python

from schemas.ledger import ClockTicked, RepeatIgnored
from schemas.request import NeedClass
from schemas.supply import LotTransferredOut
from schemas.transfers import RoundDecided, TransferOrdered
from streams.core.decider import Fact
from streams.core.supply import SupplyDecider, conservation
from streams.core.transfers import TransferDecider, TransferSettings
from streams.ledger.conservation import Conservation
from streams.relay_routes import ORDERS, STANDINGS, Origin, Route
from tests.streams.core.supply import spec
from tests.streams.core.supply.spec import CATALOGUE, START

AREAS = ("sh/a", "sh/b", "sh/c")
ROADS = TransferSettings(
    distances={"sh/a": {"sh/b": 9, "sh/c": 40}, "sh/b": {"sh/c": "none"}},
    escalate_hours=dict.fromkeys(NeedClass, 1),
    keep_hours=0,
    ship_hours=2,
    unload_hours=1,
    chunk=2,
)


class Ledger:
    """One partition: a decider, its state, and what it decided."""

    def __init__(self, decider: Any, partition: int, route: Route) -> None:
        self.decider, self.partition, self.route = decider, partition, route
        self.state = decider.initial()
        self.facts: list[Fact] = []
        self.out: list[tuple[str | None, Any]] = []
        self.now = START
        self.tally = Conservation()

    def take(self, message: Any) -> list[Any]:
        before = self.decider.dump(self.state)
        decisions = list(self.decider.decide(self.state, message))
        assert self.decider.dump(self.state) == before, "decide changed the state"
        plain = to_jsonable_python(decisions)
        again = self.decider.decisions.validate_json(json.dumps(plain))
        assert again == decisions
        ticked = message.at if isinstance(message, ClockTicked) else None
        fact = Fact(None if ticked else message.event_id, ticked, again)
        self.state = self.decider.evolve(self.state, fact)
        self.facts.append(fact)
        self.now = max(self.now, ticked or self.now)
        self.relay(plain)
        return again

    def relay(self, decisions: list[dict[str, Any]]) -> None:
        for nth, decision in enumerate(decisions):
            origin = Origin(self.partition, len(self.facts), nth * self.route.legs, self.now)
            for key, message in self.route.tell(decision, origin):
                self.out.append((key, type(message).model_validate_json(message.model_dump_json())))

    def tick(self, until: dt.datetime) -> None:
        for _ in range(1000):
            due = self.decider.next_due(self.state)
            if due is None or due > until:
                self.take(ClockTicked(at=until))
                return
            assert self.take(ClockTicked(at=max(due, self.now))), "work is due, but the tick decides nothing"
        raise AssertionError("work that never ends")

    def replayed(self) -> bytes:
        state = self.decider.initial()
        for fact in self.facts:
            state = self.decider.evolve(state, fact)
        return bytes(self.decider.dump(state))


class Stage(Ledger):
    """The city's: no more is ever ordered than is lacking and than can be spared."""

    def take(self, message: Any) -> list[Any]:
        decisions = super().take(message)
        for item in {one.item for one in decisions if isinstance(one, RoundDecided)}:
            under_way, standings = list(self.state.under_way(item)), self.state.standings[item]
            for order in [one for one in decisions if isinstance(one, TransferOrdered) and one.item == item]:
                awaited = sum(one.awaited for one in under_way if one.destination == order.area)
                lacking = sum(one.quantity for one in standings[order.area].lacking)
                assert awaited <= lacking, "ordered twice"
                asked = sum(one.quantity for one in under_way if one.source == order.from_area and not one.answered)
                assert asked <= standings[order.from_area].spare, "more ordered than can be spared"
        return decisions


class City:
    """Time goes on in steps; `chance` says how late and how often messages come, and how honest clerks are."""

    def __init__(self, chance: random.Random, roads: TransferSettings = ROADS, *, honest: bool = False) -> None:
        self.chance, self.honest, self.now, self.number = chance, honest, START, 0
        self.areas = {
            area: Ledger(SupplyDecider(spec.plain(chunk=3), CATALOGUE, transfers=roads), number, STANDINGS)
            for number, area in enumerate(AREAS)
        }
        self.stage = Stage(TransferDecider(roads), 0, ORDERS)
        self.came = Counter[str]()
        """Units that came from outside, by item."""
        self.way: dict[str, tuple[TransferOrdered, int, dt.datetime]] = {}
        """Transfers that were sent and have not arrived: order, units, when they arrive."""
        self.gone: Counter[str] = Counter()
        """Units that were sent and will not be received."""
        self.written_off: set[str] = set()

    def say(self, area: str, message: Any) -> list[Any]:
        self.number += 1
        fields = {"event_id": f"m{self.number}", "occurred_at": self.now}
        return self.areas[area].take(message.model_copy(update=fields))

    def receive(self, area: str, units: int, item: str = "rice", expires: int | None = None) -> None:
        self.came[item] += units
        days = None if expires is None else (self.now - START).days + expires
        self.say(area, spec.received(f"{area}-{self.number}".replace("/", "-"), units, item, days, area=area))

    def ask(self, area: str, units: int, item: str = "rice", **more: Any) -> None:
        name = f"r{self.number}"
        self.say(area, spec.filed(name, {item: units}, f"hh-{self.number}", area=area, reported_at=self.now, **more))

    def go_on(self, minutes: int = 10) -> None:
        """All clocks, then the relays, then the clerks."""
        self.now += dt.timedelta(minutes=minutes)
        for ledger in self.areas.values():
            ledger.tick(self.now)
        self.carry()
        self.stage.tick(self.now)
        self.carry()
        self.clerks()
        self.check()

    def carry(self) -> None:
        """What relays have in hand, or the beginning of it; some of it twice."""
        for ledger in (*self.areas.values(), self.stage):
            count = len(ledger.out) if self.honest else self.chance.randint(0, len(ledger.out))
            now, ledger.out = ledger.out[:count], ledger.out[count:]
            if now and not self.honest and self.chance.random() < 0.2:
                now = now + now[self.chance.randrange(len(now)) :]
            for key, message in now:
                target = self.stage if ledger is not self.stage else self.areas[str(key)]
                target.take(message)
                assert [type(one) for one in target.decider.decide(target.state, message)] == [RepeatIgnored]

    def orders(self) -> list[TransferOrdered]:
        return [one for fact in self.stage.facts for one in fact.decisions if isinstance(one, TransferOrdered)]

    def clerks(self) -> None:
        orders = {one.transfer_id: one for one in self.orders()}
        for ledger in self.areas.values():
            for one in list(ledger.state.transit.outgoing.values()):
                if self.honest or self.chance.random() < 0.4:
                    units = one.quantity if self.honest else self.chance.randint(1, one.quantity)
                    moved = spec.transferred(one.lot_id, units, one.transfer_id, one.to_area, area=one.area)
                    said = self.say(one.area, moved)
                    assert [d.quantity for d in said if isinstance(d, LotTransferredOut)] == [units]
                    order = orders[one.transfer_id]
                    hours = 1 if self.honest else self.chance.choice((0, 1, 3, 9))
                    self.way[one.transfer_id] = (order, units, self.now + dt.timedelta(hours=hours))
        for transfer_id, (order, units, arrives) in list(self.way.items()):
            if arrives <= self.now:
                del self.way[transfer_id]
                self.arrive(order, units)

    def arrive(self, order: TransferOrdered, units: int) -> None:
        """In full, short, not at all and said so, or not at all and nobody says it."""
        fate = 0 if self.honest else self.chance.randrange(5)
        received = units if fate < 2 else self.chance.randint(1, units) if fate == 2 else 0
        self.gone[order.item] += units - received
        lot = order.transfer_id
        expected = self.areas[order.area].state.transit.incoming.get(lot)
        if received:
            days = None if order.expires_on is None else (order.expires_on - spec.TODAY).days
            self.say(order.area, spec.received(lot, received, order.item, days, area=order.area))
        elif fate == 3 and expected is not None:
            self.say(order.area, spec.written_off(lot, expected.quantity, area=order.area))

    def check(self) -> None:
        """What must hold at every prefix, in each area and over the city."""
        there = Counter[str]()
        for ledger in self.areas.values():
            assert conservation(ledger.state) == []
            for lot in ledger.state.lots.values():
                there[lot.item] += lot.available + lot.reserved + lot.in_transit + lot.delivered + lot.written_off
        for order, units, _ in self.way.values():
            there[order.item] += units
        assert there + self.gone == self.came, "a unit is lost or made between areas"
