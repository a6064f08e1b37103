"""Against Debian's real Alertmanager, where it is installed."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sinks.alerts.config import Egress, Receiver, ReceiverKind
from sinks.alerts.egress import Post
from sinks.alerts.notifier import Desk, Status
from sinks.alerts.outbox import Outbox
from sinks.alerts.receivers import AlertmanagerTeller
from streams.ledger.accept import Head
from tests.sinks.alerts.kit import notice

PROGRAM = shutil.which("prometheus-alertmanager")
pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(PROGRAM is None, reason="Debian's package prometheus-alertmanager is not installed"),
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of an Alertmanager of our own."""
    config = tmp_path / "alertmanager.yml"
    config.write_text("route:\n  receiver: none\nreceivers:\n  - name: none\n")
    host = f"127.0.0.1:{free_port()}"
    flags = [f"--config.file={config}", f"--storage.path={tmp_path}", f"--web.listen-address={host}"]
    with subprocess.Popen(
        [str(PROGRAM), *flags, "--cluster.listen-address="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(100):
                try:
                    get(host, "status")
                    break
                except OSError:
                    time.sleep(0.1)
            yield host
        finally:
            process.terminate()


def get(host: str, path: str) -> Any:
    with urllib.request.urlopen(f"http://{host}/api/v2/{path}", timeout=5) as answer:
        return json.load(answer)


def test_alerts_are_open_while_repeated_and_end_by_their_end(address: str) -> None:
    receiver = Receiver(name="am", type=ReceiverKind.ALERTMANAGER, url=f"http://{address}", resolve_minutes=0.05)

    async def tell(*notices: Any) -> None:
        async with Post(Egress(allow=(address,), private=("127.0.0.1",))) as post:
            await AlertmanagerTeller(receiver, post).tell(notices)

    asyncio.run(tell(notice(1), notice(2)))
    found = get(address, "alerts")
    assert sorted(one["labels"]["alert_id"] for one in found) == ["al1", "al2"]
    assert {one["status"]["state"] for one in found} == {"active"}

    asyncio.run(tell(notice(1, severity="warning", level="city", revision=2)))  # the same one, not another
    assert sorted(one["labels"]["alert_id"] for one in get(address, "alerts")) == ["al1", "al2"]

    asyncio.run(tell(notice(1, ended_at="2022-04-01T09:00:00Z")))
    assert [one["labels"]["alert_id"] for one in get(address, "alerts")] == ["al2"]

    time.sleep(3.2)  # 0.05 minutes without being told again: Alertmanager takes it for over
    assert get(address, "alerts") == []


async def alerts(address: str) -> dict[str, datetime]:
    """Active alerts of an Alertmanager, and until when it takes them for so."""
    found = await asyncio.to_thread(get, address, "alerts")
    assert {one["status"]["state"] for one in found} <= {"active"}
    return {one["labels"]["alert_id"]: datetime.fromisoformat(one["endsAt"]) for one in found}


def test_a_desk_keeps_what_stands_active_and_what_it_leaves_becomes_resolved(address: str, tmp_path: Path) -> None:
    minutes = 0.1
    receiver = Receiver(name="am", type=ReceiverKind.ALERTMANAGER, url=f"http://{address}", resolve_minutes=minutes)

    async def run() -> None:
        outbox, known = Outbox(tmp_path / "outbox.db"), asyncio.Event()
        known.set()
        outbox.take(Head("alerts", 0), 1, "", [notice(1), notice(2)], [receiver])
        async with Post(Egress(allow=(address,), private=("127.0.0.1",))) as post, asyncio.timeout(60):
            desk = Desk(receiver, AlertmanagerTeller(receiver, post), outbox, Status())
            work = asyncio.create_task(desk.run(known))
            while not (found := await alerts(address)):
                await asyncio.sleep(0.1)
            long_after = found["al1"] + timedelta(minutes=1.2 * minutes)
            while found["al1"] < long_after:  # more than one timeout goes by, and it is never taken for over
                await asyncio.sleep(0.1)
                found = await alerts(address)
                assert set(found) == {"al1", "al2"}
            outbox.take(Head("alerts", 0), 2, "", [notice(2, revision=2, ended_at="2022-04-01T09:00:00Z")], [receiver])
            while set(await alerts(address)) != {"al1"}:
                await asyncio.sleep(0.1)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            while await alerts(address):
                await asyncio.sleep(0.1)
        outbox.close()

    asyncio.run(run())
