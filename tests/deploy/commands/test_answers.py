"""trace, verify, dead-letters and status on a whole running stack: what people ask after a small day."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from deploy.commands.dead_letters import command as dead_letters
from deploy.commands.status import command as status
from deploy.commands.trace import command as trace
from deploy.commands.verify import command as verify
from deploy.local.stack import Stack
from deploy.settings import load_settings
from schemas.errors import BaogongError
from schemas.topics import COLDCHAIN, HOLDS, LEDGERS, REQUESTS, STOCK
from sinks.clickhouse.client import connect
from sinks.clickhouse.spans import SpanMaker
from streams.publish.producer import Publisher
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow]
AREA, START = "sh/pd/a1", dt.datetime(2022, 4, 1, 0, 0, tzinfo=dt.UTC)
BROKEN = b'{"request_id": "r-broken", \x07'


def message(kind: str, minute: int, **fields: Any) -> bytes:
    at = (START + dt.timedelta(minutes=minute)).isoformat()
    base = {"kind": kind, "event_id": f"e{minute}", "occurred_at": at, "source": "test", "area": AREA}
    return json.dumps({**base, **fields}).encode()


@dataclass
class Run:
    """A running stack; `ask` calls a command on it."""

    stack: Stack

    def ask(self, command: click.Command, *arguments: str, clickhouse: bool = True) -> Result:
        options = ["--kafka", self.stack.kafka]
        if command in (trace, verify, status) and clickhouse:
            options += ["--clickhouse", self.stack.clickhouse]
        group = isinstance(command, click.Group)
        call = [*arguments, *options] if group else [*options, *arguments]
        return CliRunner().invoke(command, call, standalone_mode=False)

    def json(self, command: click.Command, *arguments: str, **options: Any) -> Any:
        return json.loads(self.ask(command, *arguments, "--json", **options).stdout)

    def send(self, topic: Any, value: bytes, minute: int, partition: int | None = None) -> None:
        stamp = int((START + dt.timedelta(minutes=minute)).timestamp() * 1000)
        with Publisher(self.stack.kafka) as out:
            out.send(value, topic, key=AREA, timestamp_ms=stamp, partition=partition)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A stack with one area's small day: a request before its stock, a shipment, a message that is not JSON."""
    data = tmp_path_factory.mktemp("answers") / "data"
    with started(load_settings(data=data), "replayed") as stack:
        run = Run(stack)
        lines = [{"item": "rice", "quantity": 4}]
        request = {"request_id": "r-1", "requester_id": "h-1", "lines": lines, "taken_by": "grid-7"}
        run.send(REQUESTS, message("request_filed", 1, **request), 1)
        run.send(REQUESTS, BROKEN, 2)
        lot = {"lot_id": "L-1", "item": "rice", "warehouse": "w1", "quantity": 10}
        run.send(STOCK, message("stock_received", 30, **lot), 30)
        run.send(REQUESTS, message("request_cancelled", 200, request_id="r-2"), 200)
        stack.drain(60)
        yield run


def types(told: Any) -> list[str]:
    return [each["decision"]["type"] for step in told["steps"] for each in step["decisions"]]


def test_everything_is_verified(run: Run) -> None:
    result = run.ask(verify)
    assert (result.return_value, result.exception) == (0, None)
    assert "验证通过 VERIFIED" in result.stdout
    plain = run.json(verify)
    assert plain["holds"] is True
    assert {report["store"] for report in plain["reports"]} == {"kafka", "clickhouse"}
    assert sum(report["rejected"] for report in plain["reports"]) == 4


@pytest.mark.parametrize("origin", ["auto", "clickhouse", "kafka"])
def test_a_request_s_story_is_told_in_order(run: Run, origin: str) -> None:
    told = run.json(trace, "request", "r-1", "--from", origin)
    assert types(told)[:3] == ["request_recorded", "need_opened", "allocation_made"]
    assert "dispatch_ordered" in types(told)
    times = [step["at"] for step in told["steps"]]
    assert times == sorted(times)
    assert times[0] == "2022-04-01T08:01:00+08:00"
    assert (told["steps"][0]["event"], told["steps"][0]["said_by"]) == ("request_filed", "test")


def test_household_and_lot_tell_the_same_allocation(run: Run) -> None:
    household, lot = run.json(trace, "household", "h-1"), run.json(trace, "lot", "L-1")
    assert types(lot)[0] == "lot_recorded"
    made = [each for told in (household, lot) for step in told["steps"] for each in step["decisions"]
            if each["decision"]["type"] == "allocation_made"]  # fmt: skip
    assert len(made) == 2
    assert made[0] == made[1]


def test_the_story_is_readable_in_either_language(run: Run) -> None:
    assert "4 of rice from lot L-1 reserved for r-1:rice" in run.ask(trace, "request", "r-1", "--lang", "en").stdout
    assert "从批次 L-1 预留 4 份 rice 给 r-1:rice" in run.ask(trace, "request", "r-1", "--lang", "zh").stdout
    shown = run.ask(trace, "request", "r-1").stdout
    assert "需求 request r-1" in shown
    assert "2022-04-01 08:01:00" in shown


def test_what_nobody_knows_is_said(run: Run) -> None:
    result = run.ask(trace, "household", "h-nobody")
    assert isinstance(result.exception, BaogongError)
    assert result.exception.code == 1
    assert "Nothing is known of household h-nobody" in str(result.exception)


def test_a_refused_message_that_names_the_subject_is_told(run: Run) -> None:
    told = run.json(trace, "request", "r-broken")
    assert told["steps"] == []
    assert [letter["code"] for letter in told["refused"]] == ["not_json"]
    assert run.ask(trace, "request", "r-broken").return_value == 1


def test_refused_messages_are_listed_without_their_bytes(run: Run) -> None:
    found = run.json(dead_letters, "list", "--code", "not_json")
    assert (found["total"], found["by_code"]) == (1, {"not_json": 1})
    letter = found["letters"][0]
    assert (letter["topic"], letter["size"]) == ("supply.requests.v1", len(BROKEN))
    assert "begins" not in letter
    assert "r-broken" not in run.ask(dead_letters, "list").stdout
    shown = run.ask(dead_letters, "list", "--show-bytes").stdout
    assert "r-broken" in shown
    assert "\x07" not in shown


def test_a_replayed_message_is_the_same_and_is_refused_again(run: Run) -> None:
    run.send(REQUESTS, b"{", 201)
    run.stack.drain(60)
    before = run.json(dead_letters, "list", "--code", "not_json", "--topic", "supply.requests.v1")
    place = next(f"{one['partition']}:{one['offset']}" for one in before["letters"] if one["size"] == 1)
    chosen = ["--topic", "supply.requests.v1", "--offset", place]
    assert run.json(dead_letters, "replay", *chosen, "--dry-run") == {
        "selected": 1,
        "sent": 0,
        "messages": [f"supply.requests.v1/{place}"],
    }
    assert run.json(dead_letters, "replay", *chosen, "--yes")["sent"] == 1
    run.stack.drain(60)
    after = run.json(dead_letters, "list", "--code", "not_json")
    assert after["total"] == before["total"] + 1
    again = [one for one in after["letters"] if one not in before["letters"]]
    assert [(one["size"], one["at"]) for one in again] == [(1, "2022-04-01T03:21:00.000+00:00")]
    assert run.json(verify)["holds"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay"], "Say which messages to replay"),
        (["replay", "--all"], "add --yes"),
        (["list", "--topic", "nonsense"], "nonsense has no dead letters"),
        (["list", "--stage", "nonsense"], "There is no stage nonsense"),
        (["list", "--offset", "0:1"], "--offset needs one --topic"),
        (["list", "--topic", "stock.events.v1", "--offset", "x"], "is not a place"),
    ],
)
def test_what_is_not_said_clearly_is_refused(run: Run, arguments: list[str], words: str) -> None:
    error = run.ask(dead_letters, *arguments).exception
    assert isinstance(error, BaogongError)
    assert error.code == 2
    assert words in str(error)


def test_a_running_stack_is_healthy(run: Run) -> None:
    result = run.ask(status)
    assert result.return_value == 0, result.stdout
    assert "正常 healthy" in result.stdout
    plain = run.json(status)
    assert plain["workers"] == {stage: ["127.0.0.1"] for stage in LEDGERS}
    behind = {one["stage"]: one["relay_behind"] for one in plain["partitions"]}
    assert behind == {"supply": 0, "coldchain": 0, "alerts": None, "transfers": 0}
    assert all(one["rows_behind"] == 0 and not any(one["lag"].values()) for one in plain["partitions"])
    assert sum(one["rejected"] for one in plain["partitions"]) == sum(plain["dead_letters"].values())
    with connect(run.stack.clickhouse) as client:
        SpanMaker(client).catch_up()
    (alone,) = run.json(status)["needs"]  # 4 bags of rice for one household, and no roster
    assert (alone["owner"], alone["open_needs"]) == (None, 1)
    assert "open needs: 1, overdue" in (told := run.ask(status).stdout) and "nobody is on duty for 1" in told
    assert run.json(status, "--no-clickhouse", clickhouse=False)["partitions"][0]["rows"] is None


def until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def test_a_hold_that_both_stages_refuse_is_two_letters_and_is_sent_again_once(run: Run) -> None:
    run.send(HOLDS, b"{no hold", 202, partition=0)
    run.stack.drain(60)
    of = ["--topic", HOLDS.name]
    found = run.json(dead_letters, "list", *of)
    assert sorted(one["stage"] for one in found["letters"]) == ["coldchain", "supply"]
    assert run.json(dead_letters, "list", *of, "--stage", "coldchain")["total"] == 1
    assert run.json(dead_letters, "replay", *of, "--yes")["sent"] == 1
    run.stack.drain(60)
    assert run.json(dead_letters, "list", *of)["total"] == 4
    assert run.json(verify)["holds"] is True


def test_a_stopped_worker_and_sink_are_noticed(run: Run) -> None:
    """The last test: it stops parts of the stack."""
    run.stack.parts["sink"].server.stop()
    run.send(REQUESTS, message("request_cancelled", 300, request_id="r-3"), 300)
    until(lambda: run.json(status, "--patience", "0")["problems"] != [])
    assert any("ClickHouse lacks" in problem for problem in run.json(status, "--patience", "1")["problems"])
    run.stack.parts["relay"].server.stop()
    run.send(COLDCHAIN, b"{", 300)
    until(lambda: any("is 'baogong relay' running?" in one for one in run.json(status, "--patience", "1")["problems"]))
    told = run.json(trace, "request", "r-1")
    assert "for the newest" in told["read_from"] and types(told)[:1] == ["request_recorded"]
    run.stack.parts["worker-supply"].server.stop()
    run.send(REQUESTS, message("request_cancelled", 301, request_id="r-4"), 301)
    result = run.ask(status, "--patience", "1")
    assert result.return_value == 1
    assert "No worker of stage supply is running" in result.stdout
    assert "none was decided in 1 s" in result.stdout
    late = run.json(verify, "--wait", "0")
    assert (late["holds"], {finding["code"] for finding in late["findings"]}) == (False, {"behind", "rows_behind"})
    assert "NOT DONE" in run.ask(verify, "--wait", "0").stdout
    assert run.ask(verify, "--wait", "0", "--allow-lag").return_value == 0


def test_a_broker_that_is_not_there_is_said(tmp_path: Path) -> None:
    for command, *arguments in ((verify,), (status,), (trace, "lot", "L"), (dead_letters, "list")):
        call = [*arguments, "--kafka", "127.0.0.1:1", "--data", str(tmp_path)]
        if command is verify:
            call.append("--no-clickhouse")
        error = CliRunner().invoke(command, call, standalone_mode=False).exception
        assert isinstance(error, BaogongError)
        assert "No Kafka broker answers at 127.0.0.1:1" in str(error)
