"""The whole stack for tests, ended all at once: its processes one after the other take seven seconds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from deploy.local.process import ChildProcess
from deploy.local.stack import Stack
from deploy.settings import Settings


@contextmanager
def started(settings: Settings, clock: str = "real", *, console: bool = False) -> Iterator[Stack]:
    """A running stack for the time of the block. How it ends by itself is tested with `baogong up`."""
    with Stack(settings, clock, console=console) as stack:
        try:
            yield stack
        finally:
            processes = [part.server for part in stack.parts.values() if isinstance(part.server, ChildProcess)]
            with ThreadPoolExecutor(len(processes)) as pool:
                list(pool.map(ChildProcess.stop, processes))
