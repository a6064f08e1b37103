"""The notifier: reads the alert ledger, keeps what is due in its outbox, tells receivers until they have taken it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from sinks.alerts.config import NotifySettings, Receiver
from sinks.alerts.egress import Post, Refused, Undelivered
from sinks.alerts.notice import Notice
from sinks.alerts.outbox import Outbox, Told
from sinks.alerts.reader import Reader, another_ledger
from sinks.alerts.receivers import Teller, now, teller
from sinks.alerts.words import KINDS

BATCH: Final = 100
"""Alerts in one post: after an outage a receiver gets few posts, not many."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
IDLE: Final = 0.2
KEEP: Final = timedelta(days=30)
"""Ended alerts are kept in the outbox for so long."""
SWEEP_SECONDS: Final = 3600.0
log = structlog.get_logger("baogong.notify")


@dataclass
class Status:
    """How one receiver fares. `problem`: '' while all is well."""

    told: int = 0
    waiting: int = 0
    refused: int = 0
    problem: str = ""


@dataclass
class NotifierStatus:
    """What health checks and metrics look at."""

    ready: bool = False
    records: int = 0
    problem: str = ""
    receivers: dict[str, Status] = field(default_factory=dict)


class Desk:
    """Tells one receiver."""

    def __init__(self, receiver: Receiver, told_by: Teller, outbox: Outbox, status: Status) -> None:
        self._receiver, self._teller, self._outbox, self._status = receiver, told_by, outbox, status
        self._pause, self._repeated = FIRST_PAUSE, -math.inf

    async def run(self, known: asyncio.Event) -> None:
        """Until cancelled. `known`: what lies in the ledger is; alerts are told as they are now, not as they were.

        What stands is told again from the first moment on: the receiver's patience ran while nobody was here, too.
        """
        while True:
            well = await self._repeat() and (not known.is_set() or await self._tell_due())
            await asyncio.sleep(IDLE if well else self._jittered())

    async def _tell_due(self) -> bool:
        """Tell what is due; False where the receiver did not take it."""
        due = self._outbox.due(self._receiver.name, BATCH)
        self._status.waiting = self._outbox.waiting(self._receiver.name)
        return not due or await self._tell(due[: self._teller.fits(due)])

    async def _repeat(self) -> bool:
        """Tell what stands again, if it is time; False where the receiver did not take it."""
        clock = asyncio.get_running_loop().time()
        every = self._teller.repeat_seconds
        if every is None or clock - self._repeated < every:
            return True
        standing = self._outbox.standing(self._receiver.name)
        for start in range(0, len(standing), BATCH):
            if not await self._tell(standing[start : start + BATCH]):
                return False
        self._repeated = clock
        return True

    async def _tell(self, notices: Sequence[Notice]) -> bool:
        """Post, with a note before it: once on its way, a post may be heard whatever becomes of its answer."""
        offered = self._outbox.offer(self._receiver, notices)
        try:
            await self._teller.tell(notices)
        except Refused as refused:
            self._outbox.retract(self._receiver, offered)
            return self._trouble(str(refused))
        except Undelivered as undelivered:
            if not undelivered.unsure:
                self._outbox.retract(self._receiver, offered)
            if undelivered.lasting and len(notices) > 1:
                return all([await self._tell([notice]) for notice in notices])
            if undelivered.lasting:
                self._give_up(notices[0], str(undelivered))
                return True
            return self._trouble(str(undelivered))
        self._settle([Told(one.alert_id, one.revision, one.ended_at is None) for one in notices])
        self._status.told += len(notices)
        self._status.problem, self._pause = "", FIRST_PAUSE
        return True

    def _give_up(self, notice: Notice, reason: str) -> None:
        """The receiver says that this very alert is wrong: it is kept and counted, the others go on."""
        log.error("alert.refused", receiver=self._receiver.name, alert=notice.alert_id, reason=reason)
        self._status.refused += 1
        self._settle([Told(notice.alert_id, notice.revision, notice.ended_at is None, reason)])

    def _settle(self, told: Sequence[Told]) -> None:
        self._outbox.settle(self._receiver, told)
        self._status.waiting = self._outbox.waiting(self._receiver.name)

    def _trouble(self, problem: str) -> bool:
        if self._status.problem != problem:
            log.warning("receiver.away", receiver=self._receiver.name, problem=problem)
        self._status.problem = problem
        self._pause = min(self._pause * 2, LONGEST_PAUSE, self._teller.repeat_seconds or LONGEST_PAUSE)
        return False

    def _jittered(self) -> float:
        return self._pause * random.uniform(0.5, 1.0)


class Notifier:
    """Reads and tells, for all receivers."""

    def __init__(self, kafka: str, topic: str, partitions: int, outbox: Outbox, settings: NotifySettings) -> None:
        self.status = NotifierStatus(receivers={receiver.name: Status() for receiver in settings.receiver})
        self._kafka, self._topic, self._partitions = kafka, topic, partitions
        self._outbox, self._settings = outbox, settings
        self._caught_up = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises BaogongError or Refused at once where a receiver's settings do not do."""
        egress = self._settings.egress
        self._outbox.address(self._settings.receiver)
        async with Post(egress) as post:
            desks = [
                Desk(receiver, teller(receiver, post, egress), self._outbox, self.status.receivers[receiver.name])
                for receiver in self._settings.receiver
            ]
            tasks = [asyncio.create_task(desk.run(self._caught_up)) for desk in desks]
            tasks.append(asyncio.create_task(self._read()))
            waiting = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, waiting):
                task.cancel()
            await asyncio.gather(*tasks, waiting, return_exceptions=True)
            for task in done - {waiting}:
                task.result()

    async def _read(self) -> None:
        """Follow the alert ledger; a broker that goes away is waited for."""
        while True:
            try:
                await self._follow()
            except OffsetOutOfRangeError as error:
                raise another_ledger(min((where.partition for where in error.args[0]), default=0)) from error
            except (KafkaError, OSError) as error:
                problem = f"Kafka at {self._kafka} does not answer ({type(error).__name__})."
                if problem != self.status.problem:
                    log.warning("kafka.away", problem=problem)
                self.status.problem, self.status.ready = problem, False
                await asyncio.sleep(FIRST_PAUSE)

    async def _follow(self) -> None:
        reader = Reader(self._outbox, self._settings.receiver)
        consumer: AIOKafkaConsumer[bytes, bytes] = AIOKafkaConsumer(
            bootstrap_servers=self._kafka, enable_auto_commit=False, auto_offset_reset="none", fetch_max_wait_ms=50
        )
        try:
            await consumer.start()
            places = [TopicPartition(self._topic, number) for number in range(self._partitions)]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, reader.start(place.partition))
            behind = await consumer.end_offsets(places)
            swept = 0.0
            while True:
                found = await consumer.getmany(timeout_ms=200, max_records=2000)
                for place, records in found.items():
                    reader.take(place.partition, records)
                    self.status.records += len(records)
                behind = {place: end for place, end in behind.items() if await consumer.position(place) < end}
                if not behind and not self._caught_up.is_set():
                    self._caught_up.set()
                self.status.ready, self.status.problem = not behind, ""
                if time.monotonic() - swept > SWEEP_SECONDS:
                    swept = time.monotonic()
                    self._outbox.forget((now() - KEEP).isoformat())
        finally:
            with contextlib.suppress(KafkaError, OSError):
                await consumer.stop()


def title(notice: Notice) -> str:
    """What an alert is called, in both languages."""
    words = KINDS[notice.kind]
    return f"{words.zh} {words.en}"
