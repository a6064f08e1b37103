"""What the benchmarks share: a broker, a worker process watched through its own metrics, and fast preloading."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.kafka import EmbeddedKafka
from streams.topics import create_topics


@dataclass(frozen=True)
class Figure:
    """One measured number beside what the project promises. `good`: whether it keeps the promise."""

    name: str
    value: str
    target: str
    good: bool


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"


@contextmanager
def broker(root: Path) -> Iterator[str]:
    """An embedded Kafka with all topics; its address."""
    (root / "logs").mkdir(parents=True, exist_ok=True)
    with EmbeddedKafka(root / "kafka", root / "logs") as kafka:
        create_topics(kafka.address)
        yield kafka.address


@contextmanager
def worker(kafka: str, root: Path, clock: str = "replayed", stage: str = "supply") -> Iterator[Watched]:
    """A worker process of a stage; stopped gracefully (so that it leaves a snapshot)."""
    root.mkdir(parents=True, exist_ok=True)
    health = root / "health"
    health.unlink(missing_ok=True)
    options = ["--kafka", kafka, "--data", str(root), "--clock", clock, "--health-file", str(health)]
    with (root / "worker.log").open("ab") as log:
        command = [sys.executable, "-m", "deploy.cli", "worker", "--stage", stage, *options]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Watched(process, health)
    finally:
        process.terminate()
        process.wait(120)


@dataclass
class Watched:
    """A worker seen through /metrics."""

    process: subprocess.Popen[bytes]
    health: Path

    def metric(self, name: str) -> float:
        """Sum of a metric over its labels; 0 before the worker listens."""
        try:
            with urllib.request.urlopen(f"{self.health.read_text()}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return 0.0
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*?}})? (\S+)$", text, re.MULTILINE))

    def processor(self) -> float:
        """Seconds of processor that it has used."""
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)

    def rss(self) -> float:
        """Resident memory in MiB."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def wait_for(self, messages: float, timeout: float = 600.0) -> None:
        """Until this worker has appended so many records."""
        deadline = time.monotonic() + timeout
        while self.metric("baogong_ledger_records_total") < messages:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("the worker did not get there; see worker.log")
            time.sleep(0.1)

    def wait_idle(self, timeout: float = 600.0) -> None:
        """Until it has done all there is."""
        deadline, before = time.monotonic() + timeout, -1.0
        while True:
            now = self.metric("baogong_ledger_records_total")
            if now > 4 and now == before and self.metric("kafka_consumergroup_lag") == 0:
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("the worker did not finish; see worker.log")
            before = now
            time.sleep(1.5)
