"""Processes to be killed: sinks, forked from one that has imported everything, and workers.

A sink spends a second of a processor on its imports, and tests start many of them to kill them.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["sinks.clickhouse.sink", "tests.forked", "tests.sinks.clickhouse.running"])


class Started:
    """`baogong ARGUMENTS` as a process of its own, its output at the end of a file.

    Not forked: a worker that is there in no time meets rebalances at moments when one from the command line never did,
    and stood still after one of them. Until that is understood, workers of tests start as those of people do.
    """

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        with log.open("ab") as file:
            command = [sys.executable, "-m", "deploy.cli", *arguments]
            self._process = subprocess.Popen(command, stdout=file, stderr=file)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, number: int) -> None:
        """Send it a signal; harmless when it has ended."""
        self._process.send_signal(number)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(timeout)
