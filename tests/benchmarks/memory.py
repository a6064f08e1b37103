"""Memory of a worker that holds 100,000 households and 100,000 open needs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from deploy.simulation.load import opening
from tests.benchmarks.rig import Figure, broker, worker
from tests.wire import preload


def figures(quick: bool = False) -> list[Figure]:
    """Resident memory after everything was taken."""
    size = 10_000 if quick else 100_000
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        with broker(root) as kafka:
            preload(kafka, opening(households=size, lots=1_000, open_needs=size, seed=3))
            with worker(kafka, root / "w") as found:
                found.wait_idle()
                used = found.rss()
    return [Figure(f"worker with {size:,} households and open needs", f"{used:,.0f} MiB", "< 600", used < 600)]
