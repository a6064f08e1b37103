"""Events/s of the supply decider alone, without Kafka: parse, decide, evolve, encode. Run it as a script.

    PYTHONPATH=. python tests/benchmarks/decide_supply.py [--events 20000] [--profile] [--memory]

Requests of one or two lines and stock receipts, 7 to 1, over 20 areas and 30 items; ticks, and the dispatches that they
order, as they fall due. Processor time, printed for 1,000 and 100,000 open needs and for 100 and 10,000 lots that lie
there before, then by step, then time and size of dump and load.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import gc
import json
import os
import platform
import pstats
import random
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from schemas.household import HouseholdMessage
from schemas.item import Item
from schemas.ledger import ClockTicked
from schemas.request import RequestMessage
from schemas.stock import StockMessage
from streams.core.decider import Fact
from streams.core.supply import State, SupplyDecider, SupplySettings

AREAS = [f"sh/pd/street{n:02}" for n in range(20)]
ITEMS = [f"item-{n:02}" for n in range(30)]
SCARCE = ITEMS[20:]
"""Items of which nothing ever comes in: their needs stay open."""
START = dt.datetime(2022, 4, 1, tzinfo=dt.UTC)
REQUESTS: TypeAdapter[Any] = TypeAdapter(RequestMessage)
STOCK: TypeAdapter[Any] = TypeAdapter(StockMessage)
HOUSEHOLDS: TypeAdapter[Any] = TypeAdapter(HouseholdMessage)
Message = tuple[TypeAdapter[Any], bytes]


def _bytes(kind: str, number: int, at: float, area: str, **fields: Any) -> bytes:
    occurred = (START + dt.timedelta(seconds=at)).isoformat()
    head = {"kind": kind, "event_id": f"{kind}-{number}", "occurred_at": occurred, "source": "bench", "area": area}
    return json.dumps(head | fields).encode()


def household(number: int) -> Message:
    area = AREAS[number % len(AREAS)]
    members = {"adults": number % 5 + 1, "elderly": number % 3}
    tier = ("sealed", "controlled", "precaution")[number % 3]
    fields = {"household_id": f"household-{number}", "grid": f"{area}/g{number % 40}", "members": members, "tier": tier}
    return HOUSEHOLDS, _bytes("household_registered", number, 0, area, **fields)


def request(number: int, at: float, chance: random.Random, items: list[str], households: int, lines: int) -> Message:
    who = chance.randrange(households)
    asked = [{"item": code, "quantity": chance.randrange(1, 6)} for code in chance.sample(items, lines)]
    fields = {"request_id": f"request-{number}", "requester_id": f"household-{who}", "taken_by": f"worker-{who % 99}"}
    area = AREAS[who % len(AREAS)]
    return REQUESTS, _bytes("request_filed", number, at, area, **fields, lines=asked, life_threatening=who % 500 == 0)


def receipt(number: int, at: float, chance: random.Random, quantity: int) -> Message:
    expires = (START + dt.timedelta(days=chance.randrange(3, 90))).date().isoformat()
    fields = {"lot_id": f"lot-{number}", "item": chance.choice(ITEMS[:20]), "warehouse": f"wh-{number % 40}"}
    area = chance.choice(AREAS)
    return STOCK, _bytes("stock_received", number, at, area, **fields, quantity=quantity, expires_on=expires)


def mix(events: int, households: int, seed: int) -> Iterator[Message]:
    """Seven requests to one receipt, 20 a second; a later seed comes later."""
    chance = random.Random(seed)
    for number in range(events):
        at, name = (seed * events + number) / 20, seed * 10**7 + number
        if number % 8 == 7:
            yield receipt(name, at, chance, 20)
        else:
            yield request(name, at, chance, ITEMS, households, 1 + number % 2)


class Worker:
    """The supply stage's heart as the runtime drives it, without Kafka and hashes."""

    def __init__(self) -> None:
        catalogue = {code: Item(code=code, name_zh="", name_en=code, unit="piece") for code in ITEMS}
        self.decider = SupplyDecider(SupplySettings(), catalogue)
        self.state: State = self.decider.initial()
        self.now = START
        self.bytes = self.decisions = self.ticks = 0
        self.tick(START)

    def tick(self, at: dt.datetime) -> None:
        tick = ClockTicked(at=at)
        self._apply(None, tick.at, self.decider.decide(self.state, tick))
        self.now, self.ticks = at, self.ticks + 1

    def take(self, adapter: TypeAdapter[Any], value: bytes) -> None:
        event = adapter.validate_json(value)
        while (due := self.decider.next_due(self.state)) is not None and due <= event.occurred_at:
            self.tick(max(due, self.now))
        self._apply(event.event_id, None, self.decider.decide(self.state, event))

    def _apply(self, event_id: str | None, ticked: dt.datetime | None, decisions: Any) -> None:
        self.bytes += len(self.decider.decisions.dump_json(decisions))
        self.decisions += len(decisions)
        self.state = self.decider.evolve(self.state, Fact(event_id, ticked, decisions))


def prepared(households: int, needs: int, lots: int) -> Worker:
    """A partition with registered households, open needs for what is scarce, and lots on the shelves."""
    worker, chance = Worker(), random.Random(1)
    for number in range(households):
        worker.take(*household(number))
    for number in range(needs):
        worker.take(*request(10**9 + number, 0, chance, SCARCE, households, 1))
    for number in range(lots):
        worker.take(*receipt(10**9 + number, 0, chance, 2_000_000 // max(1, lots)))
    return worker


def measure(needs: int, lots: int, events: int, households: int) -> float:
    """Microseconds an event, the better of two runs of different events."""
    worker = prepared(households, needs, lots)
    best = float("inf")
    for seed in (2, 3):
        messages = list(mix(events, households, seed))
        worker.ticks, worker.decisions = 0, 0
        gc.collect()
        began = time.process_time()
        for adapter, value in messages:
            worker.take(adapter, value)
        best = min(best, (time.process_time() - began) / events * 1e6)
    state = worker.state
    print(
        f"{needs:>9,} needs {lots:>7,} lots before: {best:6.1f} us/event {1e6 / best:>9,.0f} events/s "
        f"({worker.decisions / events:.2f} decisions/event, {worker.ticks} ticks; after: {len(state.needs):,} needs)"
    )
    return best


def steps(events: int, households: int) -> None:
    """Median microseconds of each step of an event."""
    worker, taken = prepared(households, 10_000, 1000), dict[str, list[int]]()
    decider, clock = worker.decider, time.perf_counter_ns
    for adapter, value in mix(events, households, 2):
        times = [clock()]
        event = adapter.validate_json(value)
        times.append(clock())
        decider.next_due(worker.state)
        times.append(clock())
        decisions = decider.decide(worker.state, event)
        times.append(clock())
        decider.decisions.dump_json(decisions)
        times.append(clock())
        worker.state = decider.evolve(worker.state, Fact(event.event_id, None, decisions))
        times.append(clock())
        for name, began, ended in zip(
            ("parse", "next_due", "decide", "encode", "evolve"), times, times[1:], strict=False
        ):
            taken.setdefault(name, []).append(ended - began)
    print(
        f"{'':>10}median us: " + ", ".join(f"{name} {sorted(ns)[len(ns) // 2] / 1e3:.1f}" for name, ns in taken.items())
    )


def recovery(worker: Worker) -> None:
    """Time and size of dump and load."""
    began = time.process_time()
    data = worker.decider.dump(worker.state)
    dumped = time.process_time() - began
    began = time.process_time()
    state = worker.decider.load(data)
    loaded = time.process_time() - began
    assert worker.decider.dump(state) == data
    print(f"{len(state.needs):,} needs: dump {dumped:.2f} s, load {loaded:.2f} s, {len(data) / 1e6:.1f} MB")


def memory(households: int, needs: int) -> None:
    """Bytes of the state alone."""
    tracemalloc.start()
    worker = prepared(households, needs, 1000)
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    print(f"{households:,} households, {len(worker.state.needs):,} open needs: {taken / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true", help="print the costliest functions of one run")
    parser.add_argument("--memory", action="store_true", help="measure the state of 100,000 households and needs")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    gc.set_threshold(50_000, 50, 1000)  # as the worker does
    if options.memory:
        return memory(100_000, 100_000)
    if options.profile:
        worker = prepared(options.households, 10_000, 1000)
        messages = list(mix(options.events, options.households, 2))
        profile = cProfile.Profile()
        profile.runcall(lambda: [worker.take(*message) for message in messages])
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        return None
    few = measure(1_000, 1000, options.events, options.households)
    many = measure(100_000, 1000, options.events, options.households)
    print(f"{'':>10}1,000 to 100,000 needs: x {many / few:.2f}")
    few = measure(1_000, 100, options.events, options.households)
    many = measure(1_000, 10_000, options.events, options.households)
    print(f"{'':>10}100 to 10,000 lots: x {many / few:.2f}")
    steps(options.events, options.households)
    recovery(prepared(100_000, 100_000, 10_000))
    return None


if __name__ == "__main__":
    main()
