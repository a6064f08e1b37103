"""Supply stage, JSON in, ledger out, one worker process beside its broker: events/s, and what backlog and lots cost."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.simulation.load import mixed, opening
from tests.benchmarks.rig import Figure, broker, worker
from tests.wire import preload

EVENTS = 200_000
SMALL = {"households": 5_000, "lots": 100, "seed": 1, "open_needs": 1_000}
LARGE = {"households": 5_000, "lots": 10_000, "seed": 1, "open_needs": 100_000}


def rate(events: int, shape: dict[str, int]) -> float:
    """Events a second over `events` mixed messages that wait on the topics when the worker starts."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        with broker(root) as kafka:
            start = datetime.now(UTC) - timedelta(minutes=30)
            preload(kafka, opening(**shape, start=start))
            with worker(kafka, root / "w", clock="real") as found:
                found.wait_idle()
            preload(kafka, mixed(events, **shape, start=start))
            with worker(kafka, root / "w", clock="real") as found:
                found.wait_for(events * 0.05)
                begun, since = found.metric("baogong_ledger_records_total"), time.monotonic()
                found.wait_for(events * 0.98)
                done = found.metric("baogong_ledger_records_total")
                return (done - begun) / (time.monotonic() - since)


def figures(quick: bool = False) -> list[Figure]:
    """Rate at a small backlog, and the ratio of cost at a large one."""
    events = EVENTS // 10 if quick else EVENTS
    small, large = rate(events, SMALL), rate(events, LARGE)
    return [
        Figure(f"supply stage over {events:,} events", f"{small:,.0f} events/s", "≥ 10,000", small >= 10_000),
        Figure(
            "cost per event, 100,000 needs and 10,000 lots against 1,000 and 100",
            f"{small / large:.2f}x",
            "≤ 1.3x",
            small / large <= 1.3,
        ),
    ]
