"""`baogong trace`: the whole story of a request, household, lot or consignment, and where goods came from and went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA, PLOT, PROFILES, addresses_of, check_plot
from deploy.settings import Settings, load_settings
from schemas.errors import FAILURE, USAGE, BaogongError

if TYPE_CHECKING:
    from deploy.trace.search import Story
    from deploy.trace.words import Language, Words
    from schemas.temperature import Profiles


@click.command("trace")
@click.argument("subject", type=click.Choice(["request", "household", "lot", "consignment"]))
@click.argument("name", metavar="ID")
@click.option("--with", "other", metavar="ID", help="Another request: why did it get more, or less? (request only)")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["auto", "clickhouse", "kafka"]),
    default="auto",
    show_default=True,
    help="auto: ClickHouse as far as it goes, then Kafka. kafka: all of both ledgers, slower and never behind.",
)
@click.option("--lang", type=click.Choice(["both", "zh", "en"]), default="both", show_default=True, help="Language.")
@click.option("--timezone", metavar="ZONE", default="Asia/Shanghai", show_default=True, help="Zone of the times.")
@KAFKA
@CLICKHOUSE
@DATA
@PROFILES
@PLOT
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    subject: str,
    name: str,
    other: str | None,
    origin: str,
    lang: Language,
    timezone: str,
    kafka: str | None,
    clickhouse: str | None,
    data: Path | None,
    profiles: Path | None,
    plot: Path | None,
    as_json: bool,
) -> int:
    """Tell what happened to one request, household (or institution), lot (or package) or consignment, from the accepted
    records of both ledgers: where its goods came from and what became of them, through packages, transfers and
    transformations; the temperature history; failed checks and holds; which households have what, held or not, and
    whether they were contacted; every step, with its reason. With --with: why one of two requests got more.

    Exit code 1: no accepted record names it.

    Example: baogong trace consignment csw-20220401-3

    Example: baogong trace lot packs-7 --plot curves.html

    Example: baogong trace request hotline-17 --with hotline-23
    """
    from deploy.trace.jsonable import answer
    from deploy.trace.words import Words
    from schemas.temperature import load_profiles

    check_plot(plot)
    if other is not None and (subject != "request" or other == name):
        raise BaogongError("--with compares two different requests: baogong trace request A --with B.", USAGE)
    zone = _zone(timezone)
    settings = load_settings(kafka=kafka, clickhouse=clickhouse, data=data, profiles=profiles)
    limits = load_profiles(settings.profiles)
    story = _find(settings, origin, subject, name)
    if other is not None:
        _compare(story, _find(settings, origin, subject, other), Words(lang, zone), as_json)
    elif as_json:
        click.echo(json.dumps(answer(story, limits, zone), ensure_ascii=False, indent=1))
    else:
        _show(story, limits, Words(lang, zone, story.reasons))
    if plot is not None:
        _draw(story, limits, zone, plot)
    return 0 if story.known else FAILURE


def _find(settings: Settings, origin: str, subject: str, name: str) -> Story:
    from deploy.trace.search import Search
    from streams.trail import Subject

    story = Search(*addresses_of(settings, origin), Subject(subject), name).run()
    if not story.known and not story.refusals:
        raise BaogongError(
            f"Nothing is known of {subject} {name}: no accepted record and no dead letter names it. Check the "
            "spelling, and with 'baogong status' whether messages still wait."
        )
    return story


def _compare(one: Story, other: Story, words: Words, as_json: bool) -> None:
    from deploy.trace.comparison import compare, plain

    found = compare(one, other, words.zone)
    if as_json:
        click.echo(json.dumps(plain(one, other, found, words.zone), ensure_ascii=False, indent=1))
    else:
        for each in found:
            click.echo(words.say(each.told.zh, each.told.en, "\n  "))


def _show(story: Story, profiles: Profiles, words: Words) -> None:
    from rich.console import Console

    from deploy.trace.report import show

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    show(story, profiles, words, console)
    click.echo(f"{len(story.steps)} records, read from {story.read_from}; times in {words.zone}", err=True)


def _draw(story: Story, profiles: Profiles, zone: ZoneInfo, path: Path) -> None:
    from deploy.trace.plot import MOST, plot

    loggers = plot(story, profiles, zone, path)
    if loggers > MOST:
        click.echo(f"{path} has the curves of {MOST} of {loggers} loggers, those with breaches first.", err=True)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BaogongError(
            f"--timezone '{name}' is not a zone: name one such as Asia/Shanghai or UTC.", USAGE
        ) from error
