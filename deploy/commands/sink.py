"""`baogong sink`: the audit sink as a process, with its health server."""

from __future__ import annotations

import asyncio
import gc
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands.options import CLICKHOUSE
from deploy.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from sinks.clickhouse.status import SinkStatus


@click.command("sink")
@click.option(
    "--kafka", metavar="HOST:PORT", help="Broker; else BAOGONG_KAFKA, else the one of a running 'baogong up'."
)
@CLICKHOUSE
@click.option("--data", type=click.Path(path_type=Path), help="Data directory of a running 'baogong up'.")
@click.option("--partitions", metavar="N[,N...]", help="Only these partitions of each ledger; else all of them.")
@click.option(
    "--health-port", type=click.IntRange(0, 65535), default=0, help="Port of /livez, /readyz, /metrics; 0: a free one."
)
@click.option("--health-file", type=click.Path(path_type=Path), help="Write the health address into this file.")
def command(
    kafka: str | None,
    clickhouse: str | None,
    data: Path | None,
    partitions: str | None,
    health_port: int,
    health_file: Path | None,
) -> None:
    """Copy every ledger record into ClickHouse until stopped. It goes on where ClickHouse ends, never earlier or later.

    Example: baogong sink --kafka 127.0.0.1:9092 --clickhouse clickhouse://baogong:secret@127.0.0.1:9000/baogong
    """
    from streams.logs import configure_logs

    settings = load_settings(kafka=kafka, clickhouse=clickhouse, data=data)
    only = _numbers(partitions)
    broker, server = settings.kafka_address(), settings.clickhouse_url()
    configure_logs("sink")
    gc.set_threshold(100_000, 50, 1000)  # rows come and go in tens of thousands, without cycles: a tenth of its time
    asyncio.run(_run(broker, server, only, health_port, health_file))


async def _run(kafka: str, clickhouse: str, only: set[int] | None, port: int, health_file: Path | None) -> None:
    from sinks.clickhouse.sink import run_sink
    from sinks.clickhouse.status import SinkStatus
    from streams.health import HealthServer

    status, stop = SinkStatus(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    health = HealthServer(SinkVitals(status), port)
    await health.start()
    try:
        if health_file is not None:
            health_file.write_text(health.address, encoding="utf-8")
        await run_sink(kafka, clickhouse, stop, status, only)
    finally:
        await health.stop()


class SinkVitals:
    """How the sink is."""

    def __init__(self, status: SinkStatus) -> None:
        self._status = status

    def alive(self) -> str | None:
        """Not stalled. Waiting for a server that is away is no reason to be restarted, but it shows in `ready`."""
        status = self._status
        waits = status.problem or status.kafka_problem
        return None if status.healthy or waits else "The sink has had rows to write for 120 s and wrote none."

    def ready(self) -> str | None:
        """Positions are known, both servers answer, rows flow."""
        status = self._status
        if status.problem or status.kafka_problem or status.spans_problem:
            return status.problem or status.kafka_problem or status.spans_problem
        if not status.ready or status.rows_behind is None:
            return "The sink is asking ClickHouse where to go on."
        return None if status.healthy else "The sink has had rows to write for 120 s and wrote none."

    def metrics(self) -> Iterable[Metric]:
        """How far behind it is and what it wrote."""
        from sinks.clickhouse.ledger_log import GROUP
        from streams.health import counter, gauge

        status = self._status
        yield gauge(
            "kafka_consumergroup_lag",
            "Ledger records that are not in ClickHouse yet.",
            ["consumergroup", "topic", "partition"],
            {(GROUP, topic, str(partition)): lag for (topic, partition), lag in status.lag.items()},
        )
        for name, text, value in (
            ("baogong_sink_rows", "Rows written to ClickHouse.", status.records_written),
            ("baogong_sink_inserts", "Inserts acknowledged by ClickHouse.", status.inserts),
            ("baogong_sink_retries", "Inserts that had to be tried again.", status.retries),
            ("baogong_sink_rows_set_aside", "Rows that ClickHouse refused.", status.rows_set_aside),
        ):
            yield counter(name, text, [], {(): float(value)})
        yield gauge(
            "baogong_sink_insert_seconds", "How long the last insert took.", [], {(): status.last_insert_seconds}
        )
        behind: dict[tuple[str, ...], float] = {} if status.spans_behind is None else {(): float(status.spans_behind)}
        yield gauge("baogong_sink_spans_behind", "Records in ClickHouse that spans are not made of yet.", [], behind)
        at = 0.0 if status.last_insert_at is None else status.last_insert_at.timestamp()
        yield gauge(
            "baogong_sink_last_insert_timestamp_seconds", "When the last insert was acknowledged.", [], {(): at}
        )


def _numbers(text: str | None) -> set[int] | None:
    if text is None:
        return None
    try:
        return {int(part) for part in text.split(",")}
    except ValueError as error:
        raise click.BadParameter(
            f"'{text}' is no list of partitions: write it as 0,1,2", param_hint="--partitions"
        ) from error
