"""Waiting until the pipeline is empty: every source message has its record, every record its row, every hold told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from kafka import KafkaConsumer, TopicPartition

from schemas.errors import BaogongError
from schemas.topics import LEDGERS, SOURCES, STAGE_OF, Topic
from sinks.clickhouse.client import Client, connect
from streams.relay_messages import RELAY_GROUP
from streams.relay_routes import ROUTES

SETTLED: Final = 1.6
"""Seconds without a new ledger record after which no tick is pending (a replayed clock waits one second)."""
_DECIDED: Final = (
    "SELECT stage, source_topic, source_partition, max(source_offset) FROM ledger_records FINAL "
    "WHERE accepted AND source_topic != '' GROUP BY stage, source_topic, source_partition"
)
_ACCEPTED: Final = (
    "SELECT stage, partition, max(offset) + 1 FROM ledger_records FINAL WHERE accepted GROUP BY stage, partition"
)
_ROWS: Final = "SELECT stage, partition, max(offset) + 1 FROM ledger_records FINAL GROUP BY stage, partition"


def wait_drained(kafka: str, clickhouse: str, timeout: float, check: Callable[[], None] = lambda: None) -> None:
    """Return once lag is 0 at workers, relay, sink and nothing moves; raises BaogongError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    consumer = KafkaConsumer(bootstrap_servers=kafka, group_id=RELAY_GROUP, enable_auto_commit=False)
    try:
        with connect(clickhouse) as client:
            seen: dict[TopicPartition, int] = {}
            since = time.monotonic()
            while True:
                check()
                ends = _ends(consumer, LEDGERS.values())
                if ends != seen:
                    seen, since = ends, time.monotonic()
                missing = _missing(consumer, client, ends)
                if not missing and time.monotonic() - since >= SETTLED:
                    return
                if time.monotonic() > deadline:
                    raise BaogongError(
                        f"The pipeline was not drained in {timeout:.0f} s: {missing or 'records keep coming'}."
                    )
                time.sleep(0.1)
    finally:
        consumer.close()


def _missing(consumer: KafkaConsumer, client: Client, ends: dict[TopicPartition, int]) -> str:
    by_topic = {topic.name: stage for stage, topic in LEDGERS.items()}
    rows = {(stage, partition): int(offset) for stage, partition, offset in client.rows(_ROWS)}
    behind = sum(end - rows.get((by_topic[tp.topic], tp.partition), 0) for tp, end in ends.items())
    if behind > 0:
        return f"{behind} ledger records are not in ClickHouse"
    relayed = {route.ledger.name for route in ROUTES}
    unread = sum(max(0, end - (consumer.committed(tp) or 0)) for tp, end in ends.items() if tp.topic in relayed)
    if unread:
        return f"{unread} records were not looked at by the relay"
    decided = {tuple(where): int(offset) + 1 for *where, offset in client.rows(_DECIDED)}
    accepted = {(stage, partition): int(offset) for stage, partition, offset in client.rows(_ACCEPTED)}
    waiting = 0
    for stage, sources in SOURCES.items():
        for tp, end in _ends(consumer, sources).items():
            # Of a source that is a ledger, what is fenced at its end gets no record.
            due = min(end, accepted.get((STAGE_OF[tp.topic], tp.partition), 0)) if tp.topic in STAGE_OF else end
            waiting += max(0, due - decided.get((stage, tp.topic, tp.partition), 0))
    return f"{waiting} source messages have no record" if waiting else ""


def _ends(consumer: KafkaConsumer, topics: Iterable[Topic]) -> dict[TopicPartition, int]:
    """Asked topic by topic: of several topics, the client leaves out those that it has not met yet."""
    found: dict[TopicPartition, int] = {}
    for topic in topics:
        found.update(consumer.end_offsets([TopicPartition(topic.name, number) for number in range(topic.partitions)]))
    return found
