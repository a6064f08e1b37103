"""The relay: decisions of a ledger, handed on to a topic that other stages read (R8). `relay_routes` says which.

docs/decisions/0011-relay.md says what happens in each case of failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from schemas.errors import BaogongError
from streams.ledger.accept import Head
from streams.ledger.keys import partition_of
from streams.ledger.log import AppendUnknown, Outgoing, Wire
from streams.ledger.record import digest
from streams.relay_cache import RelayCache
from streams.relay_messages import NOWHERE, RELAY_GROUP, Place, Position, Told, Walk
from streams.relay_routes import HOLDS, Route

STALL_LIMIT: Final = 110.0
"""Seconds with something in hand and nothing written after which the process ends itself (promise 10: within 120 s)."""
STALLED: Final = 70
WAIT_MS: Final = 50
"""The broker answers as soon as there is a record; it is asked again so often where there is none."""
CHUNK: Final = 500
"""Messages that are written together."""
SHOW_EVERY, MEASURE_EVERY, CACHE_EVERY = 0.2, 1.0, 30.0
ANSWER_SECONDS: Final = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
log = structlog.get_logger("baogong.relay")


@dataclass
class RelayStatus:
    """Written by the relay, read by anybody in the same process. `problem`: '' while all is well."""

    ready: bool = False
    """The target was asked how far it got, and records flow."""
    records: int = 0
    """Ledger records looked at."""
    told: int = 0
    """Messages handed on, each to its partitions."""
    retries: int = 0
    empty: int = 0
    """Orders that name nothing to hold or move."""
    problem: str = ""
    busy_since: float | None = None
    """Monotonic time since when there is something in hand that is not written."""
    lag: dict[int, int] = field(default_factory=dict)
    """Records not looked at yet, by ledger partition."""
    positions: dict[int, int] = field(default_factory=dict)
    """Next offset to look at, by ledger partition."""


class Relay:
    """One route, for all partitions of its ledger. A second one beside it does no harm: what it writes is known."""

    def __init__(
        self, kafka: str, name: str, cache: RelayCache, status: RelayStatus | None = None, route: Route = HOLDS
    ) -> None:
        self.status = status or RelayStatus()
        self._kafka, self._name, self._cache, self.route = kafka, name, cache, route
        self._ledger, self._target = route.ledger.name, route.target.name
        self._position = Position(route.target.partitions)
        self._wire = Wire(kafka, name)
        self._walks: dict[TopicPartition, Walk] = {}
        self._stop = asyncio.Event()
        self._watching = False

    async def run(self, stop: asyncio.Event, stall_seconds: float = STALL_LIMIT) -> None:
        """Hand on until `stop` is set; a broker that goes away is waited for.

        Raises BaogongError where a person has to mend something: a target that tells of another ledger.
        """
        self._stop, self._watching = stop, True
        threading.Thread(target=self._watch, args=(stall_seconds,), name="stall-watch", daemon=True).start()
        pause = FIRST_PAUSE
        try:
            while not stop.is_set():
                try:
                    await self._session()
                except (KafkaError, OSError, TimeoutError) as error:
                    self._note(error)
                    pause = await self._pause(pause)
                finally:
                    self.status.ready = False
        finally:
            self._watching = False
            await self._wire.stop()

    async def _session(self) -> None:
        """Ask the target, then follow the ledger."""
        await self._ask()
        async with self._following() as consumer:
            for number in range(self.route.ledger.partitions):
                self._walks[TopicPartition(self._ledger, number)] = await self._begin(number)
            consumer.assign(list(self._walks))
            for where, walk in self._walks.items():
                consumer.seek(where, walk.next_offset)
            self.status.ready, self.status.problem = True, ""
            log.info("relay.started", positions={where.partition: w.next_offset for where, w in self._walks.items()})
            others = [asyncio.create_task(self._show(consumer)), asyncio.create_task(self._measure(consumer))]
            try:
                await self._follow(consumer)
            finally:
                for other in others:
                    other.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                self._save()

    async def _ask(self) -> None:
        """R8: how far the target got, by what lies there."""
        self._position = Position(self.route.target.partitions)
        for target in range(self.route.target.partitions):
            async for records in self._wire.read(self._target, target, 0):
                for record in records:
                    self._position.take(target, dict(record.headers))

    async def _begin(self, number: int) -> Walk:
        """From where to walk a ledger partition: the cache, where target and ledger agree with it; else its start.

        What is for one partition of the target only is compared with how far that one got, when it is written.
        """
        position, route = self._position, self.route
        place = position.furthest(number) if route.keyed else position.of(number)
        await self._same_ledger(number, place)
        cached = self._cache.load(route.stage, number)
        if cached is not None and cached.told <= place:
            if digest(await self._value(number, cached.next_offset - 1)) == cached.last_hash:
                cached.told, cached.route = cached.told if route.keyed else place, route
                return cached
            log.warning("cache.ignored", partition=number, reason="not of this ledger")
        return Walk(Head(route.stage, number), told=NOWHERE if route.keyed else place, route=route)

    async def _same_ledger(self, number: int, place: Place) -> None:
        if place != NOWHERE and digest(await self._value(number, place.offset)) != place.hash:
            raise BaogongError(
                f"{self._target} tells of another ledger than {self._ledger} partition {number} is "
                f"(at offset {place.offset}): one of the two was made anew; run 'baogong verify', and restore it."
            )

    async def _value(self, number: int, offset: int) -> bytes:
        """One record of the ledger; no bytes where it has none at the offset."""
        end = (await self._wire.ends([self._ledger], number))[self._ledger]
        if offset < end:
            async for records in self._wire.read(self._ledger, number, offset, offset + 1):
                return bytes(records[0].value or b"") if records[0].offset == offset else b""
        return b""

    @asynccontextmanager
    async def _following(self) -> AsyncIterator[Any]:
        consumer: AIOKafkaConsumer[bytes, bytes] = AIOKafkaConsumer(
            bootstrap_servers=self._kafka,
            client_id=f"{self._name}-reader",
            group_id=RELAY_GROUP,  # only to show how far it got
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=WAIT_MS,
            max_partition_fetch_bytes=4 << 20,
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()

    async def _follow(self, consumer: Any) -> None:
        """Records in, messages out, until told to stop."""
        saved = time.monotonic()
        while not self._stop.is_set():
            try:
                found = await consumer.getmany(timeout_ms=200, max_records=2000)
            except OffsetOutOfRangeError as error:
                raise BaogongError(
                    f"Kafka does not have the offsets {error} of {self._ledger}: it was cut; run 'baogong verify'."
                ) from error
            if found:
                self.status.busy_since = time.monotonic()
                told = [one for where, records in found.items() for one in self._walk(self._walks[where], records)]
                await self._hand_on(told)
            if time.monotonic() - saved > CACHE_EVERY:
                saved = time.monotonic()
                await asyncio.to_thread(self._save)

    def _walk(self, walk: Walk, records: Sequence[Any]) -> list[Told]:
        told = [one for record in records for one in walk.take(record.offset, record.value or b"")]
        self.status.records += len(records)
        for hold_id in walk.empty:
            log.error("order.empty", ledger=self._ledger, partition=walk.head.partition, order=hold_id)
        self.status.empty += len(walk.empty)
        walk.empty.clear()
        return told

    async def _hand_on(self, told: Sequence[Told]) -> None:
        """Write to the partitions of the target; for ever the same until it is there."""
        pause = FIRST_PAUSE
        for start in range(0, len(told), CHUNK):
            for targets, messages in self._sorted(told[start : start + CHUNK]):
                chunk = [Outgoing(one.timestamp_ms, one.value, one.headers) for one in messages]
                while not await self._written(targets, chunk):
                    pause = await self._pause(pause)
                    if self._stop.is_set():
                        return
                self.status.told += len(chunk)
        self.status.busy_since, self.status.problem = None, ""
        self.status.positions = {where.partition: walk.next_offset for where, walk in self._walks.items()}

    def _sorted(self, told: Sequence[Told]) -> list[tuple[Sequence[int], list[Told]]]:
        """What goes where, in order; without what the one partition that it is for has already."""
        if not self.route.keyed:
            return [(range(self.route.target.partitions), list(told))]
        found: dict[int, list[Told]] = {}
        for one in told:
            target = partition_of((one.key or "").encode(), self.route.target.partitions)
            if one.place > self._position.at(target, one.partition):
                found.setdefault(target, []).append(one)
        return [((target,), messages) for target, messages in sorted(found.items())]

    async def _written(self, targets: Sequence[int], messages: Sequence[Outgoing]) -> bool:
        try:
            await self._wire.spread(self._target, targets, messages)
        except (AppendUnknown, KafkaError, OSError) as error:
            self._note(error)
            return False
        return True

    async def _show(self, consumer: Any) -> None:
        """Commit how far it got, for those who look on."""
        shown: dict[int, int] = {}
        while True:
            await asyncio.sleep(SHOW_EVERY)
            positions = self.status.positions
            if positions != shown:
                with contextlib.suppress(KafkaError, TimeoutError):  # for those who look on only: next time will do
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await consumer.commit(
                            {TopicPartition(self._ledger, n): offset for n, offset in positions.items()}
                        )
                    shown = positions

    async def _measure(self, consumer: Any) -> None:
        """How many records are still to be looked at, and whether Kafka answers at all."""
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    ends = await consumer.end_offsets(list(self._walks))
            except (KafkaError, TimeoutError) as error:
                self._note(error)
            else:
                self.status.lag = {
                    where.partition: max(0, end - self._walks[where].next_offset) for where, end in ends.items()
                }
                if self.status.busy_since is None:
                    self.status.problem = ""
            await asyncio.sleep(MEASURE_EVERY)

    def _note(self, error: Exception) -> None:
        """Remember what keeps us, and say it once."""
        problem = f"Kafka at {self._kafka} does not take or give what is handed on ({type(error).__name__}: {error})."
        if self.status.problem != problem:
            log.warning("kafka.away", problem=problem)
        self.status.problem = problem
        self.status.retries += 1

    async def _pause(self, seconds: float) -> float:
        """Wait so long, or until told to stop; gives the next pause."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        return min(seconds * 2, LONGEST_PAUSE)

    def _save(self) -> None:
        """Only what was walked over and lies at the target."""
        if self.status.busy_since is None:
            for walk in self._walks.values():
                if walk.next_offset:
                    self._cache.save(walk)

    def _watch(self, stall_seconds: float) -> None:
        while self._watching:
            time.sleep(1)
            since = self.status.busy_since
            if since is not None and time.monotonic() - since > stall_seconds:
                log.error("relay.stalled", seconds=round(time.monotonic() - since))
                os._exit(STALLED)
