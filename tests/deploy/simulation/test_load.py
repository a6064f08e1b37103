"""The benchmark's load is valid, repeatable, and stays at the level that was asked for."""

import datetime as dt
import json
from collections import Counter
from itertools import islice
from typing import Any

import pytest
from pydantic import TypeAdapter

from deploy.simulation.load import LINES_PER_REQUEST, Sent, mixed, opening
from schemas.topics import BY_NAME, PARTITIONS
from streams.ledger.keys import partition_of

HOUSEHOLDS, LOTS, OPEN, SEED = 200, 50, 300, 5


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    return [*opening(HOUSEHOLDS, LOTS, OPEN, SEED), *mixed(5000, HOUSEHOLDS, LOTS, SEED, OPEN)]


def bodies(sent: list[Sent]) -> list[dict[str, Any]]:
    return [json.loads(value) for _, _, value, _ in sent]


def test_every_message_fits_its_topic_and_key(sent: list[Sent]) -> None:
    for topic, key, value, _ in sent:
        assert TypeAdapter(BY_NAME[topic].model).validate_json(value).area == key.decode()


def test_ids_are_never_used_twice_and_time_goes_on(sent: list[Sent]) -> None:
    ids = [body["event_id"] for body in bodies(sent)]
    times = [timestamp for *_, timestamp in sent]
    assert len(set(ids)) == len(ids)
    assert times == sorted(set(times))


def test_open_needs_stay_at_their_level(sent: list[Sent]) -> None:
    needs: dict[str, int] = {}
    levels: list[int] = []
    for body in bodies(sent):
        if body["kind"] == "request_filed":
            needs[body["request_id"]] = len(body["lines"])
        elif body["kind"] == "request_cancelled":
            del needs[body["request_id"]]
            levels.append(sum(needs.values()))
    assert len(levels) == 2000
    assert OPEN * 0.95 < min(levels) <= max(levels) < OPEN * 1.05


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
    kinds = Counter(body["kind"] for body in bodies(list(mixed(1000, HOUSEHOLDS, LOTS, SEED, OPEN))))
    assert kinds == {"request_filed": 400, "request_cancelled": 400, "stock_received": 150, "stock_counted": 50}
    lines = [len(body["lines"]) for body in bodies(list(mixed(1000, HOUSEHOLDS, LOTS, SEED))) if "lines" in body]
    assert sum(lines) / len(lines) == pytest.approx(LINES_PER_REQUEST)


def test_partitions_get_equal_shares() -> None:
    shares = Counter(partition_of(key, PARTITIONS) for _, key, _, _ in mixed(20_000, HOUSEHOLDS, LOTS, SEED))
    assert max(shares.values()) < 1.1 * min(shares.values())


def test_the_seed_decides() -> None:
    def first(seed: int) -> list[Sent]:
        return list(islice(mixed(100, HOUSEHOLDS, LOTS, seed), 100))

    assert first(1) == first(1) != first(2)
