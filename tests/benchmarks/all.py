"""`make bench`: every figure that the README names, measured on this machine; exit code 1 where a target is missed.

`python -m tests.benchmarks.all --quick` runs small versions, to see that they work; their figures mean nothing.
"""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    alert_latency,
    alert_shifts,
    coldchain_latency,
    console,
    latency,
    memory,
    recovery,
    sink,
    stage,
)
from tests.benchmarks.rig import Figure, machine

PARTS = {
    "supply stage": stage,
    "audit sink": sink,
    "latency": latency,
    "cold-chain latency": coldchain_latency,
    "alert latency": alert_latency,
    "alert shifts": alert_shifts,
    "console": console,
    "recovery": recovery,
    "memory": memory,
}


def main(quick: bool, only: list[str]) -> int:
    """Run the benchmarks one after another and print one table."""
    screen = Console()
    found: list[Figure] = []
    for name, module in PARTS.items():
        if only and module.__name__.rpartition(".")[2] not in only:
            continue
        with screen.status(f"measuring: {name}"):
            found += module.figures(quick)
    table = Table("figure", "measured", "target", "", title=f"baogong on {machine()}", title_justify="left")
    for figure in found:
        mark = "[green]kept[/green]" if figure.good else "[red]missed[/red]"
        table.add_row(figure.name, figure.value, figure.target, mark)
    screen.print(table)
    return 0 if all(figure.good for figure in found) else 1


if __name__ == "__main__":
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    sys.exit(main("--quick" in sys.argv, names))
