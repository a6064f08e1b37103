"""`baogong dead-letters`: messages that were refused, with the reason, and sending them again once it is mended."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from deploy.commands.options import DATA, KAFKA
from deploy.settings import load_settings
from schemas.errors import USAGE, BaogongError

if TYPE_CHECKING:
    from streams.ledger.letters import Letter, Selection

PREVIEW = 160
F = TypeVar("F", bound=Callable[..., Any])


def _selecting(function: F) -> F:
    """The options that say which letters and where."""
    for option in reversed(
        (
            click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Only of this source topic."),
            click.option("--stage", "stages", multiple=True, metavar="STAGE", help="Only refused by this stage."),
            click.option(
                "--code", "codes", multiple=True, metavar="CODE", help="Only with this code, such as not_json."
            ),
            click.option(
                "--offset", "places", multiple=True, metavar="P:O", help="Only this partition and offset of --topic."
            ),
            KAFKA,
            DATA,
            click.option("--json", "as_json", is_flag=True, help="Print as JSON."),
        )
    ):
        function = option(function)
    return function


@click.group("dead-letters")
def command() -> None:
    """Messages that a stage refused. Their bytes are kept on dlq.<topic>; their reasons are in the ledger as well.

    Example: baogong dead-letters list --code not_json
    """


@command.command("list")
@_selecting
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="Show so many, the newest.")
@click.option("--show-bytes", is_flag=True, help="Show how each begins. It may hold personal data: mind who looks on.")
def list_letters(
    topics: tuple[str, ...],
    stages: tuple[str, ...],
    codes: tuple[str, ...],
    places: tuple[str, ...],
    kafka: str | None,
    data: Path | None,
    as_json: bool,
    limit: int,
    show_bytes: bool,
) -> None:
    """List refused messages with size and reason, each once.

    Example: baogong dead-letters list --topic supply.requests.v1 --limit 10
    """
    from deploy.letters import read_letters

    selection = _selection(topics, stages, codes, places)
    address = load_settings(kafka=kafka, data=data).kafka_address()
    letters = read_letters(address, selection, keep_values=show_bytes)
    newest = sorted(letters, key=lambda letter: letter.timestamp_ms or 0)[max(0, len(letters) - limit) :]
    if as_json:
        found = {"total": len(letters), "by_code": _by_code(letters), "letters": [_plain(each) for each in newest]}
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _show(letters, newest, show_bytes)


@command.command("replay")
@_selecting
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def replay_letters(
    topics: tuple[str, ...],
    stages: tuple[str, ...],
    codes: tuple[str, ...],
    places: tuple[str, ...],
    kafka: str | None,
    data: Path | None,
    as_json: bool,
    everything: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Send refused messages to their source topic again, byte for byte, after code or catalogue was mended.

    Sending one twice has no second effect: deciders know event ids. What is still wrong is refused again. A message
    that two stages refused is sent once; where one of them took it, that one takes it for a repeat.

    Example: baogong dead-letters replay --code unknown_item --dry-run
    """
    from deploy.letters import read_letters, replay
    from streams.ledger.letters import by_message

    selection = _selection(topics, stages, codes, places)
    if not selection and not everything:
        raise BaogongError(
            "Say which messages to replay: --topic, --stage, --code or --offset, or --all for all of them.", USAGE
        )
    address = load_settings(kafka=kafka, data=data).kafka_address()
    letters = by_message(read_letters(address, selection, keep_values=not dry_run))
    if letters and not dry_run and not yes:
        _ask(letters)
    sent = 0 if dry_run else replay(address, letters) if letters else 0
    if as_json:
        found = {"selected": len(letters), "sent": sent, "messages": [letter.place for letter in letters]}
        click.echo(json.dumps(found, indent=1))
        return
    for letter in letters if dry_run else ():
        click.echo(f"{letter.place}  {letter.code}  {letter.reason}")
    click.echo(f"{len(letters)} selected, {sent} sent again.")


def _ask(letters: Sequence[Letter]) -> None:
    if not sys.stdin.isatty():
        raise BaogongError(f"{len(letters)} messages would be sent again: add --yes, or --dry-run to see them.", USAGE)
    click.confirm(f"Send {len(letters)} messages again?", abort=True, err=True)


def _selection(topics: Sequence[str], stages: Sequence[str], codes: Sequence[str], places: Sequence[str]) -> Selection:
    from schemas.topics import DEAD_LETTERS, LEDGERS
    from streams.ledger.letters import PREFIX, Selection

    known = [topic.name.removeprefix(PREFIX) for topic in DEAD_LETTERS]
    named = [topic.removeprefix(PREFIX) for topic in topics]
    for topic in named:
        if topic not in known:
            raise BaogongError(f"{topic} has no dead letters; topics that have are {', '.join(known)}.", USAGE)
    for stage in stages:
        if stage not in LEDGERS:
            raise BaogongError(f"There is no stage {stage}; stages are {', '.join(LEDGERS)}.", USAGE)
    if places and len(named) != 1:
        raise BaogongError("--offset needs one --topic: offsets mean nothing without it.", USAGE)
    return Selection(frozenset(named), frozenset(codes), frozenset(_place(text) for text in places), frozenset(stages))


def _place(text: str) -> tuple[int, int]:
    partition, _, offset = text.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise BaogongError(f"--offset '{text}' is not a place: write PARTITION:OFFSET, such as 2:17.", USAGE)
    return int(partition), int(offset)


def _by_code(letters: Sequence[Letter]) -> dict[str, int]:
    return dict(Counter(letter.code for letter in letters).most_common())


def _when(letter: Letter) -> str | None:
    if letter.timestamp_ms is None:
        return None
    return dt.datetime.fromtimestamp(letter.timestamp_ms / 1000, dt.UTC).isoformat(timespec="milliseconds")


def _preview(letter: Letter) -> str:
    """How the bytes begin, with everything that a terminal could take for a command escaped."""
    text = (letter.value or b"")[:PREVIEW].decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _plain(letter: Letter) -> dict[str, Any]:
    plain = {
        "stage": letter.stage,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "at": _when(letter),
        "size": letter.size,
        "code": letter.code,
        "reason": letter.reason,
    }
    return plain if letter.value is None else {**plain, "begins": _preview(letter)}


def _show(letters: Sequence[Letter], shown: Sequence[Letter], show_bytes: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("message", "at (UTC)", "refused by"):
        table.add_column(name, no_wrap=True)
    table.add_column("bytes", justify="right")
    for name in ("code", "reason", *(("begins",) if show_bytes else ())):
        table.add_column(name, overflow="fold")
    for letter in shown:
        when = (_when(letter) or "-")[:19]
        cells = [letter.place, when, letter.stage, f"{letter.size:,}", letter.code, letter.reason]
        table.add_row(*(Text(cell) for cell in (*cells, *((_preview(letter),) if show_bytes else ()))))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    if shown:
        console.print(table)
    counts = ", ".join(f"{code} {count}" for code, count in _by_code(letters).items())
    click.echo(f"{len(letters)} refused messages{f' ({counts})' if counts else ''}, {len(shown)} shown.", err=True)
