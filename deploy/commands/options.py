"""Options that several commands share, said in the same words everywhere, and where they lead."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from deploy.settings import Settings
from schemas.errors import USAGE, BaogongError

KAFKA: Final = click.option("--kafka", metavar="HOST:PORT", help="The broker; else the one of a running 'baogong up'.")
CLICKHOUSE: Final = click.option(
    "--clickhouse", metavar="URL", help="clickhouse://user:password@host:port/database; else the running one."
)
DATA: Final = click.option("--data", type=click.Path(path_type=Path), help="Data directory of that 'baogong up'.")
PROFILES: Final = click.option("--profiles", type=click.Path(path_type=Path), help="Temperature profiles (TOML).")
PLOT: Final = click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.png|html", help="Draw the curves."
)


def check_plot(plot: Path | None) -> None:
    """Before any work is done for it: whether a picture can go there."""
    if plot is None:
        return
    if plot.suffix.lower() not in (".png", ".html"):
        raise BaogongError(f"--plot {plot}: name a file that ends with .png or .html.", USAGE)
    if not plot.parent.is_dir():
        raise BaogongError(f"--plot {plot}: there is no directory {plot.parent}.", USAGE)


def addresses_of(settings: Settings, origin: str) -> tuple[str | None, str | None]:
    """Kafka's and ClickHouse's addresses, as far as they are to be asked; a missing one is an error only if named."""
    if origin == "kafka":
        return settings.kafka_address(), None
    if origin == "clickhouse":
        return None, settings.clickhouse_url()
    return settings.kafka_address(), _reachable(settings)


def _reachable(settings: Settings) -> str | None:
    """ClickHouse where it answers; else Kafka alone has the whole story."""
    from sinks.clickhouse.client import connect

    try:
        url = settings.clickhouse_url()
        connect(url).close()
    except BaogongError as error:
        click.echo(f"ClickHouse is left out, Kafka is read instead. ({error})", err=True)
        return None
    return url
