"""Batches through Faust: a transport that hands an agent all fetched messages of a partition as one event.

Stock Faust spends a channel put, an event and an acknowledgement on each message. Here a fetched batch is one message
whose value is the batch and whose offset is that of its last record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import aiokafka
import mode
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faust.tables.recovery import RebalanceAgain
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

PACE: Final = 0.025
"""Seconds between two fetches that bring little: each costs Faust a message for every source partition that is in it,
which at 2,000 messages/s is most of a worker's work. The first message after a rest waits for nothing."""
SOON: Final = 0.005
"""Seconds within which a fetch of what lies at the broker is answered, if anything does."""
MANY: Final = 1_000
"""Records of a fetch after which the next one follows at once: the worker is behind."""


class TakesOver(Protocol):
    """The app of a stage, as far as its consumer needs it."""

    async def take_over(self, assigned: set[TP]) -> Mapping[TP, int]:
        """Own the partitions and say where each source starts."""

    def has_room(self, tp: TP) -> bool:
        """Whether more of a source partition is to be fetched now."""

    def look_every(self) -> float:
        """Seconds between two looks."""

    async def look(self, positions: Mapping[TP, int]) -> None:
        """Learn where each source partition that is to be read now is read next."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one source partition as they were fetched, and its end as then known."""

    topic: str
    partition: int
    records: list[Any]
    end: int


class BatchThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, with partitions of equal number assigned together and a pause between small fetches."""

    _fetched_at = 0.0
    _fetched_few = False

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            # Ranges: equal partition counts make partition n of every source of a stage go to the same worker.
            partition_assignment_strategy=[RangePartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_interval_ms=int((conf.broker_max_poll_interval or 0) * 1000),
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=200,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
        )

    async def _fetch_records(
        self, consumer: Any, active_partitions: set[TP], timeout: float | None = None, max_records: int | None = None
    ) -> Any:
        pause = self._fetched_at + PACE - time.monotonic()
        ahead: Any = {}
        if self._fetched_few and pause > 0:
            # The client fetches on as soon as something is taken, gets the first message or two, and asks for no more
            # until they are taken too: what comes after them would lie at the broker for this pause, here for the next.
            await asyncio.sleep(pause)
            ahead = await super()._fetch_records(consumer, active_partitions, 0, max_records)
        since: Any = await super()._fetch_records(consumer, active_partitions, SOON if ahead else timeout, max_records)
        fetched = {tp: [*ahead.get(tp, ()), *since.get(tp, ())] for tp in {**ahead, **since}} if ahead else since
        self._fetched_at, self._fetched_few = time.monotonic(), sum(map(len, fetched.values())) < MANY
        return fetched

    async def seek_all(self, offsets: Mapping[TP, int]) -> None:
        """Read on from these offsets. In the client's own thread: beside a fetch, which Faust's `seek` may run beside,
        records would vanish while they are taken, or the position would be set back to behind them."""
        await self.call_thread(self._seek_all, offsets)

    def positions(self) -> dict[TP, int]:
        """Where each assigned source partition is read next, as far as that is known.

        From outside the client's thread and without asking it, so that it can be told of a client that stands still.
        """
        assignment = self._assignment()
        states = {} if assignment is None else {TP(*tp): assignment.state_value(tp) for tp in assignment.tps}
        return {tp: state.position for tp, state in states.items() if state.has_valid_position}

    def end(self, tp: TP) -> int | None:
        """Where a source partition ends, as last heard (0: never); None where it is no longer assigned.

        From outside the client's thread, in which a rebalance may have taken it away since it was fetched.
        """
        assignment = self._assignment()
        state = None if assignment is None else assignment.state_value(tp)
        return None if state is None else state.highwater or 0

    def _assignment(self) -> Any:
        subscription = self._ensure_consumer()._subscription.subscription
        return None if subscription is None else subscription.assignment

    async def _seek_all(self, offsets: Mapping[TP, int]) -> None:
        for tp, offset in offsets.items():
            self._ensure_consumer().seek(tp, offset)


class BatchConsumer(driver.Consumer):
    """Fetches as Faust does, but hands over one message a partition and starts where the ledger says."""

    _assigned = False
    _thread: BatchThread

    def __post_init__(self) -> None:
        """What a rebalance needs."""
        self._taking_over = asyncio.Lock()

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """What is assigned is about to change."""
        self._assigned = False
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """It has changed."""
        self._assigned = True
        await super().on_partitions_assigned(assigned, generation_id)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        roomy = self._with_room(active_partitions)
        if not roomy:
            await asyncio.sleep(PACE)
            return {}
        fetched = await super()._getmany(roomy, timeout)
        return {
            tp: [Batch(tp.topic, tp.partition, records, end)]
            for tp, records in fetched.items()
            if records and (end := self._thread.end(tp)) is not None
        }

    @mode.Service.task
    async def _look_out(self) -> None:
        """Now and then: whether what lies at the broker is fetched. While streams rest for a rebalance, nothing is."""
        app = cast(TakesOver, self.app)
        while not self.should_stop:
            await self.sleep(app.look_every())
            positions = self._thread.positions() if self.flow_active else {}
            await app.look({tp: positions[tp] for tp in self._with_room(set(positions))})

    def _with_room(self, active: set[TP] | None) -> set[TP]:
        """What is not fetched waits at the broker: an agent that waited for room would keep back every other source."""
        app = cast(TakesOver, self.app)
        return {tp for tp in (self.assignment() if active is None else active) if app.has_room(tp)}

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        last = record.records[-1]
        return ConsumerMessage(
            record.topic,
            record.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            [],
            None,
            cast(bytes, record),
            None,
            0,
            sum(len(found.value or b"") for found in record.records),
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """R8: seek to where the ledger ends; what the group committed is never asked.

        Faust asks for it when streams resume, and also when a fetch ends amid a rebalance. Raises RebalanceAgain where
        the assignment is about to change: what is taken over then would belong to somebody else.
        """
        async with self._taking_over:
            self._check_assigned()
            offsets = await cast(TakesOver, self.app).take_over(self.assignment())
            self._check_assigned()
            await self._thread.seek_all(offsets)
        return offsets

    def _check_assigned(self) -> None:
        if not self._assigned:
            raise RebalanceAgain("what is assigned is about to change")


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with the batch consumer."""

    Consumer = BatchConsumer
