"""The whole stack for tests, ended all at once: its processes one after the other take seven seconds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from deploy.local.process import ChildProcess
from deploy.local.stack import Stack
from deploy.settings import Settings, load_settings


@contextmanager
def ruled(root: Path, rules: str, clock: str) -> Iterator[Stack]:
    """A running stack in a folder, with these rules of a city."""
    (root / "rules.toml").write_text(rules)
    with started(load_settings(data=root / "data", rules=root / "rules.toml"), clock) as stack:
        yield stack


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
