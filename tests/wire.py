"""Sending to and reading from Kafka in tests: aiokafka in a loop of its own, closed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import BY_NAME, PARTITIONS, TOPIC_LIMIT
from streams.ledger.keys import partition_of

Sent = tuple[str, bytes, bytes | None, int]
"""Topic, key, value, timestamp in ms."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Lying:
    """A message as it lies on its partition."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def send(kafka: str, messages: Iterable[Sent], rate: float | None = None) -> int:
    """Send all, at a rate if one is given; returns how many were acknowledged, raises where one was not."""
    return asyncio.run(_send(kafka, messages, rate))


async def _send(kafka: str, messages: Iterable[Sent], rate: float | None) -> int:
    async with _producer(kafka, request_timeout_ms=120_000, linger_ms=2) as producer:
        start, futures = asyncio.get_running_loop().time(), []
        for number, (topic, key, value, stamp) in enumerate(messages):
            futures.append(await producer.send(topic, value, key, timestamp_ms=stamp))
            ahead = 0.0 if rate is None else number / rate - (asyncio.get_running_loop().time() - start)
            if ahead > 0.01:
                await asyncio.sleep(ahead)
        return len(await asyncio.gather(*futures))


def preload(kafka: str, messages: Iterable[Sent]) -> int:
    """Put messages on their topics by whole batches, as fast as it goes; how many."""
    return asyncio.run(_preload(kafka, messages))


async def _preload(kafka: str, messages: Iterable[Sent]) -> int:
    count, batches, futures = 0, {}, []
    async with _producer(kafka, max_batch_size=1 << 20) as producer:

        async def post(where: tuple[str, int]) -> None:
            futures.append(await producer.send_batch(batches.pop(where), where[0], partition=where[1]))

        for topic, key, value, stamp in messages:
            where = (topic, partition_of(key, PARTITIONS))
            batch = batches.setdefault(where, producer.create_batch())
            if batch.append(key=key, value=value, timestamp=stamp) is None:
                await post(where)
                batches[where] = batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=stamp)
            count += 1
        for where in list(batches):
            await post(where)
        await asyncio.gather(*futures)
    return count


def _numbers(topic: str) -> range:
    """Partitions of a topic; one that is not declared has as many as most."""
    return range(BY_NAME[topic].partitions if topic in BY_NAME else PARTITIONS)


def read(kafka: str, topic: str, since: Mapping[int, int] | None = None) -> dict[int, list[Lying]]:
    """Every message of a topic by partition, or those from given offsets on, up to its end as it is now."""
    return asyncio.run(_with_consumer(kafka, lambda consumer: _read(consumer, topic, since or {})))


async def _read(consumer: Any, topic: str, since: Mapping[int, int]) -> dict[int, list[Lying]]:
    wanted = [TopicPartition(topic, number) for number in _numbers(topic)]
    found: dict[int, list[Lying]] = {tp.partition: [] for tp in wanted}
    consumer.assign(wanted)
    ends = await consumer.end_offsets(wanted)
    await consumer.seek_to_beginning()
    for tp in wanted:
        if tp.partition in since:
            consumer.seek(tp, since[tp.partition])
    while any([await consumer.position(tp) < ends[tp] for tp in wanted]):
        for tp, records in (await consumer.getmany(timeout_ms=200)).items():
            found[tp.partition] += [Lying(r.offset, r.timestamp, r.key, r.value) for r in records]
    return found


def ends(kafka: str, topics: Iterable[str]) -> dict[str, dict[int, int]]:
    """End offsets by topic and partition."""
    names = list(topics)
    wanted = [TopicPartition(name, number) for name in names for number in _numbers(name)]
    offsets = asyncio.run(_with_consumer(kafka, lambda consumer: consumer.end_offsets(wanted)))
    return {name: {n: offsets[TopicPartition(name, n)] for n in _numbers(name)} for name in names}


async def _with_consumer(kafka: str, use: Callable[[Any], Awaitable[Result]]) -> Result:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20, fetch_max_wait_ms=100,
    )  # fmt: skip
    await consumer.start()
    try:
        return await use(consumer)
    finally:
        await consumer.stop()


def _producer(kafka: str, **settings: Any) -> Any:
    return AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, max_request_size=TOPIC_LIMIT, **settings
    )
