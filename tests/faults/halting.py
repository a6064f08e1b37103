"""A worker that stops at its worst moment: what it has decided is in hand, and none of it is written yet."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from streams.ledger.log import Wire

ASKED, HALTED = "halt", "halted"


def halt_when_asked(data: Path) -> None:
    """In the worker's process: at the next append once there is a file DATA/halt, SIGSTOP, and then go on with it."""
    append = Wire.append

    async def append_late(
        self: Wire, topic: str, partition: int, values: Sequence[bytes], timestamp_ms: int, expected: int
    ) -> None:
        if (data / ASKED).exists():
            (data / ASKED).rename(data / HALTED)
            os.kill(os.getpid(), signal.SIGSTOP)
        await append(self, topic, partition, values, timestamp_ms, expected)

    Wire.append = append_late  # type: ignore[method-assign]


def halt(data: Path, seconds: float = 30.0) -> None:
    """Ask a worker to stop so, and wait until it has."""
    (data / ASKED).touch()
    deadline = time.monotonic() + seconds
    while not (data / HALTED).exists():
        assert time.monotonic() < deadline, "it wrote nothing, and so did not stop"
        time.sleep(0.05)
