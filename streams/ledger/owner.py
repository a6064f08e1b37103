"""A worker's ownership of a ledger partition: open, decide what waits, append where expected, begin again if not."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError

from streams.ledger.clock import Clock
from streams.ledger.draft import Drafter, Drafts
from streams.ledger.fold import Folded
from streams.ledger.letters import letter_bytes
from streams.ledger.log import AppendUnknown, Wire
from streams.ledger.merge import Merger, SourceMessage
from streams.ledger.patience import Patience
from streams.ledger.record import digest
from streams.ledger.snapshot import SnapshotFile
from streams.ledger.snapshotter import Snapshotter
from streams.ledger.stage import Stage, fingerprint

BATCH_MESSAGES: Final = 500
BATCH_BYTES: Final = 900_000
CHUNK: Final = 125
"""Messages that are parsed, then decided, then encoded together."""
GATHER: Final = 0.015
"""Seconds between two appends of a partition while few messages wait: what comes meanwhile goes along in one batch, for
one round trip and one waking of whoever reads the ledger. The first message after a rest waits for nothing."""
ROOM: Final = 5_000
"""Messages of a source that may wait in a partition before more of them are fetched; of each source by itself, so that
one with much is never in the way of one that is waited for."""
QUIET: Final = 1.0
"""Seconds without news after which time that follows events may go on by itself."""
QUARANTINE: Final = 4.0
"""Seconds without an append after another worker took over: a zombie learns in that time that it is one."""
log = structlog.get_logger(__name__)


@dataclass
class Progress:
    """What health checks and metrics look at."""

    opened: bool = False
    waiting: int = 0
    accepted: int = 0
    decisions: int = 0
    rejected: int = 0
    fenced: int = 0
    reopened: int = 0
    last_append: float = 0.0
    """Monotonic time of the last acknowledged append."""
    busy_since: float | None = None
    """Monotonic time since when there is work and no append."""


@dataclass(frozen=True)
class Post:
    """What every owner of a worker shares."""

    stage: Stage
    wire: Wire
    clock: Clock
    worker: str
    code: str
    snapshotter: Snapshotter


class Owner:
    """Feeds come in, records go out. `run` never returns; cancel it to let the partition go."""

    def __init__(self, post: Post, partition: int) -> None:
        self.partition = partition
        self.progress = Progress()
        self.opened = asyncio.Event()
        self._post = post
        self._topics = post.stage.sources_at(partition)
        self._merger = Merger(self._topics, by_horizon=post.clock.follows_events)
        self._received: dict[str, int] = dict.fromkeys(self._topics, 0)
        self._intake = asyncio.Lock()
        self._news = asyncio.Event()
        self._patience = Patience()
        self._arrived = time.monotonic()
        self._guess = True
        self._file = SnapshotFile(post.snapshotter.directory, post.stage.name, partition, fingerprint())
        self._folded = Folded.empty(post.stage, partition)
        self._drafter = self._new_drafter()

    def next_offset(self, topic: str) -> int:
        """From where a source is to be delivered: nothing before is missing here."""
        return max(self._received[topic], self._folded.head.due_offset(topic))

    def lag(self) -> dict[str, int]:
        """Messages of each source that are not in the ledger yet, as far as is known here."""
        head = self._folded.head
        return {topic: max(0, end - head.due_offset(topic)) for topic, end in self._merger.ends().items()}

    def has_room(self, topic: str) -> bool:
        """Whether more of a source is to be fetched."""
        return self._merger.waiting(topic) < ROOM

    async def feed(self, topic: str, messages: Sequence[SourceMessage], end: int) -> None:
        """Messages of a source; a hole before them is read up from the source."""
        async with self._intake:
            expected = self._received[topic]
            if messages[0].offset > expected:
                async for found in self._post.wire.read(topic, self.partition, expected, messages[0].offset):
                    self._merger.add(topic, found, end)
            self._merger.add(topic, messages, end)
            self._received[topic] = max(expected, messages[-1].offset + 1)
        self._arrived = time.monotonic()
        self.progress.busy_since = self.progress.busy_since or self._arrived
        self._news.set()

    async def run(self) -> None:
        """Own the partition until cancelled."""
        while True:
            try:
                await self._open()
                while True:
                    await self._wait()
                    await self._gather()
                    await self._work()
            except (AppendUnknown, KafkaError) as unknown:
                self._guess = True
                self.progress.reopened += 1
                log.warning(
                    "ledger.append_unknown", partition=self.partition, reason=str(unknown) or type(unknown).__name__
                )
                await asyncio.sleep(0.2)

    def save(self) -> None:
        """Write a snapshot now, in this process; nothing where the state is a guess."""
        if not self._guess:
            self._file.save(self._folded.snapshot())

    async def _open(self) -> None:
        """Fold to the end, write the opened record, and take up the sources where the ledger ends."""
        self._guess = True
        mine = self.progress.opened
        self._folded = await self._fold()
        if mine and self._folded.last_worker != self._post.worker:
            log.warning("ledger.taken_over", partition=self.partition, by=self._folded.last_worker)
            await asyncio.sleep(QUARANTINE)
            self._folded = await self._fold()
        self._drafter = self._new_drafter()
        await self._append(self._drafter.opened())
        self.progress.opened = True
        self._folded.last_worker = self._post.worker
        await self._take_up_sources()
        self._guess = False
        self.opened.set()
        self._news.set()
        log.info("ledger.opened", partition=self.partition, seq=self._folded.head.seq, fenced=self._folded.fenced)

    async def _fold(self) -> Folded:
        stage, wire = self._post.stage, self._post.wire
        folded = await asyncio.to_thread(_restore, self._file, stage, self.partition)
        proof = folded.next_offset - 1
        async for records in wire.read(stage.ledger.name, self.partition, max(proof, 0)):
            if proof >= 0:
                if records[0].offset != proof or digest(records[0].value or b"") != folded.last_hash:
                    log.warning("snapshot.ignored", partition=self.partition, reason="not of this ledger")
                    return await self._fold_all()
                records, proof = records[1:], -1
            _take_all(folded, records)
            await asyncio.sleep(0)
        if proof >= 0:
            return await self._fold_all()
        return folded

    async def _fold_all(self) -> Folded:
        folded = Folded.empty(self._post.stage, self.partition)
        async for records in self._post.wire.read(self._post.stage.ledger.name, self.partition, 0):
            _take_all(folded, records)
            await asyncio.sleep(0)
        return folded

    async def _take_up_sources(self) -> None:
        """Everything delivered to this worker but not in the ledger is read again from the source."""
        async with self._intake:
            ends = await self._post.wire.ends(self._topics, self.partition)
            for topic, end in ends.items():
                position, received = self._folded.head.due_offset(topic), self._received[topic]
                self._merger.start(topic, position, end)
                if received > position:
                    async for found in self._post.wire.read(topic, self.partition, position, received):
                        self._merger.add(topic, found, end)
                self._received[topic] = max(received, position)

    async def _wait(self) -> None:
        """Until messages wait or a tick is due."""
        self.progress.waiting = len(self._merger)
        if self._post.clock.follows_events:
            await self._look_ahead()
        if self.progress.waiting or self._drafter.is_due(self._present()):
            if self._merger.awaited() and self._is_patient():
                await self._news_within(0.05)
            return
        self.progress.busy_since = None
        due = self._drafter.next_due()
        seconds = self._post.clock.seconds_until(due) if due is not None else None
        await self._news_within(min(1.0, 1.0 if seconds is None else seconds))

    def _is_patient(self) -> bool:
        return self._patience.lasts(time.monotonic(), self._arrived, waiting=bool(self._merger.awaited()))

    async def _gather(self) -> None:
        pause = self.progress.last_append + GATHER - time.monotonic()
        if 0 < len(self._merger) < CHUNK and pause > 0:
            await asyncio.sleep(pause)

    async def _look_ahead(self) -> None:
        """Where events move the clock: before a message, or the passing of time, learn what else is there by now."""
        due = not self._merger and self._drafter.is_due(self._present())
        if not (due or self._merger.beyond()):
            return
        if self._merger.look(await self._post.wire.ends(self._topics, self.partition)):
            self._arrived = time.monotonic()
            self.progress.busy_since = self.progress.busy_since or self._arrived

    async def _news_within(self, seconds: float) -> None:
        # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.001)):
                await self._news.wait()
        self._news.clear()

    async def _work(self) -> None:
        patient = self._is_patient()
        drafter, merger = self._drafter, self._merger
        self._guess = True
        while drafter.drafts.messages < BATCH_MESSAGES and drafter.drafts.size < BATCH_BYTES:
            taken = merger.take(CHUNK, patient=patient)
            if not taken:
                break
            drafter.messages(taken)
        if not merger:
            self._tick()
        drafts = drafter.collect()
        if drafts.values:
            self.progress.busy_since = self.progress.busy_since or time.monotonic()
            await self._append(drafts)
        self._guess = False
        self._post.snapshotter.consider(self.partition, self._folded, self._file, waiting=bool(merger))

    def _tick(self) -> None:
        present = self._present()
        if self._drafter.is_due(present):
            self._drafter.tick(present, limit=64)

    def _present(self) -> Any:
        """Now; where time follows events, only once nothing has come for a while, lest it runs ahead of them."""
        clock, last = self._post.clock, self._folded.ticked_at
        quiet = time.monotonic() - self._arrived >= QUIET
        return clock.now() if last is None or not clock.follows_events or quiet else last

    async def _append(self, drafts: Drafts) -> None:
        wire, topic = self._post.wire, self._post.stage.ledger.name
        for letter in drafts.dead_letters:
            await wire.send(f"dlq.{letter.topic}", letter.partition, *letter_bytes(self._post.stage.name, letter))
        expected = self._folded.next_offset - len(drafts.values)
        stamp = int(self._post.clock.now().timestamp() * 1000)
        await wire.append(topic, self.partition, drafts.values, stamp, expected)
        self._count(drafts)

    def _count(self, drafts: Drafts) -> None:
        progress = self.progress
        progress.accepted += len(drafts.values)
        progress.decisions += drafts.decisions
        progress.rejected += len(drafts.dead_letters)
        progress.fenced = self._folded.fenced
        progress.last_append = time.monotonic()
        progress.busy_since = None
        for failure in drafts.failures:
            log.error("decide.failed", partition=self.partition, error=failure)

    def _new_drafter(self) -> Drafter:
        post = self._post
        return Drafter(self._folded, post.clock, post.worker, post.code)


def _restore(file: SnapshotFile, stage: Stage, partition: int) -> Folded:
    snapshot = file.load()
    if snapshot is not None:
        try:
            return Folded.restored(stage, snapshot)
        except ValueError:
            log.warning("snapshot.ignored", partition=partition, reason="unreadable")
    return Folded.empty(stage, partition)


def _take_all(folded: Folded, records: Sequence[Any]) -> None:
    for record in records:
        folded.take(record.offset, record.value)
