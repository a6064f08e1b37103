"""Workers as real processes on a real broker, messages sent while they are hurt, and what must hold afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.simulation.load import Sent, mixed, opening
from schemas.topics import PARTITIONS, SUPPLY_LEDGER, SUPPLY_SOURCES
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header
from streams.topics import create_topics
from tests.independent.verifier import check

SESSION = 6.0
"""Seconds of the Kafka group's session in these tests: short, so that a takeover does not take long."""


@dataclass
class Worker:
    """A supply worker process; its log is a file."""

    kafka: str
    data: Path
    clock: str = "replayed"
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Worker:
        self.data.mkdir(parents=True, exist_ok=True)
        log = (self.data / "worker.log").open("ab")
        command = [sys.executable, "-m", "deploy.cli", "worker", "--kafka", self.kafka, "--data", str(self.data)]
        options = ["--clock", self.clock, "--session-seconds", str(SESSION)]
        self.process = subprocess.Popen(command + options, stdout=log, stderr=log)
        log.close()
        return self

    def send(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM and wait."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return self.process.wait(60)

    def log(self) -> str:
        return (self.data / "worker.log").read_text(errors="replace")


@contextmanager
def workers(kafka: str, root: Path, count: int = 1) -> Iterator[list[Worker]]:
    """Started workers, each with snapshots of its own; ended whatever happens."""
    crew = [Worker(kafka, root / f"w{number}").start() for number in range(count)]
    try:
        yield crew
    finally:
        for worker in crew:
            if worker.process is not None and worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()


def load(count: int, seed: int) -> list[Sent]:
    """Households, stock, backlog, then `count` mixed messages."""
    shape = {"households": 200, "lots": 100, "seed": seed, "open_needs": 150}
    return [*opening(**shape), *mixed(count, **shape)]


@dataclass
class Publisher:
    """Sends messages in the background at a rate; `acknowledged` are those that the broker took."""

    kafka: str
    messages: list[Sent]
    rate: float = 1500.0
    acknowledged: int = 0
    errors: list[str] = field(default_factory=list)

    def start(self) -> Publisher:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def join(self) -> None:
        self.thread.join(180)
        assert not self.thread.is_alive(), "the publisher hangs"
        assert not self.errors, self.errors[:3]
        assert self.acknowledged == len(self.messages)

    def _run(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self.kafka, acks="all", enable_idempotence=True, linger_ms=5,
            delivery_timeout_ms=150_000, request_timeout_ms=10_000, max_block_ms=120_000,
        )  # fmt: skip
        start, futures = time.monotonic(), []
        for number, (topic, key, value, stamp) in enumerate(self.messages):
            futures.append(producer.send(topic, key=key, value=value, timestamp_ms=stamp))
            ahead = number / self.rate - (time.monotonic() - start)
            if ahead > 0.01:
                time.sleep(ahead)
        for future in futures:
            try:
                future.get(150)
                self.acknowledged += 1
            except Exception as error:  # told by `join`
                self.errors.append(repr(error))
        producer.close()


def prepare(kafka: str) -> None:
    """Topics as declared."""
    create_topics(kafka)


def send_all(kafka: str, messages: Iterable[Sent]) -> None:
    """Send and wait for all."""
    Publisher(kafka, list(messages), rate=1e9).start().join()


def read_topic(kafka: str, topic: str) -> dict[int, list[tuple[int, int, bytes | None, bytes | None]]]:
    """Every message of a topic by partition: offset, timestamp, key, value."""
    consumer = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    wanted = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    found: dict[int, list[tuple[int, int, bytes | None, bytes | None]]] = {tp.partition: [] for tp in wanted}
    try:
        consumer.assign(wanted)
        ends = consumer.end_offsets(wanted)
        consumer.seek_to_beginning()
        while any(consumer.position(tp) < ends[tp] for tp in wanted):
            for tp, records in consumer.poll(timeout_ms=500).items():
                found[tp.partition] += [(r.offset, r.timestamp, r.key, r.value) for r in records]
    finally:
        consumer.close()
    return found


def ends(kafka: str) -> dict[str, dict[int, int]]:
    """End offsets of every source by topic and partition."""
    consumer = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    try:
        wanted = [TopicPartition(topic.name, n) for topic in SUPPLY_SOURCES for n in range(topic.partitions)]
        offsets = consumer.end_offsets(wanted)
    finally:
        consumer.close()
    return {
        topic.name: {n: offsets[TopicPartition(topic.name, n)] for n in range(topic.partitions)}
        for topic in SUPPLY_SOURCES
    }


def wait_decided(kafka: str, timeout: float = 90.0) -> None:
    """Until every source message has an accepted record."""
    deadline = time.monotonic() + timeout
    while True:
        target, heads = ends(kafka), accepted(kafka)
        missing = {
            (topic, n): end - heads[n].next_offset(topic)
            for topic, by in target.items() for n, end in by.items() if heads[n].next_offset(topic) < end
        }  # fmt: skip
        if not missing:
            return
        assert time.monotonic() < deadline, f"not decided in time: {missing}"
        time.sleep(0.5)


def accepted(kafka: str) -> dict[int, Head]:
    """Heads of the ledger partitions."""
    heads = {}
    for number, messages in read_topic(kafka, SUPPLY_LEDGER.name).items():
        head = heads[number] = Head("supply", number)
        for _, _, _, value in messages:
            header = read_header(value or b"")
            if header is not None and head.judge(header) is None:
                head.take(header, digest(value or b""))
    return heads


@dataclass(frozen=True)
class Audit:
    """What both verifiers say."""

    fenced: int
    accepted: int
    report: dict[str, object]


def audit(kafka: str) -> Audit:
    """`baogong verify` and the independent verifier must both be content and must agree."""
    command = [sys.executable, "-m", "deploy.cli", "verify", "--kafka", kafka, "--no-clickhouse", "--json"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-2000:]
    report = json.loads(found.stdout)
    records = {n: [(offset, value or b"") for offset, _, _, value in messages]
               for n, messages in read_topic(kafka, SUPPLY_LEDGER.name).items()}  # fmt: skip
    problems = check("supply", records, ends(kafka))
    assert problems == []
    kept = sum(head.seq + 1 for head in accepted(kafka).values())
    return Audit(sum(len(messages) for messages in records.values()) - kept, kept, report)


def chance(seed: int) -> random.Random:
    """The seeded source of when to strike."""
    return random.Random(f"faults/{seed}")
