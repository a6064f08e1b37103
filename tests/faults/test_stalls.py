"""No silent stall: a worker that no longer fetches ends, one that has nothing to fetch stays."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from faust.types import TP

from deploy.local.kafka import EmbeddedKafka
from streams.ledger.clock import ReplayedClock
from streams.ledger.log import Wire
from streams.ledger.owner import Post
from streams.ledger.snapshotter import Snapshotter
from streams.runtime import STALLED, Runtime
from streams.topics import create_topics
from tests import wire
from tests.streams.ledger.kit import added, area_of
from tests.streams.ledger.tally import ADDED, DEAD, MORE, STAGE, TALLY_LEDGER

pytestmark = [pytest.mark.servers, pytest.mark.slow]
STALL = 2.0


def started(address: str, root: Path) -> subprocess.Popen[bytes]:
    """A worker of the tally stage that goes deaf once there is a file of that name."""
    command = [sys.executable, "-m", "tests.faults.deaf_worker", address, str(root), str(STALL)]
    root.mkdir()
    with (root / "worker.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def send(address: str, first: int, count: int) -> None:
    """So many messages of every partition."""
    areas = [area_of(number) for number in range(ADDED.partitions)]
    wire.send(
        address,
        [(ADDED.name, area.encode(), added(n, area=area), None) for n in range(first, first + count) for area in areas],
    )


def decided(address: str) -> int:
    """Records of the ledger."""
    return sum(map(len, wire.read(address, TALLY_LEDGER.name).values()))


def until(what: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


async def commit_nothing(address: str) -> None:
    """A transaction: the mark of its end has an offset that no reader is ever given."""
    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id="test")
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(MORE.name, added(1, area=area_of(0)), partition=0)
    finally:
        await producer.stop()


def test_a_worker_that_fetches_no_more_ends_and_one_that_is_done_does_not(
    broker: EmbeddedKafka, tmp_path: Path
) -> None:
    address = broker.address
    create_topics(address, (ADDED, MORE, TALLY_LEDGER, *DEAD))
    worker = started(address, tmp_path / "worker")
    try:
        send(address, 0, 5)
        until(lambda: decided(address) > ADDED.partitions)
        (tmp_path / "worker" / "deaf").touch()
        sent = 5
        while worker.poll() is None and sent < 200:  # the fetch that goes on at this moment is still answered
            send(address, sent, 1)
            sent += 1
            time.sleep(0.1)
        assert worker.wait(10) == STALLED
        log = (tmp_path / "worker" / "worker.log").read_text()
        assert "worker.stalled" in log and "is fetched, and there are messages" in log
    finally:
        worker.kill()
        worker.wait()
    worker = started(address, tmp_path / "well")
    try:
        asyncio.run(commit_nothing(address))
        until(lambda: decided(address) > sent * ADDED.partitions)
        time.sleep(3 * STALL)
        assert worker.poll() is None, (tmp_path / "well" / "worker.log").read_text()
    finally:
        worker.kill()
        worker.wait()


def test_while_the_broker_is_away_nothing_stands_still(broker: EmbeddedKafka, tmp_path: Path) -> None:
    """What was seen before is no proof any more that the worker should have fetched something."""
    create_topics(broker.address, (ADDED, MORE, TALLY_LEDGER, *DEAD))
    send(broker.address, 0, 1)

    async def looks() -> list[str | None]:
        wire = Wire(broker.address, "test")
        runtime = Runtime(Post(STAGE, wire, ReplayedClock(), "w1", "test", Snapshotter(tmp_path)), STALL)
        found, standing = [], {TP(ADDED.name, 0): 0}
        try:
            await runtime.look(standing)
            found.append(runtime.stalled(runtime.look_every))
            await wire.stop()  # so that it has to connect anew, and learns at once that it can't
            broker.stop()
            await runtime.look(standing)
            found.append(runtime.stalled(runtime.look_every))
        finally:
            await wire.stop()
        return found

    there, away = asyncio.run(looks())
    assert there is not None and ADDED.name in there
    assert away is None
