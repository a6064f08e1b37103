"""`baogong status`: what waits where, who works, and whether it moves."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA
from deploy.settings import load_settings
from schemas.errors import FAILURE, BaogongError

if TYPE_CHECKING:
    from rich.table import Table

    from deploy.standing import PartitionStanding, Standing


@click.command("status")
@KAFKA
@CLICKHOUSE
@DATA
@click.option("--no-clickhouse", is_flag=True, help="Look at Kafka alone.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=3.0,
    show_default=True,
    help="Seconds in which something that waits must move.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    kafka: str | None,
    clickhouse: str | None,
    data: Path | None,
    no_clickhouse: bool,
    patience: float,
    as_json: bool,
) -> int:
    """Show lag by topic, workers, the last tick, what ClickHouse and the relay lack, and what was fenced or refused.

    Also, where a console keeps its tables, how many needs are open, and for how many nobody is on duty ('baogong alerts
    duty' says more).

    Exit code 1: a part is missing, or something waits and does not move. Lag that shrinks is no fault.

    Example: baogong status --json
    """
    from deploy.standing import Observer, judge

    settings = load_settings(kafka=kafka, clickhouse=clickhouse, data=data)
    address, url, problem = settings.kafka_address(), None, None
    if not no_clickhouse:
        try:
            url = settings.clickhouse_url()
        except BaogongError as error:
            problem = str(error)
    observer = Observer(address, url, problem)
    standing, problems = judge(observer.look(), observer.look, patience)
    now = dt.datetime.now(dt.UTC)
    if as_json:
        click.echo(json.dumps(_as_json(standing, problems, now), indent=1))
    else:
        _show(standing, problems, now)
    return FAILURE if problems else 0


def _as_json(standing: Standing, problems: list[str], now: dt.datetime) -> dict[str, Any]:
    return {
        "healthy": not problems,
        "problems": problems,
        "at": now.isoformat(),
        "workers": {stage: list(hosts) for stage, hosts in standing.workers.items()},
        "partitions": [
            {
                "stage": one.stage,
                "partition": one.partition,
                "records": one.end,
                "accepted": one.head.seq + 1,
                "head": one.head.hash,
                "fenced": one.fenced,
                "rejected": one.rejected,
                "worker": one.worker,
                "last_tick": one.last_tick.isoformat() if one.last_tick else None,
                "last_tick_age_seconds": (now - one.last_tick).total_seconds() if one.last_tick else None,
                "lag": one.lag,
                "rows": one.rows,
                "rows_behind": one.rows_behind,
                "relay_behind": None if one.relayed is None else one.relay_behind,
            }
            for one in standing.partitions
        ],
        "dead_letters": dict(standing.dead_letters),
        "needs": None if standing.needs is None else [asdict(one) for one in standing.needs],
    }


def _show(standing: Standing, problems: list[str], now: dt.datetime) -> None:
    from rich.console import Console

    from deploy.duty import in_short

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    console.print(_partitions(standing, now))
    console.print(_lag(standing))
    for stage, hosts in standing.workers.items():
        where = f" ({', '.join(hosts)})" if hosts else ""
        console.print(f"workers of {stage}: {len(hosts)}{where}", markup=False)
    if standing.needs is not None:
        alone = any(one.owner is None for one in standing.needs)
        console.print(f"需求 {in_short(standing.needs)}", markup=False, style="yellow" if alone else None)
    for problem in problems:
        console.print(f"异常 {problem}", markup=False, soft_wrap=True, style="bold red")
    if not problems:
        console.print("正常 healthy")


def _partitions(standing: Standing, now: dt.datetime) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("ledger", "part"):
        table.add_column(name, no_wrap=True)
    for name in ("records", "accepted", "fenced", "refused", "waiting", "rows behind", "relay behind"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("last tick (UTC)", "age", "worker"):
        table.add_column(name, no_wrap=name != "worker")
    for one in standing.partitions:
        numbers = (one.end, one.head.seq + 1, one.fenced, one.rejected, one.waiting)
        behind = "-" if one.rows is None else f"{one.rows_behind:,}"
        tick = f"{one.last_tick:%Y-%m-%d %H:%M:%S}" if one.last_tick else "-"
        relay = "-" if one.relayed is None else f"{one.relay_behind:,}"
        cells = [*(f"{number:,}" for number in numbers), behind, relay, tick, _age(one, now), one.worker or "-"]
        table.add_row(one.stage, str(one.partition), *cells)
    return table


def _age(one: PartitionStanding, now: dt.datetime) -> str:
    """How long ago the last tick was, roughly; on a replayed clock that may be years."""
    if one.last_tick is None:
        return "-"
    seconds = (now - one.last_tick).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _lag(standing: Standing) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("source", no_wrap=True)
    for name in ("waiting", "dead letters"):
        table.add_column(name, justify="right", no_wrap=True)
    topics = sorted({topic for one in standing.partitions for topic in one.lag})
    for topic in topics:
        waiting = sum(one.lag.get(topic, 0) for one in standing.partitions)
        table.add_row(topic, f"{waiting:,}", f"{standing.dead_letters.get(f'dlq.{topic}', 0):,}")
    return table
