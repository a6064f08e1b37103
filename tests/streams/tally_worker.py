"""Runs the tally stage as a worker process: `python -m tests.streams.tally_worker KAFKA DATA CLOCK [SESSION]`."""

import sys
from pathlib import Path

from deploy.worker import WorkerOptions, run_worker
from tests.streams.ledger.tally import STAGE

if __name__ == "__main__":
    kafka, data, clock = sys.argv[1:4]
    session = float(sys.argv[4]) if len(sys.argv) > 4 else 10.0
    run_worker(
        STAGE,
        WorkerOptions(
            kafka=kafka, data=Path(data), clock=clock, session_seconds=session, health_file=Path(data) / "health"
        ),
    )  # fmt: skip
