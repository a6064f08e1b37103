"""`baogong relay`: hands decisions of one stage on to another, as a process with its health server."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    help="End the process (code 70) where something waits so long and nothing is written.",
)
def command(
    kafka: str | None, data: Path | None, health_port: int, health_file: Path | None, stall_seconds: float
) -> None:
    """Hand on, until stopped: holds to every area, how areas stand to the city, its transfers to the areas.

    One is enough; a second one does no harm.

    Example: baogong relay --kafka 127.0.0.1:9092
    """
    from streams.logs import configure_logs
    from streams.relay_routes import ROUTES
    from streams.topics import require_topics

    settings = load_settings(kafka=kafka, data=data)
    require_topics(settings.kafka_address(), [topic for route in ROUTES for topic in (route.ledger, route.target)])
    configure_logs("relay")
    asyncio.run(_run(settings, health_port, health_file, stall_seconds))


async def _run(settings: Settings, port: int, health_file: Path | None, stall_seconds: float) -> None:
    from streams.health import HealthServer
    from streams.relay import Relay
    from streams.relay_cache import RelayCache
    from streams.relay_routes import ROUTES

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    kafka, cache = settings.kafka_address(), RelayCache(settings.data / "snapshots")
    relays = [Relay(kafka, f"baogong-relay-{route.stage}", cache, route=route) for route in ROUTES]
    health = HealthServer(RelayVitals({relay.route.ledger.name: relay.status for relay in relays}), port)
    await health.start()
    try:
        if health_file is not None:
            health_file.write_text(health.address, encoding="utf-8")
        running = [asyncio.create_task(relay.run(stop, stall_seconds)) for relay in relays]
        try:
            await asyncio.gather(*running)
        finally:
            stop.set()  # one that has to be mended ends the others too
            await asyncio.gather(*running, return_exceptions=True)
    finally:
        await health.stop()


class RelayVitals:
    """How the relays of the process are, by the ledger that each reads."""

    def __init__(self, statuses: Mapping[str, RelayStatus]) -> None:
        self._statuses = statuses

    def alive(self) -> str | None:
        """Not stalled: a stalled relay ends by itself. Waiting for a broker shows in `ready`."""
        return None

    def ready(self) -> str | None:
        """The targets were asked how far they got, Kafka answers, and nothing had to be left out."""
        for ledger, status in self._statuses.items():
            if status.problem:
                return status.problem
            if status.empty:
                return f"{status.empty} orders of {ledger} name nothing to hold or move: see the log."
            if not status.ready:
                return f"The relay of {ledger} is asking how far it got."
        return None

    def metrics(self) -> Iterable[Metric]:
        """How far behind they are and what they handed on."""
        from streams.health import counter, gauge
        from streams.relay_messages import RELAY_GROUP

        lag: dict[tuple[str, ...], float] = {
            (RELAY_GROUP, ledger, str(number)): float(behind)
            for ledger, status in self._statuses.items()
            for number, behind in status.lag.items()
        }
        labels = ["consumergroup", "topic", "partition"]
        yield gauge("kafka_consumergroup_lag", "Ledger records that the relay has not looked at yet.", labels, lag)
        for name, text, field in (
            ("baogong_relay_records", "Ledger records looked at.", "records"),
            ("baogong_relay_told", "Messages handed on, each to its partitions.", "told"),
            ("baogong_relay_retries", "Attempts that had to be made again.", "retries"),
            ("baogong_relay_empty", "Orders that name nothing to hold or move.", "empty"),
        ):
            values: dict[tuple[str, ...], float] = {
                (ledger,): float(getattr(status, field)) for ledger, status in self._statuses.items()
            }
            yield counter(name, text, ["ledger"], values)
