"""A worker of the tally stage: `python -m tests.faults.deaf_worker KAFKA DATA STALL_SECONDS`.

Once there is a file DATA/deaf it fetches no more, as if a fault in a client had ended its fetching loop.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from deploy.worker import WorkerOptions, run_worker
from streams.transport import BatchConsumer
from tests.streams.ledger.tally import STAGE


def deafen(by: Path) -> None:
    """No fetch is answered any more once the file is there."""
    fetch = BatchConsumer._getmany

    async def fetch_still(self: BatchConsumer, *arguments: Any, **named: Any) -> Any:
        if by.exists():
            await asyncio.Event().wait()
        return await fetch(self, *arguments, **named)

    BatchConsumer._getmany = fetch_still  # type: ignore[method-assign]


if __name__ == "__main__":
    kafka, data, stall = sys.argv[1:]
    deafen(Path(data) / "deaf")
    run_worker(STAGE, WorkerOptions(kafka, Path(data), "replayed", session_seconds=6.0, stall_seconds=float(stall)))
