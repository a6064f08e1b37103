"""The audit sink: every record of every ledger into ClickHouse, in order, none lost and none twice, and its spans.

docs/decisions/0004-audit-sink.md lists what happens in each case of failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from typing import Final

import structlog
from aiokafka import TopicPartition

from schemas.errors import USAGE, BaogongError
from schemas.topics import LEDGERS, Topic
from sinks.clickhouse.client import connect
from sinks.clickhouse.ledger_log import LedgerTopic, describe
from sinks.clickhouse.session import RowsLost, Session
from sinks.clickhouse.spans.keeper import SpanKeeper
from sinks.clickhouse.status import SinkStatus
from sinks.clickhouse.writer import Writer

WRITERS: Final = 2
"""Connections to ClickHouse: while the server works on one batch, the next one is encoded and sent."""

log = structlog.get_logger("baogong.sink")


async def run_sink(
    kafka: str,
    clickhouse: str,
    stop: asyncio.Event,
    status: SinkStatus | None = None,
    partitions: Collection[int] | None = None,
    ledgers: Mapping[str, Topic] = LEDGERS,
) -> None:
    """Copy the ledgers until `stop` is set. `partitions`: only these (None: all); `status` is kept up to date.

    Raises BaogongError where a person has to mend something: a server that isn't there at the start, missing tables,
    no access, a ledger that isn't the one that ClickHouse holds. A ClickHouse that goes away later is waited for.
    """
    status = status or SinkStatus()
    topics = await asyncio.to_thread(describe, kafka, [topic.name for topic in ledgers.values()])
    plan = _plan(ledgers, topics, partitions)
    names = {name: each.name_for_good for name, each in topics.items()}
    async with AsyncExitStack() as stack:
        writers = []
        for _ in range(WRITERS):
            client = await asyncio.to_thread(connect, clickhouse)
            stack.push_async_callback(asyncio.to_thread, client.close)
            writers.append(Writer(client))
        keeper = SpanKeeper(clickhouse, status, partitions)
        copying = asyncio.create_task(
            _copy(lambda: Session(kafka, writers, status, names).run(plan, stop), stop, status)
        )
        keeping = asyncio.create_task(keeper.run())
        await asyncio.wait((copying, keeping), return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        keeper.end()
        ends = await asyncio.gather(copying, keeping, return_exceptions=True)
        for failure in ends:
            if failure is not None:
                raise failure


async def _copy(session: Callable[[], Awaitable[None]], stop: asyncio.Event, status: SinkStatus) -> None:
    """One session after another, until `stop` is set."""
    while not stop.is_set():
        try:
            await session()
        except RowsLost:
            log.warning("rows_lost", advice="ClickHouse lacks rows that it had; they are written again")
        finally:
            status.ready = False


def _plan(
    ledgers: Mapping[str, Topic], topics: Mapping[str, LedgerTopic], only: Collection[int] | None
) -> list[tuple[str, TopicPartition]]:
    """Stage and ledger partition of everything to copy; raises BaogongError for a partition that isn't there."""
    plan = []
    largest = max((topics[topic.name] for topic in ledgers.values()), key=lambda each: len(each.partitions))
    if unknown := sorted(set(only or ()) - set(largest.partitions)):
        last = largest.partitions[-1]
        raise BaogongError(f"Ledgers have partitions 0 to {last}: there is no partition {unknown[0]}.", USAGE)
    for stage, topic in ledgers.items():
        there = topics[topic.name].partitions
        plan += [(stage, TopicPartition(topic.name, number)) for number in there if only is None or number in only]
    return plan
