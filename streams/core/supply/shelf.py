"""One item in one area, as the supply stage knows it: stock, backlog, what was asked and who drew how much when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from streams.core.instants import DAY, HOUR, MINUTE
from streams.core.supply.demand import Demand
from streams.core.supply.ordered import Ordered, ordered, read_seldom
from streams.core.supply.transit import RANK, Note

if TYPE_CHECKING:
    from streams.core.supply.state import Allocation, LevelKey, LotKey, NeedKey

LONGEST_NORM: Final = 60 * DAY
"""No ration norm looks further back (`norm_days` of the catalogue)."""


@dataclass(slots=True, eq=False)
class Shelf:
    """One item in one area: usable lots, barred lots with units, the backlog, and what was asked and drawn before.

    `weigh_at`: the backlog is not weighed before, unless stock comes. `drawn`: by requester, when it got how much:
    (time, units, time, units, ...). `recent_minute`, since 1970: the last in which something was given at once.
    `told`: how it stood when the city was told (`mark`); `notes`: what became of transfers since.
    """

    area: str
    item: str
    floor: int = 0
    weigh_at: int | None = None
    recent_minute: int = 0
    drawn: dict[str, tuple[int, ...]] = field(default_factory=dict)
    demand: Demand = field(default_factory=Demand)
    told: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    # derived
    available: int = 0
    usable: Ordered[LotKey] = field(default_factory=ordered)
    barred: Ordered[LotKey] = field(default_factory=ordered)
    urgent: Ordered[NeedKey] = field(default_factory=read_seldom)
    """Needs without stock that may break the floor."""
    ordinary: Ordered[NeedKey] = field(default_factory=read_seldom)
    """Those that may not."""
    levels: Ordered[LevelKey] = field(default_factory=read_seldom)
    """Both, by class and by what they have for each person."""
    flexible: Ordered[NeedKey] = field(default_factory=read_seldom)
    """Those that take a substitute."""
    wanted: int = 0
    """Units that both lack."""
    wanted_urgent: int = 0
    lacking: list[int] = field(default_factory=lambda: [0] * len(RANK))
    """Units that escalated needs lack, by rank of their class."""
    lacks: int = 0
    """All of them."""
    untold: bool = False
    """It stands in another way than the city knows."""
    recent: dict[str, None] = field(default_factory=dict)
    """Allocations that were made at once in `recent_minute` and are still reserved."""

    def give(self, allocation: Allocation) -> None:
        """Units were reserved: its requester drew them; what was given at once is remembered until a later minute."""
        at, units, requester_id = allocation.reserved_at, allocation.quantity, allocation.requester_id
        drawn, given, hour = self.drawn.get(requester_id), self.demand.given, at // HOUR
        self.drawn[requester_id] = (at, units) if drawn is None else (*drawn, at, units)
        if hour in given:
            given[hour] += units
        else:
            self.demand.give(at, units)
        if allocation.at_once:
            if at // MINUTE > self.recent_minute:
                self.recent_minute, self.recent = at // MINUTE, {}
            self.recent[allocation.allocation_id] = None

    @property
    def mark(self) -> tuple[int, ...]:
        """What makes its standing another; nothing where it neither lacks nor spares anything."""
        spare = self.available - self.floor - self.wanted
        if self.lacks:
            return (max(0, spare), self.available, *self.lacking)
        return (spare,) if spare > 0 else ()

    @property
    def weighs_recent(self) -> bool:
        """Whether what was given at once is to be weighed with those who came in the same minute and wait."""
        return bool(self.recent) and self.weigh_at == (self.recent_minute + 1) * MINUTE and self.wanted > 0

    def undraw(self, requester_id: str, at: int, units: int) -> None:
        """So many of the units that it got then did not stay with it."""
        self.demand.give(at, -units)
        drawn = list(self.drawn.get(requester_id, ()))
        for place in range(0, len(drawn), 2):
            if drawn[place] == at:
                back = min(units, drawn[place + 1])
                drawn[place + 1] -= back
                units -= back
        self._keep(requester_id, [place for place in range(0, len(drawn), 2) if drawn[place + 1]], drawn)

    def forget(self, now: int) -> None:
        """What was drawn longer ago than any norm looks back."""
        for requester_id, drawn in list(self.drawn.items()):
            if drawn[0] < now - LONGEST_NORM:
                kept = [place for place in range(0, len(drawn), 2) if drawn[place] >= now - LONGEST_NORM]
                self._keep(requester_id, kept, drawn)

    def _keep(self, requester_id: str, places: list[int], drawn: Sequence[int]) -> None:
        if places:
            self.drawn[requester_id] = tuple(part for place in places for part in drawn[place : place + 2])
        else:
            self.drawn.pop(requester_id, None)

    def drawn_since(self, requester_id: str, since: int) -> int:
        """Units that a requester got after a time and kept."""
        drawn = self.drawn.get(requester_id, ())
        return sum(drawn[place + 1] for place in range(0, len(drawn), 2) if drawn[place] > since)
