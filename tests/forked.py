"""Processes that start without importing: each is a fork of one that has imported everything.

A worker spends two seconds of a processor on its imports, and tests start a hundred of them to kill them. A start from
the command line is tested with `baogong up`.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["deploy.cli", "deploy.city", "deploy.worker", "deploy.commands.worker", "deploy.commands.relay", "streams.relay",
     "sinks.clickhouse.sink", "tests.faults.halting", "tests.forked", "tests.sinks.clickhouse.running"]
)  # fmt: skip


class Forked:
    """`baogong ARGUMENTS` as a process of its own, its output at the end of a file; `before`: what it does first."""

    def __init__(self, arguments: Sequence[str], log: Path, before: Callable[[], None] | None = None) -> None:
        log.touch()
        self._process: BaseProcess = FORKS.Process(target=_run, args=(list(arguments), log, before), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    def send(self, number: int) -> None:
        """Send it a signal; harmless when it has ended."""
        if self._process.is_alive():
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"process {self.pid} did not end in {timeout} s"
        return self._process.exitcode


def _run(arguments: list[str], log: Path, before: Callable[[], None] | None) -> None:
    from deploy import cli

    if before is not None:
        before()
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.argv = ["baogong", *arguments]
    cli.main()
