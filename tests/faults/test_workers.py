"""Workers killed, stopped beyond their session, misled about offsets: each message keeps one accepted record."""

import signal
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.structs import OffsetAndMetadata

from deploy.local.kafka import EmbeddedKafka
from schemas.topics import COLDCHAIN_LEDGER, SOURCES
from tests import wire
from tests.faults.harness import (
    SESSION,
    Ledgers,
    Publisher,
    Worker,
    audit,
    both_loads,
    chance,
    expected_holds,
    pipeline,
    wait_decided,
)

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(280)]


def test_kill_9_at_random_points_while_publishing(broker: EmbeddedKafka, tmp_path: Path) -> None:
    """Of every process: all stages' workers and the relay."""
    luck, messages = chance(1), both_loads(12_000, seed=1)
    with pipeline(broker.address, tmp_path) as crew:
        publisher = Publisher(broker.address, messages, rate=800).start()
        for victim in (*crew.all(), *crew.all()):
            time.sleep(luck.uniform(1.0, 3.0))
            victim.kill()
            victim.start()
        publisher.join()
        wait_decided(broker.address)
        result = audit(broker.address)
        assert result.accepted["supply"] > 12_000 and result.accepted["coldchain"] > 1_600
        assert result.accepted["alerts"] > result.accepted["supply"] + result.accepted["coldchain"]
        assert result.holds >= expected_holds(messages) >= 10
        assert set(crew.stop()) == {0}


@pytest.mark.parametrize("stage", ["supply", "coldchain", "alerts"])
def test_a_zombie_beyond_its_session_is_fenced(broker: EmbeddedKafka, tmp_path: Path, stage: str) -> None:
    address = broker.address
    with pipeline(address, tmp_path) as crew:
        zombie = {"supply": crew.supply, "coldchain": crew.coldchain, "alerts": crew.alerts}[stage][0]
        crew.wait_started()
        messages = both_loads(14_000, seed=2, consignments=300 if stage == "coldchain" else 40)
        publisher = Publisher(address, messages, rate=len(messages) / 14).start()
        time.sleep(3)
        zombie.halt()
        second = Worker(address, tmp_path / "second", stage).start()
        crew.supply.append(second)
        wait_taken_over(address, stage, SESSION + 40)
        time.sleep(1)
        zombie.send(signal.SIGCONT)
        publisher.join()
        wait_decided(address)
        time.sleep(2)
        result = audit(address)
        assert result.fenced[stage] >= 1, "what the zombie had in hand was not written late"
        assert result.holds >= expected_holds(messages)
        assert set(crew.stop()) == {0}


def test_a_relay_that_was_stopped_while_another_went_on_changes_nothing(broker: EmbeddedKafka, tmp_path: Path) -> None:
    """It goes on in the middle of what it had in hand, and tells again what was lifted meanwhile."""
    address, messages = broker.address, both_loads(3_000, seed=10, consignments=120)
    with pipeline(address, tmp_path) as crew:
        zombie = crew.relay[0]
        crew.wait_started()
        publisher = Publisher(address, messages, rate=600).start()
        for number in range(3):
            time.sleep(2)
            zombie.send(signal.SIGSTOP)
            crew.relay.append(Worker(address, tmp_path / f"relay{number}", "relay").start())
            time.sleep(2)
            zombie.send(signal.SIGCONT)
            crew.relay[-1].kill()
        publisher.join()
        wait_decided(address)
        assert audit(address).holds >= expected_holds(messages) + 10


def test_group_offsets_set_from_outside_have_no_effect(broker: EmbeddedKafka, tmp_path: Path) -> None:
    """To the end, where messages would be missed, and to zero, where they would be taken twice."""
    address, expected = broker.address, 0
    wire.send(address, both_loads(2_000, seed=3))
    with pipeline(address, tmp_path) as crew:
        wait_decided(address)
        for where, more in (("end", both_loads(4_000, seed=4)), ("zero", both_loads(2_000, seed=11))):
            assert set(crew.stop()) == {0}
            wire.send(address, more)
            set_group_offsets(address, where)
            for worker in crew.all():
                worker.start()
            wait_decided(address)
            expected += expected_holds(more)
            assert audit(address).holds >= expected


def test_two_workers_share_and_hand_over(broker: EmbeddedKafka, tmp_path: Path) -> None:
    with pipeline(broker.address, tmp_path, supply=2) as crew:
        crew.wait_started()
        publisher = Publisher(broker.address, both_loads(10_000, seed=5), rate=1_500).start()
        time.sleep(4)
        assert crew.supply[0].stop() == 0
        time.sleep(2)
        crew.supply[0].start()
        publisher.join()
        wait_decided(broker.address)
        audit(broker.address)


def wait_taken_over(address: str, stage: str, seconds: float) -> None:
    """Until every partition has a second opened record."""
    ledgers, deadline = Ledgers(address), time.monotonic() + seconds
    while True:
        found = ledgers.look(stage)
        opened = [sum(b'"kind":"opened"' in value[:400] for value in one.values) for one in found.values()]
        if min(opened) >= 2:
            return
        assert time.monotonic() < deadline, f"no second worker took over: {opened}"
        time.sleep(0.2)


def set_group_offsets(address: str, where: str) -> None:
    """Of both stages' groups and the relay's."""
    admin = KafkaAdminClient(bootstrap_servers=address)
    for stage, topics in {**SOURCES, "relay": (COLDCHAIN_LEDGER,)}.items():
        target = wire.ends(address, [topic.name for topic in topics])
        offsets = {
            TopicPartition(topic, n): OffsetAndMetadata(end if where == "end" else 0, "", -1)
            for topic, ends in target.items()
            for n, end in ends.items()
        }
        deadline = time.monotonic() + 60
        while True:
            try:
                admin.alter_group_offsets(f"baogong.{stage}", offsets)
                break
            except Exception:  # the group still has members until its session ends
                assert time.monotonic() < deadline
                time.sleep(0.2)
    admin.close()
