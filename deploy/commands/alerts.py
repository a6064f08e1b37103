"""`baogong alerts`: what is wrong now, and what officers say to it."""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA
from deploy.settings import load_settings
from schemas.alert import AlertKind, AlertSeverity
from schemas.errors import USAGE, BaogongError

if TYPE_CHECKING:
    from schemas.alert import AlertAcknowledge, AlertSilence, AlertUnsilence

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
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many.")
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
    """List open alerts, critical ones first, then the longest open.

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
    question = f"SELECT {_COLUMNS} FROM alerts WHERE {where} ORDER BY {order} LIMIT %(limit)s"
    given = {"kinds": kinds, "severity": severity, "place": place, "owner": owner, "limit": limit}
    with connect(load_settings(clickhouse=clickhouse, data=data).clickhouse_url(), readonly=1) as client:
        rows = client.rows(question, given)
    names = _COLUMNS.split(", ")
    _show([dict(zip(names, row, strict=True)) for row in rows], as_json)


@command.command("ack")
@click.argument("alert_id", metavar="ALERT")
@COMMENT
@BY
@KAFKA
@DATA
@JSON
def acknowledge(
    alert_id: str, comment: str, by: str | None, kafka: str | None, data: Path | None, as_json: bool
) -> None:
    """Acknowledge an open alert: it goes no further up, and stays open until what it says is no longer so.

    Example: baogong alerts ack al3f1c9a0b7d2e45c8a901 --comment "team 3 is on its way"
    """
    from schemas.alert import AlertAcknowledge

    said = {"kind": "alert_acknowledge", "alert_id": alert_id, "comment": comment}
    _say(AlertAcknowledge, said, by, kafka, data, as_json)


@command.command("silence")
@click.option("--kind", type=click.Choice([kind.value for kind in AlertKind]), help="Alerts of this kind.")
@click.option("--subject", metavar="ID", help="Alerts about this.")
@click.option("--place", metavar="CODE", help="Alerts of this place and all that lies in it.")
@click.option("--for", "lasting", metavar="TIME", help="For so long: 30m, 4h, 2d.")
@click.option("--end", metavar="SILENCE", help="End this silence now.")
@click.option("--comment", help="Why; no personal data.")
@BY
@KAFKA
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
    data: Path | None,
    as_json: bool,
) -> None:
    """Have alerts not sent out for a while; they are raised and shown all the same, and told then if they still stand.

    Example: baogong alerts silence --kind price_jump --place sh/pd/a1 --for 4h --comment "market is being inspected"
    """
    from schemas.alert import AlertSilence, AlertUnsilence

    if end is not None:
        said = {"kind": "alert_unsilence", "silence_id": end}
        _say(AlertUnsilence, said, by, kafka, data, as_json)
        return
    if lasting is None or comment is None:
        raise click.UsageError("A silence needs --for and --comment (or --end SILENCE)")
    found = _LASTING.fullmatch(lasting)
    if found is None:
        raise click.UsageError("--for is a number with m, h or d, such as 30m, 4h or 2d")
    until = _now() + dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
    said = {"kind": "alert_silence", "alert_kind": kind, "subject": subject, "place": place, "comment": comment}
    _say(AlertSilence, {**said, "until": until}, by, kafka, data, as_json)


def _say(
    model: type[AlertAcknowledge | AlertSilence | AlertUnsilence],
    said: dict[str, Any],
    by: str | None,
    kafka: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Publish what an officer says; every partition gets it, and the one that has the alert takes it."""
    from pydantic import ValidationError

    from streams.publish.producer import Publisher

    said = {**said, "occurred_at": _now(), "source": by or getpass.getuser()}
    said["event_id"] = _id(said)
    if said["kind"] == "alert_silence":
        said["silence_id"] = f"s{said['event_id'][1:13]}"
    try:
        message = model.model_validate(said, strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BaogongError(f"{place + ': ' if place else ''}{first['msg']}.", USAGE) from error
    with Publisher(load_settings(kafka=kafka, data=data).kafka_address()) as publisher:
        publisher.send(message)
    plain = message.model_dump(mode="json")
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False))
    else:
        click.echo(f"published {message.kind} {plain.get('silence_id') or plain.get('alert_id')}")


def _id(said: dict[str, Any]) -> str:
    """Names the message by all that it says, its time included."""
    text = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
    return "e" + hashlib.sha256(text.encode()).hexdigest()[:32]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _show(found: list[dict[str, Any]], as_json: bool) -> None:
    for one in found:
        one["detail"] = json.loads(one["detail"] or "{}")
        one.update({name: value.isoformat() for name, value in one.items() if isinstance(value, dt.datetime)})
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in _SHOWN:
        table.add_column(name)
    for one in found:
        table.add_row(*(Text(str(one[name])) for name in _SHOWN))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 400
    console.print(table)
    click.echo(f"{len(found)} alert{'' if len(found) == 1 else 's'}", err=True)
