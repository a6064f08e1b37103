"""One run of the audit sink over its ledger partitions: read, write, measure, until told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from kafka.errors import KafkaError as AdminError

from schemas.errors import BaogongError
from sinks.clickhouse.client import QueryFailed, ServerAway
from sinks.clickhouse.follower import CHUNK, Batch, Follower
from sinks.clickhouse.ledger_log import LagBoard, LedgerLog
from sinks.clickhouse.position import Held, held
from sinks.clickhouse.queue import IDLE, Queue
from sinks.clickhouse.status import SinkStatus
from sinks.clickhouse.writer import Answer, Writer, answer_to, operator_error
from streams.ledger.clock import RealClock
from streams.ledger.record import digest

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
MEASURE_EVERY, SHOW_EVERY = 1.0, 5.0

log = structlog.get_logger("baogong.sink")


class RowsLost(Exception):
    """ClickHouse came back without rows that it had acknowledged: ask it again where to go on."""


class _Stopped(Exception):
    """Told to stop while waiting for ClickHouse."""


class Session:
    """From asking ClickHouse where to start until told to stop, or until it turns out to have lost rows."""

    def __init__(self, kafka: str, writers: Sequence[Writer], status: SinkStatus, names: Mapping[str, str]) -> None:
        self._log, self._board = LedgerLog(kafka), LagBoard(kafka)
        self._writers, self._status, self._names = writers, status, names
        self._followers: dict[TopicPartition, Follower] = {}
        self._queue = Queue(self._followers)
        self._arrived, self._ending = asyncio.Event(), asyncio.Event()
        self._showing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._showing.set_result(None)
        self._nonce = f"{time.monotonic_ns():x}"

    async def run(self, plan: Sequence[tuple[str, TopicPartition]], stop: asyncio.Event) -> None:
        """Until `stop` is set; raises RowsLost or BaogongError."""
        stopping = asyncio.ensure_future(self._end_with(stop))
        try:
            await self._log.start()
            for stage, where in plan:
                await self._follow(stage, where)
            self._log.read_from({where: each.written for where, each in self._followers.items()})
            self._status.ready = True
            log.info("sink_started", partitions=len(self._followers))
            await self._work()
        except _Stopped:
            log.info("sink_stopped_waiting", problem=self._status.problem)
        finally:
            stopping.cancel()
            await self._log.stop()
            await asyncio.to_thread(self._board.close)

    async def _end_with(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._ending.set()

    async def _work(self) -> None:
        """All loops, until the first of them ends; what runs in a thread is waited for."""
        writes = [asyncio.ensure_future(self._write(writer)) for writer in self._writers]
        others = [asyncio.ensure_future(self._fetch()), asyncio.ensure_future(self._measure())]
        await asyncio.wait([*writes, *others], return_when=asyncio.FIRST_COMPLETED)
        self._ending.set()
        self._arrived.set()
        for loop in others:
            loop.cancel()
        ends = await asyncio.gather(*writes, *others, self._showing, return_exceptions=True)
        failures = [end for end in ends if isinstance(end, Exception) and not isinstance(end, AdminError)]
        for failure in sorted(failures, key=lambda each: isinstance(each, _Stopped)):  # the cause before what follows
            raise failure

    async def _follow(self, stage: str, where: TopicPartition) -> None:
        """Start on a partition where ClickHouse ends, having made sure that both hold the same ledger."""
        known = await self._held(self._writers[0], stage, where.partition)
        begin, end = (await self._log.bounds([where]))[where]
        name = f"{where.topic} partition {where.partition}"
        if known.resume < begin:
            raise BaogongError(
                f"Kafka keeps {name} only from offset {begin}, and ClickHouse lacks it from {known.resume}: a ledger "
                "must be kept for ever; restore the topic, or start with an empty database."
            )
        if known.newest >= end or not await self._same(where, known):
            raise BaogongError(
                f"ClickHouse holds another ledger than Kafka's {name} (up to offset {known.newest}, Kafka ends at "
                f"{end}): name the right servers, or start with an empty database."
            )
        follower = Follower(stage, where.topic, where.partition, known)
        follower.end = end
        self._followers[where] = follower
        self._status.positions[(where.topic, where.partition)] = known.resume

    async def _same(self, where: TopicPartition, known: Held) -> bool:
        if known.last_hash is None:
            return True
        value = await self._log.value(where, known.resume - 1)
        return digest(value or b"") == known.last_hash

    async def _held(self, writer: Writer, stage: str, partition: int) -> Held:
        """What ClickHouse holds; waits for it where it went away."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await asyncio.to_thread(held, writer.client, stage, partition, CHUNK)
            except (ServerAway, QueryFailed) as error:
                pause = await self._trouble(error, pause)

    async def _fetch(self) -> None:
        """Kafka to rows; pauses reading, and polls on, while too much is waiting."""
        paused = False
        while not self._ending.is_set():
            for where, records in (await self._log.next_records(int(IDLE * 1000))).items():
                now = time.monotonic()
                self._followers[where].take(records, now)
                self._queue.arrived(now)
                self._arrived.set()
                await asyncio.sleep(0)
            if paused != self._queue.crowded:
                paused = not paused
                self._log.hold(paused)

    async def _write(self, writer: Writer) -> None:
        """Rows to ClickHouse, oldest first; one batch of a partition at a time."""
        while not self._ending.is_set():
            self._arrived.clear()
            batches = self._queue.cut(time.monotonic())
            if not batches:
                await self._wait(self._queue.seconds(time.monotonic()))
                continue
            await self._deliver(writer, [(self._prefix(where, batch), batch) for where, batch in batches.items()])
            self._queue.wrote(batches)
            for where in batches:
                self._status.positions[(where.topic, where.partition)] = self._followers[where].written

    async def _deliver(self, writer: Writer, batches: Sequence[tuple[str, Batch]]) -> None:
        """Write batches, for ever the same ones until they are in."""
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            try:
                await asyncio.to_thread(writer.write, batches)
            except (ServerAway, QueryFailed) as error:
                pause = await self._trouble(error, pause)
                if isinstance(error, ServerAway):
                    await self._check_acknowledged(writer)
                continue
            written = sum(len(batch.rows) for _, batch in batches)
            self._status.wrote(written, RealClock().now(), time.monotonic() - started)
            self._status.rows_set_aside = sum(each.set_aside for each in self._writers)
            return

    def _prefix(self, where: TopicPartition, batch: Batch) -> str:
        """Rows that are written again to mend a hole need a token that ClickHouse doesn't remember."""
        again = f"/again-{self._nonce}" if batch.lo <= self._followers[where].held_before else ""
        return f"{self._names[where.topic]}/{where.partition}{again}"

    async def _check_acknowledged(self, writer: Writer) -> None:
        """After an outage: raises RowsLost where ClickHouse lacks rows that it had acknowledged."""
        for where, follower in self._followers.items():
            written = follower.written
            if (await self._held(writer, follower.stage, where.partition)).resume < written:
                raise RowsLost

    async def _trouble(self, error: BaogongError, pause: float) -> float:
        """Note what keeps us, wait, and give the next pause; raises BaogongError where waiting is of no use."""
        if isinstance(error, QueryFailed) and answer_to(error.number) is not Answer.RETRY:
            raise operator_error(error) from error
        if self._status.problem != str(error):
            log.warning("clickhouse_away", problem=str(error))
        self._status.problem = str(error)
        self._status.retries += 1
        await self._sleep(pause)
        if self._ending.is_set():
            raise _Stopped
        return min(pause * 2, LONGEST_PAUSE)

    async def _measure(self) -> None:
        """How far behind it is, and the same for dashboards; Kafka's troubles here are noted and no more."""
        shown = 0.0
        while not self._ending.is_set():
            try:
                for where, end in (await self._log.ends(list(self._followers))).items():
                    self._followers[where].end = end
                self._status.measured(
                    {(where.topic, where.partition): each.behind for where, each in self._followers.items()}
                )
                if time.monotonic() - shown > SHOW_EVERY:
                    shown = time.monotonic()
                    await self._show()
            except (KafkaError, TimeoutError) as error:
                self._status.kafka_problem = f"Kafka does not answer ({type(error).__name__})."
            await self._sleep(MEASURE_EVERY)

    async def _show(self) -> None:
        positions = {where: each.written for where, each in self._followers.items()}
        self._showing = asyncio.ensure_future(asyncio.to_thread(self._board.show, positions))
        try:
            await asyncio.shield(self._showing)
        except AdminError as error:  # for dashboards only: the next time will do
            log.info("positions_not_shown", reason=type(error).__name__)

    async def _wait(self, seconds: float) -> None:
        """Until rows arrive, at most so long."""
        waiting = [asyncio.ensure_future(self._arrived.wait()), asyncio.ensure_future(self._ending.wait())]
        await asyncio.wait(waiting, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()

    async def _sleep(self, seconds: float) -> None:
        """So long, or until told to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._ending.wait()
        except TimeoutError:
            return
