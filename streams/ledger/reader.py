"""Whole partitions of Kafka, read fast to their present end, for those who audit and answer (never for workers).

aiokafka's parser does about 120,000 records of 1.2 kB a second; kafka-python's, with CRCs left unchecked, 50,000.
Everything runs on one event loop that turns only while somebody waits for messages: no threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.errors import BaogongError
from streams.broker import no_broker, reach
from streams.ledger.findings import Message

FETCH_BYTES: Final = 8 << 20
STALLED: Final = 60.0
"""Seconds without a message, where there must be one, after which a reader gives up."""
_LOST = (KafkaError, OSError, asyncio.TimeoutError)
_QUIET: Final = logging.NullHandler()
"""What aiokafka would print on stderr is said once, by the error that is raised."""
T = TypeVar("T")


class PartitionLog(Iterator[Message]):
    """One partition from `first`, its first offset, to `end`, exclusive, as it was when opened or last extended.

    Iterating goes on where it stopped; after `extend` there may be more.
    """

    def __init__(self, kafka: KafkaReader, topic: str, partition: int, first: int, end: int, start: int) -> None:
        self.topic, self.partition, self.first, self.end = topic, partition, first, end
        self._kafka, self._next = kafka, max(first, start)
        self._where, self._buffer = TopicPartition(topic, partition), map(_message, ())
        self._consumer: AIOKafkaConsumer[bytes, bytes] | None = None

    def __iter__(self) -> PartitionLog:
        return self

    def __next__(self) -> Message:
        while True:
            message = next(self._buffer, None)
            if message is not None:
                return message
            if self._next >= self.end:
                self.close()
                raise StopIteration
            records, self._next = self._kafka.run(self._fetch)
            self._buffer = map(_message, records)

    def extend(self) -> int:
        """Look where the partition ends now; gives the end."""
        self.end = max(self.end, self._kafka.bounds(self.topic, (self.partition,))[self.partition][1])
        return self.end

    def close(self) -> None:
        """Let go of the connection; iterating again makes a new one."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            self._kafka.run(consumer.stop)

    async def _fetch(self) -> tuple[list[Any], int]:
        """Records of one fetch below `end`, and the offset to go on from."""
        consumer = self._consumer or await self._open()
        for _ in range(int(STALLED / 0.5)):
            found = (await consumer.getmany(self._where, timeout_ms=500)).get(self._where, [])
            position = await consumer.position(self._where)
            if found or position >= self.end:
                # The log may have grown meanwhile: what lies beyond the end is read again after `extend`.
                return [record for record in found if record.offset < self.end], min(position, self.end)
        raise BaogongError(f"Kafka sent nothing of {self.topic} partition {self.partition} for {STALLED:.0f} seconds.")

    async def _open(self) -> AIOKafkaConsumer[bytes, bytes]:
        consumer = self._consumer = await self._kafka.connect()
        consumer.assign([self._where])
        consumer.seek(self._where, self._next)
        return consumer


def _message(record: Any) -> Message:
    return Message(record.offset, record.timestamp, record.key, record.value, tuple(record.headers))


class KafkaReader:
    """Opens partitions of one cluster. A context manager; raises BaogongError where the broker can't be reached."""

    def __init__(self, address: str) -> None:
        reach(address)
        self.address = address
        self._runner = asyncio.Runner()
        self._logs: list[PartitionLog] = []
        self._consumer: AIOKafkaConsumer[bytes, bytes] | None = None
        logging.getLogger("aiokafka").addHandler(_QUIET)

    def __enter__(self) -> KafkaReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for log in self._logs:
            log.close()
        if self._consumer is not None:
            self.run(self._consumer.stop)
        self._runner.close()

    def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """Run to its end what talks to the broker."""

        async def called() -> T:
            return await call()

        try:
            return self._runner.run(called())
        except _LOST as error:
            raise no_broker(self.address) from error

    def partitions(self, topic: str) -> tuple[int, ...]:
        """Numbers of a topic's partitions; raises BaogongError where there is no such topic."""
        numbers = self.topics().get(topic)
        if not numbers:
            raise BaogongError(f"Kafka at {self.address} has no topic {topic}: create it by 'baogong topics --create'.")
        return numbers

    def topics(self) -> dict[str, tuple[int, ...]]:
        """Every topic with its partitions."""

        async def ask() -> dict[str, tuple[int, ...]]:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.address, client_id="baogong-reader")
            try:
                await admin.start()
                found = await admin.describe_topics()
            finally:
                await admin.close()
            return {str(one["topic"]): tuple(sorted(part["partition"] for part in one["partitions"])) for one in found}

        return self.run(ask)

    def bounds(self, topic: str, partitions: tuple[int, ...] | None = None) -> dict[int, tuple[int, int]]:
        """First offset and end (exclusive) by partition."""
        numbers = self.partitions(topic) if partitions is None else partitions

        async def ask() -> dict[int, tuple[int, int]]:
            consumer = await self._asking()
            where = [TopicPartition(topic, number) for number in numbers]
            firsts, ends = await consumer.beginning_offsets(where), await consumer.end_offsets(where)
            return {place.partition: (firsts[place], ends[place]) for place in where}

        return self.run(ask)

    def open(self, topic: str, partition: int, start: int = 0) -> PartitionLog:
        """A partition from its first offset (or `start`) to its present end."""
        first, end = self.bounds(topic, (partition,))[partition]
        log = PartitionLog(self, topic, partition, first, end, start)
        self._logs.append(log)
        return log

    async def connect(self) -> AIOKafkaConsumer[bytes, bytes]:
        """A consumer of no group: it commits nothing and joins nothing."""
        consumer: AIOKafkaConsumer[bytes, bytes] = AIOKafkaConsumer(
            bootstrap_servers=self.address,
            client_id="baogong-reader",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=50,
            retry_backoff_ms=10,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    async def _asking(self) -> AIOKafkaConsumer[bytes, bytes]:
        if self._consumer is None:
            self._consumer = await self.connect()
        return self._consumer
