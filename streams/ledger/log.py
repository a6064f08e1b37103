"""A worker's hold on Kafka: reading partitions to their end, and R2, appending only where it expects to.

One `Wire` serves all partitions of a worker; after an append of unknown outcome (R5) it makes a new producer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import TOPIC_LIMIT

BATCH_BYTES: Final = 1 << 20
APPEND_TIMEOUT: Final = 30.0
Headers = Sequence[tuple[str, bytes]]


class AppendUnknown(Exception):
    """It can't be said whether, or where, the records were written: fold to the end and look."""


class Wire:
    """Reader and idempotent writer (acks=all) of one worker."""

    def __init__(self, kafka: str, client_id: str) -> None:
        self._kafka, self._client_id = kafka, client_id
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()

    async def start(self) -> None:
        """Connect; raises KafkaError where no broker answers."""
        await self._live()

    async def stop(self) -> None:
        """Let go of the broker; what was sent is flushed."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def append(
        self, topic: str, partition: int, values: Sequence[bytes], timestamp_ms: int, expected: int
    ) -> None:
        """Append records from offset `expected` on; raises AppendUnknown unless all of them lie there."""
        producer = await self._live()
        try:
            for batch, count in _batches(producer, values, timestamp_ms):
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

    async def end(self, topic: str, partition: int) -> int:
        """The offset that the next record of a partition will get."""
        where = TopicPartition(topic, partition)
        consumer = await self._reader()
        try:
            offsets: dict[TopicPartition, int] = await consumer.end_offsets([where])
            return offsets[where]
        finally:
            await consumer.stop()

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


def _batches(producer: AIOKafkaProducer, values: Sequence[bytes], timestamp_ms: int) -> list[tuple[Any, int]]:
    """Record batches of at most BATCH_BYTES (a larger record has one of its own), each with its number of records."""
    batches: list[tuple[Any, int]] = []
    batch, count = producer.create_batch(), 0
    for value in values:
        if batch.append(key=None, value=value, timestamp=timestamp_ms) is None:
            batches.append((batch, count))
            batch, count = producer.create_batch(), 0
            batch.append(key=None, value=value, timestamp=timestamp_ms)
        count += 1
    batches.append((batch, count))
    return batches
