"""A comparison as a table, a picture and plain values."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from deploy.lab.compare import Comparison
from schemas.errors import FAILURE, USAGE, BaogongError
from streams.lab.readiness import Line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEADINGS = (
    "needs", "fill", "smallest\nfill", "lowest\ntenth", "got\nnothing", "recipients\nserved", "Gini", "overdue",
    "units\nexpired", "seconds",
)  # fmt: skip


def plain(found: Comparison) -> dict[str, Any]:
    """For --json."""
    return {
        "policies": [asdict(one) for one in found.figures],
        "bound": None if found.bound is None else asdict(found.bound),
        "rejected": found.rejected,
    }


def tables(found: Comparison) -> Iterator[RenderableType]:
    """Figures by policy, then waits by class."""
    from deploy.simulation.tables import table

    figures = table("政策比较 Policies compared", "policy", *_HEADINGS)
    for one in found.figures:
        shares = (one.fill, one.smallest, one.lowest_tenth, one.nothing, one.recipients, one.gini)
        cells = (f"{one.needs:,}", *(f"{share:.4f}" for share in shares), f"{one.overdue:,}", f"{one.expired:,}")
        figures.add_row(one.policy, *cells, f"{one.seconds:.1f}")
    if found.bound is not None:
        asked = found.figures[-1].asked or 1
        cells = ("", f"{found.bound.given / asked:.4f}", f"{found.bound.smallest:.4f}")
        figures.add_row("best in hindsight (LP)", *cells, *("",) * 7)
    yield figures
    if found.figures[-1].transfers is not None:
        yield _transfers(found)
    waits = table(
        "等待 Hours until full (never full: until the end)", "policy", "class", "median", "95 %", "longest", wide=2
    )
    for one in found.figures:
        for kind, (middle, most, longest) in one.waits.items():
            waits.add_row(one.policy, kind.replace("_", " "), f"{middle:.1f}", f"{most:.1f}", f"{longest:.1f}")
    yield waits


def _transfers(found: Comparison) -> RenderableType:
    from deploy.simulation.tables import table

    moved = table("跨区调拨 Transfers between areas", "policy", "transfers", "units moved", "units x km", "km a unit")
    for one in found.figures:
        units, unit_km = one.moved or 0, one.unit_km or 0
        each = f"{unit_km / units:,.0f}" if units else "-"
        moved.add_row(one.policy, f"{one.transfers or 0:,}", f"{units:,}", f"{unit_km:,}", each)
    return moved


def draw(found: Comparison, path: Path) -> None:
    """The shares of the table as bars, and units moved times distance, PNG or (in a page) SVG.

    Raises BaogongError where it can't be written.
    """
    from matplotlib.figure import Figure

    _check(path)
    names = ("fill", "smallest", "lowest_tenth", "recipients", "nothing", "gini")
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    width = 0.8 / len(found.figures)
    if found.figures[-1].transfers is None:
        axis = figure.subplots()
    else:
        axis, roads = figure.subplots(1, 2, width_ratios=(5, 1))
        for place, one in enumerate(found.figures):
            roads.bar(place * width, one.unit_km or 0, width)
        roads.set_xticks([0.4 - width / 2], ["units x km moved"])
        roads.set_xlim(-width, 0.8)
    for place, one in enumerate(found.figures):
        values = [getattr(one, name) for name in names]
        axis.bar([n + place * width for n in range(len(names))], values, width, label=one.policy)
    if found.bound is not None:
        limits = (found.bound.given / (found.figures[-1].asked or 1), found.bound.smallest)
        for n, limit in enumerate(limits):
            axis.plot([n - width / 2, n + 0.8 - width / 2], [limit, limit], color="black", linewidth=1.5)
        axis.plot([], [], color="black", label="best in hindsight (LP)")
    axis.set_xticks([n + 0.4 - width / 2 for n in range(len(names))], [name.replace("_", " ") for name in names])
    axis.set_ylim(0, 1)
    axis.legend(frameon=False, ncols=len(found.figures) + 1, loc="upper center", bbox_to_anchor=(0.5, 1.12))
    _write(figure, path, "baogong simulate")


def draw_readiness(lines: Sequence[Line], days: int, path: Path) -> None:
    """Days that each item lasts, for each area; raises BaogongError where it can't be written."""
    from matplotlib.figure import Figure

    _check(path)
    figure = Figure(figsize=(9, 1.2 + 0.28 * len(lines)), layout="constrained")
    axis = figure.subplots()
    lasts = [days if line.lasts is None else line.lasts for line in lines]
    colours = ["tab:green" if line.lasts is None else "tab:red" for line in lines]
    axis.barh(range(len(lines)), lasts, color=colours)
    axis.set_yticks(range(len(lines)), [f"{line.area} {line.item}" for line in lines])
    axis.set_xlim(0, days)
    axis.set_xlabel("days until it runs out")
    axis.invert_yaxis()
    _write(figure, path, "baogong readiness")


def _check(path: Path) -> None:
    if path.suffix.lower() not in (".png", ".html"):
        raise BaogongError(f"--plot {path}: name a file that ends in .png or .html.", USAGE)


def _write(figure: Figure, path: Path, title: str) -> None:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png" if path.suffix.lower() == ".png" else "svg")
    data = buffer.getvalue()
    if path.suffix.lower() == ".html":
        data = b"<!doctype html><meta charset=utf-8><title>%s</title>" % title.encode() + data[data.index(b"<svg") :]
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BaogongError(f"Cannot write {path}: {error.strerror}.", FAILURE) from error
