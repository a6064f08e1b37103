"""From the reading that makes a breach true to its hold in every partition of the supply ledger, at 2,000 readings/s.

Time runs 300 times as fast as the clock on the wall, so that loggers that are read every ten minutes make that rate,
and an hour out of range, which makes a breach, passes within the run.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer

from deploy.simulation.load import START, opening
from schemas.topics import COLDCHAIN_LEDGER, LEDGERS, PARTITIONS, SUPPLY_LEDGER
from streams.ledger.accept import Head
from streams.ledger.clock import ScaledClock
from streams.ledger.record import digest, read_header
from tests import coldchain_load as load
from tests.benchmarks.rig import Figure, broker
from tests.wire import preload

RATE = 2_000
FACTOR = 300
INTERVAL = timedelta(minutes=10)
TO_BREACH = 6
"""Intervals from the first warm reading until the breach is true."""
CONSIGNMENTS = round(RATE * INTERVAL.total_seconds() / FACTOR)
SPOILT = 10
"""Every so manieth consignment breaches."""
START_SECONDS = 1.2
"""What a worker needs from its start until its clock begins; a reading may be some minutes off without any harm."""
SHAPE = {"households": 500, "lots": 200, "seed": 6, "open_needs": 300}
Holds = dict[str, dict[int, float]]
"""When a consignment's hold was accepted, by consignment and partition."""


class Found(NamedTuple):
    """What the watcher saw: the same for the supply ledger, and when the hold was ordered in the cold chain's."""

    held: Holds
    ordered: dict[str, float]


async def _watch(kafka: str, ready: Event, stop: Event) -> Found:
    """Follow both ledgers and note accepted records with holds as they come."""
    found = Found({}, {})
    heads = {(topic.name, n): Head(stage, n) for stage, topic in LEDGERS.items() for n in range(PARTITIONS)}
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, fetch_max_wait_ms=20)
    await consumer.start()
    try:
        parts = [TopicPartition(*where) for where in heads]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ready.set()
        while not stop.is_set():
            batches = await consumer.getmany(timeout_ms=50)
            now = time.monotonic()
            for where, records in batches.items():
                for record in records:
                    _note(found, heads[where.topic, where.partition], where, record.value, now)
    finally:
        await consumer.stop()
    return found


def _note(found: Found, head: Head, where: TopicPartition, value: bytes, now: float) -> None:
    header = read_header(value)
    if header is None or head.judge(header) is not None:
        return
    head.take(header, digest(value))
    if b'"hold_recorded"' not in value and b'"hold_ordered"' not in value:
        return
    for decision in json.loads(value)["decisions"]:
        if where.topic == SUPPLY_LEDGER.name and decision["type"] == "hold_recorded":
            found.held.setdefault(decision["consignment_id"], {}).setdefault(where.partition, now)
        if where.topic == COLDCHAIN_LEDGER.name and decision["type"] == "hold_ordered":
            found.ordered.setdefault(decision["consignment_id"], now)


def _watch_process(kafka: str, ready: Event, stop: Event, out: Queue[Found]) -> None:
    out.put(asyncio.run(_watch(kafka, ready, stop)))


@contextmanager
def _process(root: Path, name: str, *arguments: str) -> Iterator[Path]:
    """A process of the pipeline, ready when entered; yields the file with its health address."""
    (root / name).mkdir()
    health, command = root / name / "health", [sys.executable, "-m", "deploy.cli", *arguments]
    with (root / name / "log").open("ab") as log:
        options = ["--data", str(root / name), "--health-file", str(health)]
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
    try:
        yield health
    finally:
        process.terminate()
        process.wait(120)


def _wait_ready(health: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{health.read_text()}/readyz", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (OSError, ValueError):
            pass
        if time.monotonic() > deadline:
            raise RuntimeError(f"not ready; see {health.parent / 'log'}")
        time.sleep(0.1)


def measure(seconds: int) -> tuple[dict[str, float], Found]:
    """When the reading that makes it true was sent, by consignment; and what came of it."""
    spawn = multiprocessing.get_context("spawn")
    ready, stop, out = spawn.Event(), spawn.Event(), spawn.Queue()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        kafka = stack.enter_context(broker(Path(name)))
        preload(kafka, opening(**SHAPE))
        shape = load.Shape(CONSIGNMENTS, 0, START, load.areas(16), SPOILT)
        preload(kafka, load.declared(shape, lots=2))
        options = ["--kafka", kafka, "--clock", f"scaled:{START.isoformat()}:{FACTOR}"]
        began = time.monotonic()
        health = [
            stack.enter_context(_process(Path(name), stage, "worker", "--stage", stage, *options)) for stage in LEDGERS
        ]
        health.append(stack.enter_context(_process(Path(name), "relay", "relay", "--kafka", kafka)))
        watcher = spawn.Process(target=_watch_process, args=(kafka, ready, stop, out))
        watcher.start()
        for each in health:
            _wait_ready(each)
        ready.wait(60)
        time.sleep(2)
        clock = ScaledClock(START + timedelta(seconds=FACTOR * (time.monotonic() - began - START_SECONDS)), FACTOR)
        sent = _publish(kafka, seconds, shape, clock)
        time.sleep(3)
        stop.set()
        found = out.get(timeout=60)
        watcher.join()
    return sent, found


def _publish(kafka: str, seconds: int, shape: load.Shape, clock: ScaledClock) -> dict[str, float]:
    """Readings in turn, at the rate; when each spoilt consignment's breach became true.

    Each is dated as its logger would, on the interval: by when it was sent, six intervals may be short of the hour.
    """
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=0)
    rounds = RATE * seconds // CONSIGNMENTS
    chance = random.Random("coldchain latency")
    begins = {n: chance.randrange(1, rounds - TO_BREACH) for n in shape.numbers() if shape.breaches(n)}
    sent: dict[str, float] = {}
    waiting: list[Any] = []
    start, first, number = time.monotonic(), clock.now(), 0
    for nth in range(rounds):
        for one in shape.numbers():
            ahead = start + number / RATE - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            warm = nth >= begins.get(one, rounds)
            at = first + timedelta(seconds=FACTOR * number / RATE)
            topic, key, value, stamp = _reading(shape, one, nth, at, warm)
            if nth == begins.get(one, rounds) + TO_BREACH:
                sent[load.consignment(one)] = time.monotonic()
            waiting.append(producer.send(topic, key=key, value=value, timestamp_ms=stamp))
            number += 1
    for future in waiting:
        future.get(30)
    producer.close()
    late = time.monotonic() - start - number / RATE
    if late > 1:
        print(f"the publisher fell {late:.1f} s behind: {number / (seconds + late):.0f} readings/s")
    return sent


def _reading(shape: load.Shape, number: int, nth: int, at: datetime, warm: bool) -> load.Sent:
    return load.reading(shape, number, nth, at, load.WARM if warm else load.COLD, INTERVAL)


def figures(quick: bool = False) -> list[Figure]:
    """p50, p99, and whether every hold arrived."""
    sent, found = measure(20 if quick else 45)
    everywhere = {name: max(by.values()) for name, by in found.held.items() if len(by) == PARTITIONS}
    waits = sorted(everywhere.get(name, float("inf")) - at for name, at in sent.items())
    orders = sorted(found.ordered.get(name, float("inf")) - at for name, at in sent.items())
    p50, p99 = waits[len(waits) // 2], waits[min(len(waits) - 1, int(len(waits) * 0.99))]
    arrived, first = sum(wait < float("inf") for wait in waits), orders[int(len(orders) * 0.99)]
    title = f"breach to hold in all supply partitions at {RATE:,} readings/s"
    return [
        Figure(f"{title}, p50", f"{p50 * 1000:.0f} ms", "< 250 ms", p50 < 0.25),
        Figure(f"{title}, p99", f"{p99 * 1000:.0f} ms ({first * 1000:.0f} ms to the order)", "< 1 s", p99 < 1),
        Figure("holds that arrived", f"{arrived} of {len(waits)}", "all", arrived == len(waits) > 0),
    ]
