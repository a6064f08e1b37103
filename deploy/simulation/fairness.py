"""How fair the day was: what was decided, and what first come first served would have done with the same messages.

The second runs the same pure decider over the ledger's own messages, as `baogong simulate --from-ledger` does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from deploy.lab.compare import LAB
from deploy.simulation.claims import Check, same
from deploy.simulation.goods import RATIONED
from deploy.simulation.runner import DayRun
from deploy.simulation.tables import table
from schemas.item import Catalogue
from sinks.clickhouse.client import Client
from streams.core.supply import SupplyDecider
from streams.lab.figures import Figures, Ledger, figures
from streams.lab.history import messages
from streams.lab.replay import Pace, Replay
from streams.stages import City

AS_DECIDED, FIRST_COME = "as decided", "first_come"
_NEEDS: Final = """
SELECT count(), sum(quantity), sum(least(quantity, delivered + allocated + in_transit)),
    countIf(delivered + allocated + in_transit = 0)
FROM needs WHERE state NOT IN ('cancelled', 'amended')"""


@dataclass(frozen=True)
class Fairness:
    """The day and the other one that might have been: of all items, and of the item that had to be shared."""

    everything: tuple[Figures, Figures]
    rationed: tuple[Figures, Figures]


def fairness(run: DayRun, kafka: str, city: City) -> Fairness:
    """Fold what was decided, and decide it once more first come first served."""
    other = Ledger()
    settings = city.supply.model_copy(update={"event_memory_days": 3650})
    decider = SupplyDecider(settings, city.catalogue, LAB[FIRST_COME])
    ended = Replay(decider, Pace(after=dt.timedelta()), other.seen).run(messages(kafka)).now
    days = ((AS_DECIDED, run.heard), (FIRST_COME, other))
    first, second = (figures(name, ledger, ended, 0.0) for name, ledger in days)
    third, fourth = (figures(name, ledger.of(RATIONED), ended, 0.0) for name, ledger in days)
    return Fairness((first, second), (third, fourth))


def check_fairness(found: Fairness, client: Client) -> Iterator[Check]:
    """The figures that ClickHouse can tell, too."""
    told = found.everything[0]
    here = {"needs": told.needs, "asked": told.asked, "given": told.given, "got nothing": told.empty}
    there = dict(zip(here, (int(figure or 0) for figure in client.rows(_NEEDS)[0]), strict=True))
    words = f"{told.given:,} of {told.asked:,} units for {told.needs:,} needs"
    yield same("what needs got: ledger and ClickHouse", here, there, words)


def render_fairness(found: Fairness, catalogue: Catalogue) -> RenderableType:
    """The section of the summary."""
    grid = table(
        "公平 Fairness: what was decided, and what first come first served would have given",
        "item", "policy",
        "needs\n需求", "fill\n满足率", "smallest\n最低", "got nothing\n一无所得", "served\n有所得者", "Gini\n基尼系数",
        wide=2,
    )  # fmt: skip
    item = catalogue.get(RATIONED)
    names = {AS_DECIDED: "实际 as decided", FIRST_COME: "先到先得 first come"}
    rationed = f"{item.name_zh} {item.name_en}" if item else RATIONED
    for title, pair in (("全部 all items", found.everything), (f"{rationed} (scarce)", found.rationed)):
        for one in pair:
            grid.add_row(title, names[one.policy], f"{one.needs:,}", *_shares(one))
    note = (
        "fill: units given of units asked; smallest: the smallest fill of each item in an area, averaged over its "
        "needs; got nothing: of needs; served: of requesters, those who got something."
    )
    return Group(grid, Text(note, style="dim"))


def _shares(one: Figures) -> Iterator[str]:
    yield f"{one.fill:.1%}"
    yield f"{one.smallest:.1%}"
    yield f"{one.nothing:.1%}"
    yield f"{one.recipients:.1%}"
    yield f"{one.gini:.3f}"


def plain_fairness(found: Fairness) -> dict[str, Any]:
    """For --json: by item, then by policy."""
    return {
        name: {one.policy: _plain(one) for one in pair}
        for name, pair in (("all", found.everything), (RATIONED, found.rationed))
    }


def _plain(one: Figures) -> dict[str, Any]:
    kept = ("needs", "asked", "given", "fill", "smallest", "lowest_tenth", "nothing", "recipients", "gini")
    return {name: value for name, value in asdict(one).items() if name in kept}
