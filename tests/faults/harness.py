"""Workers as real processes on a real broker, messages sent while they are hurt, and what must hold afterwards."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from deploy.simulation.load import START, mixed, opening
from schemas.topics import COLDCHAIN_HOLDS, LEDGERS, SOURCES, STAGE_OF
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header
from streams.topics import create_topics
from tests import coldchain_load, wire
from tests.faults import halting, holds
from tests.forked import Forked
from tests.independent.verifier import check
from tests.wire import Sent

SESSION = 6.0
"""Seconds of the Kafka group's session in these tests: short, so that a takeover does not take long."""


@dataclass
class Worker:
    """A process of the pipeline: a stage's worker, or the relay; its log is a file."""

    kafka: str
    data: Path
    stage: str = "supply"
    options: tuple[str, ...] = ()
    process: Forked | None = None

    def start(self) -> Worker:
        self.data.mkdir(parents=True, exist_ok=True)
        if self.stage == "relay":
            command = ["relay"]
        else:
            command = ["worker", "--stage", self.stage, "--clock", "replayed", "--session-seconds", str(SESSION)]
        where = ["--kafka", self.kafka, "--data", str(self.data), *self.options]
        before = None if self.stage == "relay" else partial(halting.halt_when_asked, self.data)
        self.process = Forked([*command, *where], self.data / "worker.log", before)
        return self

    def halt(self) -> None:
        """SIGSTOP by itself, with records in hand that it has decided and not written."""
        halting.halt(self.data)

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send(number)

    def kill(self) -> None:
        """kill -9."""
        self.send(signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """The exit code, once it has ended."""
        assert self.process is not None
        return self.process.wait(60)

    def stop(self) -> int:
        """SIGTERM and wait."""
        self.end()
        return self.wait()

    def end(self) -> None:
        """SIGTERM, also to one that was stopped."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)

    def log(self) -> str:
        return (self.data / "worker.log").read_text(errors="replace")


@dataclass
class Crew:
    """The processes of a pipeline, by what they do."""

    supply: list[Worker] = field(default_factory=list)
    coldchain: list[Worker] = field(default_factory=list)
    alerts: list[Worker] = field(default_factory=list)
    transfers: list[Worker] = field(default_factory=list)
    relay: list[Worker] = field(default_factory=list)

    def all(self) -> list[Worker]:
        return [*self.supply, *self.coldchain, *self.relay, *self.alerts, *self.transfers]

    def wait_started(self) -> None:
        """Until every process has begun its work."""
        deadline = time.monotonic() + 60
        for worker in self.all():
            while not re.search(r'"event": "(ledger.opened|relay.started)"', worker.log()):
                assert time.monotonic() < deadline, f"it did not start: {worker.log()[-500:]}"
                time.sleep(0.2)

    def stop(self) -> list[int]:
        """SIGTERM for all of them, and their exit codes."""
        for worker in self.all():
            worker.end()
        return [worker.wait() for worker in self.all()]


@contextmanager
def pipeline(kafka: str, root: Path, supply: int = 1) -> Iterator[Crew]:
    """Workers of all stages and the relay, each with snapshots of its own; ended whatever happens."""
    crew = Crew()
    try:
        crew.supply += [Worker(kafka, root / f"w{number}").start() for number in range(supply)]
        crew.coldchain.append(Worker(kafka, root / "coldchain", "coldchain").start())
        crew.relay.append(Worker(kafka, root / "relay", "relay").start())
        crew.alerts.append(Worker(kafka, root / "alerts", "alerts").start())
        crew.transfers.append(Worker(kafka, root / "transfers", "transfers").start())
        yield crew
    finally:
        for worker in crew.all():
            if worker.process is not None:
                worker.kill()


def load(count: int, seed: int) -> list[Sent]:
    """Households, stock, backlog, then `count` mixed messages."""
    shape = {"households": 200, "lots": 100, "seed": seed, "open_needs": 150}
    return [*opening(**shape), *mixed(count, **shape)]


def both_loads(count: int, seed: int, consignments: int = 40) -> list[Sent]:
    """The same, and cold-chain traffic among it: stock of the consignments is asked for, held, lifted."""
    shape = coldchain_load.Shape(consignments, 40, START, coldchain_load.areas(16), first=seed * 1000)
    return coldchain_load.mingled(load(count, seed), coldchain_load.traffic(shape))


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


@dataclass
class Ledger:
    """One partition of a ledger as far as it was read: its head, and the records that count."""

    head: Head
    values: list[bytes] = field(default_factory=list)
    offset: int = 0

    def take(self, messages: Sequence[wire.Lying]) -> None:
        for message in messages:
            value, self.offset = message.value or b"", message.offset + 1
            header = read_header(value)
            if header is not None and self.head.judge(header) is None:
                self.head.take(header, digest(value))
                self.values.append(value)

    def records(self) -> list[Any]:
        return [json.loads(value) for value in self.values]


class Ledgers:
    """All ledgers of a broker; each look reads on from where the last one ended."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._known: dict[str, dict[int, Ledger]] = {stage: {} for stage in LEDGERS}

    def look(self, stage: str) -> dict[int, Ledger]:
        """Partitions of a stage's ledger up to their ends as they are now."""
        known = self._known[stage]
        since = {number: ledger.offset for number, ledger in known.items()}
        for number, messages in wire.read(self._kafka, LEDGERS[stage].name, since).items():
            known.setdefault(number, Ledger(Head(stage, number))).take(messages)
        return known

    def source_ends(self, stage: str) -> dict[str, dict[int, int]]:
        """End offsets of every source of a stage; of a ledger, how many of its records count."""
        names = [topic.name for topic in SOURCES[stage]]
        found = wire.ends(self._kafka, [name for name in names if name not in STAGE_OF])
        for name in (name for name in names if name in STAGE_OF):
            found[name] = {number: one.head.seq + 1 for number, one in self.look(STAGE_OF[name]).items()}
        return found

    def records(self, stage: str) -> dict[int, list[Any]]:
        """Accepted records by partition, in order."""
        return {number: one.records() for number, one in self.look(stage).items()}


def wait_decided(kafka: str, timeout: float = 90.0) -> None:
    """Until every source message has an accepted record in each stage that reads it, and every hold is handed on."""
    ledgers, deadline = Ledgers(kafka), time.monotonic() + timeout
    while missing := _undecided(ledgers) or _untold(kafka, ledgers):
        assert time.monotonic() < deadline, f"not decided in time: {missing}"
        time.sleep(0.2)


def _undecided(ledgers: Ledgers) -> dict[Any, int]:
    missing = {}
    for stage in LEDGERS:
        target, found = ledgers.source_ends(stage), ledgers.look(stage)
        missing |= {
            (stage, topic, n): end - found[n].head.next_offset(topic)
            for topic, by in target.items() for n, end in by.items() if found[n].head.next_offset(topic) < end
        }  # fmt: skip
    return missing


def _untold(kafka: str, ledgers: Ledgers) -> list[str]:
    """Holds that are not on every partition, read before the sources are looked at once more."""
    found = list(holds.relayed_wrong(ledgers.records("coldchain"), _targets(kafka)))
    return found or [str(one) for one in _undecided(ledgers).items()]


def _targets(kafka: str) -> dict[int, list[bytes]]:
    found = wire.read(kafka, COLDCHAIN_HOLDS.name)
    return {number: [_hold(one) for one in messages if _hold(one)] for number, messages in found.items()}


def _hold(message: wire.Lying) -> bytes:
    """A relay's message: a test may put poison beside it."""
    return (message.value or b"") if b'"source":"coldchain"' in (message.value or b"") else b""


def accepted(kafka: str, stage: str = "supply") -> dict[int, Head]:
    """Heads of the ledger partitions."""
    return {number: one.head for number, one in Ledgers(kafka).look(stage).items()}


@dataclass(frozen=True)
class Audit:
    """What both verifiers say, by stage."""

    fenced: dict[str, int]
    accepted: dict[str, int]
    holds: int
    """Holds and lifts that the cold chain ordered."""
    report: dict[str, object]


def audit(kafka: str) -> Audit:
    """`baogong verify` and the independent verifier must both be content and must agree; holds must have travelled."""
    command = [sys.executable, "-m", "deploy.cli", "verify", "--kafka", kafka, "--no-clickhouse", "--json"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-2000:]
    fenced, kept, ledgers = {}, {}, Ledgers(kafka)
    for stage, topic in LEDGERS.items():
        ledger = wire.read(kafka, topic.name)
        values = {n: [(message.offset, message.value or b"") for message in messages] for n, messages in ledger.items()}
        assert check(stage, values, ledgers.source_ends(stage)) == []
        kept[stage] = sum(one.head.seq + 1 for one in ledgers.look(stage).values())
        fenced[stage] = sum(map(len, values.values())) - kept[stage]
    return Audit(fenced, kept, check_holds(kafka, ledgers), json.loads(found.stdout))


def check_holds(kafka: str, ledgers: Ledgers) -> int:
    """Every hold is on every partition and known there, and no held lot was given out; how many there are."""
    coldchain, supply = ledgers.records("coldchain"), ledgers.records("supply")
    assert list(holds.relayed_wrong(coldchain, _targets(kafka))) == []
    assert list(holds.not_taken(coldchain, supply)) == []
    for number, walked in supply.items():
        assert list(holds.given_out_though_held(walked)) == [], number
    return sum(len(holds.ordered(walked)) for walked in coldchain.values())


def expected_holds(messages: Sequence[Sent]) -> int:
    """How many breaches there are among messages, as their makers meant them."""
    return len({json.loads(value)["consignment_id"] for topic, _, value, _ in messages if b"-9.5" in (value or b"")})


def chance(seed: int) -> random.Random:
    """The seeded source of when to strike."""
    return random.Random(f"faults/{seed}")
