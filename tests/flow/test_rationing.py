"""What is scarce, on the whole running stack: shared by people, told by trace, and run again by the policy lab."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.commands.readiness import command as readiness
from deploy.commands.simulate import command as simulate
from deploy.commands.trace import command as trace
from deploy.local.stack import Stack
from deploy.settings import load_settings
from schemas.supply import AllocationMade
from schemas.topics import HOUSEHOLDS, REQUESTS, STOCK, SUPPLY_LEDGER
from streams.ledger.reader import KafkaReader
from streams.publish.producer import Publisher
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow]
AREA, START = "sh/pd/a1", dt.datetime(2022, 4, 1, tzinfo=dt.UTC)


def message(kind: str, minute: int, **fields: Any) -> bytes:
    at = (START + dt.timedelta(minutes=minute)).isoformat()
    base = {"kind": kind, "event_id": f"{kind}-{minute}", "occurred_at": at, "source": "test", "area": AREA}
    return json.dumps({**base, **fields}).encode()


def household(name: str, minute: int, adults: int) -> bytes:
    fields = {"household_id": name, "grid": f"{AREA}/g1", "members": {"adults": adults}, "tier": "sealed"}
    return message("household_registered", minute, **fields)


def request(name: str, minute: int, who: str) -> bytes:
    lines = [{"item": "rice", "quantity": 9}]
    return message("request_filed", minute, request_id=name, requester_id=who, taken_by="w", lines=lines)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(load_settings(data=tmp_path_factory.mktemp("rationing")), "replayed") as running:
        yield running


def test_a_shortage_from_the_topics_to_the_lab(stack: Stack, tmp_path: Path) -> None:
    lot = {"lot_id": "l1", "item": "rice", "quantity": 5, "warehouse": "wh"}
    sent = [
        (HOUSEHOLDS, household("two", 0, 2)),
        (HOUSEHOLDS, household("three", 1, 3)),
        (REQUESTS, request("r2", 2, "two")),
        (REQUESTS, request("r3", 3, "three")),
        (STOCK, message("stock_received", 9, **lot)),
    ]
    with Publisher(stack.kafka) as out:
        for minute, (topic, value) in enumerate(sent):
            stamp = int((START + dt.timedelta(minutes=minute)).timestamp() * 1000)
            out.send(value, topic, key=AREA, timestamp_ms=stamp)
    assert {one.need_id: (one.quantity, one.rule) for one in awaited(stack.kafka, 2)} == {
        "r2:rice": (2, "fair_share"),
        "r3:rice": (3, "fair_share"),
    }
    again = CliRunner().invoke(simulate, ["--from-ledger", "--kafka", stack.kafka, "--json"], standalone_mode=False)
    found = {one["policy"]: (one["given"], one["smallest"]) for one in json.loads(again.stdout)["policies"]}
    assert found["fair"] == (5, 2 / 9), "as it was decided"
    assert found["priority"] == (5, 1 / 9), "four for the first, whose ration that is, and one for the second"


def ask(stack: Stack, *words: str) -> Result:
    servers = ["--kafka", stack.kafka, "--clickhouse", stack.clickhouse]
    return CliRunner().invoke(trace, ["request", *words, *servers], standalone_mode=False)


def test_trace_says_why_one_got_two_and_the_other_three(stack: Stack) -> None:
    stack.drain(60)
    told = ask(stack, "r2", "--with", "r3", "--lang", "en")
    assert told.exception is None, told.exception
    assert "Of rice, r2 got 2 of 9 and r3 3 of 9, because inside a class units go by people" in told.stdout
    (found,) = json.loads(ask(stack, "r2", "--with", "r3", "--json", "--from", "kafka").stdout)["compared"]
    assert (found["reason"], [one["got"] for one in found["shares"]]) == ("people", [2, 3])
    assert [one["given"][0]["more"] for one in found["shares"]] == [1, 2]
    assert "要 9 份得 2 份" in found["zh"]
    alone = ask(stack, "r3", "--lang", "en").stdout
    assert "rule fair share, limit stock, at least 2 more had to come for another unit" in alone
    (share,) = json.loads(ask(stack, "r3", "--json").stdout)["shares"]
    assert (share["got"], share["people"], share["given"][0]["rule"]) == (3, 3, "fair_share")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("r2", "--with", "r2"), "two different requests"),
        (("r2", "--with", "r-none"), "Nothing is known of request r-none"),
    ],
)
def test_what_cannot_be_compared_is_said(stack: Stack, words: tuple[str, ...], said: str) -> None:
    assert said in str(ask(stack, *words).exception)


def awaited(kafka: str, many: int) -> list[AllocationMade]:
    """All allocations, once there are so many."""
    for _ in range(300):
        if len(found := list(allocations(kafka))) >= many:
            return found
        time.sleep(0.2)
    raise AssertionError(f"only {len(found)} allocations after a minute")


def allocations(kafka: str) -> Iterator[AllocationMade]:
    with KafkaReader(kafka) as reader:
        for partition in reader.partitions(SUPPLY_LEDGER.name):
            for record in reader.open(SUPPLY_LEDGER.name, partition):
                for decision in json.loads(record.value or b"{}")["decisions"]:
                    if decision["type"] == "allocation_made":
                        yield AllocationMade.model_validate(decision, strict=False)


def test_readiness_of_a_running_stack(stack: Stack, tmp_path: Path) -> None:
    words = ["--seal", AREA, "--days", "3", "--kafka", stack.kafka, "--plot", str(tmp_path / "r.png")]
    asked = CliRunner().invoke(readiness, [*words, "--json"], standalone_mode=False)
    line = next(one for one in json.loads(asked.stdout)["lines"] if one["item"] == "rice")
    assert (line["people"], line["stock"], line["waiting"], line["lasts"]) == (5, 0, 13, 0)
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
    wrong = CliRunner().invoke(readiness, ["--seal", "no/where", "--kafka", stack.kafka], standalone_mode=False)
    assert "Nothing is known of the area no/where" in str(wrong.exception)
