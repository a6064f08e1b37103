"""Stock from an area that can spare it to one that lacks it, on the whole running stack: topics to filled need."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.audit import audit
from deploy.commands.status import command as status
from deploy.commands.trace import command as trace
from deploy.local.stack import Stack
from schemas.topics import PARTITIONS, REQUESTS, STOCK, TRANSFERS_LEDGER, Topic
from sinks.clickhouse.client import Client, connect
from streams.core.transfers import TransferSettings
from streams.ledger.fold import Folded
from streams.ledger.keys import partition_of
from streams.ledger.reader import KafkaReader
from streams.publish.producer import Publisher
from streams.stages import City, transfers
from tests.stacks import ruled

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(280)]
A, B = "sh/pd/a1", "sh/pd/b1"
START, SPEED = dt.datetime(2022, 4, 1, tzinfo=dt.UTC), 60
RULES = f"""
[transfers]
round_minutes = 1
keep_hours = 0
escalate_hours = {{ life_threatening = 0, critical = 0, sealed = 0, other = 0 }}
ship_hours = 3

[transfers.distances]
"{A}" = {{ "{B}" = 9 }}
"""


class Clerks:
    """What people report, at the stack's own time: a minute a second, or as many as are said."""

    def __init__(self, kafka: str, speed: int = SPEED) -> None:
        self.kafka, self.speed, self.began, self.number = kafka, speed, time.monotonic(), 0

    def say(self, topic: Topic, kind: str, area: str, **fields: Any) -> None:
        self.number += 1
        at = START + dt.timedelta(seconds=(time.monotonic() - self.began) * self.speed)
        base = {"kind": kind, "event_id": f"m{self.number}", "occurred_at": at.isoformat(), "source": "t", "area": area}
        with Publisher(self.kafka) as out:
            stamp = int(at.timestamp() * 1000)
            out.send(json.dumps({**base, **fields}).encode(), topic, key=area, timestamp_ms=stamp)

    def receive(self, area: str, lot: str, units: int) -> None:
        fields = {"lot_id": lot, "item": "rice", "quantity": units, "warehouse": f"wh-{area[-2:]}"}
        self.say(STOCK, "stock_received", area, **fields)

    def ask(self, name: str, units: int) -> None:
        lines = [{"item": "rice", "quantity": units}]
        self.say(REQUESTS, "request_filed", A, request_id=name, requester_id="h1", taken_by="w", lines=lines)

    def ship(self, transfer: str, units: int) -> None:
        fields = {"lot_id": "l1", "quantity": units, "to_lot_id": transfer, "to_warehouse": "wh-a1", "to_area": A}
        self.say(STOCK, "stock_transferred", B, **fields)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with ruled(tmp_path_factory.mktemp("transfers"), RULES, f"scaled:{START.isoformat()}:{SPEED}") as running:
        yield running


def soon(stack: Stack, check: Callable[[Client], Any], what: str, seconds: int = 60) -> Any:
    with connect(stack.clickhouse) as client:
        for _ in range(seconds * 5):
            if found := check(client):
                return found
            time.sleep(0.2)
    raise AssertionError(f"not within {seconds} seconds: {what}")


def order(stack: Stack, units: int, state: str, known: set[str]) -> str:
    """The id of a new order of so many units, once it stands so."""
    sql = "SELECT transfer_id FROM transfers WHERE quantity = %(units)s AND state = %(state)s"

    def find(client: Client) -> str | None:
        found = {row[0] for row in client.rows(sql, {"units": units, "state": state})} - known
        return str(found.pop()) if found else None

    return str(soon(stack, find, f"{units} units {state}"))


def filled(stack: Stack, request: str) -> int:
    sql = "SELECT sum(quantity) FROM allocations WHERE need_id = %(need)s HAVING count() > 0"

    def find(client: Client) -> Any:
        rows = client.rows(sql, {"need": f"{request}:rice"})
        return rows and rows[0][0]

    return int(soon(stack, find, f"{request} is given something"))


def test_a_shortage_is_filled_from_another_area_and_a_lost_transfer_is_ordered_anew(stack: Stack) -> None:
    assert partition_of(A.encode(), PARTITIONS) != partition_of(B.encode(), PARTITIONS)
    clerks = Clerks(stack.kafka)
    clerks.receive(B, "l1", 100)
    clerks.ask("r1", 30)
    first = order(stack, 30, "set_aside", set())
    listed = "SELECT kind, area, units FROM dispatch_list WHERE id = %(id)s"
    with connect(stack.clickhouse) as client:
        assert client.rows(listed, {"id": first}) == [("transfer", B, 30)]
    clerks.ship(first, 30)
    assert order(stack, 30, "on_the_way", set()) == first
    clerks.receive(A, first, 30)
    assert filled(stack, "r1") == 30

    clerks.ask("r2", 40)
    lost = order(stack, 40, "set_aside", {first})
    clerks.ship(lost, 40)
    order(stack, 40, "on_the_way", {first})
    clerks.say(STOCK, "stock_written_off", A, lot_id=lost, quantity=40, reason="overturned")
    assert order(stack, 40, "lost", set()) == lost
    second = order(stack, 30, "set_aside", {first, lost})
    clerks.ship(second, 30)
    clerks.receive(A, second, 28)
    assert filled(stack, "r2") == 28, "all that B had left, less what came short"
    assert order(stack, 30, "short", {first}) == second


def test_the_ledgers_hold_and_replay(stack: Stack) -> None:
    found = audit(stack.kafka, stack.clickhouse, wait=60)
    assert found.holds, found.failures
    assert {report.stage for report in found.reports} == {"supply", "coldchain", "alerts", "transfers"}
    city = City({}, {}, transfers=TransferSettings(distances={A: {B: 9}}))
    states = []
    with KafkaReader(stack.kafka) as reader:
        assert list(reader.partitions(TRANSFERS_LEDGER.name)) == [0]
        for _ in range(2):
            folded = Folded.empty(transfers(city), 0)
            for record in reader.open(TRANSFERS_LEDGER.name, 0):
                assert folded.take(record.offset, record.value) is None
            states.append(folded.stage.decider.dump(folded.state))
    assert states[0] == states[1] and folded.state.ordered >= 3


def test_trace_and_status_know_of_it(stack: Stack, tmp_path: Path) -> None:
    servers = ["--kafka", stack.kafka, "--clickhouse", stack.clickhouse]
    told = CliRunner().invoke(trace, ["request", "r1", *servers, "--json"], standalone_mode=False)
    said = json.dumps(json.loads(told.stdout))
    assert "transfer_ordered" in said and "could not be filled in the area" in said
    asked = CliRunner().invoke(status, [*servers, "--json"], standalone_mode=False)
    parts = [one for one in json.loads(asked.stdout)["partitions"] if one["stage"] == "transfers"]
    assert [one["partition"] for one in parts] == [0]
    assert parts[0]["relay_behind"] < 50, "the clock ticks on"
