"""Recovery of a partition with 500,000 ledger records: an owner folds and opens it, with its last snapshot."""

from __future__ import annotations

import asyncio
import tempfile
import time
from itertools import chain
from pathlib import Path

from deploy.city import load_city
from deploy.settings import load_settings
from deploy.simulation.load import Sent, mixed, opening
from schemas.topics import PARTITIONS
from streams.ledger.clock import ReplayedClock
from streams.ledger.draft import Drafter
from streams.ledger.fold import Folded
from streams.ledger.keys import partition_of
from streams.ledger.log import Wire
from streams.ledger.owner import Owner, Post
from streams.ledger.snapshot import SnapshotFile
from streams.ledger.snapshotter import EVERY, Snapshotter
from streams.ledger.stage import fingerprint
from streams.stages import STAGES
from tests.benchmarks.rig import Figure, broker

SHAPE = {"households": 20_000, "lots": 2_000, "seed": 2, "open_needs": 20_000}
CHUNK = 2_000


class _Message:
    """A source message of the partition under test."""

    __slots__ = ("key", "offset", "timestamp", "value")

    def __init__(self, offset: int, sent: Sent) -> None:
        _, self.key, self.value, self.timestamp = sent
        self.offset = offset


async def _fill(wire: Wire, post: Post, records: int, file: SnapshotFile) -> None:
    """Write a ledger of `records` by the decider itself; its snapshot as old as a worker that keeps up lets it be."""
    folded = Folded.empty(post.stage, 0)
    drafter = Drafter(folded, ReplayedClock(), "bench", "bench")
    offsets: dict[str, int] = {}
    saved = False
    for sent in chain(opening(**SHAPE), mixed(records * PARTITIONS * 2, **SHAPE)):
        topic, key = sent[0], sent[1]
        if partition_of(key, PARTITIONS) != 0:
            continue
        offset = offsets[topic] = offsets.get(topic, -1) + 1
        drafter.message(topic, _Message(offset, sent))
        if len(drafter.drafts.values) >= CHUNK:
            values = drafter.collect().values
            await wire.append(post.stage.ledger.name, 0, values, 0, folded.next_offset - len(values))
            if not saved and folded.next_offset >= records - EVERY:
                await asyncio.to_thread(file.save, folded.snapshot())
                saved = True
            if folded.next_offset >= records:
                return


async def _recover(kafka: str, root: Path, records: int) -> float:
    stage = STAGES["supply"](load_city(load_settings()))
    wire = Wire(kafka, "bench")
    await wire.start()
    post = Post(stage, wire, ReplayedClock(), "bench", "bench", Snapshotter(root))
    await _fill(wire, post, records, SnapshotFile(root, stage.name, 0, fingerprint()))
    owner = Owner(post, 0)
    start = time.monotonic()
    task = asyncio.create_task(owner.run())
    await owner.opened.wait()
    seconds = time.monotonic() - start
    task.cancel()
    await asyncio.wait([task])
    await wire.stop()
    return seconds


def figures(quick: bool = False) -> list[Figure]:
    """Seconds from nothing to owning the partition."""
    records = 60_000 if quick else 500_000
    with tempfile.TemporaryDirectory() as name, broker(Path(name)) as kafka:
        seconds = asyncio.run(_recover(kafka, Path(name) / "snapshots", records))
    return [Figure(f"recovery of {records:,} records with a snapshot", f"{seconds:.2f} s", "< 5", seconds < 5)]
