"""`baogong readiness`: if areas were sealed now, what their people need, what lasts how long, what has to come in."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.commands.options import DATA, KAFKA
from deploy.settings import load_settings
from schemas.errors import FAILURE, USAGE, BaogongError

if TYPE_CHECKING:
    from deploy.lab.standing import Standing
    from streams.lab.readiness import Line


@click.command("readiness")
@click.option("--seal", "areas", multiple=True, metavar="AREA", help="Areas to seal; else all.")
@click.option("--days", type=click.IntRange(1, 60), default=14, show_default=True, help="For how long.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="FILE.png or FILE.html.")
@click.option("--items", type=click.Path(path_type=Path), help="Item catalogue (TOML).")
@click.option("--rules", type=click.Path(path_type=Path), help="The city's rules (TOML).")
@KAFKA
@DATA
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    areas: tuple[str, ...],
    days: int,
    plot: Path | None,
    items: Path | None,
    rules: Path | None,
    kafka: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Say from the supply ledger what sealing these areas now would take. Nothing is changed.

    Exit code 1: nothing is known of an area that is named.

    Example: baogong readiness --seal sh/pd/huamu --days 7
    """
    from deploy.city import load_city
    from deploy.lab.standing import read
    from streams.lab.readiness import readiness

    settings = load_settings(kafka=kafka, data=data, items=items, rules=rules)
    city = load_city(settings)
    standing = read(settings.kafka_address(), city)
    _check(areas, standing)
    lines = readiness(standing.states, standing.plans, city.catalogue, areas, days, standing.today)
    if plot is not None:
        from deploy.lab.show import draw_readiness

        draw_readiness(lines, days, plot)
    if as_json:
        click.echo(json.dumps({"days": days, "lines": [asdict(line) for line in lines]}, ensure_ascii=False, indent=1))
    else:
        _show(lines, days)


def _check(areas: tuple[str, ...], standing: Standing) -> None:
    known = standing.areas
    for area in areas:
        if area not in known:
            some = ", ".join(sorted(known)[:5]) or "none"
            raise BaogongError(f"Nothing is known of the area {area}; known are: {some}.", FAILURE if known else USAGE)


def _show(lines: list[Line], days: int) -> None:
    from rich.console import Console

    from deploy.simulation.tables import show, table

    headings = (
        "people", "norm\na day", "asked\na day", "waiting", "stock", "reserve", "plan\n(days)", "lasts\ndays",
        "to move\nin", "spare\nelsewhere",
    )  # fmt: skip
    shown = table(f"封控预案 Sealed for {days} days", "area", "item", *headings, wide=2)
    for line in lines:
        cells: list[Any] = [line.people, line.by_norm, line.by_demand, line.waiting, line.stock, line.floor]
        lasts = f"{days}+" if line.lasts is None else str(line.lasts)
        plan = f"{line.plan:,} ({line.plan_days})"
        more = (plan, lasts, f"{line.move_in:,}", f"{line.spare:,}")
        shown.add_row(line.area, line.item, *(f"{cell:,}" for cell in cells), *more)
    show(Console(highlight=False), shown)
