"""`baogong alerts`: what is wrong now, and what officers say to it."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA
from deploy.settings import Settings, load_settings
from schemas.alert import AlertKind, AlertSeverity
from schemas.errors import USAGE, BaogongError

_COLUMNS: Final = (
    "alert_id, episode, kind, subject, place, state, severity, level, owner, since, raised_at, acknowledged_by, "
    "comment, resolved_at, flapping, silenced, detail"
)
_SHOWN: Final = ("severity", "state", "kind", "subject", "place", "level", "owner", "raised_at", "alert_id")
_LASTING: Final = re.compile(r"(\d{1,4})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
BY: Final = click.option("--by", metavar="ID", help="Who says so (an id, no name); else the name of this login.")
COMMENT: Final = click.option("--comment", required=True, help="What is done about it; no personal data.")
JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


@click.group("alerts")
def command() -> None:
    """Alerts: what is so and must be seen. They end by fact; acknowledging one says that somebody has it in hand.

    Example: baogong alerts list --severity critical
    """


@command.command("list")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([kind.value for kind in AlertKind]), help="Only so.")
@click.option("--severity", type=click.Choice([one.value for one in AlertSeverity]), help="Only of this severity.")
@click.option("--place", metavar="CODE", help="Only of this place and all that lies in it.")
@click.option("--owner", metavar="ID", help="Only those that this person has.")
@click.option("--all", "ended", is_flag=True, help="Those that are over, too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="No more than so many.")
@CLICKHOUSE
@DATA
@JSON
def list_alerts(
    kinds: tuple[str, ...],
    severity: str | None,
    place: str | None,
    owner: str | None,
    ended: bool,
    limit: int,
    clickhouse: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """List open alerts, critical ones first, then the longest open. Where --limit cuts it, the last line says so.

    Example: baogong alerts list --place sh/pd/a1 --json
    """
    from sinks.clickhouse.client import connect

    wanted = {
        "kind IN %(kinds)s": bool(kinds),
        "severity = %(severity)s": severity is not None,
        "(place = %(place)s OR startsWith(place, concat(%(place)s, '/')))": place is not None,
        "owner = %(owner)s": owner is not None,
        "state != 'resolved'": not ended,
    }
    where = " AND ".join(["true", *(text for text, said in wanted.items() if said)])
    order = "severity = 'critical' DESC, raised_at, alert_id"
    question = f"SELECT count() OVER (), {_COLUMNS} FROM alerts WHERE {where} ORDER BY {order} LIMIT %(limit)s"
    given = {"kinds": kinds, "severity": severity, "place": place, "owner": owner, "limit": limit}
    with connect(load_settings(clickhouse=clickhouse, data=data).clickhouse_url(), readonly=1) as client:
        rows = client.rows(question, given)
    names = _COLUMNS.split(", ")
    _show([dict(zip(names, row, strict=True)) for _, *row in rows], rows[0][0] if rows else 0, as_json)


@command.command("duty")
@click.option("--place", metavar="CODE", default="", help="Only of this place and all that lies in it.")
@CLICKHOUSE
@DATA
@JSON
def duty(place: str, clickhouse: str | None, data: Path | None, as_json: bool) -> None:
    """Show who is on duty for how many open needs; those that nobody has come first, with their grids.

    Example: baogong alerts duty --place sh/pd --json
    """
    from deploy.duty import in_short, loads
    from sinks.clickhouse.client import connect

    with connect(load_settings(clickhouse=clickhouse, data=data).clickhouse_url(), readonly=1) as client:
        found = loads(client, place)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
        return
    _print_table(
        ("on duty", "open", "overdue", "grids"),
        [(one.owner or "无人值班 nobody", one.open_needs, one.overdue_needs, " ".join(one.where[:8])) for one in found],
    )
    click.echo(in_short(found), err=True)


@command.command("ack")
@click.argument("alert_id", metavar="ALERT")
@COMMENT
@BY
@KAFKA
@CLICKHOUSE
@DATA
@JSON
def acknowledge(
    alert_id: str,
    comment: str,
    by: str | None,
    kafka: str | None,
    clickhouse: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Acknowledge an open alert: it goes no further up, and stays open until what it says is no longer so.

    Whether it is open is looked up in ClickHouse; where that is away, it is published all the same.

    Example: baogong alerts ack al3f1c9a0b7d2e45c8a901 --comment "team 3 is on its way"
    """
    settings = load_settings(kafka=kafka, clickhouse=clickhouse, data=data)
    _check_open(settings, alert_id)
    _say({"kind": "alert_acknowledge", "alert_id": alert_id, "comment": comment}, by, settings, as_json)


@command.command("silence")
@click.option("--kind", type=click.Choice([kind.value for kind in AlertKind]), help="Alerts of this kind.")
@click.option("--subject", metavar="ID", help="Alerts about this.")
@click.option("--place", metavar="CODE", help="Alerts of this place and all that lies in it.")
@click.option("--for", "lasting", metavar="TIME", help="For so long: 30m, 4h, 2d.")
@click.option("--end", metavar="SILENCE", help="End this silence now.")
@click.option("--comment", help="Why; no personal data.")
@BY
@KAFKA
@CLICKHOUSE
@DATA
@JSON
def silence(
    kind: str | None,
    subject: str | None,
    place: str | None,
    lasting: str | None,
    end: str | None,
    comment: str | None,
    by: str | None,
    kafka: str | None,
    clickhouse: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Have alerts not sent out for a while; they are raised and shown all the same, and told then if they still stand.

    Example: baogong alerts silence --kind price_jump --place sh/pd/a1 --for 4h --comment "market is being inspected"
    """
    settings = load_settings(kafka=kafka, clickhouse=clickhouse, data=data)
    if end is not None:
        _say({"kind": "alert_unsilence", "silence_id": end}, by, settings, as_json)
        return
    if lasting is None or comment is None:
        raise click.UsageError("A silence needs --for and --comment (or --end SILENCE)")
    found = _LASTING.fullmatch(lasting)
    if found is None:
        raise click.UsageError("--for is a number with m, h or d, such as 30m, 4h or 2d")
    said = {"kind": "alert_silence", "alert_kind": kind, "subject": subject, "place": place, "comment": comment}
    _say({**said, "lasting": dt.timedelta(**{_UNITS[found[2]]: int(found[1])})}, by, settings, as_json)


def _say(said: dict[str, Any], by: str | None, settings: Settings, as_json: bool) -> None:
    """Publish what an officer says; every partition gets it, and the one that has the alert takes it."""
    from sinks.alerts.saying import message
    from streams.publish.producer import Publisher

    now = _now(settings)
    if "lasting" in said:
        said = {**said, "until": now + said["lasting"]}
        del said["lasting"]
    made = message(said.pop("kind"), by or getpass.getuser(), now, **said)
    with Publisher(settings.kafka_address()) as publisher:
        publisher.send(made)
    plain = made.model_dump(mode="json")
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False))
    else:
        click.echo(f"published {made.kind} {plain.get('silence_id') or plain.get('alert_id')}")


def _check_open(settings: Settings, alert_id: str) -> None:
    """Raise BaogongError where there is no such alert, or it is over: the stage would take no notice of it."""
    from sinks.alerts.saying import closed
    from sinks.clickhouse.client import connect

    try:
        with connect(settings.clickhouse_url(), readonly=1) as client:
            problem = closed(client, alert_id)
    except BaogongError:
        click.echo(f"ClickHouse does not answer: it is not known whether {alert_id} is open.", err=True)
        return
    if problem is not None:
        raise BaogongError(problem, USAGE)


def _now(settings: Settings) -> dt.datetime:
    """The alert stage's time; the wall's where ClickHouse can't be asked."""
    from sinks.alerts.saying import ledger_time
    from sinks.clickhouse.client import connect

    wall = dt.datetime.now(dt.UTC)
    try:
        with connect(settings.clickhouse_url(), readonly=1) as client:
            return ledger_time(client, wall)
    except BaogongError:
        return wall


def _show(found: list[dict[str, Any]], every: int, as_json: bool) -> None:
    for one in found:
        one["detail"] = json.loads(one["detail"] or "{}")
        one.update({name: value.isoformat() for name, value in one.items() if isinstance(value, dt.datetime)})
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str))
    else:
        _print_table(_SHOWN, [tuple(one[name] for name in _SHOWN) for one in found])
    if len(found) < every:
        click.echo(f"{len(found)} of {every} alerts; --limit shows more", err=True)
    elif not as_json:
        click.echo(f"{every} alert{'' if every == 1 else 's'}", err=True)


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in heads:
        table.add_column(name)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 400
    console.print(table)
