"""`baogong report`: the daily situation report (每日会商), of now or as it was known at any time before."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from deploy.commands.options import CLICKHOUSE, DATA
from deploy.settings import load_settings
from schemas.errors import USAGE, BaogongError

if TYPE_CHECKING:
    from sinks.report import Reader, Report

_FORMATS = ("table", "markdown", "csv", "json", "html")


@click.command("report")
@click.option("--as-of", metavar="TIME", help="As it was known then, such as 2022-04-02T08:00; without: now.")
@click.option("--since", metavar="TIME", help="Begin of the period; without: 24 hours before.")
@click.option(
    "--area", "areas", metavar="PLACE", multiple=True, help="Only this place and what lies in it; repeatable."
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="How.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language.")
@click.option("--timezone", metavar="ZONE", default="Asia/Shanghai", show_default=True, help="Zone of the times.")
@click.option("--section", metavar="KEY", help="One table alone; as CSV its columns have the names of the SQL.")
@click.option("--sql", metavar="KEY", help="Print the statement behind a table instead, for 'baogong sql -'.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@CLICKHOUSE
@DATA
def command(
    as_of: str | None,
    since: str | None,
    areas: tuple[str, ...],
    form: str,
    as_json: bool,
    lang: str,
    timezone: str,
    section: str | None,
    sql: str | None,
    output: Path | None,
    clickhouse: str | None,
    data: Path | None,
) -> None:
    """What was asked, given, unmet and why; backlog, stock, prices, deliveries, cold chain, late reports, alerts.

    A report of a past time shows what was known then, however late the rest came to be known. A table's key stands
    behind its title.

    Example: baogong report --as-of 2022-04-02T08:00 --format html --output report.html
    """
    from deploy.city import load_city
    from sinks.clickhouse.client import connect
    from sinks.report import Reader, build

    zone, settings = zone_of(timezone), load_settings(clickhouse=clickhouse, data=data)
    end, begin = _time("--as-of", as_of, zone), _time("--since", since, zone)
    city = load_city(settings)
    with connect(settings.clickhouse_url(), readonly=1) as client:
        report = build(client, end, areas or None, city.alerts, begin)
    reader = Reader("en" if lang == "en" else "zh", zone, city.catalogue)
    if sql is not None:
        _write(_only(report, sql).sections[0].question.sql + "\n", output)
        return
    if section is not None:
        report = _only(report, section)
    _show(report, reader, "json" if as_json else form, section is not None, output)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by name; raises BaogongError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BaogongError(
            f"--timezone '{name}' is not a zone: name one such as Asia/Shanghai or UTC.", USAGE
        ) from error


def _time(flag: str, text: str | None, zone: ZoneInfo) -> dt.datetime | None:
    """A time with or without offset; without one it is of the zone."""
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BaogongError(f"{flag} '{text}' is not a time: write it as 2022-04-02T08:00.", USAGE) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _show(report: Report, reader: Reader, form: str, alone: bool, output: Path | None) -> None:
    from sinks.report import render_csv, render_html, render_markdown, render_table

    if form == "json":
        _write(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", output)
    elif form == "csv":
        text = render_table(report.sections[0], reader) if alone else render_csv(report, reader)
        _write(text, output, "utf-8-sig")
    elif form == "markdown":
        _write(render_markdown(report, reader), output)
    elif form == "html":
        _write(render_html(report, reader=reader), output)
    else:
        _table(report, reader, output)


def _table(report: Report, reader: Reader, output: Path | None) -> None:
    import io

    from rich.console import Console

    from sinks.report import print_report

    if output is None:
        print_report(report, reader, Console(highlight=False))
        return
    text = io.StringIO()
    print_report(report, reader, Console(file=text, highlight=False))
    _write(text.getvalue(), output)


def _write(text: str, output: Path | None, encoding: str = "utf-8") -> None:
    """To a file as it is (a spreadsheet knows UTF-8 by the mark at its begin), or to standard output."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding=encoding, newline="")
    except OSError as error:
        raise BaogongError(f"Cannot write {output}: {error.strerror}.", USAGE) from error


def _only(report: Report, key: str) -> Report:
    try:
        section = report.section(key)
    except KeyError:
        known = ", ".join(one.key for one in report.sections)
        raise BaogongError(f"The report has no table '{key}': name one of {known}.", USAGE) from None
    return report.model_copy(update={"sections": (section,)})
