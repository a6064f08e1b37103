"""A worker's partitions: who owns what, feeding owners, letting go, and ending the process rather than stalling."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from faust.types import TP

from streams.ledger.owner import Owner, Post, Progress
from streams.lookout import Lookout, Place
from streams.transport import Batch

STALL_LIMIT: Final = 110.0
"""Seconds with work and no append after which the process ends itself: no silent stall (promise 10: within 120 s)."""
LOOKS: Final = 10
"""How often in that time it is looked whether what lies at the broker is fetched."""
STALLED, FAILED = 70, 1
CANCEL_AGAIN: Final = 5.0
"""Seconds after which an owner is told again to end: a library on its path may have swallowed it the first time."""
log = structlog.get_logger(__name__)


class Runtime:
    """Owners by ledger partition. All methods run on the event loop."""

    def __init__(self, post: Post, stall_seconds: float = STALL_LIMIT) -> None:
        self.post, self._stall_seconds = post, stall_seconds
        self._owners: dict[int, Owner] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._lookout = Lookout()
        self._watching = False
        self.look_every = stall_seconds / LOOKS

    async def start(self) -> None:
        """Connect to Kafka and begin to watch for stalls."""
        await self.post.wire.start()
        self._watching = True
        threading.Thread(target=self._watch, name="stall-watch", daemon=True).start()

    async def stop(self) -> None:
        """Let go of everything, snapshots written."""
        self._watching = False
        await self.keep(())
        await self.post.wire.stop()

    def progress(self) -> dict[int, Progress]:
        """Progress by owned partition."""
        return {partition: owner.progress for partition, owner in sorted(self._owners.items())}

    def lag(self) -> dict[tuple[str, int], int]:
        """Messages not yet decided, by source topic and partition."""
        return {(topic, owner.partition): lag for owner in self._owners.values() for topic, lag in owner.lag().items()}

    async def keep(self, partitions: Iterable[int]) -> None:
        """Let go of the partitions that are not among these."""
        gone = set(self._owners) - set(partitions)
        owners = {partition: self._owners.pop(partition) for partition in gone}
        tasks = [self._tasks.pop(partition) for partition in gone]
        for owner in owners.values():
            owner.opened.set()  # it won't be: whoever takes it over at this moment must not wait for ever
        while tasks:
            for task in tasks:
                task.cancel()
            _, pending = await asyncio.wait(tasks, timeout=CANCEL_AGAIN)
            tasks = list(pending)
        for partition, owner in sorted(owners.items()):
            owner.save()
            log.info("partition.released", partition=partition)

    async def own(self, partitions: Iterable[int]) -> None:
        """Take partitions over, each folded and opened when this returns, or let go meanwhile."""
        wanted = frozenset(partitions)
        for partition in wanted - set(self._owners):
            owner = self._owners[partition] = Owner(self.post, partition)
            task = self._tasks[partition] = asyncio.create_task(owner.run(), name=f"owner-{partition}")
            task.add_done_callback(_end_if_failed)
        await asyncio.gather(*(self._owners[partition].opened.wait() for partition in wanted))

    def next_offset(self, topic: str, partition: int) -> int | None:
        """From where a source is to be delivered; None: its partition is not owned."""
        owner = self._owners.get(partition)
        return None if owner is None else owner.next_offset(topic)

    def has_room(self, topic: str, partition: int) -> bool:
        """Whether more of a source partition is to be fetched; of one that is not owned, whatever comes is dropped."""
        owner = self._owners.get(partition)
        return owner is None or owner.has_room(topic)

    async def feed(self, batch: Batch) -> None:
        """Messages came; those of a partition that is no longer owned are dropped, its new owner reads them."""
        owner = self._owners.get(batch.partition)
        if owner is not None:
            await owner.feed(batch.topic, batch.records, batch.end)

    async def look(self, positions: Mapping[TP, int]) -> None:
        """Compare where each source is read, of those that are to be read now, with where it ends at the broker.

        Where the broker does not answer, what was seen before counts no more: it is no fault of this worker.
        """
        by: dict[int, list[str]] = {}
        for tp in positions:
            by.setdefault(tp.partition, []).append(tp.topic)
        places: dict[TP, Place] = {}
        try:
            for partition, topics in by.items():
                for topic, end in (await self.post.wire.ends(topics, partition)).items():
                    tp = TP(topic, partition)
                    places[tp] = Place(positions[tp], end)
        except KafkaError:
            places.clear()
        self._lookout.look(time.monotonic(), places)

    def stalled(self, seconds: float) -> str | None:
        """Which work has waited for longer than so many seconds, in a sentence; None: it goes on."""
        now = time.monotonic()
        for partition, found in self.progress().items():
            if found.busy_since is not None and now - found.busy_since > seconds:
                return f"Partition {partition} has had work for {now - found.busy_since:.0f} s and appended nothing."
        standing = self._lookout.stood(now, seconds - self.look_every)
        if standing is not None:
            return f"Nothing of {standing.topic} partition {standing.partition} is fetched, and there are messages."
        return None

    def _watch(self) -> None:
        while self._watching:
            time.sleep(1)
            reason = self.stalled(self._stall_seconds)
            if reason is not None:
                log.error("worker.stalled", reason=reason)
                os._exit(STALLED)


def _end_if_failed(task: asyncio.Task[None]) -> None:
    """A failure that an owner can't handle ends the process: a graceful stop would go on as if all were well."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("worker.failed", error=type(error).__name__, reason=str(error)[:300], exc_info=error)
        os._exit(FAILED)
