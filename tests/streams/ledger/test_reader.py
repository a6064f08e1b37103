"""Whole partitions read to their end, on a real broker: growing, cut, with markers of transactions, and empty."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as AioPartition
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import NewTopic

from schemas.errors import BaogongError
from streams.ledger.reader import KafkaReader

_NUMBERS = count()


@pytest.fixture
def topic(kafka_address: str) -> str:
    """A topic of two partitions."""
    name = f"reader.{next(_NUMBERS)}"
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    admin.create_topics([NewTopic(name, 2, 1, topic_configs={"retention.ms": "-1"})])
    admin.close()
    return name


@pytest.fixture
def reader(kafka_address: str) -> Iterator[KafkaReader]:
    with KafkaReader(kafka_address) as opened:
        yield opened


def send(address: str, topic: str, start: int, end: int, transaction: bool = False) -> None:
    """Messages with their number as value, onto partition 0."""

    async def run() -> None:
        options = {"transactional_id": topic} if transaction else {}
        producer = AIOKafkaProducer(bootstrap_servers=address, **options)
        await producer.start()
        if transaction:
            await producer.begin_transaction()
        for number in range(start, end):
            await producer.send(topic, b"%d" % number, b"k", 0, 1000 + number, [("n", b"%d" % number)])
        await producer.flush()
        if transaction:
            before = await _end(address, topic)
            await producer.commit_transaction()
            while await _end(address, topic) == before:  # the broker writes the marker after it has taken the commit
                await asyncio.sleep(0.02)
        await producer.stop()

    asyncio.run(run())


async def _end(address: str, topic: str) -> int:
    async with AIOKafkaConsumer(bootstrap_servers=address) as consumer:
        return (await consumer.end_offsets([AioPartition(topic, 0)]))[AioPartition(topic, 0)]


def numbers(log: object) -> list[int]:
    return [int(message.value) for message in log]  # type: ignore[attr-defined]


def test_all_messages_are_read_with_all_that_they_have(kafka_address: str, reader: KafkaReader, topic: str) -> None:
    send(kafka_address, topic, 0, 3000)
    log = reader.open(topic, 0)
    assert (log.first, log.end) == (0, 3000)
    messages = list(log)
    assert [message.offset for message in messages] == list(range(3000))
    assert messages[7] == (7, 1007, b"k", b"7", (("n", b"7"),))
    assert list(log) == []


def test_reading_begins_where_it_is_told(kafka_address: str, reader: KafkaReader, topic: str) -> None:
    send(kafka_address, topic, 0, 10)
    assert numbers(reader.open(topic, 0, 8)) == [8, 9]
    assert numbers(reader.open(topic, 0, 99)) == []


def test_what_comes_while_reading_is_left_for_later(kafka_address: str, reader: KafkaReader, topic: str) -> None:
    """It lies in the same fetch as what came before; none of it may get lost."""
    send(kafka_address, topic, 0, 5)
    log = reader.open(topic, 0)
    send(kafka_address, topic, 5, 20)
    assert numbers(log) == list(range(5))
    assert log.extend() == 20
    send(kafka_address, topic, 20, 25)
    assert numbers(log) == list(range(5, 20))
    log.extend()
    assert numbers(log) == list(range(20, 25))


def test_markers_of_transactions_are_passed_over(kafka_address: str, reader: KafkaReader, topic: str) -> None:
    send(kafka_address, topic, 0, 3, transaction=True)
    send(kafka_address, topic, 3, 5, transaction=True)
    log = reader.open(topic, 0)
    assert log.end == 7
    assert [(message.offset, message.value) for message in log] == [
        (0, b"0"), (1, b"1"), (2, b"2"), (4, b"3"), (5, b"4"),
    ]  # fmt: skip


def test_a_log_that_was_cut_begins_later(kafka_address: str, reader: KafkaReader, topic: str) -> None:
    send(kafka_address, topic, 0, 10)
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    admin.delete_records({TopicPartition(topic, 0): 6})
    admin.close()
    log = reader.open(topic, 0)
    assert (log.first, numbers(log)) == (6, [6, 7, 8, 9])


def test_topics_and_bounds(kafka_address: str, reader: KafkaReader, topic: str) -> None:
    send(kafka_address, topic, 0, 4)
    assert reader.partitions(topic) == (0, 1)
    assert reader.bounds(topic) == {0: (0, 4), 1: (0, 0)}
    assert numbers(reader.open(topic, 1)) == []


def test_a_topic_that_is_not_there_is_said(reader: KafkaReader) -> None:
    with pytest.raises(BaogongError, match=r"no topic nope: create it by 'baogong topics --create'"):
        reader.bounds("nope")


def test_a_broker_that_is_not_there_is_said() -> None:
    with pytest.raises(BaogongError, match=r"No Kafka broker answers at 127\.0\.0\.1:1"), KafkaReader("127.0.0.1:1"):
        pass
