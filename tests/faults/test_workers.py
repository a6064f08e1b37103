"""Workers killed, stopped beyond their session, misled about offsets: each message keeps one accepted record."""

import signal
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.structs import OffsetAndMetadata

from deploy.local.kafka import EmbeddedKafka
from schemas.topics import SUPPLY_SOURCES
from tests import wire
from tests.faults.harness import (
    SESSION,
    Publisher,
    Worker,
    accepted,
    audit,
    chance,
    load,
    source_ends,
    wait_decided,
    workers,
)

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(280)]


def test_kill_9_at_random_points_while_publishing(broker: EmbeddedKafka, tmp_path: Path) -> None:
    luck = chance(1)
    with workers(broker.address, tmp_path) as crew:
        publisher = Publisher(broker.address, load(12_000, seed=1), rate=800).start()
        for _ in range(4):
            time.sleep(luck.uniform(1.5, 4.0))
            crew[0].kill()
            crew[0].start()
        publisher.join()
        wait_decided(broker.address)
        result = audit(broker.address)
        assert result.accepted > 12_000
        assert crew[0].stop() == 0


def test_a_zombie_beyond_its_session_is_fenced(broker: EmbeddedKafka, tmp_path: Path) -> None:
    address = broker.address
    with workers(address, tmp_path) as crew:
        zombie = crew[0]
        wait_opened(address)
        publisher = Publisher(address, load(24_000, seed=2), rate=2_500).start()
        time.sleep(3)
        zombie.send(signal.SIGSTOP)
        second = Worker(address, tmp_path / "second").start()
        crew.append(second)
        wait_taken_over(address, SESSION + 40)
        time.sleep(1)
        zombie.send(signal.SIGCONT)
        publisher.join()
        wait_decided(address)
        time.sleep(2)
        result = audit(address)
        assert result.fenced >= 1, "the zombie wrote nothing late, so this run proves nothing"
        assert [worker.stop() for worker in crew] == [0, 0]


@pytest.mark.parametrize("where", ["end", "zero"])
def test_group_offsets_set_from_outside_have_no_effect(broker: EmbeddedKafka, tmp_path: Path, where: str) -> None:
    address = broker.address
    wire.send(address, load(2_000, seed=3))
    with workers(address, tmp_path) as crew:
        wait_decided(address)
        assert crew[0].stop() == 0
        wire.send(address, load(4_000, seed=4))
        set_group_offsets(address, where)
        crew[0].start()
        wait_decided(address)
        audit(address)


def test_two_workers_share_and_hand_over(broker: EmbeddedKafka, tmp_path: Path) -> None:
    with workers(broker.address, tmp_path, count=2) as crew:
        wait_opened(broker.address)
        publisher = Publisher(broker.address, load(10_000, seed=5), rate=1_500).start()
        time.sleep(4)
        assert crew[0].stop() == 0
        time.sleep(2)
        crew[0].start()
        publisher.join()
        wait_decided(broker.address)
        audit(broker.address)


def wait_opened(address: str) -> None:
    deadline = time.monotonic() + 60
    while any(head.seq < 0 for head in accepted(address).values()):
        assert time.monotonic() < deadline, "the worker did not open its partitions"
        time.sleep(0.3)


def wait_taken_over(address: str, seconds: float) -> None:
    """Until every partition has a second opened record."""
    deadline = time.monotonic() + seconds
    while True:
        found = wire.read(address, "supply.ledger.v1")
        opened = [sum(b'"kind":"opened"' in (one.value or b"")[:400] for one in part) for part in found.values()]
        if min(opened) >= 2:
            return
        assert time.monotonic() < deadline, f"no second worker took over: {opened}"
        time.sleep(0.5)


def set_group_offsets(address: str, where: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=address)
    target = source_ends(address)
    offsets = {
        TopicPartition(topic.name, n): OffsetAndMetadata(target[topic.name][n] if where == "end" else 0, "", -1)
        for topic in SUPPLY_SOURCES
        for n in range(topic.partitions)
    }
    deadline = time.monotonic() + 60
    while True:
        try:
            admin.alter_group_offsets("baogong.supply", offsets)
            break
        except Exception:  # the group still has members until its session ends
            assert time.monotonic() < deadline
            time.sleep(1)
    admin.close()
