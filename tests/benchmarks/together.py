"""What small parts of many ledger partitions cost ClickHouse, one by one and as one insert.

PYTHONPATH=. .venv/bin/python tests/benchmarks/together.py [--partitions 16] [--rows 25] [--rounds 20]

Rounds of both in turn; processor time is the server's process's, its merges in the background included.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.clickhouse.embedded import EmbeddedClickHouse
from schemas.topics import SUPPLY_LEDGER
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.follower import Batch, Follower
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.position import Held
from sinks.clickhouse.writer import Writer
from streams.ledger.accept import Head
from tests.benchmarks.sink import ledger


@dataclass
class Cost:
    """Seconds, and seconds of the server's processor."""

    wall: float = 0.0
    processor: float = 0.0


def parts(partition: int, rows: int, count: int) -> list[Batch]:
    """So many batches of so many rows of a ledger partition."""
    follower, found = Follower("supply", "bench", partition, Held(Head("supply", partition), 0, -1, None)), []
    records = list(enumerate(ledger(partition, rows * count)))
    for start in range(0, rows * count, rows):
        follower.take([(offset, 1_650_000_000_000, value) for offset, value in records[start : start + rows]], 0.0)
        found.append(follower.cut())
        follower.wrote(found[-1])
    return found


def measure(client: Client, server: psutil.Process, batches: Sequence[Sequence[Batch]]) -> tuple[Cost, Cost]:
    """One by one, and together: `batches[n]` are the batches of a round, one a partition."""
    writer, one_by_one, together = Writer(client), Cost(), Cost()
    for number, found in enumerate(batches):
        named = [(f"bench/{batch.partition}", batch) for batch in found]
        cost, groups = (together, [named]) if number % 2 else (one_by_one, [[each] for each in named])
        began, before = time.monotonic(), _used(server)
        for group in groups:
            writer.write(group)
        cost.wall += time.monotonic() - began
        cost.processor += _used(server) - before
    return one_by_one, together


def _used(server: psutil.Process) -> float:
    used = server.cpu_times()
    return used.user + used.system


def main() -> None:
    """A line for each way, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("--partitions", SUPPLY_LEDGER.partitions), ("--rows", 25), ("--rounds", 20)):
        parser.add_argument(name, type=int, default=value)
    asked = parser.parse_args()
    of = [parts(number, asked.rows, 2 * asked.rounds) for number in range(asked.partitions)]
    with tempfile.TemporaryDirectory() as name, EmbeddedClickHouse(Path(name) / "data", Path(name) / "logs") as server:
        client = connect(server.url)
        migrate(client)
        costs = measure(client, psutil.Process(server.pid), list(zip(*of, strict=True)))
        client.close()
    for what, cost in zip(("one by one", "together"), costs, strict=True):
        each = 1000 / asked.rounds
        print(f"{what}: {cost.wall * each:.0f} ms a round, {cost.processor * each:.0f} ms of processor")
    print(f"one by one costs {costs[0].processor / costs[1].processor:.1f} times the processor of together")


if __name__ == "__main__":
    main()
