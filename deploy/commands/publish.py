"""`baogong publish`: files of warehouses, hotlines and teams onto Kafka."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands.options import DATA, KAFKA, PROFILES
from deploy.settings import Settings, load_settings
from schemas.errors import FAILURE, USAGE, BaogongError

if TYPE_CHECKING:
    from streams.publish.build import Laid, Rules
    from streams.publish.report import Report
    from streams.publish.run import Input
    from streams.publish.session import Tick


@click.command("publish")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--kind", help="Kind of message, such as stock_received; else it is found from the headings.")
@click.option(
    "--mapping",
    "mappings",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="How the headings map onto our fields; once for all files, or once for each in the same order.",
)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl", "json"]), help="Else by the file's name.")
@click.option("--source", help="Who says so, where the file does not.")
@click.option("--occurred-at", metavar="TIME", help="When it happened, where the file does not say (with offset).")
@click.option("--timezone", metavar="ZONE", help="Zone of times without one, such as Asia/Shanghai.")
@click.option("--consignment", metavar="ID", help="The consignment of a logger's file or EPCIS document.")
@click.option("--logger", metavar="ID", help="Which logger it was, where the file does not say.")
@click.option("--lot", "lots", multiple=True, metavar="ID", help="A lot that the logger lay with; else all of them.")
@click.option("--profile", metavar="NAME", help="Temperature profile of the lots that an EPCIS document declares.")
@click.option("--merge", is_flag=True, help="Send the messages of all files in the order of their times.")
@click.option("--dry-run", is_flag=True, help="Check everything, send nothing, write nothing.")
@click.option(
    "--rejected",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where FILE.rejected.csv goes; else beside FILE.",
)
@KAFKA
@DATA
@click.option("--items", type=click.Path(path_type=Path), help="Item catalogue (TOML).")
@PROFILES
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    help="Seconds to wait for the broker's acknowledgement.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    files: tuple[str, ...],
    kind: str | None,
    mappings: tuple[Path, ...],
    form: str | None,
    source: str | None,
    occurred_at: str | None,
    timezone: str | None,
    consignment: str | None,
    logger: str | None,
    lots: tuple[str, ...],
    profile: str | None,
    merge: bool,
    dry_run: bool,
    rejected: Path | None,
    kafka: str | None,
    data: Path | None,
    items: Path | None,
    profiles: Path | None,
    timeout: float,
    as_json: bool,
) -> int:
    """Publish CSV, JSON, JSON lines or loggers' files ('-': standard input). What is bad is written down, not sent.

    Exit code 0: all lines were taken. 1: some were refused, or Kafka failed. Running the same call again is safe.

    Example: baogong publish stock.csv --mapping warehouse.toml

    Example: baogong publish logger.txt --consignment c-2022-0415
    """
    from streams.publish.files import Format
    from streams.publish.plan import plan

    settings = load_settings(kafka=kafka, data=data, items=items, profiles=profiles)
    rules = _rules(settings, kind, source, occurred_at, timezone)
    rules = dataclasses.replace(rules, laid=_laid(consignment, logger, lots), profile=profile)
    inputs = plan(files, mappings, rules, sys.stdin.buffer, Format(form) if form else None)
    for one in inputs:
        if one.source.guessed:
            click.echo(f"{one.source.name} is not UTF-8: read as GB18030.", err=True)
    report = _publish(inputs, None if dry_run else settings.kafka_address(), merge, rejected, timeout)
    _tell(report, as_json)
    return FAILURE if report.refused else 0


def _rules(
    settings: Settings, kind: str | None, source: str | None, occurred_at: str | None, timezone: str | None
) -> Rules:
    """The call's own words, checked before any file is opened."""
    from schemas.item import load_catalogue
    from schemas.temperature import load_profiles
    from streams.publish.build import Rules
    from streams.publish.kinds import find_kind
    from streams.publish.mapping import zone

    try:
        known_zone = zone(timezone) if timezone else None
    except ValueError as error:
        raise BaogongError(f"--timezone: {error}.", USAGE) from error
    return Rules(
        catalogue=load_catalogue(settings.items),
        now=dt.datetime.now(dt.UTC),
        kind=find_kind(kind) if kind else None,
        source=source,
        occurred_at=_instant(occurred_at) if occurred_at else None,
        timezone=known_zone,
        profiles=frozenset(load_profiles(settings.profiles)),
    )


def _laid(consignment: str | None, logger: str | None, lots: tuple[str, ...]) -> Laid | None:
    """With what the call says that loggers lay."""
    from streams.publish.build import Laid

    if consignment is None and (logger or lots):
        raise BaogongError("--logger and --lot say more of a logger's file, which needs --consignment ID.", USAGE)
    return Laid(consignment, logger, lots) if consignment is not None else None


def _instant(text: str) -> str:
    """A fixed time, so that the same call again says the same: 'now' would be another fact each time."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BaogongError(
            f"--occurred-at '{text}' is not a time with its offset: write it as 2022-04-01T08:30:00+08:00.", USAGE
        )
    return moment.isoformat()


def _publish(inputs: Sequence[Input], kafka: str | None, merge: bool, folder: Path | None, timeout: float) -> Report:
    from streams.publish.producer import Publisher
    from streams.publish.session import check_topics, publish

    with _progress(sum(one.source.about for one in inputs)) as tick:
        if kafka is None:
            return publish(inputs, None, merge=merge, folder=folder, tick=tick)
        check_topics(kafka, inputs)
        with Publisher(kafka, timeout=timeout, linger_ms=50) as out:
            return publish(inputs, out, merge=merge, folder=folder, tick=tick)


@contextmanager
def _progress(about: int) -> Iterator[Tick]:
    """A bar on stderr where a person watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    with Progress(
        "publishing",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("publishing", total=about)
        yield lambda: progress.advance(task)


def _tell(report: Report, as_json: bool) -> None:
    from rich.console import Console

    from streams.publish.report import refused_lines

    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        return
    for one in report.files:
        for line in refused_lines(one):
            click.echo(line, err=True)
    report.show(Console(highlight=False))
