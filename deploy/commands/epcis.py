"""`baogong epcis`: check EPCIS 2.0 documents, and write a consignment's story as one."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from deploy.commands.options import CLICKHOUSE, DATA, KAFKA, addresses_of
from deploy.settings import load_settings
from schemas.errors import FAILURE, USAGE, BaogongError

if TYPE_CHECKING:
    from schemas.consignment import ColdChainMessage
    from streams.epcis.check import Verdict
    from streams.epcis.problem import Problem

STDIN: Final = "-"
UNREAD: Final = "unread"
"""Code of a file that can't be read; the others are checked nevertheless."""
SHOWN: Final = 1000
"""Problems of a file that are shown to a person."""


@click.group("epcis")
def command() -> None:
    """EPCIS 2.0 (GS1): check documents, write a consignment's story as one; 'baogong publish' takes them in.

    Example: baogong epcis check shipment.jsonld
    """


@command.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def check_command(files: tuple[str, ...], as_json: bool) -> int:
    """Say of each JSON or JSON-LD document whether it is accepted, or every rule that it breaks and where.

    Checked are the schema of EPCIS 2.0 and the rules that it can't express ('-': standard input; rules: docs/epcis.md).
    Exit code 0: all accepted. 1: some refused. 2: a file can't be read.

    Example: baogong epcis check *.jsonld
    """
    verdicts = [(name, _verdict(name)) for name in files]
    if as_json:
        click.echo(json.dumps([_as_json(name, verdict) for name, verdict in verdicts], ensure_ascii=False, indent=1))
    else:
        for name, verdict in verdicts:
            _show(name, verdict)
    if any(problem.code == UNREAD for _, verdict in verdicts for problem in verdict.problems):
        return USAGE
    return 0 if all(verdict.accepted for _, verdict in verdicts) else FAILURE


def _verdict(name: str) -> Verdict:
    """The verdict on a file, of which no more is read than a document may have."""
    from streams.epcis.check import Verdict, check
    from streams.epcis.problem import Problem
    from streams.epcis.text import LIMIT

    try:
        if name == STDIN:
            return check(sys.stdin.buffer.read(LIMIT + 1))
        with Path(name).open("rb") as file:
            return check(file.read(LIMIT + 1))
    except OSError as error:
        return Verdict(problems=[Problem((), UNREAD, f"can't be read: {error.strerror}")])


def _show(name: str, verdict: Verdict) -> None:
    if verdict.accepted:
        events = f"{len(verdict.events)} event{'' if len(verdict.events) == 1 else 's'}"
        remarks = f", {len(verdict.remarks)} remarks (--json shows them)" if verdict.remarks else ""
        click.echo(f"{name}: accepted ({verdict.type}, {events}{remarks})")
        return
    click.echo(f"{name}: refused")
    for problem in verdict.all_problems[:SHOWN]:
        click.echo(f"  {problem}")
    if (more := len(verdict.all_problems) - SHOWN) > 0:
        click.echo(f"  and {more:,} more (--json shows them)")


def _as_json(name: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "file": name,
        "accepted": verdict.accepted,
        "type": verdict.type,
        "events": len(verdict.events),
        "problems": [_problem(problem) for problem in verdict.all_problems],
        "remarks": [_problem(remark) for remark in verdict.remarks],
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "rule": problem.code, "reason": problem.reason}


@command.command("export")
@click.argument("consignment")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Else standard output.")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["auto", "clickhouse", "kafka"]),
    default="auto",
    show_default=True,
    help="auto: ClickHouse as far as it goes, then Kafka. kafka: all of the ledger, slower and never behind.",
)
@KAFKA
@CLICKHOUSE
@DATA
def export_command(
    consignment: str, out: Path | None, origin: str, kafka: str | None, clickhouse: str | None, data: Path | None
) -> int:
    """Write all that was reported of a consignment, readings included, as an EPCIS 2.0 document (JSON-LD).

    Publishing the document elsewhere says the same again; publishing it here has no second effect.
    A story that is too long for one document goes on in FILE-2, FILE-3, ... beside FILE.
    Exit code 1: nobody has ever reported anything of it.

    Example: baogong epcis export c-2022-0415 --out story.jsonld
    """
    from deploy.reports import Reports

    settings = load_settings(kafka=kafka, clickhouse=clickhouse, data=data)
    reports = Reports(consignment, *addresses_of(settings, origin)).run()
    if not reports:
        raise BaogongError(
            f"Nothing is known of consignment {consignment}: no accepted record names it. Check the spelling, and with "
            "'baogong status' whether messages still wait."
        )
    texts = _stories(consignment, reports)
    if out is not None:
        _write(texts, out)
        more = f" and {len(texts) - 1} more beside it" if len(texts) > 1 else ""
        click.echo(f"{len(reports):,} reports of {consignment} are in {out}{more}.", err=True)
        return 0
    if len(texts) > 1:
        raise BaogongError(
            f"The story of {consignment} fills {len(texts)} documents: name a file with --out, others go beside it.",
            USAGE,
        )
    click.echo(texts[0])
    return 0


def _stories(consignment: str, reports: list[ColdChainMessage]) -> list[str]:
    """The documents' texts, which our own check accepts; raises BaogongError where it would not."""
    from streams.epcis.check import check
    from streams.epcis.export import stories

    documents = stories(consignment, reports, dt.datetime.now(dt.UTC))
    texts = [json.dumps(one, ensure_ascii=False, indent=1) for one in documents]
    for text in texts:
        if problems := check(text.encode()).all_problems:
            raise BaogongError(f"The story of {consignment} can't be written as EPCIS: {problems[0]}.")
    return texts


def _write(texts: list[str], out: Path) -> None:
    """FILE, and where the story fills several documents FILE-2, FILE-3, ..."""
    for number, text in enumerate(texts, 1):
        path = out if number == 1 else out.with_stem(f"{out.stem}-{number}")
        try:
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise BaogongError(f"Cannot write {path}: {error.strerror}.", USAGE) from error
