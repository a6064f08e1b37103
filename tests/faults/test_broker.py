"""The broker killed and restarted on the same directory; messages sent three times; poison on every topic."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from deploy.local.kafka import EmbeddedKafka
from schemas.topics import ALL_SOURCES, LEDGERS, SOURCES
from streams.runtime import STALLED
from tests import wire
from tests.faults.harness import (
    Publisher,
    Worker,
    accepted,
    audit,
    both_loads,
    expected_holds,
    load,
    pipeline,
    wait_decided,
)

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(280)]

POISON: list[bytes | None] = [
    None,
    b"",
    b"\x00",
    b"\x00" * 1000,
    b"{",
    b"{}",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b'{"kind":NaN}',
    b'{"kind":"request_filed","event_id":1}',
    b'{"kind":"request_filed","quantity":1e400}',
    b'{"kind":"request_filed","quantity":' + b"9" * 5000 + b"}",
    b'{"kind":"' + b"a" * 300_000 + b'"}',
    b"[" * 200_000 + b"]" * 200_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"x" * (10 * 1024 * 1024),
    b'{"kind":"hold_placed","hold_id":"h","event_id":"e","occurred_at":"2022-04-14T08:00:00","source":"s","reason":""}',
]


def test_kill_9_of_the_broker_and_restart_on_the_same_directory(broker: EmbeddedKafka, tmp_path: Path) -> None:
    messages = both_loads(8_000, seed=6)
    with pipeline(broker.address, tmp_path) as crew:
        crew.wait_started()
        publisher = Publisher(broker.address, messages, rate=800).start()
        for _ in range(2):
            time.sleep(3)
            broker.kill()
            time.sleep(2)
            broker.start()
        publisher.join()
        wait_decided(broker.address, timeout=120)
        assert audit(broker.address).holds >= expected_holds(messages)
        assert set(crew.stop()) == {0}


def test_the_same_messages_three_times_have_one_effect(broker: EmbeddedKafka, tmp_path: Path) -> None:
    messages = both_loads(2_000, seed=7)
    with pipeline(broker.address, tmp_path):
        effects = []
        for _ in range(3):
            wire.send(broker.address, messages)
            wait_decided(broker.address)
            effects.append({stage: decisions_by_type(broker.address, stage) for stage in CAUSED})
    for stage in CAUSED:
        sources = SOURCES[stage]
        first, last = effects[0][stage], effects[2][stage]
        sent = sum(topic in {one.name for one in sources} for topic, *_ in messages)
        assert last.pop("repeat_ignored", 0) - first.pop("repeat_ignored", 0) == 2 * sent
        assert {name: last.get(name) for name in CAUSED[stage]} == {name: first.get(name) for name in CAUSED[stage]}
        assert all(first[name] for name in CAUSED[stage] if name.startswith(("lot_recorded", "hold_", "reading")))
    audit(broker.address)


CAUSED = {
    "supply": ("request_recorded", "need_opened", "lot_recorded", "requester_recorded", "need_amended", "lot_counted",
               "hold_recorded", "hold_ended"),
    "coldchain": ("fact_recorded", "reading_recorded", "breach_opened", "check_failed", "hold_ordered",
                  "hold_withdrawn"),
}  # fmt: skip
"""What messages alone can cause; ticks may go on deciding about what is open (waves, clocks, gaps)."""


def test_poison_never_blocks_and_never_vanishes(broker: EmbeddedKafka, tmp_path: Path) -> None:
    good = both_loads(1_000, seed=8)
    poison = [(topic.name, b"310101", value, good[0][3] + n) for topic in ALL_SOURCES for n, value in enumerate(POISON)]
    half = len(good) // 2
    wire.send(broker.address, [*good[:half], *poison, *good[half:]])
    with pipeline(broker.address, tmp_path) as crew:
        wait_decided(broker.address)
        assert audit(broker.address).holds >= expected_holds(good)
        assert set(crew.stop()) == {0}
    for topic in ALL_SOURCES:
        letters = [one for part in wire.read(broker.address, f"dlq.{topic.name}").values() for one in part]
        kept = Counter(repr_of(one.value) for one in letters)
        readers = sum(topic in sources for sources in SOURCES.values())
        assert kept == Counter(map(repr_of, POISON * readers)), topic.name


def repr_of(value: bytes | None) -> str:
    return repr(value if value is None or len(value) < 100 else (len(value), value[:50], value[-50:]))


def decisions_by_type(address: str, stage: str = "supply") -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in wire.read(address, LEDGERS[stage].name).values():
        for one in part:
            counts.update(decision["type"] for decision in json.loads(one.value or b"{}").get("decisions", ()))
    return dict(counts)


def test_a_broker_that_hangs_ends_the_worker_and_nothing_is_lost(broker: EmbeddedKafka, tmp_path: Path) -> None:
    messages = load(12_000, seed=9)
    worker = Worker(broker.address, tmp_path / "w", options=("--stall-seconds", "6")).start()
    alerts = Worker(broker.address, tmp_path / "alerts", "alerts")
    try:
        publisher = Publisher(broker.address, messages, rate=1_500).start()
        until_some_accepted(broker.address)
        os.kill(broker.pid, signal.SIGSTOP)
        assert worker.wait() == STALLED, worker.log()[-500:]
        os.kill(broker.pid, signal.SIGCONT)
        publisher.join()
        worker.start()
        alerts.start()
        wait_decided(broker.address)
        audit(broker.address)
        assert (worker.stop(), alerts.stop()) == (0, 0)
    finally:
        worker.kill()
        if alerts.process is not None:
            alerts.kill()


def until_some_accepted(address: str) -> None:
    deadline = time.monotonic() + 60
    while sum(head.seq for head in accepted(address).values()) < 500:
        assert time.monotonic() < deadline, "the worker does nothing"
        time.sleep(0.1)
