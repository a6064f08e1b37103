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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.simulation.load import mixed, opening
from schemas.topics import SUPPLY_LEDGER, SUPPLY_SOURCES
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header
from streams.topics import create_topics
from tests import wire
from tests.independent.verifier import check
from tests.wire import Sent

SESSION = 6.0
"""Seconds of the Kafka group's session in these tests: short, so that a takeover does not take long."""


@dataclass
class Worker:
    """A supply worker process; its log is a file."""

    kafka: str
    data: Path
    clock: str = "replayed"
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Worker:
        self.data.mkdir(parents=True, exist_ok=True)
        log = (self.data / "worker.log").open("ab")
        command = [sys.executable, "-m", "deploy.cli", "worker", "--kafka", self.kafka, "--data", str(self.data)]
        options = ["--clock", self.clock, "--session-seconds", str(SESSION)]
        self.process = subprocess.Popen([*command, *options, *self.options], stdout=log, stderr=log)
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


class Publisher:
    """Sends messages in the background at a rate."""

    def __init__(self, kafka: str, messages: list[Sent], rate: float) -> None:
        self._kafka, self._messages, self._rate = kafka, messages, rate
        self._acknowledged, self._error = 0, ""
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Publisher:
        self._thread.start()
        return self

    def join(self) -> None:
        self._thread.join(180)
        assert not self._thread.is_alive(), "the publisher hangs"
        assert not self._error, self._error
        assert self._acknowledged == len(self._messages)

    def _run(self) -> None:
        try:
            self._acknowledged = wire.send(self._kafka, self._messages, self._rate)
        except Exception as error:  # told by `join`
            self._error = repr(error)


def prepare(kafka: str) -> None:
    """Topics as declared."""
    create_topics(kafka)


def source_ends(kafka: str) -> dict[str, dict[int, int]]:
    """End offsets of every source by topic and partition."""
    return wire.ends(kafka, [topic.name for topic in SUPPLY_SOURCES])


def wait_decided(kafka: str, timeout: float = 90.0) -> None:
    """Until every source message has an accepted record."""
    deadline = time.monotonic() + timeout
    while True:
        target, heads = source_ends(kafka), accepted(kafka)
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
    for number, messages in wire.read(kafka, SUPPLY_LEDGER.name).items():
        head = heads[number] = Head("supply", number)
        for message in messages:
            value = message.value or b""
            header = read_header(value)
            if header is not None and head.judge(header) is None:
                head.take(header, digest(value))
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
    ledger = wire.read(kafka, SUPPLY_LEDGER.name)
    records = {n: [(message.offset, message.value or b"") for message in messages] for n, messages in ledger.items()}
    problems = check("supply", records, source_ends(kafka))
    assert problems == []
    kept = sum(head.seq + 1 for head in accepted(kafka).values())
    return Audit(sum(len(messages) for messages in records.values()) - kept, kept, report)


def chance(seed: int) -> random.Random:
    """The seeded source of when to strike."""
    return random.Random(f"faults/{seed}")
