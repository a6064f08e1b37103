"""The Faust app of a stage: group membership, partitions, the agent. Correctness is the ledger's, not Faust's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faust
import structlog
from faust.types import TP
from faust.types.transports import TransportT

from streams.ledger.stage import Stage
from streams.runtime import Runtime
from streams.transport import Batch, BatchTransport

log = structlog.get_logger(__name__)


class StageApp(faust.App):
    """A Faust app whose transport hands over batches and seeks to where the ledger ends."""

    runtime: Runtime
    stage: Stage

    def _new_transport(self) -> TransportT:
        transport: TransportT = BatchTransport(self.conf.broker_consumer, self)
        return transport

    async def take_over(self, assigned: set[TP]) -> Mapping[TP, int]:
        """Own what was assigned (fold, open), let the rest go, and say where each source starts."""
        partitions = {tp.partition for tp in assigned}
        await self.runtime.keep(partitions)
        await self.runtime.own(partitions)
        starts = {tp: self.runtime.next_offset(tp.topic, tp.partition) for tp in assigned}
        return {tp: offset for tp, offset in starts.items() if offset is not None}

    def has_room(self, tp: TP) -> bool:
        """Whether more of a source partition is to be fetched now."""
        return self.runtime.has_room(tp.topic, tp.partition)

    def look_every(self) -> float:
        """Seconds between two looks at whether all that is to be fetched is."""
        return self.runtime.look_every

    async def look(self, positions: Mapping[TP, int]) -> None:
        """Such a look: `positions` is where each source partition is read next."""
        await self.runtime.look(positions)


def build_app(stage: Stage, kafka: str, runtime: Runtime, datadir: Path, *, session_seconds: float = 10.0) -> StageApp:
    """The app of a stage with its one agent; start it with `faust.Worker`."""
    app = StageApp(
        stage.group,
        broker=f"aiokafka://{kafka}",
        autodiscover=False,
        processing_guarantee="at_least_once",
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=stage.ledger.partitions,
        web_enabled=False,
        stream_wait_empty=False,
        stream_buffer_maxsize=64,
        # Folding a long ledger happens inside a rebalance: it may take as long as that takes.
        broker_request_timeout=900.0,
        broker_max_poll_interval=1800.0,
        broker_session_timeout=session_seconds,
        broker_heartbeat_interval=session_seconds / 4,
        broker_rebalance_timeout=30.0,
        consumer_max_fetch_size=4 << 20,
        datadir=datadir,
        store="memory://",
    )
    app.runtime, app.stage = runtime, stage
    _add_agent(app, stage)

    @app.on_partitions_revoked.connect
    async def _let_go(*args: Any, signal: Any = None, **_: Any) -> None:
        revoked: set[TP] = args[-1]
        held = set(runtime.progress())
        await runtime.keep(held - {tp.partition for tp in revoked})

    return app


def _add_agent(app: StageApp, stage: Stage) -> None:
    sources = app.topic(*(topic.name for topic in stage.sources), value_type=bytes, value_serializer="raw")

    async def desk(stream: Any) -> None:
        async for batch in stream:
            await _hand_over(app, batch)

    app.agent(sources, name=f"{stage.name}.desk", concurrency=1)(desk)


async def _hand_over(app: StageApp, batch: Batch) -> None:
    """No exception may leave the agent: Faust would acknowledge the batch and go on."""
    try:
        await app.runtime.feed(batch)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        log.error("agent.failed", error=type(error).__name__, reason=str(error)[:300])
        os._exit(1)
