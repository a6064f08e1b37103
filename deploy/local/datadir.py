"""The one directory that the embedded servers keep their data in, locked against a second instance."""

import errno
import fcntl
import os
import random
import shutil
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.errors import USAGE, BaogongError

LOOPBACK = "127.0.0.1"
MIN_FREE_BYTES = 512 * 1024 * 1024
_FOLDERS = ("kafka", "clickhouse", "logs", "snapshots")
_PORTS = range(20_000, 32_000)
"""Below the ports that systems hand to outgoing connections (32768 and up): a client that keeps trying the port of a
stopped server may otherwise be given that very port, connect to itself, and keep the server from coming back."""


class DataDir:
    """The data directory while this process owns it; a context manager, or `acquire` and `release`."""

    def __init__(self, path: Path | str, min_free: int = MIN_FREE_BYTES) -> None:
        self.path = Path(path).expanduser().absolute()
        self.kafka, self.clickhouse, self.logs, self.snapshots = (self.path / name for name in _FOLDERS)
        self._min_free = min_free
        self._lock: int | None = None

    def acquire(self) -> Self:
        """Make the directory where needed and lock it; raises BaogongError when it can't be used or is in use."""
        if self.path.exists() and not self.path.is_dir():
            raise BaogongError(f"{self.path} is not a directory: name another place for the data with --data", USAGE)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._refuse_full_disk()
            self._lock = self._locked()
            for name in _FOLDERS:
                (self.path / name).mkdir(exist_ok=True)
        except OSError as error:
            self.release()
            raise BaogongError(self._explained(error)) from error
        return self

    def release(self) -> None:
        """Let another instance have the directory; harmless when it isn't held."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)  # closing unlocks; the file stays, since removing it would race with the next owner
            self._lock = None

    def _locked(self) -> int:
        try:
            lock = exclusive(self.path / "lock")
        except BlockingIOError as error:
            holder = (self.path / "lock").read_text().strip() or "unknown"
            raise BaogongError(
                f"{self.path} is in use by another baogong (process {holder}): "
                "stop that one first, or name another directory with --data"
            ) from error
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        return lock

    def _refuse_full_disk(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < self._min_free:
            raise BaogongError(
                f"The disk that holds {self.path} has only {free >> 20} MiB left and baogong needs "
                f"{self._min_free >> 20}: free some space, or name another directory with --data"
            )

    def _explained(self, error: OSError) -> str:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"The disk that holds {self.path} is full: free some space, or name another directory with --data"
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            return f"{self.path} can't be written to ({error.strerror}): name a directory of yours with --data"
        return f"{self.path} can't hold the data ({error.strerror}): name another directory with --data"

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def exclusive(path: Path) -> int:
    """A file descriptor that holds the lock `path` until it and all its copies in other processes are closed.

    Raises BlockingIOError when another process holds it.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def free_port(named: int | None = None) -> int:
    """A loopback port that nobody listens on, or the named one; raises BaogongError when the named one is taken."""
    if named is None:
        return _any_free_port()
    if not 0 < named < 65536:
        raise BaogongError(f"{named} is not a port: ports go from 1 to 65535", USAGE)
    problem = _bind_problem(named)
    if problem:
        raise BaogongError(f"Port {named} on {LOOPBACK} can't be used ({problem}): name another one", USAGE)
    return named


def free_port_near(wanted: int) -> int:
    """This loopback port where nobody listens on it, else any other."""
    return wanted if _bind_problem(wanted) is None else _any_free_port()


def _any_free_port() -> int:
    for port in random.SystemRandom().sample(_PORTS, 200):
        if _bind_problem(port) is None:
            return port
    raise BaogongError(f"No free port found on {LOOPBACK} between {_PORTS.start} and {_PORTS.stop}")


def _bind_problem(port: int) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections in TIME_WAIT don't matter
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return error.strerror
    return None
