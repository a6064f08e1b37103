"""Supply stage, JSON in, ledger out, one worker process beside its broker: events/s, and what backlog and lots cost.

The cost of an event is the worker's processor time: what else runs on the machine changes rates, and that hardly.
"""

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
_RECORDS = "baogong_ledger_records_total"


def run(events: int, shape: dict[str, int]) -> tuple[float, float]:
    """Events a second, and seconds of processor an event, over `events` messages that wait when the worker starts."""
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
                begun, since, used = found.metric(_RECORDS), time.monotonic(), found.processor()
                found.wait_for(events * 0.98)
                done = found.metric(_RECORDS) - begun
                return done / (time.monotonic() - since), (found.processor() - used) / done


def figures(quick: bool = False) -> list[Figure]:
    """Rate at a small backlog, and the ratio of cost at a large one."""
    events = EVENTS // 10 if quick else EVENTS
    (small, cost), (_, large_cost) = run(events, SMALL), run(events, LARGE)
    ratio = large_cost / cost
    return [
        Figure(f"supply stage over {events:,} events", f"{small:,.0f} events/s", "≥ 10,000", small >= 10_000),
        Figure(
            "cost per event, 100,000 needs and 10,000 lots against 1,000 and 100",
            f"{ratio:.2f}x",
            "≤ 1.3x",
            ratio <= 1.3,
        ),
    ]
