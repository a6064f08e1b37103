"""An alert from the request that makes it true to the officer's acknowledgement and its end, on the real servers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.audit import audit
from deploy.commands.alerts import command as alerts
from deploy.commands.publish import command as publish
from deploy.local.stack import Stack
from deploy.settings import load_settings
from schemas.topics import ALERT_SOURCES, SOURCES, STAGE_OF
from sinks.clickhouse.client import connect
from streams.publish.producer import Publisher
from tests.sinks.alerts.kit import Server, serving
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(280)]
AREA = "sh/pd/a1"


def iso(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


@pytest.fixture(scope="module")
def hook() -> Iterator[Server]:
    """A webhook on loopback, on an event loop of its own."""
    ready, found, over = threading.Event(), list[Server](), list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def serve() -> None:
        stop = asyncio.Event()
        async with serving() as server:
            found.append(server)
            over.append((asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield found[0]
    loop, stop = over[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, hook: Server) -> Iterator[Stack]:
    root = tmp_path_factory.mktemp("alerts")
    receivers = root / "receivers.toml"
    receivers.write_text(
        f'[egress]\nallow = ["{hook.host}"]\nprivate = ["127.0.0.1"]\n'
        f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{hook.url}/hook"\n'
    )
    with started(load_settings(data=root / "data", receivers=receivers)) as running:
        yield running


def call(command: Any, *arguments: str) -> str:
    done = CliRunner().invoke(command, [*arguments], catch_exceptions=False, standalone_mode=False)
    return str(done.stdout)


def soon(check: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


def told(hook: Server, status: str, kind: str) -> list[dict[str, Any]]:
    every = [alert for body in list(hook.bodies) for alert in json.loads(body)["alerts"]]
    return [one for one in every if one["status"] == status and one["labels"]["alertname"] == kind]


def send(stack: Stack, folder: Path, *messages: dict[str, Any]) -> None:
    path = folder / "messages.jsonl"
    path.write_text("\n".join(json.dumps(message) for message in messages))
    call(publish, str(path), "--kafka", stack.kafka)


def test_from_a_request_to_the_officer_and_to_its_end(stack: Stack, hook: Server, tmp_path: Path) -> None:
    kafka, house = ("--kafka", stack.kafka), ("--clickhouse", stack.clickhouse)
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "duty_id,place,level,person,starts_at,ends_at\n"
        f"a1,{AREA},community,officer-12,{iso(-1)},{iso(40)}\ncity,sh,city,officer-1,{iso(-1)},{iso(40)}\n"
    )
    call(publish, str(roster), "--kind", "duty_assigned", "--source", "office", "--occurred-at", iso(0), *kafka)
    request = {
        "kind": "request_filed", "event_id": "r1", "occurred_at": iso(-40), "source": "hotline", "area": AREA,
        "request_id": "r1", "requester_id": "h1", "taken_by": "g1", "lines": [{"item": "rice", "quantity": 2}],
    }  # fmt: skip
    send(stack, tmp_path, request)

    def listed(*more: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(call(alerts, "list", "--json", *house, *more))
        return found

    (one,) = soon(lambda: listed("--kind", "need_at_risk"))
    assert (one["owner"], one["state"], one["subject"]) == ("officer-12", "raised", f"{AREA}:r1:rice")
    assert soon(lambda: told(hook, "firing", "need_at_risk"))[0]["fingerprint"] == one["alert_id"]
    with connect(stack.clickhouse) as client:
        assert client.rows("SELECT need_id, owner FROM need_owners") == [("r1:rice", "officer-12")]

    call(alerts, "ack", one["alert_id"], "--comment", "今晚送到", "--by", "officer-12", *kafka, *house)
    (acked,) = soon(lambda: [a for a in listed() if a["alert_id"] == one["alert_id"] and a["state"] == "acknowledged"])
    assert acked["comment"] == "今晚送到"
    call(alerts, "silence", "--kind", "report_late", "--for", "2h", "--comment", "known", *kafka, *house)
    cancelled = {"kind": "request_cancelled", "event_id": "r1c", "occurred_at": iso(0), "source": "hotline"}
    send(stack, tmp_path, {**cancelled, "area": AREA, "request_id": "r1"})
    soon(lambda: not listed("--kind", "need_at_risk"))
    assert [a["state"] for a in listed("--kind", "need_at_risk", "--all")] == ["resolved"]
    assert soon(lambda: told(hook, "resolved", "need_at_risk"))[0]["fingerprint"] == one["alert_id"]


def test_a_message_that_any_stage_refuses_is_an_alert(stack: Stack) -> None:
    """Rubbish on every source topic: every stage that is watched tells of it, the alert stage of its own too.

    On partition 1, where the topic has one.
    """
    watched = {"alerts", *(STAGE_OF[topic.name] for topic in ALERT_SOURCES if topic.name in STAGE_OF)}
    readers = [(stage, topic) for stage in watched for topic in SOURCES[stage] if topic.name not in STAGE_OF]
    with Publisher(stack.kafka) as publisher:
        for topic in {topic for _, topic in readers}:
            publisher.send(b"{", topic, key=AREA, partition=min(1, topic.partitions - 1))
    wanted = {f"{stage}:{topic.name}/{min(1, topic.partitions - 1)}" for stage, topic in readers}
    assert {stage for stage, _ in readers} == set(SOURCES), "a stage that no alert tells of"
    house = ("--kind", "dead_letters", "--json", "--clickhouse", stack.clickhouse)
    soon(lambda: {one["subject"] for one in json.loads(call(alerts, "list", *house))} == wanted)


def test_every_chain_holds_and_the_pipeline_drains(stack: Stack) -> None:
    stack.drain()
    found = audit(stack.kafka, stack.clickhouse)
    assert [str(finding) for finding in found.failures] == []
    assert {report.stage for report in found.reports} == {"supply", "coldchain", "alerts", "transfers"}


def test_a_receiver_that_was_away_is_told_when_it_is_back(stack: Stack, hook: Server, tmp_path: Path) -> None:
    hook.status = 503
    late = {
        "kind": "request_filed", "occurred_at": iso(-44), "source": "hotline", "area": AREA, "requester_id": "h2",
        "taken_by": "g1", "lines": [{"item": "rice", "quantity": 1}],
    }  # fmt: skip
    send(stack, tmp_path, *({**late, "event_id": f"q{n}", "request_id": f"q{n}"} for n in range(30)))
    with connect(stack.clickhouse) as client:
        soon(lambda: client.rows("SELECT count() FROM open_alerts WHERE kind = 'need_at_risk'") == [(30,)])
    before = len(hook.bodies)
    hook.status = 200
    fresh = soon(
        lambda: [a for a in told(hook, "firing", "need_at_risk") if ":q" in a["labels"]["subject"]] or None, 60
    )
    soon(lambda: len({a["fingerprint"] for a in told(hook, "firing", "need_at_risk")}) == 31)
    assert fresh
    assert len(hook.bodies) - before <= 5  # in few posts, not thirty


def test_the_notifier_goes_on_where_it_stopped(stack: Stack, hook: Server) -> None:
    before = len(told(hook, "firing", "need_at_risk"))
    process: Any = stack.parts["notify"].server
    process.stop()
    process.start()
    soon(stack.parts["notify"].ready)
    time.sleep(2)
    assert len(told(hook, "firing", "need_at_risk")) == before  # what was told is not told again
