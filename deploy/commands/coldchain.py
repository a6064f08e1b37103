"""`baogong coldchain`: looking at what the cold chain's loggers say, without any server."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands.options import PLOT, PROFILES, check_plot
from deploy.settings import load_settings
from schemas.errors import FAILURE, USAGE, BaogongError

if TYPE_CHECKING:
    from deploy.assess.judge import Judged
    from schemas.temperature import Profile


@click.group("coldchain")
def command() -> None:
    """Assess what temperature loggers recorded.

    Example: baogong coldchain assess logger.txt
    """


@command.command("assess")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--profile", metavar="NAME|FILE", help="Judge by this one; else by the limits set in the device itself.")
@PROFILES
@click.option("--timezone", metavar="ZONE", help="Of times without offset, and of the days told; else UTC.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one file, a list for several.")
@click.option("--scores", is_flag=True, help="With --json: the early warning's score of every reading.")
@PLOT
def assess(
    files: tuple[Path, ...],
    profile: str | None,
    profiles: Path | None,
    timezone: str | None,
    as_json: bool,
    scores: bool,
    plot: Path | None,
) -> int:
    """Read loggers' files (CSV of times and values, or a device's text export) and say what they amount to.

    Breaches, unknown periods, minutes out of range a day, mean kinetic temperature, what is wrong with the sensor,
    early warnings; and where the device says what it alarmed on, how that differs. Needs no server.

    Exit code 0: assessed, with or without breaches. 1: a file can't be read at all.

    Example: baogong coldchain assess logger.csv --profile vaccine --plot curve.png
    """
    if scores and not as_json:
        raise BaogongError("--scores needs --json.", USAGE)
    check_plot(plot)
    by = _profile(profile, profiles)
    zone = _zone(timezone)
    judged, errors = _judged(files, by, zone)
    _tell(files, judged, errors, as_json, scores)
    if plot is not None and judged:
        from deploy.assess.plot import draw

        draw(list(judged.values()), plot)
    return FAILURE if errors else 0


def _profile(name: str | None, profiles: Path | None) -> Profile | None:
    from deploy.assess.judge import choose_profile
    from schemas.temperature import load_profiles

    if name is None and profiles is not None:
        raise BaogongError("--profiles says where profiles are; name the one to judge by with --profile.", USAGE)
    return choose_profile(name, load_profiles(load_settings(profiles=profiles).profiles)) if name is not None else None


def _zone(name: str | None) -> dt.tzinfo | None:
    from streams.publish.mapping import zone

    try:
        return zone(name) if name else None
    except ValueError as error:
        raise BaogongError(f"--timezone: {error}.", USAGE) from error


def _judged(
    files: Sequence[Path], profile: Profile | None, zone: dt.tzinfo | None
) -> tuple[dict[int, Judged], dict[int, BaogongError]]:
    """Every file by its place in the call: judged, or why it can't be."""
    from deploy.assess.judge import judge, open_logger

    judged: dict[int, Judged] = {}
    errors: dict[int, BaogongError] = {}
    now = dt.datetime.now(dt.UTC)
    for place, path in enumerate(files):
        try:
            judged[place] = judge(open_logger(path, now, zone), profile, zone)
        except BaogongError as error:
            errors[place] = error
    return judged, errors


def _tell(
    files: Sequence[Path], judged: dict[int, Judged], errors: dict[int, BaogongError], as_json: bool, scores: bool
) -> None:
    from rich.console import Console

    from deploy.assess.jsonable import as_json as jsonable
    from deploy.assess.report import show

    console = Console(highlight=False)
    for place, path in enumerate(files):
        if place in errors:
            click.echo(f"baogong: {errors[place]}", err=True)
            continue
        _say_beside(path, judged[place])
        if not as_json:
            show(judged[place], console)
            console.print()
    if as_json:
        told = [
            jsonable(judged[n], scores) if n in judged else {"file": str(files[n]), "error": str(errors[n])}
            for n in range(len(files))
        ]
        click.echo(json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=1, allow_nan=False))


def _say_beside(path: Path, judged: Judged) -> None:
    """On stderr: what whoever reads the result must know of the file."""
    for note in judged.notes:
        click.echo(f"{path.name}: {note.en}.", err=True)
    from deploy.assess.report import SHOWN

    refused = judged.file.refused
    for one in refused[:SHOWN]:
        click.echo(f"{path.name}, {one}", err=True)
    if len(refused) > SHOWN:
        click.echo(f"{path.name}: {len(refused) - SHOWN} more refused rows: see --json.", err=True)
