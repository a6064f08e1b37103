"""`baogong migrate`: tables and views in ClickHouse."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import CLICKHOUSE
from deploy.settings import load_settings


@click.command("migrate")
@click.option("--status", "show_status", is_flag=True, help="Show which migrations are applied; change nothing.")
@click.option("--dry-run", is_flag=True, help="Print the SQL that would run; change nothing.")
@click.option(
    "--target",
    type=click.Choice(["embedded", "cluster"]),
    default="embedded",
    show_default=True,
    help="embedded: any single server; cluster: one shard with replicas, macros cluster, shard and replica.",
)
@CLICKHOUSE
@click.option("--data", type=click.Path(path_type=Path), help="Data directory of a running 'baogong up'.")
def command(show_status: bool, dry_run: bool, target: str, clickhouse: str | None, data: Path | None) -> None:
    """Bring the database's tables and views up to this version. Running it again changes nothing.

    Example: baogong migrate --clickhouse clickhouse://baogong:secret@db1:9000/baogong --target cluster --dry-run
    """
    from sinks.clickhouse import migrations
    from sinks.clickhouse.client import connect

    with connect(load_settings(clickhouse=clickhouse, data=data).clickhouse_url()) as client:
        if show_status:
            for entry in migrations.status(client):
                at = f"applied {entry.at:%Y-%m-%d %H:%M:%S} UTC" if entry.at else "pending"
                click.echo(f"{entry.migration.name:<32} {at}")
        elif dry_run:
            pending = [entry.migration for entry in migrations.status(client) if entry.at is None]
            click.echo(migrations.script(pending, target) if pending else "-- Nothing to do.")
        else:
            done = migrations.migrate(client, target, lambda each: click.echo(f"applied {each.name}"))
            if not done:
                click.echo("Nothing to do: the database is up to date.")
