"""The ledgers' side of the sink: which topics and partitions there are, reading them, and saying how far it got."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, OffsetOutOfRangeError
from kafka import KafkaAdminClient
from kafka import TopicPartition as KafkaPartition
from kafka.errors import KafkaError as AdminError
from kafka.structs import OffsetAndMetadata

from schemas.errors import BaogongError
from streams.broker import no_broker, reach

GROUP: Final = "baogong.audit"
"""Its committed offsets are for lag dashboards only; nothing reads them back."""
CLIENT: Final = "baogong-audit-sink"
ANSWER_SECONDS: Final = 10.0
_FETCH_BYTES: Final = 4 << 20

Records = dict[TopicPartition, list[tuple[int, int, bytes | None]]]


@dataclass(frozen=True, slots=True)
class LedgerTopic:
    """A ledger as the broker describes it. `name_for_good` (cluster id/topic id) survives no re-making of the topic."""

    name_for_good: str
    partitions: tuple[int, ...]


def describe(kafka: str, topics: Sequence[str]) -> dict[str, LedgerTopic]:
    """What the broker says of the ledger topics. Blocking; raises BaogongError where it, or a topic, isn't there."""
    reach(kafka)
    try:
        admin = KafkaAdminClient(bootstrap_servers=kafka, client_id=CLIENT)
        try:
            cluster = admin.describe_cluster().get("cluster_id") or "unknown"
            described = {topic["name"]: topic for topic in admin.describe_topics(list(topics))}
        finally:
            admin.close()
    except (AdminError, OSError, ValueError) as error:
        raise no_broker(kafka) from error
    found = {}
    for name in topics:
        topic = described.get(name, {})
        numbers = tuple(sorted(each["partition_index"] for each in topic.get("partitions", ())))
        if not numbers:
            raise BaogongError(f"Kafka has no topic {name}: make the topics with 'baogong topics --create'.")
        found[name] = LedgerTopic(f"{cluster}/{topic.get('topic_id') or name}", numbers)
    return found


class LedgerLog:
    """Reads ledger partitions from where it is told to: no consumer group has a say."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._consumer: AIOKafkaConsumer[bytes, bytes] = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id=CLIENT,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=100,
        )

    async def start(self) -> None:
        """Connect; raises BaogongError where nobody answers."""
        try:
            await self._consumer.start()
        except (KafkaConnectionError, OSError) as error:
            await self._consumer.stop()
            raise no_broker(self._kafka) from error

    async def stop(self) -> None:
        """Let go of the broker."""
        await self._consumer.stop()

    async def bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        """First offset and end of partitions; raises KafkaError or TimeoutError."""
        async with asyncio.timeout(ANSWER_SECONDS):
            begins = await self._consumer.beginning_offsets(list(partitions))
            ends = await self._consumer.end_offsets(list(partitions))
        return {each: (begins[each], ends[each]) for each in partitions}

    async def ends(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The ends of partitions; raises KafkaError or TimeoutError."""
        async with asyncio.timeout(ANSWER_SECONDS):
            found: dict[TopicPartition, int] = await self._consumer.end_offsets(list(partitions))
            return found

    async def value(self, partition: TopicPartition, offset: int) -> bytes | None:
        """One record's value; raises TimeoutError. Leaves only this partition assigned."""
        self._consumer.assign([partition])
        self._consumer.seek(partition, offset)
        async with asyncio.timeout(ANSWER_SECONDS):
            record: Any = await self._consumer.getone(partition)
        return record.value if record.offset == offset else None

    def read_from(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read these partitions from these offsets on."""
        self._consumer.assign(list(positions))
        for partition, offset in positions.items():
            self._consumer.seek(partition, offset)

    async def next_records(self, timeout_ms: int) -> Records:
        """What has come since, at most `timeout_ms` later; raises BaogongError where the log was cut away under us."""
        try:
            found = await self._consumer.getmany(timeout_ms=timeout_ms)
        except OffsetOutOfRangeError as error:
            raise BaogongError(
                f"Kafka does not have the offsets {error} that ClickHouse lacks: a ledger topic was cut or made "
                "anew; run 'baogong verify'."
            ) from error
        except KafkaError as error:
            raise BaogongError(f"Kafka at {self._kafka} refuses to be read ({error}): see its log.") from error
        return {
            where: [(each.offset, each.timestamp, each.value) for each in records] for where, records in found.items()
        }

    def hold(self, held: bool) -> None:
        """Stop (or go on) handing out records, while polling on."""
        partitions = self._consumer.assignment()
        if held:
            self._consumer.pause(*partitions)
        else:
            self._consumer.resume(*partitions)


class LagBoard:
    """Shows positions as committed offsets of `GROUP`. Blocking; it is no member of the group and never reads it."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._admin: KafkaAdminClient | None = None

    def show(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit positions. Raises KafkaError of kafka-python, after which it may be tried again."""
        if self._admin is None:
            self._admin = KafkaAdminClient(
                bootstrap_servers=self._kafka, client_id=CLIENT, request_timeout_ms=int(ANSWER_SECONDS * 1000)
            )
        offsets = {
            KafkaPartition(where.topic, where.partition): OffsetAndMetadata(offset, "", -1)
            for where, offset in positions.items()
        }
        self._admin.alter_group_offsets(GROUP, offsets)

    def close(self) -> None:
        """Let go of the broker; harmless when nothing was shown."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None
