"""Partitions that come and go while others are being taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from streams.ledger.clock import ReplayedClock
from streams.ledger.log import Wire
from streams.ledger.owner import Post
from streams.ledger.snapshotter import Snapshotter
from streams.runtime import Runtime
from streams.topics import create_topics
from tests.streams.ledger.tally import ADDED, DEAD, MORE, STAGE, TALLY_LEDGER

pytestmark = pytest.mark.servers


def run(address: str, root: Path, what: Callable[[Runtime], Awaitable[None]]) -> None:
    """What happens to the runtime of a worker."""
    create_topics(address, (ADDED, MORE, TALLY_LEDGER, *DEAD))

    async def started() -> None:
        wire = Wire(address, "test")
        runtime = Runtime(Post(STAGE, wire, ReplayedClock(), "w1", "test", Snapshotter(root)))
        await runtime.start()
        try:
            async with asyncio.timeout(30):
                await what(runtime)
        finally:
            await runtime.stop()

    asyncio.run(started())


def test_what_is_let_go_while_it_is_taken_over_is_not_waited_for(kafka_address: str, tmp_path: Path) -> None:
    """Another assignment may come while a ledger is still being folded."""

    async def happens(runtime: Runtime) -> None:
        taking = asyncio.create_task(runtime.own((0, 1)))
        await asyncio.sleep(0)
        await runtime.keep((1,))
        await taking
        assert runtime.next_offset(ADDED.name, 0) is None
        assert runtime.next_offset(ADDED.name, 1) is not None

    run(kafka_address, tmp_path, happens)


def test_what_is_being_taken_over_already_is_open_when_it_is_taken_over_again(
    kafka_address: str, tmp_path: Path
) -> None:
    async def happens(runtime: Runtime) -> None:
        first = asyncio.create_task(runtime.own((0, 1)))
        await asyncio.sleep(0)
        await runtime.own((1,))
        assert runtime.progress()[1].opened
        await first

    run(kafka_address, tmp_path, happens)
