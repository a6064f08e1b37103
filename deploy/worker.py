"""The process of one stage: Faust worker, ledger runtime, health server."""

from __future__ import annotations

import gc
import os
import platform
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import faust
import mode
from prometheus_client.core import Metric

from streams.app import build_app
from streams.health import HealthServer, counter, gauge
from streams.ledger.clock import parse_clock
from streams.ledger.log import Wire
from streams.ledger.owner import Post
from streams.ledger.snapshotter import Snapshotter
from streams.ledger.stage import Stage
from streams.logs import configure_logs
from streams.runtime import STALL_LIMIT, STALLED, Runtime

SWITCH: Final = 0.0005
"""Seconds after which a thread that waits for the interpreter gets it; Python's 5 ms would be most of a fetch."""
READY_LIMIT: Final = 20.0
"""Seconds with work and no progress after which a worker is not ready."""
STOP_LIMIT: Final = 45.0
"""Seconds that a graceful stop may take."""


@dataclass(frozen=True)
class WorkerOptions:
    """What a worker is started with. `health_port` 0: a free one; `health_file`: where its address is written."""

    kafka: str
    data: Path
    clock: str = "real"
    health_port: int = 0
    health_file: Path | None = None
    session_seconds: float = 10.0
    stall_seconds: float = STALL_LIMIT


class WorkerVitals:
    """How a worker is, from the progress of its partitions."""

    def __init__(self, runtime: Runtime) -> None:
        self._stage, self._runtime = runtime.post.stage, runtime

    def alive(self) -> str | None:
        """Not stalled."""
        return self._runtime.stalled(STALL_LIMIT)

    def ready(self) -> str | None:
        """Owns at least one partition, all open, none without progress for READY_LIMIT."""
        progress = self._runtime.progress()
        if not progress:
            return "No partition is assigned to this worker."
        closed = [str(partition) for partition, found in progress.items() if not found.opened]
        return f"Partition {', '.join(closed)} is not open yet." if closed else self._runtime.stalled(READY_LIMIT)

    def metrics(self) -> Iterable[Metric]:
        """Lag by source, and what became of the messages."""
        progress, group = self._runtime.progress(), self._stage.group
        by = {partition: (self._stage.name, str(partition)) for partition in progress}
        labels = ["stage", "partition"]
        yield gauge(
            "kafka_consumergroup_lag",
            "Messages that have no ledger record yet.",
            ["consumergroup", "topic", "partition"],
            {(group, topic, str(partition)): lag for (topic, partition), lag in self._runtime.lag().items()},
        )
        for name, text, field in (
            ("baogong_ledger_records", "Ledger records appended by this worker.", "accepted"),
            ("baogong_decisions", "Decisions made by this worker.", "decisions"),
            ("baogong_messages_rejected", "Messages refused by this worker.", "rejected"),
            (
                "baogong_ledger_reopened",
                "Appends of unknown outcome, after which a partition was folded again.",
                "reopened",
            ),
        ):
            yield counter(name, text, labels, {by[p]: getattr(found, field) for p, found in progress.items()})
        fenced: dict[tuple[str, ...], float] = {by[p]: float(found.fenced) for p, found in progress.items()}
        yield gauge("baogong_ledger_fenced_records", "Records in the ledger that do not count.", labels, fenced)
        waiting: dict[tuple[str, ...], float] = {by[p]: float(found.waiting) for p, found in progress.items()}
        yield gauge("baogong_messages_waiting", "Messages fetched and not yet decided.", labels, waiting)


class RuntimeService(mode.Service):
    """Starts and stops the runtime and the health server with the Faust worker."""

    def __init__(self, options: WorkerOptions, runtime: Runtime, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._options, self._runtime = options, runtime
        self._health = HealthServer(WorkerVitals(runtime), options.health_port)

    async def on_start(self) -> None:
        """Connect, then listen."""
        await self._runtime.start()
        await self._health.start()
        if self._options.health_file is not None:
            self._options.health_file.write_text(self._health.address, encoding="utf-8")

    async def on_stop(self) -> None:
        """Let go of the partitions, snapshots written."""
        await self._runtime.stop()
        await self._health.stop()


class PlainWorker(faust.Worker):
    """Faust's worker without its own logging: ours is set already."""

    def _setup_logging(self) -> None:
        """Leave the root logger as `configure_logs` set it."""

    def _schedule_shutdown(self, signal: Any) -> None:
        """Stop, and end the process by force where that takes too long: no silent stall."""
        timer = threading.Timer(STOP_LIMIT, os._exit, [STALLED])
        timer.daemon = True
        timer.start()
        super()._schedule_shutdown(signal)


def worker_name() -> str:
    """Names this process in records: host, process id, start in ms."""
    return f"{platform.node() or 'host'}-{os.getpid()}-{int(time.time() * 1000)}"


def run_worker(stage: Stage, options: WorkerOptions) -> None:
    """Run a stage until SIGTERM or Ctrl-C; never returns (the process ends with the worker's exit code)."""
    configure_logs(f"worker.{stage.name}")
    name = worker_name()
    post = Post(
        stage=stage,
        wire=Wire(options.kafka, name),
        clock=parse_clock(options.clock),
        worker=name,
        code=f"baogong-{version('baogong')}",
        snapshotter=Snapshotter(options.data / "snapshots"),
    )
    runtime = Runtime(post, options.stall_seconds)
    app = build_app(stage, options.kafka, runtime, options.data / "faust", session_seconds=options.session_seconds)
    # Long-lived state is large and almost free of cycles: full collections would only stall decisions.
    gc.set_threshold(50_000, 50, 1000)
    # Two threads share the interpreter, one that fetches and one that decides: each fetch changes hands several times.
    sys.setswitchinterval(SWITCH)
    PlainWorker(app, RuntimeService(options, runtime), quiet=True, redirect_stdouts=False).execute_from_commandline()
