"""At least once, with a stable id; a receiver that is down loses nothing and gets no flood on return."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from schemas.alert import AlertSeverity
from sinks.alerts import notifier
from sinks.alerts.config import Receiver, ReceiverKind
from sinks.alerts.egress import Post
from sinks.alerts.notice import Notice
from sinks.alerts.notifier import Desk, Status
from sinks.alerts.outbox import Outbox, Told
from sinks.alerts.receivers import SIGNATURE, teller
from streams.ledger.accept import Head
from tests.sinks.alerts.kit import Server, notice, serving

HEAD = Head("alerts", 0)
KNOWN = asyncio.Event()
KNOWN.set()
HOOK = Receiver(name="hook", type=ReceiverKind.WEBHOOK, url="http://hooks.example/")
KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses for tests."""
    monkeypatch.setattr(notifier, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(notifier, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(notifier, "IDLE", 0.02)


@asynccontextmanager
async def working(receiver: Receiver, server: Server, outbox: Outbox, known: asyncio.Event) -> AsyncIterator[Status]:
    """A desk at work while the context lasts."""
    status = Status()
    async with Post(server.egress) as post:
        work = asyncio.create_task(Desk(receiver, teller(receiver, post, server.egress), outbox, status).run(known))
        yield status
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def alertmanager(server: Server, minutes: float = 5.0) -> Receiver:
    return Receiver(name="hook", type=ReceiverKind.ALERTMANAGER, url=server.url, resolve_minutes=minutes)


def posted(server: Server) -> list[list[str]]:
    """Which alerts were in each post to an Alertmanager."""
    return [[one["labels"]["alert_id"] for one in json.loads(body)] for body in server.bodies]


def put(outbox: Outbox, *notices: Notice) -> None:
    outbox.take(HEAD, 1, "", notices, [HOOK])


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.01)


def webhook(server: Server, tmp_path: Path) -> Receiver:
    key = tmp_path / "key"
    key.write_bytes(KEY + b"\n")
    return Receiver(name="hook", type=ReceiverKind.WEBHOOK, url=server.url + "/hook", secret_file=key)


async def told(server: Server, tmp_path: Path, outbox: Outbox, done: Callable[[Status], bool]) -> Status:
    """A desk at work until something is so."""
    async with working(webhook(server, tmp_path), server, outbox, KNOWN) as status:
        await until(lambda: done(status))
    return status


def test_alerts_are_told_once_signed_and_with_their_id(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        put(outbox, notice(1), notice(2))
        async with serving() as server:
            await told(server, tmp_path, outbox, lambda status: status.told == 2)
            (body,), (headers,) = server.bodies, server.got
        outbox.close()
        said = json.loads(body)
        assert said["version"] == "4"
        assert [one["fingerprint"] for one in said["alerts"]] == ["al1", "al2"]
        assert said["commonLabels"]["alertname"] == "need_overdue"
        stamp, mark = headers[SIGNATURE].split(",")
        seconds = stamp.removeprefix("t=")
        expected = hmac.new(KEY, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        assert mark == f"v1={expected}"

    asyncio.run(run())


def test_a_receiver_that_was_down_gets_all_that_it_missed_as_it_is_now_in_few_posts(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        async with serving() as server:
            server.status = 503
            put(outbox, *(notice(number) for number in range(150)))
            await told(server, tmp_path, outbox, lambda status: bool(status.problem))
            for revision in range(
                2, 30
            ):  # they change again and again while it is down; one is over before it is heard of
                put(outbox, *(notice(number, revision=revision) for number in range(150)))
            put(outbox, notice(7, revision=40, ended_at="2022-04-01T09:00:00Z"))
            server.status = 200
            await told(server, tmp_path, outbox, lambda status: status.waiting == 0 and status.told > 0)
            alerts = [one for body in server.bodies for one in json.loads(body)["alerts"]]
            assert len(server.bodies) == 2
        outbox.close()
        heard = {one["fingerprint"] for one in alerts}
        assert heard == {f"al{number}" for number in range(150) if number != 7}
        assert len(alerts) == 149
        assert {one["status"] for one in alerts} == {"firing"}

    asyncio.run(run())


async def dropping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes a post and goes away without a word."""
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(
    ("answer", "perhaps_heard"), [(503, False), (404, False), (502, True), (504, True), ("none", True), ("away", False)]
)
def test_the_end_of_what_was_perhaps_heard_is_told_and_of_nothing_else(
    tmp_path: Path, answer: int | str, perhaps_heard: bool
) -> None:
    """A gateway's answer, or none, says nothing of what became of a post; a refusal or a closed door does."""

    async def run() -> list[Notice]:
        outbox = Outbox(tmp_path / "outbox.db")
        put(outbox, notice(1))
        async with serving() as server, await asyncio.start_server(dropping, "127.0.0.1", 0) as other:
            port = other.sockets[0].getsockname()[1]
            if isinstance(answer, int):
                server.status = answer
            else:
                server.host = f"127.0.0.1:{port if answer == 'none' else 9}"
                server.url = f"http://{server.host}"
            await told(server, tmp_path, outbox, lambda status: bool(status.problem))
            put(outbox, notice(1, revision=2, ended_at="2022-04-01T09:00:00Z"))
            found = outbox.due("hook", 10)
        outbox.close()
        return found

    assert [one.revision for one in asyncio.run(run())] == ([2] if perhaps_heard else [])


def test_nothing_is_lost_or_told_twice_over_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        put(outbox, notice(1))
        async with serving() as server:
            await told(server, tmp_path, outbox, lambda status: status.told == 1)
            put(outbox, notice(2))
            outbox.close()
            again = Outbox(tmp_path / "outbox.db")
            assert again.position(0)[1] == 1
            await told(server, tmp_path, again, lambda status: status.told == 1)
            again.close()
            ids = [one["fingerprint"] for body in server.bodies for one in json.loads(body)["alerts"]]
        assert ids == ["al1", "al2"]

    asyncio.run(run())


def test_an_alert_that_a_receiver_will_never_take_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        put(outbox, notice(1), notice(2, owner="poison"), notice(3))
        async with serving() as server:
            server.refuses = "poison"
            status = await told(server, tmp_path, outbox, lambda status: status.waiting == 0 and status.told == 2)
            ids = [one["fingerprint"] for body in server.bodies for one in json.loads(body)["alerts"]]
        outbox.close()
        assert (ids, status.refused) == (["al1", "al3"], 1)

    asyncio.run(run())


def test_a_change_that_comes_while_it_is_told_is_told_too(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        put(outbox, notice(1))
        (before,) = outbox.due("hook", 10)
        put(outbox, notice(1, revision=2, severity=AlertSeverity.WARNING))
        outbox.settle(HOOK, [Told(before.alert_id, before.revision, True)])
        assert [one.revision for one in outbox.due("hook", 10)] == [2]
        outbox.close()

    asyncio.run(run())


def standing(outbox: Outbox) -> None:
    """Three alerts, of which the receiver took two, and one of these is over; the third is due."""
    put(outbox, notice(1), notice(2), notice(3))
    outbox.settle(HOOK, [Told("al1", 1, True), Told("al2", 1, True)])
    put(outbox, notice(2, revision=2, ended_at="2022-04-01T09:00:00Z"))


def test_what_stands_is_told_again_at_once_after_a_restart_and_before_the_ledger_is_known(tmp_path: Path) -> None:
    """An Alertmanager that hears nothing takes it for over: the time before the restart counts."""

    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        standing(outbox)
        known = asyncio.Event()
        async with serving() as server, working(alertmanager(server), server, outbox, known):
            await until(lambda: bool(server.bodies))
            assert posted(server) == [["al1"]]
            known.set()  # what is due is told only now, and what stands not again before a third of the timeout
            await until(lambda: outbox.waiting("hook") == 0)
            assert posted(server) == [["al1"], ["al3", "al2"]]
        outbox.close()

    asyncio.run(run())


def test_what_stands_is_told_again_and_again_and_what_is_over_is_not(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        standing(outbox)
        async with serving() as server, working(alertmanager(server, 0.005), server, outbox, KNOWN):
            await until(lambda: len(server.bodies) >= 6)
            assert posted(server)[2:6] == [["al1", "al3"]] * 4
        outbox.close()

    asyncio.run(run())


def test_an_alertmanager_that_was_away_is_told_what_stands_when_it_is_back(tmp_path: Path) -> None:
    """It keeps no alerts over a restart of its own; it is tried again at least as often as it has to be told."""

    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        standing(outbox)
        async with serving() as server:
            server.status = 503
            async with working(alertmanager(server), server, outbox, asyncio.Event()) as status:
                await until(lambda: bool(status.problem))
                server.status = 200
                await until(lambda: bool(server.bodies))
                assert posted(server) == [["al1"]]
                assert not status.problem
        outbox.close()

    asyncio.run(run())


def test_who_keeps_what_it_was_told_is_told_nothing_again(tmp_path: Path) -> None:
    async def run() -> None:
        outbox = Outbox(tmp_path / "outbox.db")
        standing(outbox)
        async with serving() as server:
            await told(server, tmp_path, outbox, lambda status: status.waiting == 0 and status.told > 0)
            ids = [[one["fingerprint"] for one in json.loads(body)["alerts"]] for body in server.bodies]
        outbox.close()
        assert ids == [["al3", "al2"]]

    asyncio.run(run())
