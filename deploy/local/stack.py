"""The whole stack on one machine: servers (embedded or the user's own), workers, sink; started, watched, stopped."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from deploy.local.datadir import DataDir
from deploy.local.drain import wait_drained
from deploy.local.kafka import EmbeddedKafka
from deploy.local.process import ChildProcess
from deploy.settings import ADDRESSES, Settings
from schemas.errors import BaogongError
from sinks.clickhouse.client import connect
from sinks.clickhouse.migrations import migrate
from streams.stages import STAGES
from streams.topics import create_topics

Say = Callable[[str], None]
START_TIMEOUT: Final = 60.0
RESTARTS: Final = 5
"""Restarts of one process within RESTART_WINDOW seconds after which the stack gives up."""
RESTART_WINDOW: Final = 60.0


@dataclass
class Ports:
    """Named ports; None takes a free one."""

    kafka: int | None = None
    clickhouse: int | None = None
    worker_health: int | None = None
    sink_health: int | None = None


@dataclass
class Part:
    """One process of the stack with its health address and the times at which it was restarted."""

    process: ChildProcess
    health_file: Path
    restarts: list[float] = field(default_factory=list)

    @property
    def health(self) -> str | None:
        """Address of its health server; None before it listens."""
        try:
            return self.health_file.read_text(encoding="utf-8") or None
        except OSError:
            return None


class Stack:
    """Context manager: everything runs inside the `with`, nothing is left behind after it."""

    def __init__(
        self, settings: Settings, clock: str = "real", ports: Ports | None = None, say: Say | None = None
    ) -> None:
        self._settings, self._clock, self._ports = settings, clock, ports or Ports()
        self._say: Say = say or (lambda _: None)
        self._data = DataDir(settings.data)
        self._exit = ExitStack()
        self.parts: dict[str, Part] = {}
        self.kafka, self.clickhouse = settings.kafka or "", settings.clickhouse or ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say("stopping")
        self._exit.close()

    def addresses(self) -> dict[str, str]:
        """Every address of the stack by name."""
        health = {f"{name}_health": part.health or "" for name, part in self.parts.items()}
        return {"kafka": self.kafka, "clickhouse": self.clickhouse, **health}

    def drain(self, timeout: float = 120.0) -> None:
        """Return once every message has its record and every record its row; raises BaogongError when time runs out."""
        wait_drained(self.kafka, self.clickhouse, timeout, self.check)

    def check(self) -> None:
        """Start again what ended by itself; raises BaogongError where it keeps ending."""
        for name, part in self.parts.items():
            if not part.process.alive:
                self._restart(name, part)

    def watch(self, pause: float = 0.5) -> None:
        """Keep the stack running until interrupted."""
        while True:
            time.sleep(pause)
            self.check()

    def _start(self) -> None:
        self._exit.enter_context(self._data)
        logs = self._data.logs
        if not self._settings.kafka:
            broker = EmbeddedKafka(self._data.kafka, logs, self._ports.kafka)
            self._exit.callback(broker.stop, self._say)
            broker.start(progress=self._say)
            self.kafka = broker.address
        if not self._settings.clickhouse:
            self._say("starting ClickHouse")
            server = EmbeddedClickHouse(self._data.clickhouse, logs, self._ports.clickhouse)
            self._exit.callback(server.stop)
            server.start()
            self.clickhouse = server.url
        self._say("making topics and tables")
        create_topics(self.kafka)
        with connect(self.clickhouse) as client:
            migrate(client)
        self._start_parts()
        self._write_addresses()

    def _start_parts(self) -> None:
        common = ["--kafka", self.kafka, "--data", str(self._data.path)]
        for stage in STAGES:
            arguments = ["--stage", stage, "--items", str(self._settings.items), "--clock", self._clock]
            arguments += ["--rules", str(self._settings.rules)] if self._settings.rules else []
            self._start_part("worker" if len(STAGES) == 1 else f"worker-{stage}", ["worker", *common, *arguments])
        # The URL holds a password: it goes by the environment, which other users can't see, not by the arguments.
        self._start_part("sink", ["sink", *common], {"BAOGONG_CLICKHOUSE": self.clickhouse})
        for name, part in self.parts.items():
            self._say(f"waiting for the {name}")
            part.process.wait_ready(lambda part=part: _is_ready(part), START_TIMEOUT)  # type: ignore[misc]

    def _start_part(self, name: str, arguments: list[str], environment: dict[str, str] | None = None) -> None:
        health_file = self._data.path / f"{name}.health"
        health_file.unlink(missing_ok=True)
        port = getattr(self._ports, f"{name}_health", None) or 0
        argv = [sys.executable, "-m", "deploy.cli", *arguments, "--health-file", str(health_file)]
        process = ChildProcess(
            name,
            [*argv, "--health-port", str(port)],
            self._data.logs / f"{name}.log",
            {**os.environ, **(environment or {})},
        )
        self.parts[name] = Part(process, health_file)
        self._exit.callback(process.stop)
        process.start()

    def _restart(self, name: str, part: Part) -> None:
        now = time.monotonic()
        part.restarts = [at for at in part.restarts if now - at < RESTART_WINDOW] + [now]
        if len(part.restarts) > RESTARTS:
            raise BaogongError(
                f"The {name} keeps ending (code {part.process.returncode}): {part.process.reason()}; "
                f"its log is {part.process.log_path}"
            )
        self._say(f"the {name} ended (code {part.process.returncode}) and is started again")
        part.health_file.unlink(missing_ok=True)
        part.process.start()

    def _write_addresses(self) -> None:
        path = self._data.path / ADDRESSES
        self._exit.callback(path.unlink, missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.addresses(), indent=1), encoding="utf-8")


def _is_ready(part: Part) -> bool:
    address = part.health
    if address is None:
        return False
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=1) as answer:  # loopback, our own child
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
