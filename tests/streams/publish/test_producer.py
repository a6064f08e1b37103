"""The publisher on a real broker: keys, partitions, times, holds everywhere, failures told."""

from __future__ import annotations

import datetime as dt
import socket
import time
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas.errors import USAGE, BaogongError
from schemas.hold import HoldLifted
from schemas.household import ContactRecorded
from schemas.request import RequestCancelled
from schemas.topics import CONTACTS, HOLDS, PARTITIONS, REQUESTS, Topic
from streams.ledger.keys import partition_of
from streams.publish.producer import Publisher
from streams.topics import create_topics

AT = dt.datetime(2020, 4, 2, 16, 27, 0, 605000, tzinfo=dt.UTC)


def cancelled(n: int, area: str = "sh/a1") -> RequestCancelled:
    return RequestCancelled(
        kind="request_cancelled", event_id=f"e{n}", occurred_at=AT, source="t", area=area, request_id=f"r{n}"
    )


@pytest.fixture(scope="module")
def broker(kafka_address: str) -> str:
    create_topics(kafka_address)
    return kafka_address


def tail(broker: str, topic: Topic, before: dict[int, int]) -> list[Any]:
    """Records of a topic since `before`, by partition and offset."""
    consumer = KafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, before[partition.partition])
        found: list[Any] = []
        while sum(ends[p] - before[p.partition] for p in partitions) > len(found):
            found += [record for records in consumer.poll(1000).values() for record in records]
    finally:
        consumer.close()
    return sorted(found, key=lambda record: (record.partition, record.offset))


def ends(broker: str, topic: Topic) -> dict[int, int]:
    consumer = KafkaConsumer(bootstrap_servers=broker)
    try:
        partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        return {partition.partition: end for partition, end in consumer.end_offsets(partitions).items()}
    finally:
        consumer.close()


def test_messages_are_keyed_by_area_and_stamped_with_their_own_time(broker: str) -> None:
    before = ends(broker, REQUESTS)
    sent = [cancelled(n, f"sh/a{n % 7}") for n in range(50)]
    with Publisher(broker) as out:
        for message in sent:
            out.send(message)
        out.flush()
        assert (out.sent, out.acknowledged) == (50, 50)
    found = tail(broker, REQUESTS, before)
    assert {record.value for record in found} == {message.model_dump_json().encode() for message in sent}
    for record in found:
        area = RequestCancelled.model_validate_json(record.value).area
        assert record.key == area.encode()
        assert record.partition == partition_of(record.key, PARTITIONS)
        assert (record.timestamp, record.timestamp_type) == (1585844820605, 0)
    assert [r.value for r in found if r.key == b"sh/a1"] == [
        m.model_dump_json().encode() for m in sent if m.area == "sh/a1"
    ]  # the order of one key is kept


def test_a_hold_is_on_every_partition(broker: str) -> None:
    before = ends(broker, HOLDS)
    with Publisher(broker) as out:
        out.send(HoldLifted(kind="hold_lifted", event_id="e1", occurred_at=AT, source="t", hold_id="h1"))
    found = tail(broker, HOLDS, before)
    assert [record.partition for record in found] == list(range(PARTITIONS))
    assert len({record.value for record in found}) == 1


def test_contacts_go_to_their_own_topic_by_pseudonym(broker: str) -> None:
    before = ends(broker, CONTACTS)
    now = dt.datetime.now(dt.UTC)
    contact = ContactRecorded(
        kind="contact_recorded",
        event_id="e",
        occurred_at=now,
        source="t",
        area="a",
        household_id="h7",
        name="n",
        phone="p",
        door="d",
    )
    with Publisher(broker) as out:
        out.send(contact)
    assert [record.key for record in tail(broker, CONTACTS, before)] == [b"h7"]


def test_bytes_go_as_they_are(broker: str) -> None:
    before = ends(broker, REQUESTS)
    with Publisher(broker) as out:
        out.send(b"\x00not json", REQUESTS, key="sh/a1", timestamp_ms=5)
        out.send(b"anywhere", REQUESTS, partition=3)
        with pytest.raises(ValueError, match="need their topic"):
            out.send(b"x")
        with pytest.raises(ValueError, match="needs a key"):
            out.send(b"x", REQUESTS)
    found = tail(broker, REQUESTS, before)
    assert {(record.value, record.partition) for record in found} == {
        (b"\x00not json", partition_of(b"sh/a1", PARTITIONS)),
        (b"anywhere", 3),
    }


def test_more_than_fits_in_flight_is_all_acknowledged(broker: str) -> None:
    count = 30_000
    before = ends(broker, REQUESTS)
    with Publisher(broker) as out:
        for n in range(count):
            out.send(b"x" * 100, REQUESTS, key=f"a{n % 50}")
        out.flush()
        assert out.acknowledged == count
    after = ends(broker, REQUESTS)
    assert sum(after.values()) - sum(before.values()) == count


def test_a_topic_that_is_not_there_is_said(broker: str) -> None:
    with (
        pytest.raises(BaogongError, match=r"does not know the topic nowhere\.v1"),
        Publisher(broker, connect_timeout=2) as out,
    ):
        out.send(b"x", Topic("nowhere.v1", "", "area", None, "", ()), key="a")


def test_another_number_of_partitions_is_said(broker: str) -> None:
    odd = Topic(REQUESTS.name, "", "area", None, "", (), partitions=3)
    with pytest.raises(BaogongError, match="has 4 partitions instead of 3"), Publisher(broker) as out:
        out.send(b"x", odd, key="a")


@pytest.mark.parametrize("address", ["nonsense", "host:", ":9092", "host:port", "host:0", "host:70000", "", "a:1,b"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(BaogongError, match="write it as HOST:PORT") as caught:
        Publisher(address)
    assert caught.value.code == USAGE


def test_where_no_broker_is_that_is_said_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(BaogongError, match=f"No Kafka broker answers at {address}: start one with 'baogong up'"):
        Publisher(address)


def test_what_answers_but_is_no_broker_is_said() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(BaogongError, match="No Kafka broker answers at"):
            Publisher(address, connect_timeout=2)
        assert time.monotonic() - started < 15
