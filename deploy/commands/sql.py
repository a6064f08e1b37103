"""`baogong sql`: questions to ClickHouse, read-only."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from deploy.commands.options import CLICKHOUSE
from deploy.settings import load_settings

_READ_ONLY_REFUSED = 164
_WIDEST = 1_000_000


@click.command("sql")
@click.argument("question", metavar="SELECT")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True, help="How."
)
@CLICKHOUSE
@click.option("--data", type=click.Path(path_type=Path), help="Data directory of a running 'baogong up'.")
def command(question: str, form: str, clickhouse: str | None, data: Path | None) -> None:
    """Ask ClickHouse; nothing can be changed this way. SELECT can be '-': then it is read from standard input.

    Begin with: SHOW TABLES, or DESCRIBE needs.

    Example: baogong sql "SELECT area, item, sum(missing) FROM open_needs GROUP BY area, item" --format csv
    """
    from schemas.errors import BaogongError
    from sinks.clickhouse.client import QueryFailed, connect

    statement = click.get_text_stream("stdin").read() if question == "-" else question
    settings = load_settings(clickhouse=clickhouse, data=data)
    with connect(settings.clickhouse_url(), readonly=1) as client:
        try:
            names, _, rows = client.table(statement.strip().rstrip(";"))
        except QueryFailed as error:
            if error.number == _READ_ONLY_REFUSED:
                raise BaogongError(f"'baogong sql' only reads, and changes no settings: {error}") from error
            raise
    _FORMS[form](names, rows)


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(names):
        numbers = all(isinstance(row[index], int | float | Decimal | None) for row in rows)
        table.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console(highlight=False)
    if not console.is_terminal:  # a pipe has no width: nothing is folded
        console.width = max(80, Console(width=_WIDEST).measure(table).maximum)
    console.print(table)
    click.echo(f"{len(rows)} row{'' if len(rows) == 1 else 's'}", err=True)


def _csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    click.echo(text.getvalue(), nl=False)


def _json(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    found = [dict(zip(names, (_plain(value) for value in row), strict=True)) for row in rows]
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


_FORMS: dict[str, Callable[[Sequence[str], Sequence[Sequence[Any]]], None]] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
}


def _cell(value: Any) -> str:
    """A value as text; NULL is empty."""
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else str(plain)


def _plain(value: Any) -> Any:
    """A value as JSON knows it: times as ISO 8601, tuples as lists, what isn't text as its bytes' escapes."""
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    return str(value)
