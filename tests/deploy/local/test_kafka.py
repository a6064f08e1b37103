"""The embedded Kafka as it really runs: start, messages, crash, restart, refusals, no orphan."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from deploy.local.datadir import LOOPBACK, free_port
from deploy.local.kafka import EmbeddedKafka
from deploy.local.kafka_config import MAX_MESSAGE_BYTES
from schemas.errors import BaogongError

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kafka with a space")


@pytest.fixture(scope="module")
def broker(root: Path) -> Iterator[EmbeddedKafka]:
    with EmbeddedKafka(root / "data", root / "logs") as running:
        yield running


def create_topic(broker: EmbeddedKafka, name: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics([NewTopic(name, 1, 1, topic_configs={"max.message.bytes": str(MAX_MESSAGE_BYTES)})])
    admin.close()


def send(broker: EmbeddedKafka, topic: str, *values: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.address, acks="all", max_request_size=MAX_MESSAGE_BYTES)
    for value in values:
        producer.send(topic, value, partition=0).get(timeout=20)
    producer.close()


def received(broker: EmbeddedKafka, topic: str) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=broker.address, enable_auto_commit=False, auto_offset_reset="earliest")
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    values: list[bytes] = []
    while consumer.position(partition) < end:
        for messages in consumer.poll(timeout_ms=1000).values():
            values += [message.value for message in messages]
    consumer.close()
    return values


def cluster(broker: EmbeddedKafka) -> dict[str, object]:
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    try:
        return dict(admin.describe_cluster())
    finally:
        admin.close()


def test_it_answers_as_one_broker_on_loopback(broker: EmbeddedKafka) -> None:
    described = cluster(broker)
    host, port = broker.address.split(":")
    assert host == LOOPBACK
    assert described["cluster_id"] == broker.cluster_id
    assert [(one["host"], one["port"]) for one in described["brokers"]] == [(host, int(port))]  # type: ignore[attr-defined]
    listening = {(one.laddr.ip, one.status) for one in psutil.Process(broker.pid).net_connections("tcp")}
    assert {ip for ip, status in listening if status == psutil.CONN_LISTEN} <= {LOOPBACK, f"::ffff:{LOOPBACK}"}


def test_topics_are_not_made_by_accident(broker: EmbeddedKafka) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.describe_topics(["never.declared"])
    assert "never.declared" not in admin.list_topics()
    admin.close()


def test_messages_go_round(broker: EmbeddedKafka) -> None:
    create_topic(broker, "round")
    send(broker, "round", b"one", b"two")
    assert received(broker, "round") == [b"one", b"two"]


async def round_trip(broker: EmbeddedKafka, value: bytes) -> bytes | None:
    async with AIOKafkaProducer(bootstrap_servers=broker.address, max_request_size=MAX_MESSAGE_BYTES) as producer:
        await producer.send_and_wait("large", value)
    settings = {"fetch_max_bytes": MAX_MESSAGE_BYTES, "max_partition_fetch_bytes": MAX_MESSAGE_BYTES}
    async with AIOKafkaConsumer(
        "large", bootstrap_servers=broker.address, auto_offset_reset="earliest", **settings
    ) as consumer:
        return (await consumer.getone()).value


def test_a_message_of_the_declared_size_goes_round(broker: EmbeddedKafka) -> None:
    create_topic(broker, "large")
    large = os.urandom(MAX_MESSAGE_BYTES - 1024)
    assert asyncio.run(round_trip(broker, large)) == large


def test_a_second_broker_on_the_same_data_is_refused(broker: EmbeddedKafka, root: Path) -> None:
    second = EmbeddedKafka(root / "data", root / "second")
    settings = (root / "data" / "server.properties").read_text()
    with pytest.raises(BaogongError, match="Another Kafka is running on "):
        second.start()
    assert not second.alive
    assert (root / "data" / "server.properties").read_text() == settings
    assert cluster(broker)["cluster_id"] == broker.cluster_id


def test_it_is_not_started_twice(broker: EmbeddedKafka) -> None:
    with pytest.raises(BaogongError, match=f"already running at {broker.address}"):
        broker.start()


def test_acknowledged_messages_survive_kill_9_and_the_address_stays(broker: EmbeddedKafka) -> None:
    create_topic(broker, "crash")
    send(broker, "crash", *(b"%d" % number for number in range(100)))
    before = (broker.address, broker.cluster_id, broker.pid)
    os.kill(broker.pid, signal.SIGKILL)
    while broker.alive:
        time.sleep(0.01)
    broker.start()
    assert (broker.address, broker.cluster_id) == before[:2] and broker.pid != before[2]
    assert received(broker, "crash") == [b"%d" % number for number in range(100)]
    send(broker, "crash", b"after")
    assert received(broker, "crash")[-1] == b"after"


def test_the_log_can_be_read(broker: EmbeddedKafka) -> None:
    lines = broker.log_path.read_text().splitlines()
    assert any("Kafka Server started" in line and " INFO " in line for line in lines)


def test_another_object_on_another_port_finds_the_same_messages(root: Path, broker: EmbeddedKafka) -> None:
    """Last of this module's broker: it is stopped in order and its directory opened anew."""
    broker.stop()
    port = free_port()
    with EmbeddedKafka(root / "data", root / "logs", port) as again:
        assert again.address == f"{LOOPBACK}:{port}"
        assert received(again, "crash")[:2] == [b"0", b"1"]


def test_a_named_port_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        kafka = EmbeddedKafka(tmp_path / "data", tmp_path / "logs", taken.getsockname()[1])
        with pytest.raises(BaogongError, match="Address already in use"):
            kafka.start()
    assert not kafka.alive


def test_no_address_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match="hasn't been started"):
        _ = EmbeddedKafka(tmp_path, tmp_path).address


def test_the_command_serves_refuses_a_second_one_and_leaves_no_orphan_when_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy.local.kafka", "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as first:
        assert first.stdout
        address = first.stdout.readline().strip()
        assert address.startswith(f"{LOOPBACK}:")
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        assert second.returncode == 1 and second.stdout == ""
        assert second.stderr.splitlines()[-1].startswith(
            f"{tmp_path} is in use by another baogong (process {first.pid})"
        )
        descendants = psutil.Process(first.pid).children(recursive=True)
        assert any("kafka.Kafka" in one.cmdline() for one in descendants)
        first.kill()
    assert psutil.wait_procs(descendants, timeout=5)[1] == []
