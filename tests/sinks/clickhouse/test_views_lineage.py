"""The views and `baogong trace` name the same consignments and households, whatever happened to the goods."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest

from deploy.trace.exposure import exposure
from deploy.trace.search import Story
from sinks.clickhouse.client import Client
from streams.lineage.graph import Kind, Lineage, Node, lot
from streams.trail import Subject
from tests.sinks.clickhouse.book import Book, iso, load
from tests.streams.lineage.ledgers import Ledgers
from tests.streams.lineage.test_meeting import CONSIGNMENTS, LOTS, REQUESTS, household, write

pytestmark = pytest.mark.servers
Told = set[tuple[Any, ...]]


def happenings(chance: random.Random) -> list[Any]:
    """As in the property test of the trace, with more packing, and goods given out only where they were received."""

    def some() -> list[str]:
        return chance.sample(LOTS, chance.randint(1, 3))

    def one() -> str:
        return chance.choice(LOTS)

    made: list[Any] = []
    for _ in range(chance.randint(4, 16)):
        consignment, place = chance.choice(CONSIGNMENTS), chance.randint(0, 1)
        kinds: list[Any] = [
            ("declared", consignment, some()),
            ("packed", consignment, one(), some(), chance.choice(["add", "delete"])),
            ("packed", consignment, chance.choice(["P0", "P1"]), some(), "add"),
            ("made", consignment, some(), some()),
            ("withdrawn", chance.randint(0, 6)),
            ("received", place, one(), chance.choice([None, None, consignment]), chance.choice([None, one()]), some()),
            ("moved", place, one(), one()),
        ]
        made.append(chance.choice(kinds))
    received = sorted({(told[1], told[2]) for told in made if told[0] == "received"})
    return made + [("given", place, chance.choice(REQUESTS), name) for place, name in received for _ in range(2)]


def sent(ledgers: Ledgers, place: int, request: str, name: str) -> None:
    """The bag is on its way."""
    ledgers.add(
        "supply",
        {
            "type": "dispatch_ordered", "dispatch_id": f"d-{request}-{name}", "requester_id": household(request),
            "area": "a1", "grid": "a1/g1", "team": "t1", "mode": "door", "ordered_at": "2022-04-01T08:00:00Z",
            "deadline": "2022-04-01T09:00:00Z", "lines": [ledgers.line(request, name)],
        },
        partition=place,
    )  # fmt: skip


def a_city(seeds: range) -> dict[str, Ledgers]:
    """Many small cities in one: the names of each end with its own number."""
    cities = {}
    for seed in seeds:
        told = happenings(random.Random(seed))
        ledgers = write(told)
        for place, request, name in {one[1:] for one in told if one[0] == "given"}:
            sent(ledgers, place, request, name)
        text = re.sub(r'\b([CLPrh])(\d)(?=["/:-])', rf"\1\2x{seed}", json.dumps(list(ledgers.records.items())))
        cities[f"x{seed}"] = Ledgers({(key[0], key[1], key[2]): record for key, record in json.loads(text)})
    return cities


def books(cities: dict[str, Ledgers]) -> list[Book]:
    found = {(stage, place): Book(stage, place).opened() for stage in ("supply", "coldchain") for place in (0, 1)}
    for ledgers in cities.values():
        for (stage, place, _), record in ledgers.records.items():
            decisions, event = record["decisions"], {"kind": "told"}
            for one in decisions:
                if one["type"] == "fact_recorded":
                    event["event_id"] = one["fact"]["event_id"]
                    one["fact"].update(occurred_at=iso(found[stage, place].now), source="s")
            found[stage, place].decided(f"{stage}.v1", event, *decisions)
    return list(found.values())


def traced(ledgers: Ledgers, name: str) -> Told:
    hunt = ledgers.hunt(Kind.CONSIGNMENT, name)
    rows = exposure(Story(Subject.CONSIGNMENT, name, (), (), hunt, {}, "here"))
    return {(name, row["requester_id"], row["lot_id"]) for row in rows if row["in_transit"]}


def from_consignments(lineage: Lineage, name: str) -> Told:
    return {(node.name, name) for node in lineage.up([lot(name)]) if node.kind is Kind.CONSIGNMENT}


def test_the_views_follow_what_the_trace_follows(client: Client) -> None:
    cities = a_city(range(60))
    for number, book in enumerate(books(cities)):
        load(client, book, f"book-{number}")
    stock, exposed = Told(), Told()
    packed = 0
    for suffix, ledgers in cities.items():
        whole = ledgers.whole()
        received = {one["lot_id"] for record in ledgers.records.values() for one in record["decisions"]
                    if one["type"] == "lot_recorded"}  # fmt: skip
        for name in received:
            stock |= from_consignments(whole, name)
            ups = whole.up([lot(name)])
            packed += any(Node(Kind.LOT, f"{package}{suffix}") in ups for package in ("P0", "P1"))
        for name in CONSIGNMENTS:
            exposed |= traced(ledgers, f"{name}{suffix}")
    assert set(client.rows("SELECT consignment_id, lot_id FROM consignment_stock")) == stock
    assert set(client.rows("SELECT consignment_id, requester_id, lot_id FROM exposure")) == exposed
    assert packed > 50 and len(exposed) > 150 and len(stock) > 100
