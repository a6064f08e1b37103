"""The embedded ClickHouse as a child process, and the address that clients are given."""

import os
import secrets
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.datadir import LOOPBACK, free_port
from deploy.local.process import ChildProcess

_READY_WITHIN = 30.0
_PASSWORD_VARIABLE = "BAOGONG_CLICKHOUSE_PASSWORD"


class EmbeddedClickHouse:
    """One ClickHouse over one data directory: `start`, `stop`, `kill`, or a context manager. It dies with this process.

    `port` None takes a free one and keeps it over restarts; `password` None makes one and keeps it in `data`, readable
    by its owner only. Raises BaogongError when it can't start.
    """

    def __init__(
        self,
        data: Path,
        logs: Path,
        port: int | None = None,
        user: str = "baogong",
        password: str | None = None,
        database: str = "baogong",
    ) -> None:
        self.user, self.database = user, database
        self._data, self._logs = data, logs
        self._named_port, self._port = port, 0
        self._password = password
        self._child: ChildProcess | None = None

    @property
    def url(self) -> str:
        """Where clients connect: `clickhouse://user:password@127.0.0.1:port/database`."""
        return f"clickhouse://{self.user}:{self._password}@{LOOPBACK}:{self._port}/{self.database}"

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._child.pid if self._child else 0

    @property
    def alive(self) -> bool:
        """Whether the server is running."""
        return self._child is not None and self._child.alive

    def start(self) -> None:
        """Start it and return when it takes clients; after `kill` or `stop` it comes back on the same port."""
        self._data.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        self._password = self._password or _kept_password(self._data / "password")
        self._port = free_port(self._port or self._named_port)
        arguments = ("--data", str(self._data), "--port", str(self._port), "--user", self.user)
        self._child = ChildProcess(
            "ClickHouse",
            [sys.executable, "-m", "deploy.local.clickhouse", *arguments, "--database", self.database],
            self._logs / "clickhouse.log",
            env={**os.environ, _PASSWORD_VARIABLE: self._password},
        )
        self._child.start()
        try:
            self._child.wait_ready(self._listens, _READY_WITHIN)
        except BaseException:
            self._child.kill()
            raise

    def stop(self) -> None:
        """End it cleanly; harmless when it isn't running."""
        if self._child:
            self._child.stop()

    def kill(self) -> None:
        """End it as a crash would (`kill -9`)."""
        if self._child:
            self._child.kill()

    def _listens(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex((LOOPBACK, self._port)) == 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _kept_password(path: Path) -> str:
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    password = secrets.token_urlsafe(24)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as kept:
        kept.write(password)
    return password
