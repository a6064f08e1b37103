"""The whole stack on one machine: servers (embedded or one's own), workers, relay, sink, notifier; all watched."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from deploy.local.datadir import LOOPBACK, DataDir, free_port, free_port_near
from deploy.local.drain import wait_drained
from deploy.local.kafka import EmbeddedKafka
from deploy.local.part import Part
from deploy.local.process import ChildProcess
from deploy.settings import ADDRESSES, Settings
from sinks.clickhouse.client import connect
from sinks.clickhouse.migrations import migrate
from streams.stages import STAGES
from streams.topics import create_topics

Say = Callable[[str], None]
START_TIMEOUT: Final = 60.0
CONSOLE_PORT: Final = 8600


@dataclass
class Ports:
    """Named ports; None takes a free one. `health`: of the health servers, by name of the process (`worker-supply`)."""

    kafka: int | None = None
    clickhouse: int | None = None
    console: int | None = None
    """None: 8600 where it is free."""
    health: dict[str, int] = field(default_factory=dict)


class Stack:
    """Context manager: everything runs inside the `with`, nothing is left behind after it."""

    def __init__(
        self,
        settings: Settings,
        clock: str = "real",
        ports: Ports | None = None,
        say: Say | None = None,
        *,
        console: bool = False,
    ) -> None:
        self._console = console
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
        health = {
            part.name if part.name == "console" else f"{part.name}_health": part.health
            for part in self.parts.values()
            if part.health
        }
        return {"kafka": self.kafka, "clickhouse": self.clickhouse, **health}

    def drain(self, timeout: float = 120.0) -> None:
        """Return once every message has its record and every record its row; raises BaogongError when time runs out."""
        wait_drained(self.kafka, self.clickhouse, timeout, self.check)

    def check(self) -> None:
        """Start again what ended by itself; raises BaogongError where it keeps ending."""
        for part in self.parts.values():
            part.keep(self._say)

    def watch(self, pause: float = 0.5) -> None:
        """Keep the stack running until interrupted."""
        while True:
            time.sleep(pause)
            self.check()

    def _start(self) -> None:
        self._exit.enter_context(self._data)
        self._start_servers()
        self._say("making topics and tables")
        create_topics(self.kafka)
        with connect(self.clickhouse) as client:
            migrate(client)
        self._start_processes()
        self._write_addresses()

    def _start_servers(self) -> None:
        if not self._settings.kafka:
            broker = EmbeddedKafka(self._data.kafka, self._data.logs, self._ports.kafka)
            self._exit.callback(broker.stop, self._say)
            broker.start(progress=self._say)
            self.kafka = broker.address
            self.parts["kafka"] = Part("Kafka", broker)
        if not self._settings.clickhouse:
            self._say("starting ClickHouse")
            server = EmbeddedClickHouse(self._data.clickhouse, self._data.logs, self._ports.clickhouse)
            self._exit.callback(server.stop)
            server.start()
            self.clickhouse = server.url
            self.parts["clickhouse"] = Part("ClickHouse", server)

    def _start_processes(self) -> None:
        common = ["--kafka", self.kafka, "--data", str(self._data.path)]
        city = ["--items", str(self._settings.items), "--profiles", str(self._settings.profiles)]
        city += ["--clock", self._clock]
        city += ["--rules", str(self._settings.rules)] if self._settings.rules else []
        workers = [
            self._start_process(f"worker-{stage}", ["worker", *common, "--stage", stage, *city]) for stage in STAGES
        ]
        relay = self._start_process("relay", ["relay", *common])
        # The URL holds a password: it goes by the environment, which other users can't see, not by the arguments.
        sink = self._start_process("sink", ["sink", *common], {"BAOGONG_CLICKHOUSE": self.clickhouse})
        told = self._settings.receivers
        notify = [] if told is None else [self._start_process("notify", ["notify", *common, "--receivers", str(told)])]
        seen = [self._start_console([*common, *city])] if self._console else []
        for part, process in (*workers, relay, sink, *notify, *seen):
            self._say(f"waiting for the {part.name}")
            process.wait_ready(part.ready, START_TIMEOUT)

    def _start_console(self, arguments: list[str]) -> tuple[Part, ChildProcess]:
        named = self._ports.console
        self._ports.health["console"] = free_port_near(CONSOLE_PORT) if named is None else named
        part, process = self._start_process("console", ["console", *arguments], {"BAOGONG_CLICKHOUSE": self.clickhouse})
        part.probe = "/healthz"
        return part, process

    def _start_process(
        self, name: str, arguments: list[str], environment: dict[str, str] | None = None
    ) -> tuple[Part, ChildProcess]:
        port = free_port(self._ports.health.get(name))
        process = ChildProcess(
            name,
            [sys.executable, "-m", "deploy.cli", *arguments, "--health-port", str(port)],
            self._data.logs / f"{name}.log",
            {**os.environ, **(environment or {})},
        )
        part = Part(name, process, f"http://{LOOPBACK}:{port}", lambda: f"{process.reason()}; see {process.log_path}")
        self.parts[name] = part
        self._exit.callback(process.stop)
        process.start()
        return part, process

    def _write_addresses(self) -> None:
        path = self._data.path / ADDRESSES
        self._exit.callback(path.unlink, missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.addresses(), indent=1), encoding="utf-8")
