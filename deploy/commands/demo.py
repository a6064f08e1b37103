"""`baogong demo`: the whole stack and one lockdown day of a simulated district, with a summary and its proof."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from schemas.errors import USAGE, BaogongError

if TYPE_CHECKING:
    from rich.console import Console

    from deploy.local.stack import Stack
    from deploy.settings import Settings
    from deploy.simulation.claims import Check
    from deploy.simulation.coldchain_path import Traced
    from deploy.simulation.fairness import Fairness
    from deploy.simulation.runner import DayRun, Moment, Watch
    from deploy.simulation.summary import Summary
    from deploy.simulation.world import District

DRAIN_SECONDS = 60.0


@click.command("demo")
@click.option("--households", type=click.IntRange(1, 200_000), default=2000, show_default=True)
@click.option("--warehouses", type=click.IntRange(1, 10_000), default=40, show_default=True)
@click.option("--seed", type=int, default=2022, show_default=True, help="Another seed is another day.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=3600.0,
    show_default=True,
    help="Times as fast as life, at most; 0: as fast as it goes.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="An empty directory for the day's data; else a temporary one.",
)
@click.option("--keep", is_flag=True, help="Keep the temporary directory, for 'baogong up' and SQL.")
@click.option("--items", type=click.Path(path_type=Path), help="Item catalogue (TOML).")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Write the summary as a picture, too.")
def command(
    households: int,
    warehouses: int,
    seed: int,
    speed: float,
    data: Path | None,
    keep: bool,
    items: Path | None,
    as_json: bool,
    svg: Path | None,
) -> None:
    """Play one lockdown day on the embedded servers and check every claim that the summary makes.

    Exit code 1 where one of them does not hold.

    Example: baogong demo --households 500 --warehouses 10
    """
    from rich.console import Console

    from deploy.settings import load_settings
    from deploy.simulation.claims import insist
    from deploy.simulation.report import as_json as plain
    from deploy.simulation.report import picture, render
    from deploy.simulation.tables import show
    from deploy.simulation.world import make_district
    from schemas.item import load_catalogue

    if svg is not None and not svg.parent.is_dir():
        raise BaogongError(f"The picture can't be written to {svg}: there is no folder {svg.parent}.", USAGE)
    console = Console(stderr=True, highlight=False)
    catalogue = load_catalogue(load_settings(items=items).items)
    district = make_district(catalogue, households, warehouses, seed)
    with stop_on_term(), fresh_directory(data, keep, console) as folder:
        day = _play(district, seed, load_settings(data=folder, items=items), speed, console)
    report = render(*day)
    if svg is not None:
        _write(svg, picture(report))
    if as_json:
        click.echo(json.dumps(plain(*day), ensure_ascii=False, indent=1))
    else:
        show(Console(highlight=False), report)
    insist(day[-1])


def _play(
    district: District, seed: int, settings: Settings, speed: float, console: Console
) -> tuple[DayRun, Summary, Traced | None, Fairness, list[Check]]:
    """The day on a stack of its own, then what ClickHouse and `verify` say of it."""
    from deploy.local.stack import Stack
    from deploy.simulation.follow import Follower
    from deploy.simulation.runner import DayRun
    from streams.publish.producer import Publisher

    def say(text: str) -> None:
        console.print(f"[dim]{text}[/dim]")

    with Stack(settings, "replayed", say=say) as stack, Follower(stack.kafka, stack.check) as follower:
        run = DayRun(district, seed, follower)
        with _progress(run, console) as watch, Publisher(stack.kafka) as publisher:
            run.play(publisher, speed, watch)
        say("waiting until everything lies in ClickHouse, then verifying")
        stack.drain(DRAIN_SECONDS)
        run.read_rest()
        return run, *_asked(run, stack, settings)


def _asked(run: DayRun, stack: Stack, settings: Settings) -> tuple[Summary, Traced | None, Fairness, list[Check]]:
    from deploy.city import load_city
    from deploy.simulation.checks import check
    from deploy.simulation.coldchain import warm
    from deploy.simulation.coldchain_path import trace
    from deploy.simulation.fairness import check_fairness, fairness
    from deploy.simulation.summary import ask
    from deploy.simulation.verdict import verified
    from sinks.clickhouse.client import connect

    voyage = warm(run.district)
    traced = None if voyage is None else trace(stack.kafka, stack.clickhouse, voyage.consignment_id)
    fair = fairness(run, stack.kafka, load_city(settings))
    with connect(stack.clickhouse) as client:
        summary = ask(client)
        checks = [*check(run, summary, traced, client), *check_fairness(fair, client)]
    return summary, traced, fair, [*checks, verified(stack.kafka, stack.clickhouse)]


@contextmanager
def _progress(run: DayRun, console: Console) -> Iterator[Watch]:
    """A bar of the day's hours with what happened so far; a line each three hours where nobody watches."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from deploy.simulation.runner import hours_played

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("05:00", total=hours_played(run.district))

        def watch(moment: Moment) -> None:
            told = _told(moment)
            progress.update(task, advance=moment.hours, description=told)
            if not console.is_terminal and moment.now.hour % 3 == 0 and moment.now.minute == 0:
                console.print(f"[dim]{told}[/dim]", soft_wrap=True)

        yield watch


def _told(moment: Moment) -> str:
    decided, outcomes = moment.tally.decisions["supply"], moment.tally.outcomes
    recalled, overdue = decided["dispatch_recalled"], decided["need_overdue"]
    return (
        f"{moment.now:%H:%M}  需求 requests {decided['request_recorded']:,}  派单 dispatches "
        f"{decided['dispatch_ordered']:,}  送达 delivered {outcomes['delivered']:,}  失败 failed "
        f"{outcomes['failed']:,}  超时 overdue {overdue:,}  召回 recalled {recalled:,}"
    )


@contextmanager
def fresh_directory(data: Path | None, keep: bool, console: Console) -> Iterator[Path]:
    """A fresh directory: the named one if it is empty, else a temporary one that goes again unless it is to be kept."""
    if data is not None:
        if data.exists() and any(data.iterdir()):
            raise BaogongError(f"{data} is not empty: the demo needs a directory of its own, name a new one.", USAGE)
        yield data
        return
    folder = Path(tempfile.mkdtemp(prefix="baogong-demo-"))
    try:
        yield folder
    except BaogongError:
        console.print(f"data and logs are kept: {folder}", soft_wrap=True)
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if keep:
        console.print(f"data: {folder}   look at it with: baogong up --clock replayed --data {folder}", soft_wrap=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BaogongError(f"The picture can't be written to {path}: {error.strerror}.") from error


@contextmanager
def stop_on_term() -> Iterator[None]:
    """Let SIGTERM end what is inside as Ctrl-C does: servers stopped, nothing left behind."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
