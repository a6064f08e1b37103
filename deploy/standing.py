"""How the pipeline stands: what waits where, who works, what time it is in the ledgers. Collected, then judged."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pydantic_core
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.duty import Load, loads_at_hand
from schemas.errors import BaogongError
from schemas.ledger import RecordKind
from schemas.topics import DEAD_LETTERS, LEDGERS, SOURCES, STAGE_OF, sources_at
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.position import held
from sinks.clickhouse.verify import insist_on_tables
from streams.broker import connecting
from streams.ledger.accept import Head
from streams.ledger.findings import Message
from streams.ledger.reader import KafkaReader
from streams.ledger.record import digest, read_header
from streams.relay_messages import RELAY_GROUP
from streams.relay_routes import ROUTES

_COUNTS: Final = """
    SELECT count(), countIf(NOT accepted), countIf(accepted AND kind = 'rejected'),
        argMaxIf(worker, offset, accepted),
        maxIf(at, accepted AND kind = 'ticked'), countIf(accepted AND kind = 'ticked')
    FROM ledger_records FINAL
    WHERE stage = %(stage)s AND partition = %(partition)s AND offset < %(until)s"""

MARKERS: Final = 20
RELAYED: Final = frozenset(route.stage for route in ROUTES)
"""Stages whose ledgers a relay reads."""


@dataclass
class PartitionStanding:
    """One ledger partition. `end`: its end in Kafka; `rows`: offsets that ClickHouse holds (None: not asked).

    `relayed`: offsets that the relay has looked at (None: no relay reads this ledger).
    """

    stage: str
    head: Head
    end: int = 0
    rows: int | None = None
    relayed: int | None = None
    fenced: int = 0
    rejected: int = 0
    worker: str | None = None
    last_tick: dt.datetime | None = None
    lag: dict[str, int] = field(default_factory=dict)
    """Messages not decided yet, by source topic."""

    @property
    def partition(self) -> int:
        """Number of the partition."""
        return self.head.partition

    @property
    def rows_behind(self) -> int:
        """Records that ClickHouse lacks."""
        return 0 if self.rows is None else max(0, self.end - self.rows)

    @property
    def relay_behind(self) -> int:
        """Records that the relay has not looked at."""
        return 0 if self.relayed is None else max(0, self.end - self.relayed)

    @property
    def waiting(self) -> int:
        """Messages not decided yet."""
        return sum(self.lag.values())

    def take(self, message: Message) -> None:
        """Go on over the next record."""
        value = message.value or b""
        header = read_header(value)
        if header is None or self.head.judge(header) is not None:
            self.fenced += 1
            return
        self.head.take(header, digest(value))
        self.worker = header.worker
        self.rejected += header.kind is RecordKind.REJECTED
        if header.kind is RecordKind.TICKED:
            event: Any = pydantic_core.from_json(value)["event"]
            self.last_tick = dt.datetime.fromisoformat(event["at"])


@dataclass(frozen=True)
class Standing:
    """Everything that was collected at one moment. `workers`: client hosts of the group's members, by stage."""

    partitions: tuple[PartitionStanding, ...]
    workers: Mapping[str, tuple[str, ...]]
    dead_letters: Mapping[str, int]
    clickhouse: str | None
    """Why ClickHouse was not asked; None: it was."""
    needs: tuple[Load, ...] | None = None
    """Open needs by who is on duty; None: not asked, or no console has kept its tables yet."""


class Observer:
    """Looks at a pipeline, as often as it is asked; later looks read only what is new."""

    def __init__(self, kafka: str, clickhouse: str | None, clickhouse_problem: str | None = None) -> None:
        self._kafka, self._url, self._problem = kafka, clickhouse, clickhouse_problem
        self._seen: dict[tuple[str, int], PartitionStanding] = {}

    def look(self) -> Standing:
        """Raises BaogongError where Kafka does not answer or has not the topics."""
        with KafkaReader(self._kafka) as reader:
            client = self._connect()
            try:
                partitions = tuple(
                    self._partition(reader, client, stage, partition)
                    for stage, ledger in LEDGERS.items()
                    for partition in reader.partitions(ledger.name)
                )
                needs = None if client is None else loads_at_hand(client)
            finally:
                if client is not None:
                    client.close()
            there = reader.topics()
            relayed = relay_positions(self._kafka)
            for one in partitions:
                one.relayed = relayed.get((one.stage, one.partition), 0) if one.stage in RELAYED else None
            letters = {
                topic.name: sum(end - first for first, end in reader.bounds(topic.name).values())
                for topic in DEAD_LETTERS
                if topic.name in there
            }
        return Standing(partitions, group_members(self._kafka), letters, self._problem, needs)

    def _connect(self) -> Client | None:
        if self._url is None:
            return None
        try:
            client = connect(self._url)
        except BaogongError as error:
            self._problem = str(error)
            return None
        try:
            insist_on_tables(client)
        except BaogongError as error:
            client.close()
            self._problem = str(error)
            return None
        self._problem = None
        return client

    def _partition(self, reader: KafkaReader, client: Client | None, stage: str, partition: int) -> PartitionStanding:
        standing = self._seen.get((stage, partition))
        if standing is None:
            standing = PartitionStanding(stage, Head(stage, partition))
            if client is not None:
                _begin_with_rows(client, standing)
            self._seen[stage, partition] = standing
        elif client is not None:
            standing.rows = held(client, stage, partition, 0).resume
        for message in reader.open(LEDGERS[stage].name, partition, standing.end):
            standing.take(message)
            standing.end = message.offset + 1
        for topic in (topic.name for topic in sources_at(SOURCES[stage], partition)):
            if topic in STAGE_OF:  # looked at before this one; what is fenced there is no message here
                end = self._seen[STAGE_OF[topic], partition].head.seq + 1
                standing.lag[topic] = max(0, end - standing.head.next_offset(topic))
                continue
            standing.lag[topic] = _waiting(reader, topic, partition, standing.head.due_offset(topic))
        return standing


def _waiting(reader: KafkaReader, topic: str, partition: int, due: int) -> int:
    """Messages from offset `due` on; few are counted one by one, since an offset may be a transaction's marker."""
    lag = max(0, reader.bounds(topic, (partition,))[partition][1] - due)
    return sum(1 for _ in reader.open(topic, partition, due)) if 0 < lag <= MARKERS else lag


def _begin_with_rows(client: Client, standing: PartitionStanding) -> None:
    """What ClickHouse knows of a partition need not be read from Kafka."""
    found = held(client, standing.stage, standing.partition, 0)
    standing.rows = standing.end = found.resume
    standing.head = found.head
    where = {"stage": standing.stage, "partition": standing.partition, "until": found.resume}
    records, fenced, rejected, worker, tick, ticks = client.rows(_COUNTS, where)[0]
    standing.fenced, standing.rejected = int(fenced), int(rejected)
    standing.worker = worker if records else None
    standing.last_tick = tick.replace(tzinfo=dt.UTC) if ticks else None


def group_members(kafka: str) -> dict[str, tuple[str, ...]]:
    """Hosts of the workers that Kafka counts as members of each stage's group; raises BaogongError without broker."""
    groups = {stage: f"baogong.{stage}" for stage in LEDGERS}
    found = _ask(kafka, lambda admin: admin.describe_groups(list(groups.values())))
    return {
        stage: tuple(str(member["client_host"]).lstrip("/") for member in found[group]["members"])
        for stage, group in groups.items()
    }


def relay_positions(kafka: str) -> dict[tuple[str, int], int]:
    """How far the relay says that it looked, by stage and partition of a ledger; raises BaogongError without broker."""
    found = _ask(kafka, lambda admin: admin.list_group_offsets({RELAY_GROUP: None}))
    return {
        (STAGE_OF[where.topic], where.partition): int(committed.offset)
        for where, committed in found.get(RELAY_GROUP, {}).items()
        if where.topic in STAGE_OF and committed.offset >= 0
    }


def _ask(kafka: str, question: Callable[[KafkaAdminClient], Any]) -> Any:
    with connecting(kafka) as client:
        admin = KafkaAdminClient(bootstrap_servers=kafka, kafka_client=client)
    try:
        return question(admin)
    except KafkaError as error:
        raise BaogongError(f"Kafka at {kafka} does not tell who its consumers are: {type(error).__name__}.") from error
    finally:
        admin.close()


def judge(first: Standing, again: Callable[[], Standing], patience: float) -> tuple[Standing, list[str]]:
    """What is wrong, as sentences; none: healthy. Lag is a fault only where nothing moves within `patience` seconds."""
    before = {(one.stage, one.partition): (one.head.seq, one.rows, one.relayed) for one in first.partitions}
    standing = first
    if any(one.waiting or one.rows_behind or one.relay_behind for one in first.partitions):
        time.sleep(patience)
        standing = again()
    problems = [] if standing.clickhouse is None else [standing.clickhouse]
    for stage, hosts in standing.workers.items():
        if not hosts:
            problems.append(f"No worker of stage {stage} is running: start one with 'baogong up' or 'baogong worker'.")
    for one in standing.partitions:
        seq, rows, relayed = before[one.stage, one.partition]
        place = f"{one.stage} partition {one.partition}"
        if one.head.seq < 0:
            problems.append(f"No worker has opened {place} yet.")
        if one.waiting and one.head.seq == seq:
            problems.append(f"{one.waiting} messages wait in {place} and none was decided in {patience:.0f} s.")
        if one.rows_behind and one.rows == rows:
            behind = f"ClickHouse lacks {one.rows_behind} records of {place}"
            problems.append(f"{behind} and got none in {patience:.0f} s: is 'baogong sink' running?")
        if one.relay_behind and one.relayed == relayed:
            behind = f"The relay has not looked at {one.relay_behind} records of {place}"
            problems.append(f"{behind} and moved on by none in {patience:.0f} s: is 'baogong relay' running?")
    return standing, problems
