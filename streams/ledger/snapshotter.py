"""When to snapshot, and doing it beside the work: a forked child writes the state as it was at that moment."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import Final

import structlog

from streams.ledger.fold import Folded
from streams.ledger.snapshot import SnapshotFile

EVERY: Final = 30_000
"""Ledger records of a partition between two snapshots; twice as many while messages wait."""
PAUSE: Final = 15.0
"""Seconds between two children: each costs the worker a copy of the pages that it changes meanwhile."""
LIMIT: Final = 120.0
"""Seconds after which a child that does not end is ended."""
log = structlog.get_logger(__name__)


class Snapshotter:
    """One child at a time, for all partitions of a worker."""

    def __init__(self, directory: Path, every: int = EVERY) -> None:
        self.directory, self._every = directory, every
        self._last: dict[int, int] = {}
        self._child: int | None = None
        self._since = 0.0

    def consider(self, partition: int, folded: Folded, file: SnapshotFile, *, waiting: bool) -> None:
        """Start a snapshot if enough was accepted since the last; `folded` must hold accepted records only."""
        every = 2 * self._every if waiting else self._every
        last = self._last.setdefault(partition, folded.next_offset)
        if folded.next_offset - last < every or self.busy() or time.monotonic() - self._since < PAUSE:
            return
        self._last[partition] = folded.next_offset
        self._child, self._since = _fork(folded, file), time.monotonic()

    def busy(self) -> bool:
        """Whether a child is still writing; a finished one is reaped, one that hangs is ended."""
        if self._child is None:
            return False
        pid, status = os.waitpid(self._child, os.WNOHANG)
        if pid == 0:
            if time.monotonic() - self._since > LIMIT:
                os.kill(self._child, 9)
            return True
        if status != 0:
            log.warning("snapshot.failed", status=os.waitstatus_to_exitcode(status))
        self._child = None
        return False


def _fork(folded: Folded, file: SnapshotFile) -> int:
    with warnings.catch_warnings():
        # The child only dumps plain objects and writes one file: it takes no lock that another thread could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            file.save(folded.snapshot())
            code = 0
        finally:
            os._exit(code)
    return pid
