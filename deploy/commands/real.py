"""`baogong real`: real requests and offers of spring 2020 through the whole stack, and proof that none was lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.commands.demo import fresh_directory, stop_on_term

if TYPE_CHECKING:
    from rich.console import RenderableType

    from deploy.local.stack import Stack
    from deploy.real import Answers
    from deploy.simulation.claims import Check

DRAIN_SECONDS = 300.0
_ITEM_HEADINGS = (
    "needs", "open", "served", "partly", "none", "overdue", "units\nasked", "units\nserved", "units\nmissing",
    "oldest\nunserved",
)  # fmt: skip


@click.command("real")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="An empty directory for this run's data; else a temporary one.",
)
@click.option("--keep", is_flag=True, help="Keep the temporary directory, for 'baogong up' and SQL.")
@click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON.")
def command(data: Path | None, keep: bool, as_json: bool) -> None:
    """Publish 31,202 requests and 1,658 offers of protective equipment of 2020, and say what became of them.

    They are decided on a replayed clock, so ages and overdue needs are those of 2020. Exit code 1 where a claim does
    not hold.

    Example: baogong real
    """
    from rich.console import Console

    from deploy.local.stack import Stack
    from deploy.real import data_files, examples
    from deploy.settings import load_settings
    from deploy.simulation.claims import insist

    files, folder = data_files(), examples()
    console = Console(stderr=True, highlight=False)
    with stop_on_term(), fresh_directory(data, keep, console) as place:
        settings = load_settings(data=place, items=folder / "items.toml")

        def say(text: str) -> None:
            console.print(f"[dim]{text}[/dim]")

        with Stack(settings, "replayed", say=say) as stack:
            say("publishing the files in the order of their times")
            report = _publish(files, folder, stack.kafka, place)
            say("deciding, and waiting until everything lies in ClickHouse")
            stack.drain(DRAIN_SECONDS)
            answers, checks = _asked(files, report, stack)
    _show(report, answers, checks, as_json)
    insist(checks)


def _publish(files: Sequence[Path], folder: Path, kafka: str, place: Path) -> dict[str, Any]:
    """Both files through what `baogong publish --merge` does; its report."""
    import io

    from deploy.real import MAPPINGS
    from schemas.item import load_catalogue
    from streams.publish.build import Rules
    from streams.publish.plan import plan
    from streams.publish.producer import Publisher
    from streams.publish.session import publish

    rejected = place / "rejected"
    rejected.mkdir()
    rules = Rules(load_catalogue(folder / "items.toml"), now=dt.datetime.now(dt.UTC))
    inputs = plan([str(path) for path in files], [folder / name for name in MAPPINGS], rules, io.BytesIO())
    with Publisher(kafka) as out:
        return publish(inputs, out, merge=True, folder=rejected).as_json()


def _asked(files: Sequence[Path], report: dict[str, Any], stack: Stack) -> tuple[Answers, list[Check]]:
    from deploy.real import ask, check, lines_of
    from deploy.simulation.verdict import verified
    from sinks.clickhouse.client import connect

    reasons = [(one["code"], one["field"], one["lines"]) for one in report["reasons"]]
    with connect(stack.clickhouse) as client:
        answers = ask(client, reasons)
        checks = check(client, {path.name: lines_of(path) for path in files}, report)
    return answers, [*checks, verified(stack.kafka, stack.clickhouse)]


def _show(report: dict[str, Any], answers: Answers, checks: list[Check], as_json: bool) -> None:
    from rich.console import Console, Group
    from rich.padding import Padding

    from deploy.simulation.tables import claims, show

    if as_json:
        counts = {name: report[name] for name in ("lines", "published", "repeated", "refused", "messages")}
        plain = {
            "all_claims_hold": all(check.holds for check in checks),
            "files": counts,
            **dataclasses.asdict(answers),
            "checks": [dataclasses.asdict(check) for check in checks],
        }
        click.echo(json.dumps(plain, ensure_ascii=False, indent=1, default=str))
        return
    parts = (*_tables(answers), claims(checks))
    show(Console(highlight=False), Group(*(Padding(part, (0, 0, 1, 0)) for part in parts)))


def _tables(answers: Answers) -> Iterator[RenderableType]:
    from deploy.simulation.tables import table

    items = table("Requests by item (served: stock set aside or on its way)", "item", *_ITEM_HEADINGS)
    for line in answers.items:
        since = line.oldest.strftime("%Y-%m-%d") if line.oldest else "-"
        items.add_row(line.item, *(f"{figure:,}" for figure in dataclasses.astuple(line)[1:-1]), since)
    yield items
    oldest = table("Oldest needs without stock", "need", "item", "asked", "missing", "reported", "age in days", wide=2)
    for need in answers.oldest:
        when, days = need.reported_at.strftime("%Y-%m-%d %H:%M"), f"{need.age_hours / 24:.0f}"
        oldest.add_row(need.need_id, need.item, f"{need.quantity:,}", f"{need.missing:,}", when, days)
    yield oldest
    refused = table("Refused", "by", "why", "lines", wide=2)
    for why in answers.refused:
        refused.add_row(why.by, why.reason.replace("_", " "), f"{why.count:,}")
    yield refused
