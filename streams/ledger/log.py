"""A worker's hold on Kafka: reading partitions to their end, and R2, appending only where it expects to.

One `Wire` serves all partitions of a worker; after an append of unknown outcome (R5) it makes a new producer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import TOPIC_LIMIT

BATCH_BYTES: Final = 1 << 20
APPEND_TIMEOUT: Final = 30.0
Headers = Sequence[tuple[str, bytes]]


class Outgoing(NamedTuple):
    """A message to be written: without key, at a time of its own."""

    timestamp_ms: int
    value: bytes
    headers: Headers = ()


class AppendUnknown(Exception):
    """It can't be said whether, or where, the records were written: fold to the end and look."""


class Wire:
    """Reader and idempotent writer (acks=all) of one worker."""

    def __init__(self, kafka: str, client_id: str) -> None:
        self._kafka, self._client_id = kafka, client_id
        self._producer: AIOKafkaProducer | None = None
        self._asking: AIOKafkaConsumer[bytes, bytes] | None = None
        self._making = asyncio.Lock()

    async def start(self) -> None:
        """Connect; raises KafkaError where no broker answers."""
        await self._live()

    async def stop(self) -> None:
        """Let go of the broker; what was sent is flushed."""
        producer, self._producer = self._producer, None
        asking, self._asking = self._asking, None
        if asking is not None:
            await asking.stop()
        if producer is not None:
            await producer.stop()

    async def append(
        self, topic: str, partition: int, values: Sequence[bytes], timestamp_ms: int, expected: int
    ) -> None:
        """Append records from offset `expected` on; raises AppendUnknown unless all of them lie there."""
        producer = await self._live()
        try:
            for batch, count in _batches(producer, [Outgoing(timestamp_ms, value) for value in values]):
                future = await producer.send_batch(batch, topic, partition=partition)
                async with asyncio.timeout(APPEND_TIMEOUT):
                    written = await future
                if written.offset != expected:
                    raise AppendUnknown(f"wrote at {written.offset}, expected {expected}")
                expected += count
        except (KafkaError, TimeoutError) as error:
            await self._drop(producer)
            raise AppendUnknown(type(error).__name__) from error

    async def send(self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Write one message and wait for it (dead letters); raises AppendUnknown, after which it may be sent again."""
        producer = await self._live()
        try:
            future = await producer.send(topic, value, key, partition=partition, headers=headers)
            async with asyncio.timeout(APPEND_TIMEOUT):
                await future
        except (KafkaError, TimeoutError) as error:
            await self._drop(producer)
            raise AppendUnknown(type(error).__name__) from error

    async def spread(self, topic: str, partitions: Sequence[int], messages: Sequence[Outgoing]) -> None:
        """Write the messages, in this order, on each of the partitions, and wait for all.

        Raises AppendUnknown, after which all of them are to be written again: on every partition the first so many of
        them lie there, never a later one without those before it.
        """
        producer = await self._live()
        try:
            batches = [_batches(producer, messages) for _ in partitions]
            for same in zip(*batches, strict=True):  # one batch a partition at a time: none overtakes a failed one
                futures = [
                    await producer.send_batch(batch, topic, partition=number)
                    for number, (batch, _) in zip(partitions, same, strict=True)
                ]
                async with asyncio.timeout(APPEND_TIMEOUT):
                    await asyncio.gather(*futures)
        except (KafkaError, TimeoutError) as error:
            await self._drop(producer)
            raise AppendUnknown(type(error).__name__) from error

    async def ends(self, topics: Iterable[str], partition: int) -> dict[str, int]:
        """The offset that the next record of each topic's partition will get."""
        async with self._making:
            if self._asking is None:
                self._asking = await self._reader()
        offsets = await self._asking.end_offsets([TopicPartition(topic, partition) for topic in topics])
        return {where.topic: offset for where, offset in offsets.items()}

    async def read(self, topic: str, partition: int, start: int, until: int | None = None) -> AsyncIterator[list[Any]]:
        """Batches of records from `start` to the end as it was when asked (or to `until`, exclusive)."""
        where = TopicPartition(topic, partition)
        consumer = await self._reader()
        try:
            consumer.assign([where])
            end = (await consumer.end_offsets([where]))[where] if until is None else until
            begin = (await consumer.beginning_offsets([where]))[where]
            consumer.seek(where, max(start, begin))
            while await consumer.position(where) < end:
                found: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]] = await consumer.getmany(timeout_ms=500)
                records = [record for record in found.get(where, ()) if record.offset < end]
                if records:
                    yield records
        finally:
            await consumer.stop()

    async def _reader(self) -> AIOKafkaConsumer[bytes, bytes]:
        consumer: AIOKafkaConsumer[bytes, bytes] = AIOKafkaConsumer(
            bootstrap_servers=self._kafka,
            client_id=f"{self._client_id}-reader",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=8 << 20,
            fetch_max_wait_ms=100,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    async def _live(self) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                self._producer = await self._new_producer()
            return self._producer

    async def _new_producer(self) -> AIOKafkaProducer:
        producer: AIOKafkaProducer = AIOKafkaProducer(
            bootstrap_servers=self._kafka,
            client_id=f"{self._client_id}-writer",
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=TOPIC_LIMIT,
            request_timeout_ms=int(APPEND_TIMEOUT * 1000),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _drop(self, broken: Any) -> None:
        """R5: a producer with an unknown outcome behind it is never used again."""
        current = self._producer
        if current is not None and current is broken:
            self._producer = None
            stopping = asyncio.ensure_future(current.stop())
            await asyncio.wait([stopping], timeout=1)
            stopping.cancel()


def _batches(producer: AIOKafkaProducer, messages: Sequence[Outgoing]) -> list[tuple[Any, int]]:
    """Record batches of at most BATCH_BYTES (a larger record has one of its own), each with its number of records."""
    batches: list[tuple[Any, int]] = []
    batch, count = producer.create_batch(), 0
    for stamp, value, headers in messages:
        if batch.append(key=None, value=value, timestamp=stamp, headers=[*headers]) is None:
            batches.append((batch, count))
            batch, count = producer.create_batch(), 0
            batch.append(key=None, value=value, timestamp=stamp, headers=[*headers])
        count += 1
    batches.append((batch, count))
    return batches
