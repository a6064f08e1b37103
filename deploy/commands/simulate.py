"""`baogong simulate`: the policy lab. Requests and stock under several policies, decided without servers."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from deploy.commands.options import DATA, KAFKA
from deploy.settings import Settings, load_settings
from schemas.errors import USAGE, BaogongError

if TYPE_CHECKING:
    from deploy.lab.compare import Comparison

POLICIES: Final = ("first_come", "priority", "fair", "projected")
_FILES: Final = click.Path(path_type=Path, dir_okay=False)


@click.command("simulate")
@click.option("--requests", multiple=True, type=_FILES, metavar="FILE", help="Requests (and households).")
@click.option("--stock", multiple=True, type=_FILES, metavar="FILE", help="Stock events.")
@click.option("--deliveries", multiple=True, type=_FILES, metavar="FILE", help="Confirmations; others are made up.")
@click.option("--mapping", "mappings", multiple=True, type=_FILES, metavar="FILE.toml", help="As in 'publish'.")
@click.option("--real", is_flag=True, help="The requests and offers of 2020 that 'make real' uses.")
@click.option("--from-ledger", is_flag=True, help="The messages of the running supply ledger.")
@click.option("--generate", type=click.IntRange(1), metavar="N", help="N made-up requests.")
@click.option("--scarcity", type=click.FloatRange(0.05, 1.5), default=0.4, show_default=True, help="Of made-up demand.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of made-up demand.")
@click.option("--policy", "policies", multiple=True, type=click.Choice(POLICIES), help="Else all of them.")
@click.option("--round-hours", type=click.FloatRange(0, 168), default=0.0, show_default=True, help="Decide in rounds.")
@click.option(
    "--delivery-hours", type=click.FloatRange(0, 168), default=12.0, show_default=True, help="Until delivered."
)
@click.option("--distances", type=_FILES, metavar="FILE", help="Between areas, for transfers: CSV from,to,km.")
@click.option("--no-transfers", is_flag=True, help="Move nothing between areas, though distances are known.")
@click.option("--plot", type=_FILES, metavar="FILE", help="A picture: FILE.png or FILE.html.")
@click.option("--items", type=click.Path(path_type=Path), help="Item catalogue (TOML).")
@click.option("--rules", type=click.Path(path_type=Path), help="The city's rules (TOML).")
@KAFKA
@DATA
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    requests: tuple[Path, ...],
    stock: tuple[Path, ...],
    deliveries: tuple[Path, ...],
    mappings: tuple[Path, ...],
    real: bool,
    from_ledger: bool,
    generate: int | None,
    scarcity: float,
    seed: int,
    policies: tuple[str, ...],
    round_hours: float,
    delivery_hours: float,
    distances: Path | None,
    no_transfers: bool,
    plot: Path | None,
    items: Path | None,
    rules: Path | None,
    kafka: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Compare what policies would have done with the same requests and stock. Nothing is published.

    Where distances between areas are known (--distances, the rules' own, or those of --real), what an area can't fill
    is moved in from others, in rounds.

    Example: baogong simulate --requests asked.csv --stock lots.csv --plot policies.png

    Example: baogong simulate --generate 30000 --scarcity 0.6
    """
    from deploy.city import load_city
    from deploy.lab.compare import compare, hours
    from deploy.lab.distances import roads_of
    from streams.core.transfers.settings import NO_ROADS
    from streams.lab.replay import Pace

    files = (*requests, *stock, *deliveries)
    if sum([bool(files), real, from_ledger, generate is not None]) != 1:
        raise BaogongError("Say one of: files (--requests, --stock, ...), --real, --from-ledger, --generate N.", USAGE)
    settings = load_settings(kafka=kafka, data=data, items=items, rules=rules)
    if real:
        files, mappings, settings = _of_real_data(items, rules)
    city = load_city(settings)
    if generate is not None:
        from streams.lab.demand import Shape, demand

        messages = demand(Shape(seed=seed, requests=generate, scarcity=scarcity), city.catalogue)
    elif from_ledger:
        from streams.lab.history import messages as history

        messages = history(settings.kafka_address())
    else:
        messages = _read(files, mappings, settings)
    pace = Pace(hours(round_hours), hours(delivery_hours))
    roads = NO_ROADS if no_transfers else roads_of(city.transfers, messages, distances, real=real)
    _show(compare(messages, policies or POLICIES, city.supply, city.catalogue, pace, roads), plot, as_json)


def _of_real_data(items: Path | None, rules: Path | None) -> tuple[tuple[Path, ...], tuple[Path, ...], Settings]:
    """Files, mappings and settings of the requests and offers of 2020."""
    from deploy.real import MAPPINGS, data_files, examples

    folder = examples()
    settings = load_settings(items=items or folder / "items.toml", rules=rules)
    return data_files(), tuple(folder / name for name in MAPPINGS), settings


def _read(files: Sequence[Path], mappings: Sequence[Path], settings: Settings) -> list[Any]:
    """What `publish` would send of these files; what it would refuse is counted on stderr."""
    from schemas.item import load_catalogue
    from streams.publish.build import Rules
    from streams.publish.plan import plan
    from streams.publish.run import Known, Refusal, results

    rules = Rules(load_catalogue(settings.items), now=dt.datetime.now(dt.UTC))
    known, found, refused = Known(), list[Any](), 0
    for one in plan([str(path) for path in files], list(mappings), rules, sys.stdin.buffer):
        for result in results(one, known):
            if isinstance(result, Refusal):
                refused += 1
            elif not result.repeats:
                found.append(result.message)
    if refused:
        click.echo(f"{refused} lines are refused, as 'baogong publish --dry-run' says in detail.", err=True)
    return found


def _show(found: Comparison, plot: Path | None, as_json: bool) -> None:
    from rich.console import Console, Group

    from deploy.lab.show import draw, plain, tables
    from deploy.simulation.tables import show

    if plot is not None:
        draw(found, plot)
    if as_json:
        click.echo(json.dumps(plain(found), ensure_ascii=False, indent=1))
    else:
        show(Console(highlight=False), Group(*tables(found)))
