"""`baogong verify`: proves from Kafka and from ClickHouse that nothing was dropped, altered or handed out twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA
from deploy.settings import VERIFIED, load_settings
from schemas.errors import FAILURE

if TYPE_CHECKING:
    from rich.table import Table

    from deploy.audit import Audit, Progress
    from streams.ledger.findings import PartitionReport

SHOWN = 10
"""Findings that are printed; --json has all that were kept."""


@click.command("verify")
@KAFKA
@CLICKHOUSE
@DATA
@click.option("--no-clickhouse", is_flag=True, help="Look at Kafka alone.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Seconds for what was published before this call to be decided and stored.",
)
@click.option("--allow-lag", is_flag=True, help="Say what is not decided or stored by then, but do not fail for it.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Output of an earlier 'baogong verify --json': its chain heads must still be part of the chains.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(
    kafka: str | None,
    clickhouse: str | None,
    data: Path | None,
    no_clickhouse: bool,
    wait: float,
    allow_lag: bool,
    against: Path | None,
    as_json: bool,
) -> int:
    """Recompute every ledger's hash chain, compare it with its sources and with ClickHouse, and count every unit.

    The ledger is tamper-evident: what was altered, removed or moved is found and the first such record named
    (docs/ledger.md says what is checked). Exit code 0: everything holds. 1: something does not.

    Example: baogong verify --json > today.json, and a day later: baogong verify --against today.json
    """
    from deploy.audit import audit, read_heads

    settings = load_settings(kafka=kafka, clickhouse=clickhouse, data=data)
    address, url = settings.kafka_address(), None if no_clickhouse else settings.clickhouse_url()
    heads = read_heads(against) if against else None
    with _progress() as progress:
        result = audit(address, url, wait=wait, allow_lag=allow_lag, heads=heads, progress=progress)
    _keep(result, settings.data)
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False, indent=1))
    else:
        _show(result)
    return 0 if result.holds else FAILURE


def _keep(result: Audit, data: Path) -> None:
    """Note the verdict in the data directory, where there is one: the console's Audit page shows the last."""
    if data.is_dir():
        first = str(result.failures[0]) if result.failures else None
        said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "holds": result.holds, "first": first}
        path = data / VERIFIED
        path.with_suffix(".new").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        path.with_suffix(".new").replace(path)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr where a person watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _show(result: Audit) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:  # a pipe has no width: nothing is folded
        console.width = 160
    console.print(_table(result.reports))
    for finding in result.failures[:SHOWN]:
        console.print(f"{'behind' if finding.code.lag else finding.code}: {finding}", markup=False, soft_wrap=True)
    if result.lag_allowed:
        for finding in (finding for finding in result.findings if finding.code.lag):
            console.print(f"allowed: {finding}", markup=False, soft_wrap=True)
    console.print(_verdict(result), markup=False, soft_wrap=True)


def _verdict(result: Audit) -> str:
    records = sum(report.records for report in result.reports)
    looked = f"{records:,} records looked at in {result.seconds:.1f} s"
    if result.holds:
        return f"验证通过 VERIFIED: every chain, source, unit and row is accounted for; {looked}."
    if all(finding.code.lag for finding in result.failures):
        return f"未完成 NOT DONE: nothing is broken, but not everything is decided and stored yet; {looked}."
    return f"验证失败 BROKEN: the first that does not fit is {result.failures[0]} ({looked})"


def _table(reports: tuple[PartitionReport, ...]) -> Table:
    """One row for each ledger partition: what Kafka holds, and the verdict on both copies."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("ledger", no_wrap=True)
    for name in ("records", "accepted", "fenced", "opened", "refused", "lots"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("head", "sources", "Kafka", "ClickHouse"):
        table.add_column(name, no_wrap=name != "sources")
    copies = {(each.stage, each.partition): each for each in reports if each.store == "clickhouse"}
    for report in (each for each in reports if each.store == "kafka"):
        numbers = (report.records, report.accepted, sum(report.fenced.values()), report.opened, report.rejected)
        cells = [f"{number:,}" for number in (*numbers, report.lots)]
        head, copy = f"{report.seq} {report.head[:8]}", copies.get((report.stage, report.partition))
        verdicts = (_word(report), _word(copy) if copy else "-")
        table.add_row(f"{report.stage}/{report.partition}", *cells, head, _sources(report), *verdicts)
    return table


def _sources(report: PartitionReport) -> str:
    decided, gaps = sum(one.decided for one in report.sources), sum(one.gaps for one in report.sources)
    behind, expired = sum(one.behind for one in report.sources), sum(one.expired for one in report.sources)
    said = [f"{decided:,} offsets"] if report.sources else []
    said += [f"{count:,} {name}" for name, count in (("gaps", gaps), ("behind", behind), ("expired", expired)) if count]
    return ", ".join(said) or "-"


def _word(report: PartitionReport) -> str:
    if not report.findings:
        return "holds"
    return "BROKEN" if report.broken else "behind"
