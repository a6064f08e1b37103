"""Waiting until the pipeline is empty: every source message has its record, every record its row."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from kafka import KafkaConsumer, TopicPartition

from schemas.errors import BaogongError
from schemas.topics import LEDGERS, SUPPLY_SOURCES, Topic
from sinks.clickhouse.client import Client, connect

SETTLED: Final = 1.6
"""Seconds without a new ledger record after which no tick is pending (a replayed clock waits one second)."""
_DECIDED: Final = (
    "SELECT source_topic, source_partition, max(source_offset) FROM ledger_records FINAL "
    "WHERE accepted AND source_topic != '' GROUP BY source_topic, source_partition"
)
_ROWS: Final = "SELECT stage, partition, max(offset) + 1 FROM ledger_records FINAL GROUP BY stage, partition"


def wait_drained(kafka: str, clickhouse: str, timeout: float, check: Callable[[], None] = lambda: None) -> None:
    """Return once lag is 0 at workers and sink and nothing moves; raises BaogongError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    consumer = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
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
    decided = {(topic, partition): int(offset) + 1 for topic, partition, offset in client.rows(_DECIDED)}
    sources = _ends(consumer, SUPPLY_SOURCES)
    waiting = sum(max(0, end - decided.get((tp.topic, tp.partition), 0)) for tp, end in sources.items())
    return f"{waiting} source messages have no record" if waiting else ""


def _ends(consumer: KafkaConsumer, topics: object) -> dict[TopicPartition, int]:
    names: list[Topic] = list(topics)  # type: ignore[call-overload]
    wanted = [TopicPartition(topic.name, partition) for topic in names for partition in range(topic.partitions)]
    found: dict[TopicPartition, int] = consumer.end_offsets(wanted)
    return found
