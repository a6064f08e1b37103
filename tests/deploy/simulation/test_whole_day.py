"""A whole day through the deciders of both stages, without servers: units add up, nothing is refused by surprise."""

import datetime as dt
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from deploy.simulation.callers import Callers
from deploy.simulation.clerks import Clerks
from deploy.simulation.coldchain import cargo, expected, mended, warm
from deploy.simulation.couriers import Couriers
from deploy.simulation.day import day, ends
from deploy.simulation.guard import Guard
from deploy.simulation.opening import REGISTRATIONS
from deploy.simulation.post import Post, in_order, moment, post
from deploy.simulation.runner import FIRST, SLICE
from deploy.simulation.world import District, make_district
from schemas.coldchain import CheckFailed, HoldOrdered, HoldWithdrawn
from schemas.hold import HoldLifted, HoldPlaced
from schemas.item import load_catalogue
from schemas.ledger import ClockTicked
from schemas.request import RequestFiled, RequestLine
from schemas.stock import StockReceived
from schemas.supply import DispatchOrdered, DispatchRecalled
from schemas.temperature import load_profiles
from schemas.topics import (
    COLDCHAIN_HOLDS,
    DELIVERIES,
    HOLDS,
    HOUSEHOLDS,
    PARTITIONS,
    REQUESTS,
    SOURCES,
    STOCK,
)
from streams.core.coldchain.decider import ColdChainDecider
from streams.core.coldchain.settings import ColdChainSettings
from streams.core.decider import Decider, Fact, Rejected
from streams.core.supply import SupplyDecider, SupplySettings, conservation
from streams.ledger.keys import partition_of

CATALOGUE = load_catalogue(Path("deploy/items.toml"))
PROFILES = load_profiles(Path("deploy/profiles.toml"))
LATE = {"request_closed", "need_closed", "unknown_request"}
"""People change or cancel what was delivered by then (or was refused as absurd)."""


@dataclass
class Played:
    """A district's day against one decider a stage and partition; people answer at once, as in the demo."""

    district: District
    seed: int
    decided: dict[str, Counter[str]] = field(default_factory=lambda: {stage: Counter() for stage in SOURCES})
    refused: Counter[str] = field(default_factory=Counter)
    unparsed: list[Post] = field(default_factory=list)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Checks that failed, by rule and what they are about."""
    at: dt.datetime | None = None
    """Time of the message that is being taken."""
    withdrawn: set[str] = field(default_factory=set)
    """Holds of the cold chain that ended."""

    def __post_init__(self) -> None:
        self.deciders: dict[str, Decider[Any]] = {
            "supply": SupplyDecider(SupplySettings(), CATALOGUE),
            "coldchain": ColdChainDecider(ColdChainSettings(), PROFILES),
        }
        self.states = {stage: [each.initial() for _ in range(PARTITIONS)] for stage, each in self.deciders.items()}
        self.couriers, self.clerks = Couriers(self.seed), Clerks(self.district.day, self.seed)
        self.callers, self.guard = Callers(self.seed), Guard()

    def play(self) -> None:
        waiting, now = deque(day(self.district, self.seed)), moment(self.district.day, REGISTRATIONS)
        while now < ends(self.district):
            until = now + SLICE
            answers = [post(STOCK, message) for message in self.clerks.due(now, until)]
            answers += [post(DELIVERIES, message) for message in self.couriers.due(now, until)]
            answers += [post(HOUSEHOLDS, message) for message in self.callers.due(now, until)]
            planned = [waiting.popleft() for _ in range(sum(each.at < until for each in waiting))]
            for each in sorted(in_order([*answers, *planned]), key=lambda each: each.topic.name not in FIRST):
                self.take(each, until)
            for state in self.states["supply"]:
                assert conservation(state) == []
            now = until

    def take(self, each: Post, seen: dt.datetime) -> None:
        everywhere = range(PARTITIONS)
        for partition in everywhere if each.key is None else [partition_of(each.key.encode(), PARTITIONS)]:
            for stage in (stage for stage in self.deciders if each.topic in SOURCES[stage]):
                self.at = each.at.astimezone(dt.UTC)
                self.tick(stage, partition, self.at, seen)
                self.message(stage, partition, each, seen)

    def message(self, stage: str, partition: int, each: Post, seen: dt.datetime) -> None:
        try:
            event = TypeAdapter(each.topic.model).validate_json(each.value)
        except ValidationError:
            self.unparsed.append(each)
            return
        try:
            decisions = self.deciders[stage].decide(self.states[stage][partition], event)
        except Rejected as why:
            self.refused[why.code] += 1
        else:
            self.apply(stage, partition, Fact(event.event_id, None, decisions), seen)

    def tick(self, stage: str, partition: int, at: dt.datetime, seen: dt.datetime) -> None:
        decider, states = self.deciders[stage], self.states[stage]
        while True:
            decisions = decider.decide(states[partition], ClockTicked(at=at))
            self.apply(stage, partition, Fact(None, at, decisions), seen)
            due = decider.next_due(states[partition])
            if due is None or due > at:
                return

    def apply(self, stage: str, partition: int, fact: Fact, seen: dt.datetime) -> None:
        states = self.states[stage]
        states[partition] = self.deciders[stage].evolve(states[partition], fact)
        for decision in fact.decisions:
            self.decided[stage][decision.type] += 1
            if stage == "supply":
                self.answer(partition, decision, seen)
            else:
                self.relay(decision, seen)

    def answer(self, partition: int, decision: Any, seen: dt.datetime) -> None:
        self.clerks.see(decision, seen)
        self.callers.see(decision)
        self.guard.see(partition, decision)
        if isinstance(decision, DispatchOrdered):
            self.couriers.take(decision)
        elif isinstance(decision, DispatchRecalled):
            self.couriers.recall(decision)

    def relay(self, decision: Any, seen: dt.datetime) -> None:
        """What the relay tells every partition, with the time of the cold chain's ledger."""
        common: dict[str, Any] = {"source": "coldchain", "occurred_at": self.at}
        match decision:
            case CheckFailed():
                self.failed[decision.rule.value, decision.consignment_id or decision.premises_id or ""] += 1
            case HoldOrdered():
                fields: dict[str, Any] = {"lot_ids": decision.lot_ids, "consignment_id": decision.consignment_id}
                placed = {**common, **fields, "hold_id": decision.hold_id, "reason": decision.reason}
                event_id = f"placed-{decision.hold_id}-{self.decided['coldchain'].total()}"
                self.take(post(COLDCHAIN_HOLDS, HoldPlaced(kind="hold_placed", event_id=event_id, **placed)), seen)
            case HoldWithdrawn():
                self.withdrawn.add(decision.hold_id)
                lifted = {**common, "hold_id": decision.hold_id, "event_id": f"lifted-{decision.hold_id}"}
                self.take(post(COLDCHAIN_HOLDS, HoldLifted(kind="hold_lifted", **lifted)), seen)
            case _:
                pass


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(CATALOGUE, 10, 1, seed=2)


@pytest.fixture(scope="module", params=[1, 2])
def played(request: pytest.FixtureRequest) -> Played:
    one = Played(make_district(CATALOGUE, 600, 12, request.param), request.param)
    one.play()
    return one


def test_only_what_was_broken_on_purpose_can_not_be_read(played: Played) -> None:
    assert played.unparsed and not any(each.valid for each in played.unparsed)
    assert len(played.unparsed) == sum(not each.valid for each in day(played.district, played.seed))


def test_what_goes_wrong_on_purpose_fails_its_check_and_nothing_else_does(played: Played) -> None:
    assert played.failed == expected(played.district)
    assert len(played.withdrawn) == sum(mended(played.district).values())


def test_the_consignment_that_warms_up_is_stopped_when_a_part_of_it_was_received(played: Played) -> None:
    voyage = warm(played.district)
    assert voyage is not None
    lots = {lot.id for lot in cargo(played.district, voyage)}
    got = {lot for (_, lot), units in played.couriers.handed.items() if units}
    assert lots <= {lot_id for _, lot_id in played.guard.met}
    assert lots & got and lots - got
    assert played.guard.looked_at > 1000 and played.guard.given == []


def test_nothing_else_is_refused_but_what_comes_too_late_or_is_absurd(played: Played) -> None:
    assert set(played.refused) <= LATE | {"absurd_quantity"}


def test_a_day_has_all_that_a_supervisor_must_see(played: Played) -> None:
    missing = {
        "need_opened", "need_closed", "need_overdue", "need_reopened", "duplicate_suspected", "lot_expired",
        "lot_counted", "lot_held", "lot_freed", "dispatch_recalled", "dispatch_overdue", "repeat_ignored",
    } - set(played.decided["supply"])  # fmt: skip
    assert len(missing) <= 1, missing
    decided = played.decided["supply"]
    assert 0.9 < decided["dispatch_closed"] / decided["dispatch_ordered"] < 1
    open_needs = sum(len(state.needs) for state in played.states["supply"])
    assert 0.02 < open_needs / decided["need_opened"] < 0.25


def test_what_clerks_know_is_what_the_books_say(played: Played) -> None:
    books = {
        lot.lot_id: lot.available + lot.reserved for state in played.states["supply"] for lot in state.lots.values()
    }
    assert {lot: units for lot, units in played.clerks.shelves.items() if units} == {
        lot: units for lot, units in books.items() if units
    }


def test_a_lot_freed_from_a_hold_is_given_out_once(district: District) -> None:
    """A day of seed 2 once gave 28 of 14 units away when a hold was lifted with needs waiting."""
    one, area = Played(district, 2), district.areas[0]
    hours = iter(range(6, 20))
    common = {"source": "test", "area": area}

    def at() -> dict[str, Any]:
        hour = next(hours)
        return {"event_id": f"e{hour}", "occurred_at": moment(district.day, hour)}

    lot = {"item": "rice", "warehouse": "w", "quantity": 14, "consignment_id": "c"}
    needs = [RequestLine(item="rice", quantity=20)]
    asked = {"request_id": "r", "requester_id": "hh", "lines": needs, "taken_by": "test"}
    hold = {"source": "test", "hold_id": "h", "reason": "test"}
    for each in (
        post(HOLDS, HoldPlaced(kind="hold_placed", consignment_id="c", **hold, **at())),
        post(STOCK, StockReceived(kind="stock_received", lot_id="first", **lot, **common, **at())),
        post(STOCK, StockReceived(kind="stock_received", lot_id="second", **lot, **common, **at())),
        post(REQUESTS, RequestFiled(kind="request_filed", **asked, **common, **at())),
        post(HOLDS, HoldLifted(kind="hold_lifted", **hold, **at())),
    ):
        one.take(each, each.at)
    assert not one.unparsed and not one.refused
    assert [why for state in one.states["supply"] for why in conservation(state)] == []
    lots = {lot.lot_id: lot for state in one.states["supply"] for lot in state.lots.values()}
    assert [lots[name].reserved for name in ("first", "second")] == [14, 6]
