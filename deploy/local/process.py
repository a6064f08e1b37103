"""One server as a child process: its log on disk, its readiness, and no orphan however the parent ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import watchdog
from schemas.errors import BaogongError

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
"""Seconds between two readiness checks: short at first, so that a quick server is not kept waiting."""
LONGEST_SENTENCE = 300
_TELLING = re.compile(r"\b(FATAL|ERROR|\w*Error|\w*Exception)\b|\berror:")


class ChildProcess:
    """A server in a session of its own (Ctrl-C reaches only the parent), watched by `watchdog` (it never outlives us).

    Start it from a process that doesn't fork without exec: a forked copy would hold the watchdog's pipe open.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        log_path: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log_path = log_path
        self._argv, self._env, self._cwd = list(argv), env, cwd
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def start(self, hand_over: Sequence[int] = ()) -> None:
        """Start the server and return at once; raises BaogongError when it runs already or can't be executed.

        The file descriptors `hand_over` stay open in it for as long as it lives, such as that of a lock.
        """
        if self.alive:
            raise BaogongError(f"{self.name} is already running (process {self._pid})")
        self._close()
        command = [sys.executable, "-I", "-S", watchdog.__file__, *self._argv]
        with self.log_path.open("ab") as log:
            self._watchdog = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
                pass_fds=hand_over,
            )
        assert self._watchdog.stdout
        word, _, rest = self._watchdog.stdout.readline().decode().strip().partition(" ")
        if word != "pid":
            self._close()
            raise BaogongError(f"{self.name} can't be started: {rest or self.reason()}")
        self._pid = int(rest)

    @property
    def alive(self) -> bool:
        """Whether the server is running."""
        return self._watchdog is not None and self._watchdog.poll() is None

    @property
    def pid(self) -> int:
        """The server's own process id (not the watchdog's)."""
        return self._pid

    @property
    def returncode(self) -> int | None:
        """The exit code (128 + n where signal n ended it); None while it runs or before it ran."""
        return self._watchdog.poll() if self._watchdog else None

    def kill(self) -> None:
        """End the server at once, as a crash would (`kill -9`)."""
        if self._watchdog and self.alive:
            self._force(self._watchdog)
        self._close()

    def stop(self, timeout: float = 20.0) -> None:
        """Ask the server to end (SIGTERM) and end it by force after `timeout` seconds; harmless when it has ended."""
        if self._watchdog and self.alive:
            _signal(self._pid, signal.SIGTERM)
            try:
                self._watchdog.wait(timeout)
            except subprocess.TimeoutExpired:
                self._force(self._watchdog)
        self._close()

    def wait_ready(self, check: Callable[[], bool], timeout: float) -> None:
        """Return once `check` says True; raises BaogongError when the server ended or `timeout` seconds have passed.

        `check` answers False for "not yet" and must not block for long.
        """
        deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
        while not check():
            if not self.alive:
                raise BaogongError(
                    f"{self.name} ended while it started (code {self.returncode}): {self.reason()}; "
                    f"its log is {self.log_path}"
                )
            if time.monotonic() > deadline:
                raise BaogongError(
                    f"{self.name} wasn't ready after {timeout:.0f} s: {self.reason()}; its log is {self.log_path}"
                )
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def tail(self, lines: int = 20) -> list[str]:
        """The last `lines` lines of its log."""
        if not self.log_path.exists():
            return []
        with self.log_path.open(encoding="utf-8", errors="replace") as log:
            return [line.rstrip() for line in deque(log, maxlen=lines)]

    def reason(self) -> str:
        """The line of its log's end that most likely says what is wrong."""
        written = [line.strip() for line in self.tail(60) if line.strip()]
        telling = [line for line in written if _TELLING.search(line) and not line.startswith("at ")]
        return (telling or written or ["its log is empty"])[-1][:LONGEST_SENTENCE]

    def _force(self, waiting: subprocess.Popen[bytes]) -> None:
        _signal(self._pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):  # stuck in the kernel: closing the pipes is all that is left to do
            waiting.wait(5)

    def _close(self) -> None:
        """End what is left of the last run and give its pipes back."""
        if self._watchdog is None:
            return
        for pipe in (self._watchdog.stdin, self._watchdog.stdout):  # the watchdog ends when its standard input does
            if pipe:
                pipe.close()
        self._watchdog.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself in the meantime
