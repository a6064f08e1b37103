"""What the supply stage knows of one partition: plain values, and the indexes that are derived from them.

Fields above a `derived` line are the state: evolve sets them and dump writes them. Those below follow from the former
and are kept by `index`; they are never dumped. Times are microseconds since 1970, days are ordinals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from schemas.household import Group, Tier
from schemas.request import NeedClass
from schemas.supply import DeliveryMode
from streams.core.memory import Memory
from streams.core.supply.exposure import Exposure
from streams.core.supply.ordered import Ordered, ordered
from streams.core.supply.shelf import Shelf as Shelf
from streams.core.supply.timers import Timers
from streams.core.supply.transit import Transit

NeedKey = tuple[int, int, str]
"""Place in the order of needs: rank, first report, need id. The smallest comes first."""
LotKey = tuple[int, int, str]
"""Place in FEFO order: last day, receipt, lot id."""
Place = tuple[str, str]
"""Area and item, or area and requester."""
NEVER: Final = 10**9
"""The last day of a lot that does not expire."""
LevelKey = tuple[int, int, int, str]
"""Place in the order of shares: rank, units for each person so far, first report, need id."""


@dataclass(slots=True, eq=False)
class Requester:
    """A household or institution, as its area knows it. `members`: infants, children, adults, elderly."""

    requester_id: str
    area: str
    grid: str
    registered: bool
    institution: bool
    members: tuple[int, int, int, int]
    groups: tuple[Group, ...]
    tier: Tier
    quarantine_until: int | None
    need_class: NeedClass
    mode: DeliveryMode
    # derived
    people: int = field(init=False)
    """All members; 0 where nobody was counted."""

    def __post_init__(self) -> None:
        self.people = sum(self.members)


@dataclass(slots=True, eq=False)
class Request:
    """A request with open needs. `items`: all that it ever opened; `open`: how many are open still."""

    request_id: str
    requester_id: str
    area: str
    responsible: str
    reported_at: int
    life_threatening: bool
    items: tuple[str, ...] = ()
    open: int = 0


@dataclass(slots=True, eq=False)
class Need:
    """An open need. `quantity` is what was asked in all; `made` counts allocations, `opened` numbers needs."""

    need_id: str
    request_id: str
    requester_id: str
    area: str
    grid: str
    item: str
    quantity: int
    need_class: NeedClass
    mode: DeliveryMode
    reported_at: int
    due_at: int
    opened: int
    people: int
    substitutes: bool = False
    overdue: bool = False
    delivered: int = 0
    reserved: int = 0
    in_transit: int = 0
    made: int = 0
    escalated: bool = False
    """What it lacks is the city's to find."""
    # derived
    allocations: tuple[str, ...] = ()
    """Reserved or in transit, oldest first."""
    queue: Ordered[NeedKey] | None = None
    """The backlog in which it is, under `key`."""
    key: NeedKey | None = None
    level_key: LevelKey | None = None
    shelf: Shelf | None = None
    """Its item in its area."""
    wanted: int = 0
    """Units that its shelf counts as wanted."""
    urgent: bool = False
    """Whether it counts them as urgent too."""
    waiting: Timers[str] | None = None
    """Those in which it waits to be escalated."""
    counted: tuple[int, int] = (0, 0)
    """Rank of its class and units that its shelf counts as lacking."""

    @property
    def got(self) -> int:
        """Units that it has or that are set aside for it."""
        return self.delivered + self.reserved + self.in_transit

    @property
    def unfilled(self) -> int:
        """Units for which there is no stock yet; below zero where more is on the way than is still asked."""
        return self.quantity - self.delivered - self.reserved - self.in_transit


@dataclass(slots=True, eq=False)
class Lot:
    """A lot and where its units are. `available` counts what lies on the shelf unreserved, held or expired or not.

    received + corrected = available + reserved + in_transit + delivered + written_off + moved_out.
    `short` and `gone`: units on the books that a count or write-off found missing while they were reserved.
    """

    lot_id: str
    area: str
    item: str
    warehouse: str
    temperature: str
    origin: str
    consignment_id: str | None
    from_lot_id: str | None
    moved_from: tuple[str, ...]
    expires: int | None
    received_at: int
    received: int
    available: int
    corrected: int = 0
    reserved: int = 0
    in_transit: int = 0
    delivered: int = 0
    written_off: int = 0
    moved_out: int = 0
    short: int = 0
    gone: int = 0
    gone_reason: str = ""
    expired: bool = False
    holds: tuple[str, ...] = ()
    # derived
    allocations: set[str] = field(default_factory=set)
    """Reserved or in transit."""
    shelved: int = 0
    """Units that its shelf counts as available."""
    place: Ordered[LotKey] | None = None
    """The list of its shelf in which it is."""

    @property
    def wholes(self) -> tuple[str, ...]:
        """Lots that it was split or moved from: what holds on them mean is on it too."""
        return self.moved_from if self.from_lot_id is None else (self.from_lot_id, *self.moved_from)

    @property
    def barred(self) -> bool:
        """Held or expired: must not be given out, whatever is on hand."""
        return bool(self.holds) or self.expired

    @property
    def usable(self) -> bool:
        """May be given out, as far as holds, expiry and counts go."""
        return not (self.holds or self.expired or self.short or self.gone)

    @property
    def on_shelf(self) -> int:
        """What must lie in the warehouse: not in transit, and without what is known to be missing."""
        return self.available + self.reserved - self.short - self.gone

    @property
    def fefo(self) -> LotKey:
        """Its place in FEFO order."""
        return (NEVER if self.expires is None else self.expires, self.received_at, self.lot_id)


@dataclass(slots=True, eq=False)
class Allocation:
    """Units of a lot for a need: reserved, or in transit once it has a dispatch. `number`: n-th of its need.

    `at_once`: given in full when the request came, since nothing was scarce then.
    """

    allocation_id: str
    need_id: str
    number: int
    lot_id: str
    requester_id: str
    area: str
    quantity: int
    reserved_at: int
    at_once: bool
    dispatch_id: str | None = None
    # derived
    waiting: bool = False
    releasing: bool = False


@dataclass(slots=True, eq=False)
class Dispatch:
    """A bag under way. `recalled`: lots for which it was called back."""

    dispatch_id: str
    requester_id: str
    area: str
    deadline: int
    allocations: tuple[str, ...]
    overdue: bool = False
    recalled: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Hold:
    """A standing hold."""

    hold_id: str
    lot_ids: tuple[str, ...]
    consignment_id: str | None
    reason: str


@dataclass(slots=True, eq=False)
class State:
    """One partition of the supply stage. `now` is the last tick's time."""

    now: int | None = None
    opened: int = 0
    requesters: dict[str, dict[str, Requester]] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    needs: dict[str, Need] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    allocations: dict[str, Allocation] = field(default_factory=dict)
    dispatches: dict[str, Dispatch] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    shelves: dict[Place, Shelf] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    exposure: Exposure = field(default_factory=Exposure)
    transit: Transit = field(default_factory=Transit)
    # derived: who asks for what, lots by consignment and by the lot that they are a part of, holds by what they are on
    asked: dict[Place, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    consignments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lot_holds: dict[str, set[str]] = field(default_factory=dict)
    consignment_holds: dict[str, set[str]] = field(default_factory=dict)
    # derived: what waits for its time: open needs, dispatches, lots (by ordinal of their last day), bags (by `since`)
    clocks: Timers[str] = field(default_factory=Timers)
    deadlines: Timers[str] = field(default_factory=Timers)
    expiries: Timers[str] = field(default_factory=Timers)
    waves: Timers[Place] = field(default_factory=Timers)
    bags: dict[Place, set[str]] = field(default_factory=dict)
    """Reserved allocations that wait for a wave, by area and requester."""
    # derived: what a tick is to do at once
    releases: Ordered[str] = field(default_factory=ordered)
    """Reserved allocations of barred lots and closed needs."""
    missing: set[str] = field(default_factory=set)
    """Lots with `short` or `gone`."""
    surplus: set[str] = field(default_factory=set)
    """Needs with more reserved than is asked."""
    recalls: set[str] = field(default_factory=set)
    """Dispatches with a held lot that were not called back for it."""
    stale: set[str] = field(default_factory=set)
    """Needs whose class or mode is not that of their requester any more."""
    pending: set[Place] = field(default_factory=set)
    """Shelves from which the backlog can be served now."""
    weighings: Timers[Place] = field(default_factory=Timers)
    """Shelves from which it can be served, but not before this time."""

    def requester(self, area: str, requester_id: str) -> Requester | None:
        """The requester as this area knows it."""
        known = self.requesters.get(area)
        return None if known is None else known.get(requester_id)

    def shelf(self, area: str, item: str) -> Shelf:
        """The shelf, made where it is new: for evolve only."""
        place = (area, item)
        shelf = self.shelves.get(place)
        if shelf is None:
            shelf = self.shelves[place] = Shelf(area, item)
        return shelf

    def open_needs(self, area: str, requester_id: str) -> Iterator[Need]:
        """A requester's open needs, in the order in which they were opened for each item, items in order."""
        for _, need_ids in sorted(self.asked.get((area, requester_id), {}).items()):
            yield from (self.needs[need_id] for need_id in need_ids)
