"""The relay on a real broker: every partition gets every hold, once where nothing goes wrong, in order in any case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient

from deploy.local.kafka import EmbeddedKafka
from schemas.errors import BaogongError
from schemas.topics import COLDCHAIN_HOLDS, COLDCHAIN_LEDGER, PARTITIONS, TRANSFER_ORDERS, TRANSFERS_LEDGER
from streams.ledger.keys import partition_of
from streams.ledger.log import Outgoing, Wire
from streams.relay import Relay
from streams.relay_cache import RelayCache
from streams.relay_messages import RELAY_GROUP, Told
from streams.relay_routes import HOLDS, ORDERS, Route
from streams.topics import create_topics
from tests import wire
from tests.streams.test_relay_messages import Ledger, moved, ordered, withdrawn

pytestmark = pytest.mark.servers


TOPICS = (COLDCHAIN_LEDGER, COLDCHAIN_HOLDS, TRANSFERS_LEDGER, TRANSFER_ORDERS)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of these tests alone: the topics have the names that they have everywhere."""
    root = tmp_path_factory.mktemp("relay")
    (root / "logs").mkdir()
    with EmbeddedKafka(root / "kafka", root / "logs") as broker:
        yield broker.address


@pytest.fixture
def address(broker: str) -> Iterator[str]:
    """The broker with topics that are new: what a test writes on them is all there is."""
    create_topics(broker, TOPICS)
    yield broker
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.delete_topics([topic.name for topic in TOPICS])
    while {topic.name for topic in TOPICS} & set(admin.list_topics()):
        time.sleep(0.02)
    admin.close()


class Writer:
    """Puts what a ledger has more than the broker onto the broker."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.written: dict[int, int] = {}

    async def put(self, *ledgers: Ledger) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.address, acks="all") as producer:
            for ledger in ledgers:
                done = self.written.get(ledger.partition, 0)
                for value in ledger.values[done:]:
                    await producer.send_and_wait(ledger.route.ledger.name, value, partition=ledger.partition)
                self.written[ledger.partition] = len(ledger.values)


@asynccontextmanager
async def relaying(address: str, root: Path, route: Route = HOLDS) -> AsyncIterator[Relay]:
    stop, relay = asyncio.Event(), Relay(address, "test-relay", RelayCache(root), route=route)
    running = asyncio.create_task(relay.run(stop))
    try:
        yield relay
    finally:
        stop.set()
        await asyncio.wait_for(running, 30)


async def caught_up(relay: Relay, *ledgers: Ledger) -> None:
    """Until it has looked at everything."""
    for _ in range(400):
        if all(relay.status.positions.get(one.partition, 0) >= len(one.values) for one in ledgers):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the relay stands still: {relay.status}")


async def lying(address: str, topic: str = COLDCHAIN_HOLDS.name) -> list[list[bytes]]:
    """The values on each target partition."""
    found = await asyncio.to_thread(wire.read, address, topic)
    return [[one.value or b"" for one in found[number]] for number in range(PARTITIONS)]


def values(told: list[Told]) -> list[bytes]:
    return [one.value for one in told]


def test_every_partition_gets_every_hold_once_and_a_restart_tells_nothing_again(address: str, tmp_path: Path) -> None:
    ledger = Ledger(1).decided(ordered("h1"), withdrawn("h1")).decided(ordered("h2"))
    writer = Writer(address)

    async def run() -> None:
        await writer.put(ledger)
        async with relaying(address, tmp_path / "cache") as relay:
            await caught_up(relay, ledger)
        assert await lying(address) == [values(ledger.walk()[1])] * PARTITIONS
        assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["relay-1.walk"]
        for cache in ("cache", "no-cache"):
            ledger.decided(ordered(f"h-{cache}"))
            await writer.put(ledger)
            async with relaying(address, tmp_path / cache) as relay:
                await caught_up(relay, ledger)
                assert relay.status.told == 1
                assert (relay.status.records < len(ledger.values)) == (cache == "cache")
        assert await lying(address) == [values(ledger.walk()[1])] * PARTITIONS

    asyncio.run(run())


def test_what_some_partitions_lack_is_told_again(address: str, tmp_path: Path) -> None:
    """As after kill -9 in the middle: h2 came to two of four partitions; the cache of a disk says that all is told."""
    ledger = Ledger(0).decided(ordered("h1")).decided(ordered("h2"), withdrawn("h2"))
    walk, told = ledger.walk()

    async def run() -> None:
        await Writer(address).put(ledger)
        other = Wire(address, "other")
        messages = [Outgoing(one.timestamp_ms, one.value, one.headers) for one in told]
        await other.spread(COLDCHAIN_HOLDS.name, range(PARTITIONS), messages[:1])
        await other.spread(COLDCHAIN_HOLDS.name, (1, 3), messages[1:2])
        await other.stop()
        RelayCache(tmp_path / "cache").save(walk)
        async with relaying(address, tmp_path / "cache") as relay:
            await caught_up(relay, ledger)
            assert relay.status.told == 2
        for number, messages_there in enumerate(await lying(address)):
            assert list(dict.fromkeys(messages_there)) == values(told)
            assert len(messages_there) == (4 if number in (1, 3) else 3)

    asyncio.run(run())


def test_two_relays_at_once_do_no_harm(address: str, tmp_path: Path) -> None:
    ledgers = [Ledger(number) for number in range(PARTITIONS)]
    writer = Writer(address)

    async def run() -> None:
        async with relaying(address, tmp_path / "a") as one, relaying(address, tmp_path / "b") as two:
            for number in range(40):
                for ledger in ledgers:
                    ledger.decided(ordered(f"h{ledger.partition}.{number}"))
                    ledger.decided(withdrawn(f"h{ledger.partition}.{number}"))
                await writer.put(*ledgers)
            await caught_up(one, *ledgers)
            await caught_up(two, *ledgers)
        whole = {ledger.partition: values(ledger.walk()[1]) for ledger in ledgers}
        for messages in await lying(address):
            once = list(dict.fromkeys(messages))
            assert sorted(once) == sorted(value for one in whole.values() for value in one)
            for told in whole.values():
                among = set(told)
                assert [value for value in once if value in among] == told

    asyncio.run(run())


def test_an_order_is_on_every_partition_soon_after_its_record(address: str, tmp_path: Path) -> None:
    ledger, writer, waits = Ledger(2), Writer(address), []

    async def run() -> None:
        async with relaying(address, tmp_path / "cache") as relay:
            await writer.put(ledger)
            await caught_up(relay, ledger)
            for number in range(30):
                ledger.decided(ordered(f"h{number}"))
                await writer.put(ledger)
                since, told = time.monotonic(), number + 1
                while relay.status.told < told:
                    await asyncio.sleep(0.001)
                waits.append(time.monotonic() - since)
                await asyncio.sleep(0.05)

    asyncio.run(run())
    assert sorted(waits)[len(waits) // 2] < 0.1, waits


def test_how_far_it_got_is_shown(address: str, tmp_path: Path) -> None:
    from deploy.standing import relay_positions

    ledger = Ledger(3).decided(ordered("h1"))

    async def run() -> None:
        await Writer(address).put(ledger)
        async with relaying(address, tmp_path / "cache") as relay:
            await caught_up(relay, ledger)
            for _ in range(100):
                if (await asyncio.to_thread(relay_positions, address)).get(("coldchain", 3)) == len(ledger.values):
                    return
                await asyncio.sleep(0.1)
            raise AssertionError(RELAY_GROUP)

    asyncio.run(run())


def test_a_target_of_another_ledger_is_said(address: str, tmp_path: Path) -> None:
    async def run() -> None:
        other = Ledger(0).decided(ordered("h1"))
        (told,) = other.walk()[1]
        out = Wire(address, "other")
        message = Outgoing(told.timestamp_ms, told.value, told.headers)
        await out.spread(COLDCHAIN_HOLDS.name, range(PARTITIONS), [message])
        await out.stop()
        await Writer(address).put(Ledger(0).decided(ordered("another")))
        with pytest.raises(BaogongError, match="tells of another ledger"):
            await Relay(address, "test-relay", RelayCache(tmp_path)).run(asyncio.Event())

    asyncio.run(run())


@pytest.mark.parametrize("tail", [1, 20_000])
def test_orders_go_to_the_partition_of_their_area_and_what_one_lacks_is_told_to_that_one(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tail: int
) -> None:
    """As after kill -9 in the middle: one partition has all, another only the first; without a cache and with one."""
    monkeypatch.setattr("streams.relay.TAIL", tail)
    areas = [f"sh/pd/{letter}1" for letter in "abcdefgh"]
    ledger = Ledger(0, ORDERS)
    for number in range(12):
        ledger.decided(moved(f"t{number}", areas[number % 8], areas[(number * 3 + 1) % 8]))
    _, told = ledger.walk()
    wanted = [[one for one in told if partition_of(str(one.key).encode(), PARTITIONS) == n] for n in range(PARTITIONS)]
    full = max(range(PARTITIONS), key=lambda number: len(wanted[number]))

    async def run() -> None:
        await Writer(address).put(ledger)
        other = Wire(address, "other")
        for number, messages in enumerate(wanted):
            there = messages if number == full else messages[:1]
            lines = [Outgoing(one.timestamp_ms, one.value, one.headers) for one in there]
            if lines:
                await other.spread(TRANSFER_ORDERS.name, (number,), lines)
        await other.stop()
        for cache in ("no-cache", "no-cache", "other"):
            async with relaying(address, tmp_path / cache, ORDERS) as relay:
                for _ in range(400):
                    if relay.status.ready and relay.status.lag == {0: 0} and relay.status.busy_since is None:
                        break
                    await asyncio.sleep(0.05)
            assert await lying(address, TRANSFER_ORDERS.name) == [values(one) for one in wanted]

    assert sum(map(bool, wanted)) > 1
    asyncio.run(run())
