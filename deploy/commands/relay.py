"""`baogong relay`: hands the cold chain's holds on to every partition, as a process with its health server."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from streams.relay import RelayStatus


@click.command("relay")
@click.option(
    "--kafka", metavar="HOST:PORT", help="Broker; else BAOGONG_KAFKA, else the one of a running 'baogong up'."
)
@click.option("--data", type=click.Path(path_type=Path), help="Directory for its cache.")
@click.option(
    "--health-port", type=click.IntRange(0, 65535), default=0, help="Port of /livez, /readyz, /metrics; 0: a free one."
)
@click.option("--health-file", type=click.Path(path_type=Path), help="Write the health address into this file.")
@click.option(
    "--stall-seconds",
    type=click.FloatRange(1, 3600),
    default=110.0,
    show_default=True,
    help="End the process (code 70) where holds wait so long and none is written.",
)
def command(
    kafka: str | None, data: Path | None, health_port: int, health_file: Path | None, stall_seconds: float
) -> None:
    """Hand holds and lifts that the cold-chain stage orders on to every area, until stopped. One is enough.

    Example: baogong relay --kafka 127.0.0.1:9092
    """
    from schemas.topics import COLDCHAIN_HOLDS, COLDCHAIN_LEDGER
    from streams.logs import configure_logs
    from streams.topics import require_topics

    settings = load_settings(kafka=kafka, data=data)
    require_topics(settings.kafka_address(), (COLDCHAIN_LEDGER, COLDCHAIN_HOLDS))
    configure_logs("relay")
    asyncio.run(_run(settings, health_port, health_file, stall_seconds))


async def _run(settings: Settings, port: int, health_file: Path | None, stall_seconds: float) -> None:
    from streams.health import HealthServer
    from streams.relay import Relay
    from streams.relay_cache import RelayCache

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    relay = Relay(settings.kafka_address(), "baogong-relay", RelayCache(settings.data / "snapshots"))
    health = HealthServer(RelayVitals(relay.status), port)
    await health.start()
    try:
        if health_file is not None:
            health_file.write_text(health.address, encoding="utf-8")
        await relay.run(stop, stall_seconds)
    finally:
        await health.stop()


class RelayVitals:
    """How the relay is."""

    def __init__(self, status: RelayStatus) -> None:
        self._status = status

    def alive(self) -> str | None:
        """Not stalled: a stalled relay ends by itself. Waiting for a broker shows in `ready`."""
        return None

    def ready(self) -> str | None:
        """The target was asked how far it got, Kafka answers, and nothing had to be left out."""
        status = self._status
        if status.problem:
            return status.problem
        if status.empty:
            return f"{status.empty} orders of the cold chain name nothing to hold: see the log."
        return None if status.ready else "The relay is asking how far it got."

    def metrics(self) -> Iterable[Metric]:
        """How far behind it is and what it handed on."""
        from schemas.topics import COLDCHAIN_LEDGER
        from streams.health import counter, gauge
        from streams.relay_messages import RELAY_GROUP

        status = self._status
        yield gauge(
            "kafka_consumergroup_lag",
            "Ledger records that the relay has not looked at yet.",
            ["consumergroup", "topic", "partition"],
            {(RELAY_GROUP, COLDCHAIN_LEDGER.name, str(number)): lag for number, lag in status.lag.items()},
        )
        for name, text, value in (
            ("baogong_relay_records", "Ledger records looked at.", status.records),
            ("baogong_relay_told", "Holds and lifts handed on, each to every partition.", status.told),
            ("baogong_relay_retries", "Attempts that had to be made again.", status.retries),
            ("baogong_relay_empty", "Orders that name nothing to hold.", status.empty),
        ):
            yield counter(name, text, [], {(): float(value)})
