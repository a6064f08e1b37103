"""`baogong up`: the whole stack in the foreground until stopped."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from deploy.settings import load_settings


@click.command("up")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Directory of data, logs and snapshots (default .baogong)."
)
@click.option("--kafka", metavar="HOST:PORT", help="Use this broker instead of the embedded one.")
@click.option("--clickhouse", metavar="URL", help="Use this ClickHouse instead of the embedded one.")
@click.option("--kafka-port", type=click.IntRange(1, 65535), help="Port of the embedded broker; else a free one.")
@click.option(
    "--clickhouse-port", type=click.IntRange(1, 65535), help="Port of the embedded ClickHouse; else a free one."
)
@click.option("--console-port", type=click.IntRange(1, 65535), help="Port of the console; else 8600, or a free one.")
@click.option("--items", type=click.Path(path_type=Path), help="Item catalogue (TOML).")
@click.option("--rules", type=click.Path(path_type=Path), help="Rules of the stages (TOML).")
@click.option("--profiles", type=click.Path(path_type=Path), help="Temperature profiles (TOML).")
@click.option("--receivers", type=click.Path(path_type=Path), help="Who is told of alerts (TOML, docs/alerts.md).")
@click.option("--clock", default="real", show_default=True, help="real, replayed, or scaled:START:FACTOR.")
def command(
    data: Path | None,
    kafka: str | None,
    clickhouse: str | None,
    kafka_port: int | None,
    clickhouse_port: int | None,
    console_port: int | None,
    items: Path | None,
    rules: Path | None,
    profiles: Path | None,
    receivers: Path | None,
    clock: str,
) -> None:
    """Run Kafka, ClickHouse, all stages, relay, audit sink and console until Ctrl-C or SIGTERM; print every address.

    Example: baogong up --data .baogong
    """
    from deploy.city import load_city
    from deploy.local.stack import Ports, Stack
    from sinks.alerts.config import load_notify
    from streams.ledger.clock import parse_clock

    parse_clock(clock)
    settings = load_settings(
        data=data, kafka=kafka, clickhouse=clickhouse, items=items, rules=rules, profiles=profiles, receivers=receivers
    )
    city = load_city(settings)
    if settings.receivers is not None:
        load_notify(settings.receivers)
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, _stop)
    ports = Ports(kafka=kafka_port, clickhouse=clickhouse_port, console=console_port)
    try:
        with Stack(settings, clock, ports, lambda text: console.print(f"[dim]{text}[/dim]"), console=True) as stack:
            _print_addresses(console, stack.addresses(), settings.data)
            if not city.transfers.distances:
                console.print("Transfers between areas are off: the rules have no table transfers.distances.")
            stack.watch()
    except KeyboardInterrupt:
        console.print("stopped")
        sys.exit(0)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print_addresses(console: Console, addresses: dict[str, str], data: Path) -> None:
    """One line an address, unbroken, so that it can be copied."""
    console.print("[bold]baogong 保供 is running[/bold]")
    lines = {**addresses, "data and logs": str(data.absolute())}
    for name, address in lines.items():
        console.print(f"  {name:<{max(map(len, lines))}} {address}", soft_wrap=True, highlight=False)
    console.print("Publish: baogong publish FILE   Ask: baogong sql 'SELECT ...'   Stop: Ctrl-C")
