"""Latency at 500 events/s through the whole stack: publish to ledger, publish to visible in ClickHouse."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer

from deploy.local.stack import Stack
from deploy.settings import load_settings
from deploy.simulation.load import mixed, opening
from schemas.topics import PARTITIONS, SUPPLY_LEDGER
from sinks.clickhouse.client import connect
from streams.ledger.record import read_header
from tests.benchmarks.rig import Figure
from tests.wire import preload

RATE = 500
SHAPE = {"households": 2_000, "lots": 500, "seed": 4, "open_needs": 1_000}
Place = tuple[str, int, int]


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def _watch(kafka: str, ready: Event, stop: Event) -> dict[Place, tuple[float, int, int]]:
    """When the record of each source message could be read from the ledger, and where it lies."""
    found: dict[Place, tuple[float, int, int]] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, fetch_max_wait_ms=50)
    await consumer.start()
    try:
        parts = [TopicPartition(SUPPLY_LEDGER.name, n) for n in range(PARTITIONS)]
        consumer.assign(parts)
        await consumer.seek_to_end(*parts)
        ready.set()
        while not stop.is_set():
            batches = await consumer.getmany(timeout_ms=100)
            now = time.monotonic()
            for records in batches.values():
                for record in records:
                    header = read_header(record.value)
                    if header is not None and (source := header.source) is not None:
                        place = (source.topic, source.partition, source.offset)
                        found[place] = (now, record.partition, record.offset)
    finally:
        await consumer.stop()
    return found


def _watch_process(kafka: str, ready: Event, stop: Event, out: Queue[dict[Place, tuple[float, int, int]]]) -> None:
    out.put(asyncio.run(_watch(kafka, ready, stop)))


class _Rows(threading.Thread):
    """Notes how far ClickHouse shows each ledger partition, ten times a second."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.seen: list[tuple[float, dict[int, int]]] = []
        self.stop = threading.Event()
        self._url = url

    def run(self) -> None:
        with connect(self._url) as client:
            while not self.stop.wait(0.1):
                rows = client.rows("SELECT partition, max(offset) FROM ledger_records GROUP BY partition")
                self.seen.append((time.monotonic(), {int(partition): int(offset) for partition, offset in rows}))

    def visible(self, partition: int, offset: int) -> float:
        """When a record was first seen; infinite if never."""
        return next((at for at, ends in self.seen if ends.get(partition, -1) >= offset), float("inf"))


def measure(seconds: int) -> tuple[list[float], list[float]]:
    """Seconds to the ledger and to ClickHouse for each message. The watcher is a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    ready, stop, out = spawn.Event(), spawn.Event(), spawn.Queue()
    with tempfile.TemporaryDirectory() as name, Stack(load_settings(data=Path(name) / "data")) as stack:
        start = datetime.now(UTC) - timedelta(minutes=5)
        preload(stack.kafka, opening(**SHAPE, start=start))
        stack.drain()
        watcher = spawn.Process(target=_watch_process, args=(stack.kafka, ready, stop, out))
        watcher.start()
        ready.wait(60)
        rows = _Rows(stack.clickhouse)
        rows.start()
        sent = _publish(stack.kafka, seconds, start)
        stack.drain()
        for signal in (stop, rows.stop):
            signal.set()
        found = out.get(timeout=60)
        watcher.join()
        rows.join()
    never = (float("inf"), 0, 1 << 62)
    ledger = [found.get(place, never)[0] - at for place, at in sent.items()]
    some = list(sent.items())[:: max(1, len(sent) // 2000)]
    shown = [rows.visible(*found.get(place, never)[1:]) - at for place, at in some]
    return ledger, shown


def _publish(kafka: str, seconds: int, begin: datetime) -> dict[Place, float]:
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=0)
    waiting, start = [], time.monotonic()
    for number, (topic, key, value, stamp) in enumerate(mixed(RATE * seconds, **SHAPE, start=begin)):
        pause = start + number / RATE - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        waiting.append((time.monotonic(), producer.send(topic, key=key, value=value, timestamp_ms=stamp)))
    sent = {}
    for at, future in waiting:
        told = future.get(30)
        sent[(told.topic, told.partition, told.offset)] = at
    producer.close()
    return sent


def figures(quick: bool = False) -> list[Figure]:
    """p50 and p99."""
    ledger, shown = measure(5 if quick else 30)
    p50, p99, seen = _share(ledger, 0.5), _share(ledger, 0.99), _share(shown, 0.99)
    return [
        Figure(f"publish to ledger at {RATE} events/s, p50", f"{p50 * 1000:.0f} ms", "< 50 ms", p50 < 0.05),
        Figure(f"publish to ledger at {RATE} events/s, p99", f"{p99 * 1000:.0f} ms", "< 250 ms", p99 < 0.25),
        Figure("publish to visible in ClickHouse, p99", f"{seen:.2f} s", "< 2 s", seen < 2),
    ]
