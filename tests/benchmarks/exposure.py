"""What the supply stage's memory of recipients costs, and how long a hold on a lot that many received takes.

    PYTHONPATH=. python tests/benchmarks/exposure.py [--households 100000] [--lines 1000000]

Bytes of the memory alone, in the process and in a dump; then processor time of a hold on one lot that so many
households received: the hold itself, listing them (ticks), and the lift.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import time
import tracemalloc
from itertools import pairwise
from typing import Any

from schemas.hold import HoldLifted, HoldPlaced
from schemas.ledger import ClockTicked
from schemas.stock import StockReceived
from streams.core.decider import Fact
from streams.core.instants import MINUTE
from streams.core.supply import State, SupplyDecider, SupplySettings
from streams.core.supply.exposure import Recipients

START = dt.datetime(2022, 4, 1, tzinfo=dt.UTC)


def memory(households: int, lines: int, lot_units: int) -> None:
    """Each household receives lines in turn, from lots that so many units come out of."""
    names = [f"household-{number}" for number in range(households)]
    gc.collect()
    tracemalloc.start()
    recipients = Recipients()
    began = time.process_time()
    for number in range(lines):
        recipients.note(f"lot-{number // lot_units}", names[number * 7 % households], 2, number * MINUTE)
    taken = time.process_time() - began
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"{lines:,} lines of {households:,} households in {len(recipients.lots):,} lots: {size / 1e6:.0f} MB, "
          f"{size / lines:.0f} bytes a line ({taken / lines * 1e6:.2f} us a line, traced)")  # fmt: skip
    decider = SupplyDecider(SupplySettings(), {})
    state = decider.initial()
    began = time.process_time()
    bare = len(decider.dump(state))
    state.exposure.recipients = recipients
    print(f"dump {(len(decider.dump(state)) - bare) / 1e6:.1f} MB, {time.process_time() - began:.2f} s")


class Partition:
    """One partition with a lot that many received."""

    def __init__(self, households: int) -> None:
        self.decider = SupplyDecider(SupplySettings(), {"rice": item()})
        self.state: State = self.decider.initial()
        self.records = 0
        self.take(ClockTicked(at=START))
        common: dict[str, Any] = {"occurred_at": START, "source": "bench", "area": "sh/pd/a1"}
        lot: dict[str, Any] = {"lot_id": "a", "item": "rice", "warehouse": "w", "quantity": 10**6}
        self.take(StockReceived(kind="stock_received", event_id="e1", **lot, **common))
        for number in range(households):
            self.state.exposure.recipients.note("a", f"household-{number}", 2, number * MINUTE)

    def take(self, message: Any) -> None:
        decisions = self.decider.decide(self.state, message)
        ticked = message.at if isinstance(message, ClockTicked) else None
        self.decider.decisions.dump_json(list(decisions))
        self.state = self.decider.evolve(self.state, Fact(None if ticked else message.event_id, ticked, decisions))
        self.records += 1

    def settle(self) -> None:
        while (due := self.decider.next_due(self.state)) is not None and due <= START:
            self.take(ClockTicked(at=START))


def item() -> Any:
    from schemas.item import Item

    return Item(code="rice", name_zh="", name_en="rice", unit="kg")


def listing(households: int) -> None:
    partition = Partition(households)
    hold: dict[str, Any] = {"hold_id": "h1", "occurred_at": START, "source": "bench", "reason": "positive"}
    times = [time.process_time()]
    partition.take(HoldPlaced(kind="hold_placed", event_id="e2", lot_ids=("a",), **hold))
    times.append(time.process_time())
    partition.settle()
    times.append(time.process_time())
    assert len(partition.state.exposure.duties) == households
    partition.take(HoldLifted(kind="hold_lifted", event_id="e3", **hold))
    partition.settle()
    times.append(time.process_time())
    held, listed, lifted = (after - before for before, after in pairwise(times))
    print(
        f"a lot that {households:>7,} received: hold {held * 1e3:6.1f} ms, listing {listed * 1e3:8.1f} ms "
        f"({listed / households * 1e6:.0f} us each), lift {lifted * 1e3:8.1f} ms, {partition.records} records"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    options = parser.parse_args()
    for lot_units in (20, 1000):
        memory(options.households, options.lines, lot_units)
    for households in (100, 1000, 10_000, 100_000):
        listing(households)


if __name__ == "__main__":
    main()
