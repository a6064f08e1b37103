"""Options that several commands share, said in the same words everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

KAFKA: Final = click.option("--kafka", metavar="HOST:PORT", help="The broker; else the one of a running 'baogong up'.")
CLICKHOUSE: Final = click.option(
    "--clickhouse", metavar="URL", help="clickhouse://user:password@host:port/database; else the running one."
)
DATA: Final = click.option("--data", type=click.Path(path_type=Path), help="Data directory of that 'baogong up'.")
PROFILES: Final = click.option("--profiles", type=click.Path(path_type=Path), help="Temperature profiles (TOML).")
