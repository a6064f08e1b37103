"""Alerts at 2,000 events/s: from the event that makes one true to the alert in its ledger; a tick among many needs."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer

from deploy.simulation.load import mixed, opening
from schemas.ledger import ClockTicked
from schemas.topics import ALERTS_LEDGER, PARTITIONS, REQUESTS
from streams.core.alerts import AlertDecider, AlertSettings, State
from streams.core.decider import Fact, LedgerRead
from streams.core.instants import to_us
from tests.benchmarks.rig import Figure, broker, worker
from tests.wire import preload

RATE = 2_000
EVERY = 100
"""One message in so many makes an alert true: a report of what happened 30 hours ago, by somebody new each time."""
SHAPE = {"households": 2_000, "lots": 500, "seed": 4, "open_needs": 1_000}


async def _watch(kafka: str, ready: Event, stop: Event) -> dict[str, float]:
    """When the alert about each late reporter could be read from the alert ledger."""
    found: dict[str, float] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, fetch_max_wait_ms=50)
    await consumer.start()
    try:
        parts = [TopicPartition(ALERTS_LEDGER.name, n) for n in range(PARTITIONS)]
        consumer.assign(parts)
        await consumer.seek_to_end(*parts)
        ready.set()
        while not stop.is_set():
            batches = await consumer.getmany(timeout_ms=100)
            now = time.monotonic()
            for record in (one for records in batches.values() for one in records):
                if b'"kind":"report_late"' in record.value:
                    for said in json.loads(record.value)["decisions"]:
                        if said.get("kind") == "report_late":
                            found.setdefault(said["detail"]["source"], now)
    finally:
        await consumer.stop()
    return found


def _watch_process(kafka: str, ready: Event, stop: Event, out: Queue[dict[str, float]]) -> None:
    out.put(asyncio.run(_watch(kafka, ready, stop)))


def _late(number: int, area: str, now: datetime) -> bytes:
    happened = (now - timedelta(hours=30)).isoformat()
    said = {"kind": "request_filed", "event_id": f"late-{number}", "occurred_at": happened, "source": f"late-{number}"}
    said |= {"area": area, "request_id": f"late-{number}", "requester_id": f"late-{number}"}
    return json.dumps({**said, "taken_by": "t", "lines": [{"item": "rice", "quantity": 1}]}).encode()


def _publish(kafka: str, seconds: int, begin: datetime) -> dict[str, float]:
    """Send the load at its rate; when each late report was handed over."""
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=2)
    load = list(mixed(RATE * seconds, **SHAPE, start=begin))
    areas = [key.decode() for topic, key, _, _ in load if topic == REQUESTS.name and key]
    sent: dict[str, float] = {}
    start = time.monotonic()
    for number, (topic, key, value, stamp) in enumerate(load):
        pause = start + number / RATE - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        if number % EVERY == EVERY - 1:
            area = areas[number % len(areas)]
            value, key, topic = _late(number, area, datetime.now(UTC)), area.encode(), REQUESTS.name
            stamp, sent[f"late-{number}"] = int(time.time() * 1000), time.monotonic()
        producer.send(topic, key=key, value=value, timestamp_ms=stamp)
    producer.flush()
    producer.close()
    return sent


def measure(seconds: int) -> list[float]:
    """Seconds from each event to its alert; infinite for one without."""
    spawn = multiprocessing.get_context("spawn")
    ready, stop, out = spawn.Event(), spawn.Event(), spawn.Queue()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kafka = stack.enter_context(broker(root))
        begin = datetime.now(UTC) - timedelta(minutes=5)
        preload(kafka, opening(**SHAPE, start=begin))
        workers = [stack.enter_context(worker(kafka, root / stage, "real", stage)) for stage in ("supply", "alerts")]
        for one in workers:
            one.wait_idle()
        watcher = spawn.Process(target=_watch_process, args=(kafka, ready, stop, out))
        watcher.start()
        ready.wait(60)
        sent = _publish(kafka, seconds, begin)
        for one in workers:
            one.wait_idle()
        stop.set()
        found = out.get(timeout=60)
        watcher.join()
    return [found.get(source, float("inf")) - at for source, at in sent.items()]


def many(needs: int, decider: AlertDecider, start: datetime) -> State:
    """A partition with so many open needs, none of which is at risk for a week."""
    state = decider.evolve(decider.initial(), Fact(None, start, ()))
    due = (start + timedelta(days=30)).isoformat()
    for number in range(needs):
        said: dict[str, Any] = {
            "type": "need_opened", "need_id": f"r{number}:rice", "requester_id": f"h{number}", "area": "a/b/c",
            "grid": f"a/b/c/g{number % 500}", "item": "rice", "need_class": "other", "reported_at": start.isoformat(),
            "due_at": due,
        }  # fmt: skip
        read = LedgerRead("supply", 1, number, "decided", "t", to_us(start), None, (said,))
        state = decider.evolve(state, Fact(None, None, (), read))
    return state


def tick_seconds(state: State, decider: AlertDecider, start: datetime, rounds: int = 200) -> float:
    """Median seconds of a minute's ticks in which one need is at risk and another is met."""
    took = []
    for number in range(rounds):
        now, overdue = start + timedelta(minutes=number + 1), f"r{number}:rice"
        said = ({"type": "need_overdue", "need_id": overdue, "due_at": now.isoformat()},)
        fact = Fact(None, None, (), LedgerRead("supply", 1, number, "decided", "t", to_us(now), None, said))
        began = time.perf_counter()
        state = decider.evolve(state, fact)
        for _ in range(3):
            decisions = decider.decide(state, ClockTicked(at=now))
            state = decider.evolve(state, Fact(None, now, decisions))
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def ticks(needs: int) -> tuple[float, float]:
    """Seconds of a tick with a thousand open needs, and with so many."""
    decider, start = AlertDecider(AlertSettings()), datetime(2022, 4, 1, tzinfo=UTC)
    few, all_of = many(1_000, decider, start), many(needs, decider, start)
    return tick_seconds(few, decider, start), tick_seconds(all_of, decider, start)


def figures(quick: bool = False) -> list[Figure]:
    """p50 and p99, and what a tick costs."""
    latencies = sorted(measure(5 if quick else 30))
    p50, p99 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    needs = 50_000 if quick else 1_000_000
    few, all_of = ticks(needs)
    words = f"{all_of * 1e6:.0f} µs, {all_of / few:.2f}x that of 1,000"
    return [
        Figure(f"event to alert in its ledger at {RATE:,} events/s, p50", f"{p50 * 1000:.0f} ms", "", True),
        Figure(f"event to alert in its ledger at {RATE:,} events/s, p99", f"{p99 * 1000:.0f} ms", "< 1 s", p99 < 1),
        Figure(f"ticks of an alert among {needs:,} open needs", words, "< 2x", all_of < 2 * few),
    ]


if __name__ == "__main__":
    for figure in figures():
        print(figure)
