"""`baogong notify`: tells people of alerts, as a process with its health server."""

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

    from sinks.alerts.config import NotifySettings
    from sinks.alerts.notifier import NotifierStatus


@click.command("notify")
@click.option("--receivers", type=click.Path(path_type=Path), help="Who is told of alerts (TOML); BAOGONG_RECEIVERS.")
@click.option(
    "--kafka", metavar="HOST:PORT", help="Broker; else BAOGONG_KAFKA, else the one of a running 'baogong up'."
)
@click.option("--data", type=click.Path(path_type=Path), help="Directory of its outbox: keep it, it is its memory.")
@click.option(
    "--health-port", type=click.IntRange(0, 65535), default=0, help="Port of /livez, /readyz, /metrics; 0: a free one."
)
@click.option("--health-file", type=click.Path(path_type=Path), help="Write the health address into this file.")
def command(
    receivers: Path | None, kafka: str | None, data: Path | None, health_port: int, health_file: Path | None
) -> None:
    """Tell Alertmanager, webhooks and chat rooms of alerts, at least once each, until stopped. Run one of it.

    Example: baogong notify --receivers receivers.toml
    """
    from schemas.errors import USAGE, BaogongError
    from schemas.topics import ALERTS_LEDGER
    from sinks.alerts.config import load_notify
    from sinks.alerts.egress import Refused
    from streams.broker import NoBroker
    from streams.logs import configure_logs
    from streams.topics import require_topics

    settings = load_settings(kafka=kafka, data=data, receivers=receivers)
    if settings.receivers is None:
        raise BaogongError("Nobody is named to be told: name a file with --receivers or BAOGONG_RECEIVERS.", USAGE)
    told = load_notify(settings.receivers)
    try:
        require_topics(settings.kafka_address(), (ALERTS_LEDGER,))
    except NoBroker:
        if not _outbox(settings).exists():
            raise  # else it knows of alerts that have to be told again meanwhile, and waits for the broker
    configure_logs("notify")
    try:
        asyncio.run(_run(settings, told, health_port, health_file))
    except Refused as refused:
        raise BaogongError(f"{settings.receivers}: {refused}", USAGE) from refused


def _outbox(settings: Settings) -> Path:
    return settings.data / "alerts" / "outbox.sqlite"


async def _run(settings: Settings, told: NotifySettings, port: int, health_file: Path | None) -> None:
    from schemas.topics import ALERTS_LEDGER
    from sinks.alerts.notifier import Notifier
    from sinks.alerts.outbox import Outbox
    from streams.health import HealthServer

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    outbox = Outbox(_outbox(settings))
    notifier = Notifier(settings.kafka_address(), ALERTS_LEDGER.name, ALERTS_LEDGER.partitions, outbox, told)
    health = HealthServer(NotifierVitals(notifier.status), port)
    await health.start()
    try:
        if health_file is not None:
            health_file.write_text(health.address, encoding="utf-8")
        await notifier.run(stop)
    finally:
        await health.stop()
        outbox.close()


class NotifierVitals:
    """How the notifier is."""

    def __init__(self, status: NotifierStatus) -> None:
        self._status = status

    def alive(self) -> str | None:
        """Waiting for a broker or a receiver shows in `ready` and in the figures: no restart would help."""
        return None

    def ready(self) -> str | None:
        """It knows what lies in the ledger. A receiver that is away is told of in the figures."""
        status = self._status
        return status.problem or (None if status.ready else "The notifier is reading the alert ledger.")

    def metrics(self) -> Iterable[Metric]:
        """What was told to whom, and what waits."""
        from streams.health import counter, gauge

        receivers = self._status.receivers.items()
        yield counter("baogong_notify_records", "Ledger records looked at.", [], {(): float(self._status.records)})
        for name, text, field in (
            ("baogong_notify_told", "Alerts told, each change counted.", "told"),
            ("baogong_notify_refused", "Alerts that a receiver will not take as they are.", "refused"),
        ):
            yield counter(name, text, ["receiver"], {(who,): float(getattr(one, field)) for who, one in receivers})
        waiting: dict[tuple[str, ...], float] = {(who,): float(one.waiting) for who, one in receivers}
        away: dict[tuple[str, ...], float] = {(who,): float(bool(one.problem)) for who, one in receivers}
        yield gauge("baogong_notify_waiting", "Alerts that a receiver has still to be told of.", ["receiver"], waiting)
        yield gauge("baogong_notify_away", "1 while a receiver does not take what it is told.", ["receiver"], away)
