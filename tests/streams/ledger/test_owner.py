"""An owner on a real broker: what comes first by time is decided first, in whatever order its sources are fetched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from streams.ledger.clock import Clock, RealClock, ReplayedClock
from streams.ledger.log import Wire
from streams.ledger.owner import GATHER, ROOM, Owner, Post
from streams.ledger.patience import PATIENCE
from streams.ledger.record import read_header
from streams.ledger.snapshotter import Snapshotter
from streams.topics import create_topics
from tests import wire as kafka
from tests.streams.ledger.kit import START, added, area_of
from tests.streams.ledger.tally import ADDED, DEAD, MORE, STAGE, TALLY_LEDGER, TallyDecider

pytestmark = pytest.mark.servers
PARTITION = 1


def message(topic: Any, number: int, minutes: float) -> kafka.Sent:
    at = int((START + timedelta(minutes=minutes)).timestamp() * 1000)
    area = area_of(PARTITION)
    return (topic.name, area.encode(), added(number, area=area, minutes=minutes), at)


@asynccontextmanager
async def owner(address: str, root: Path, clock: Clock | None = None) -> AsyncIterator[Owner]:
    wire = Wire(address, "test")
    one = Owner(Post(STAGE, wire, clock or ReplayedClock(), "w1", "test", Snapshotter(root)), PARTITION)
    running = asyncio.create_task(one.run())
    try:
        opened = asyncio.create_task(one.opened.wait())
        await asyncio.wait([running, opened], timeout=30, return_when=asyncio.FIRST_COMPLETED)
        assert opened.done(), running
        yield one
    finally:
        running.cancel()
        await asyncio.wait([running])
        await wire.stop()


async def fed(address: str, one: Owner, topic: Any) -> None:
    """All that lies on a source, as Faust would hand it over."""
    found = await asyncio.to_thread(kafka.read, address, topic.name)
    await one.feed(topic.name, found[PARTITION], len(found[PARTITION]))


async def decided(address: str, count: int) -> list[tuple[str, int]]:
    for _ in range(200):
        ledger = (await asyncio.to_thread(kafka.read, address, TALLY_LEDGER.name))[PARTITION]
        headers = [read_header(one.value or b"") for one in ledger]
        sources = [header.source for header in headers if header is not None and header.source is not None]
        if len(sources) >= count:
            return [(source.topic, source.offset) for source in sources]
        await asyncio.sleep(0.05)
    raise AssertionError("not decided")


def test_where_events_move_the_clock_an_older_message_fetched_later_is_waited_for(
    kafka_address: str, tmp_path: Path
) -> None:
    create_topics(kafka_address, (ADDED, MORE, TALLY_LEDGER, *DEAD))

    async def run() -> None:
        async with owner(kafka_address, tmp_path) as one:
            await asyncio.to_thread(kafka.send, kafka_address, [message(MORE, 1, 30)])
            await asyncio.to_thread(kafka.send, kafka_address, [message(ADDED, 2, 200)])
            await fed(kafka_address, one, ADDED)
            await asyncio.sleep(0.3)
            await fed(kafka_address, one, MORE)
            assert await decided(kafka_address, 2) == [(MORE.name, 0), (ADDED.name, 0)]

    asyncio.run(run())


def test_what_comes_shortly_after_an_append_goes_along_with_the_next(kafka_address: str, tmp_path: Path) -> None:
    """Sixty messages, one every two milliseconds, are not sixty appends; an append is dated when it begins."""
    create_topics(kafka_address, (ADDED, MORE, TALLY_LEDGER, *DEAD))
    count = 60

    async def run() -> None:
        async with owner(kafka_address, tmp_path, RealClock()) as one:
            begun = len((await asyncio.to_thread(kafka.read, kafka_address, TALLY_LEDGER.name))[PARTITION])
            await asyncio.to_thread(kafka.send, kafka_address, [message(ADDED, n, 0) for n in range(100, 100 + count)])
            sent = (await asyncio.to_thread(kafka.read, kafka_address, ADDED.name))[PARTITION][-count:]
            for each in sent:
                await one.feed(ADDED.name, [each], sent[-1].offset + 1)
                await asyncio.sleep(0.002)
            while one.progress.waiting or one.lag()[ADDED.name]:
                await asyncio.sleep(0.01)
            ledger = (await asyncio.to_thread(kafka.read, kafka_address, TALLY_LEDGER.name))[PARTITION][begun:]
            stamps = sorted({record.timestamp for record in ledger})
            assert len(ledger) >= count
            assert min(after - before for before, after in pairwise(stamps)) >= int(GATHER * 1000)

    asyncio.run(run())


def test_a_source_is_waited_for_however_long_deciding_what_came_with_it_took(
    kafka_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next message comes soon after the others are decided, and long after they came."""
    create_topics(kafka_address, (ADDED, MORE, TALLY_LEDGER, *DEAD))
    decide = TallyDecider.decide

    def slowly(self: TallyDecider, state: Any, event: Any) -> Any:
        time.sleep(PATIENCE + 0.2 if getattr(event, "event_id", "") == "e700" else 0)
        return decide(self, state, event)

    monkeypatch.setattr(TallyDecider, "decide", slowly)

    async def run() -> None:
        async with owner(kafka_address, tmp_path, RealClock()) as one:
            more = [message(MORE, 700, 1), message(MORE, 701, 2)]
            await asyncio.to_thread(kafka.send, kafka_address, [*more, message(ADDED, 702, 3)])
            lying = await asyncio.to_thread(kafka.read, kafka_address, MORE.name)
            first, second = lying[PARTITION][-2:]
            await fed(kafka_address, one, ADDED)
            await one.feed(MORE.name, [first], second.offset + 1)
            while (one.lag()[MORE.name], one.lag()[ADDED.name]) != (1, 1):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            await one.feed(MORE.name, [second], second.offset + 1)
            done = (await decided(kafka_address, len(lying[PARTITION]) + 1))[-3:]
            assert [topic for topic, _ in done] == [MORE.name, MORE.name, ADDED.name]

    asyncio.run(run())


def test_a_source_with_much_leaves_room_for_the_others(kafka_address: str, tmp_path: Path) -> None:
    """Nobody waits in `feed`; of a source that has enough here no more is fetched, of the others it is."""
    create_topics(kafka_address, (ADDED, MORE, TALLY_LEDGER, *DEAD))

    async def run() -> None:
        async with owner(kafka_address, tmp_path, RealClock()) as one:
            numbers = range(10_000, 10_000 + 2 * ROOM)
            await asyncio.to_thread(kafka.preload, kafka_address, [message(ADDED, number, 0) for number in numbers])
            await fed(kafka_address, one, ADDED)
            assert (one.has_room(ADDED.name), one.has_room(MORE.name)) == (False, True)
            while one.lag()[ADDED.name]:
                await asyncio.sleep(0.01)
            assert one.has_room(ADDED.name)

    asyncio.run(run())
