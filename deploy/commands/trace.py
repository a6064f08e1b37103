"""`baogong trace`: what became of a request, a household or a lot, in order, with times and reasons."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA
from deploy.settings import Settings, load_settings
from schemas.errors import FAILURE, USAGE, BaogongError

if TYPE_CHECKING:
    from rich.table import Table

    from deploy.tracing import Story
    from streams.trail import Step


@click.command("trace")
@click.argument("subject", type=click.Choice(["request", "household", "lot"]))
@click.argument("name", metavar="ID")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["auto", "clickhouse", "kafka"]),
    default="auto",
    show_default=True,
    help="auto: ClickHouse as far as it goes, then Kafka. kafka: all of the ledger, slower and never behind.",
)
@click.option("--lang", type=click.Choice(["both", "zh", "en"]), default="both", show_default=True, help="Sentences.")
@click.option("--timezone", metavar="ZONE", default="Asia/Shanghai", show_default=True, help="Zone of the times.")
@KAFKA
@CLICKHOUSE
@DATA
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    subject: str,
    name: str,
    origin: str,
    lang: str,
    timezone: str,
    kafka: str | None,
    clickhouse: str | None,
    data: Path | None,
    as_json: bool,
) -> int:
    """Tell the whole story of one request, household (or institution) or lot from the accepted records of the ledger.

    Exit code 1: nobody has ever said anything about it.

    Example: baogong trace request hotline-20220401-17
    """
    from deploy.tracing import Search
    from streams.trail import Subject, Trail

    zone = _zone(timezone)
    addresses = _addresses(load_settings(kafka=kafka, clickhouse=clickhouse, data=data), origin)
    story = Search(*addresses, Trail(Subject(subject), name)).run()
    if not story.steps and not story.refusals:
        raise BaogongError(
            f"Nothing is known of {subject} {name}: no accepted record and no dead letter names it. Check the "
            "spelling, and with 'baogong status' whether messages still wait."
        )
    if as_json:
        click.echo(json.dumps(_as_json(story, zone), ensure_ascii=False, indent=1))
    else:
        _show(story, zone, lang)
    return 0 if story.steps else FAILURE


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BaogongError(
            f"--timezone '{name}' is not a zone: name one such as Asia/Shanghai or UTC.", USAGE
        ) from error


def _addresses(settings: Settings, origin: str) -> tuple[str | None, str | None]:
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


def _sentences(step: Step, zone: dt.tzinfo) -> list[tuple[str, str]]:
    from pydantic import TypeAdapter, ValidationError

    from schemas.supply import SupplyDecision
    from streams.story import describe

    adapter: TypeAdapter[Any] = TypeAdapter(SupplyDecision)
    said: list[tuple[str, str]] = []
    for decision in step.decisions:
        try:
            said.append(describe(adapter.validate_json(json.dumps(decision)), zone))
        except ValidationError:  # of another version: shown as it is rather than left out
            said.append((json.dumps(decision, ensure_ascii=False),) * 2)
    return said


def _as_json(story: Story, zone: dt.tzinfo) -> dict[str, Any]:
    return {
        "subject": story.subject,
        "id": story.name,
        "read_from": story.read_from,
        "steps": [
            {
                "at": step.at.astimezone(zone).isoformat(),
                "partition": step.partition,
                "offset": step.offset,
                "seq": step.seq,
                "event": step.event_kind,
                "event_id": step.event_id,
                "said_by": step.said_by,
                "occurred_at": step.occurred_at,
                "decisions": [
                    {"zh": zh, "en": en, "decision": decision}
                    for (zh, en), decision in zip(_sentences(step, zone), step.decisions, strict=True)
                ],
            }
            for step in story.steps
        ],
        "refused": [
            {"message": letter.place, "timestamp_ms": letter.timestamp_ms, "code": letter.code, "reason": letter.reason}
            for letter in story.refusals
        ],
    }


def _show(story: Story, zone: dt.tzinfo, lang: str) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    headings = {"request": "需求 request", "household": "住户 household", "lot": "批次 lot"}
    console.print(Text(f"{headings[story.subject]} {story.name}", style="bold"))
    if story.steps:
        console.print(_timeline(story, zone, lang))
    for letter in story.refusals:
        console.print(f"拒收 refused: {letter.place}: {letter.reason} ({letter.code})", markup=False)
    click.echo(f"{len(story.steps)} records, read from {story.read_from}; times in {zone}", err=True)


def _timeline(story: Story, zone: dt.tzinfo, lang: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from streams.story import event_name

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("时间 time", no_wrap=True)
    table.add_column("事由 because of")
    table.add_column("结果 what was decided", overflow="fold")
    table.add_column("记录 record", no_wrap=True)
    for step in story.steps:
        name = event_name(step.event_kind)
        because = _pick(lang, name.zh, name.en, " ") + (f" ({step.said_by})" if step.said_by else "")
        told = "\n".join(_pick(lang, zh, en, "\n  ") for zh, en in _sentences(step, zone))
        record = f"{step.partition}/{step.seq}"
        table.add_row(f"{step.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", Text(because), Text(told), record)
    return table


def _pick(lang: str, zh: str, en: str, between: str) -> str:
    return zh if lang == "zh" else en if lang == "en" else f"{zh}{between}{en}"
