"""The benchmark's load is valid, repeatable, and stays at the level that was asked for."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from deploy.simulation.load import LINES_PER_REQUEST, START, Sent, mixed, opening
from schemas.item import load_catalogue
from schemas.ledger import ClockTicked
from schemas.topics import PARTITIONS, SUPPLY_SOURCES
from streams.core.decider import Fact
from streams.core.supply import SupplyDecider, SupplySettings, conservation
from streams.ledger.keys import partition_of

HOUSEHOLDS, LOTS, OPEN, SEED = 400, 70, 300, 5
ADAPTERS: dict[str, TypeAdapter[Any]] = {topic.name: TypeAdapter(topic.model) for topic in SUPPLY_SOURCES}


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    return [*opening(HOUSEHOLDS, LOTS, OPEN, SEED), *mixed(5000, HOUSEHOLDS, LOTS, SEED, OPEN)]


def bodies(sent: list[Sent]) -> list[dict[str, Any]]:
    return [json.loads(value) for _, _, value, _ in sent]


def test_every_message_fits_its_topic_and_key(sent: list[Sent]) -> None:
    for topic, key, value, _ in sent:
        assert ADAPTERS[topic].validate_json(value).area == key.decode()


def test_ids_are_never_used_twice_and_time_goes_on(sent: list[Sent]) -> None:
    ids = [body["event_id"] for body in bodies(sent)]
    times = [timestamp for *_, timestamp in sent]
    assert len(set(ids)) == len(ids)
    assert times == sorted(set(times))


class Stage:
    """A supply decider for each partition, fed with the load."""

    def __init__(self) -> None:
        self.decider = SupplyDecider(SupplySettings(), load_catalogue(Path("deploy/items.toml")))
        at = START.astimezone(dt.UTC)
        tick = Fact(None, at, self.decider.decide(self.decider.initial(), ClockTicked(at=at)))
        self.states = [self.decider.evolve(self.decider.initial(), tick) for _ in range(PARTITIONS)]
        self.decided: Counter[str] = Counter()

    def feed(self, sent: Iterable[Sent]) -> None:
        for topic, key, value, _ in sent:
            partition = partition_of(key, PARTITIONS)
            event = ADAPTERS[topic].validate_json(value)
            decisions = self.decider.decide(self.states[partition], event)
            self.decided.update(decision.type for decision in decisions)
            self.states[partition] = self.decider.evolve(self.states[partition], Fact(event.event_id, None, decisions))

    def open_needs(self) -> tuple[int, int]:
        """All, and those without stock."""
        needs = [need for state in self.states for need in state.needs.values()]
        return len(needs), sum(need.unfilled > 0 for need in needs)


def test_the_stage_takes_all_of_it_and_its_level_stays() -> None:
    stage = Stage()
    stage.feed(opening(HOUSEHOLDS, LOTS, OPEN, SEED))
    before = stage.open_needs()
    stage.feed(mixed(3000, HOUSEHOLDS, LOTS, SEED, OPEN))
    after = stage.open_needs()
    assert OPEN <= before[0] < OPEN * 1.2 and before[1] > OPEN * 0.4
    assert after[0] == pytest.approx(before[0], rel=0.03) and after[1] == pytest.approx(before[1], rel=0.1)
    assert stage.decided["dispatch_closed"] == 300, "every confirmation names its dispatch"
    assert stage.decided["need_reopened"] == stage.decided["repeat_ignored"] == 0
    assert not [why for state in stage.states for why in conservation(state)]


def test_lots_in_good_supply_stay_at_their_number(sent: list[Sent]) -> None:
    lots: set[str] = set()
    for body in bodies(sent):
        if body["kind"] == "stock_received" and body["quantity"] > 1000:
            lots.add(body["lot_id"])
        elif body["kind"] == "stock_counted":
            lots.remove(body["lot_id"])
        assert len(lots) <= LOTS + 1
    assert len(lots) == LOTS


def test_it_begins_when_it_is_told_to() -> None:
    start = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    (first,) = islice(opening(1, 1, 1, SEED, start=start), 1)
    assert json.loads(first[2])["occurred_at"] == start.isoformat()
    assert first[3] == start.timestamp() * 1000


def test_the_mix_is_requests_cancellations_and_stock() -> None:
    sent = bodies(list(mixed(1000, HOUSEHOLDS, LOTS, SEED, OPEN)))
    assert Counter(body["kind"] for body in sent) == {
        "request_filed": 400, "request_cancelled": 300, "stock_received": 150, "stock_counted": 50,
        "delivery_confirmed": 100,
    }  # fmt: skip
    lines = [len(body["lines"]) for body in sent if "lines" in body and not body.get("life_threatening")]
    assert sum(lines) / len(lines) == pytest.approx(LINES_PER_REQUEST, rel=0.05)


def test_partitions_get_equal_shares() -> None:
    shares = Counter(partition_of(key, PARTITIONS) for _, key, _, _ in mixed(20_000, HOUSEHOLDS, LOTS, SEED))
    assert max(shares.values()) < 1.1 * min(shares.values())


def test_the_seed_decides() -> None:
    def first(seed: int) -> list[Sent]:
        return list(islice(mixed(100, HOUSEHOLDS, LOTS, seed), 100))

    assert first(1) == first(1) != first(2)
