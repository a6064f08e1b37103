"""Plain tables on a terminal, all of one width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.simulation.claims import Check

WIDTH: Final = 112


def table(title: str, *columns: str, wide: int = 1) -> Table:
    """A plain table: the first `wide` columns are words, the others figures."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < wide else "right", header_style="dim")
    return table


def show(console: Console, report: RenderableType) -> None:
    """Print it WIDTH columns wide; on a narrower terminal its cells are folded."""
    if not console.is_terminal:
        console.width = WIDTH
    console.print(report, width=WIDTH)


def claims(checks: Sequence[Check]) -> RenderableType:
    """Every claim with a mark, its name and its figures."""
    lines = table("核对 Claims checked", "", "", "", wide=3)
    lines.show_header = False
    lines.columns[0].no_wrap = lines.columns[1].no_wrap = True  # a long figure folds, never the claim
    lines.columns[2].overflow = "fold"
    for mark, check in _marked(checks):
        lines.add_row(mark, check.name, Text(check.detail, style="dim"))
    return lines


def _marked(checks: Sequence[Check]) -> Iterator[tuple[Text, Check]]:
    for check in checks:
        yield (Text("✔", style="green") if check.holds else Text("✘ FAILED", style="bold red")), check
