"""What the alert stage knows of one partition: what it watches, what is true now, and the alerts that are open.

Watching follows the ledgers that are read; `truths` follows from what is watched; alerts follow truths by decisions.
Times are microseconds since 1970, days ordinals.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from schemas.alert import AlertKind, AlertSeverity
from schemas.duty import Level
from streams.core.memory import Memory
from streams.core.supply.ordered import Ordered, ordered
from streams.core.supply.timers import Timers

Key = tuple[str, str]
"""Kind and subject: the identity of an alert."""
Place = tuple[str, str]
"""Area and item, area and requester, or area and source."""
Gap = tuple[int, int | None]
"""A stretch in which nobody is on duty: from when until when; None: without end."""
Row = tuple[str, str, str, str]
"""Where an open alert lies: its place with a '/' after it (or NO_PLACE), its level, its kind and subject."""
Sweep = tuple[str, str, str, str]
"""What to look at again: rows whose place begins so, for the roster's line of this level there, or else of a kind and
subject; what is empty narrows nothing."""
NO_PLACE = "*/"
"""Stands for the place of alerts that have none: no place begins so."""
Detail = dict[str, Any]


@dataclass(slots=True, eq=False)
class Truth:
    """Something that is so, and that people should know."""

    place: str | None
    severity: AlertSeverity
    since: int
    detail: Detail


@dataclass(slots=True, eq=False)
class Alert:
    """An open alert."""

    alert_id: str
    kind: AlertKind
    subject: str
    place: str | None
    severity: AlertSeverity
    level: Level
    owner: str | None
    episode: int
    flapping: bool
    raised_at: int
    silenced: bool = False
    acknowledged: bool = False
    detail: Detail = field(default_factory=dict)


def row_of(alert: Alert) -> Row:
    """Where an open alert lies."""
    return f"{alert.place}/" if alert.place else NO_PLACE, alert.level.value, alert.kind.value, alert.subject


@dataclass(slots=True, eq=False)
class Past:
    """Earlier episodes of an alert: the number of the last, and when the latest were raised."""

    episode: int
    raised: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Duty:
    """A line of the roster."""

    duty_id: str
    place: str
    level: Level
    person: str
    starts: int
    ends: int


@dataclass(slots=True, eq=False)
class Silence:
    """A standing silence."""

    silence_id: str
    kind: str | None
    subject: str | None
    place: str | None
    until: int


@dataclass(slots=True, eq=False)
class Need:
    """An open need, as far as its clock goes."""

    area: str
    grid: str
    requester_id: str
    item: str
    need_class: str
    reported_at: int
    due_at: int


@dataclass(slots=True, eq=False)
class Household:
    """A vulnerable household: when it was last heard of. `watched`: it is sealed now."""

    grid: str
    heard: int
    watched: bool = True


@dataclass(slots=True, eq=False)
class Lot:
    """A lot with the units that may be given out of it. `holds`: how many are on it."""

    area: str
    item: str
    expires: int | None
    available: int
    holds: int = 0
    expired: bool = False


@dataclass(slots=True, eq=False)
class Shelf:
    """One item in one area. `used`: units that left for households, by day of the ledger's time (UTC)."""

    usable: int = 0
    floor: int = 0
    plan: int = 0
    used: dict[int, int] = field(default_factory=dict)
    first_used: int | None = None


@dataclass(slots=True, eq=False)
class Bag:
    """A dispatch under way."""

    requester_id: str
    area: str
    grid: str
    team: str


@dataclass(slots=True, eq=False)
class Move:
    """Goods that are to come from another area. `quantity`: units still awaited; `deadline` as it was said."""

    area: str
    item: str
    from_area: str
    quantity: int
    deadline: str


@dataclass(slots=True, eq=False)
class Facility:
    """Who reports an area's stock: when last, and whether on more than one day (`regular`)."""

    heard: int
    regular: bool = False


@dataclass(slots=True, eq=False)
class State:
    """One partition of the alert stage. `now` is the last tick's time."""

    now: int | None = None
    needs: dict[str, Need] = field(default_factory=dict)
    households: dict[Place, Household] = field(default_factory=dict)
    asking: dict[Place, int] = field(default_factory=dict)
    """By area and requester: how many needs it has open."""
    lots: dict[str, Lot] = field(default_factory=dict)
    shelves: dict[Place, Shelf] = field(default_factory=dict)
    prices: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """By `area:item:warehouse`: when a price was seen, and fen."""
    bags: dict[str, Bag] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    """Areas that were heard of: each must have somebody on duty."""
    contacts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Households to be told of held goods, by duty: grid and lot."""
    letters: dict[str, list[int]] = field(default_factory=dict)
    """By topic and partition: times of rejected messages that still count."""
    facilities: dict[Place, Facility] = field(default_factory=dict)
    """By area and source of stock events, until it has been silent for long."""
    roster: dict[str, Duty] = field(default_factory=dict)
    gaps: dict[str, list[Gap]] = field(default_factory=dict)
    """By area: stretches in view in which nobody is on duty for it."""
    silences: dict[str, Silence] = field(default_factory=dict)
    truths: dict[Key, Truth] = field(default_factory=dict)
    alerts: dict[Key, Alert] = field(default_factory=dict)
    past: dict[Key, Past] = field(default_factory=dict)
    forgotten: int = 0
    """The highest episode among those that are no longer in `past`: one number for all keys, so that none of them has
    an episode twice, and nothing is kept for each."""
    memory: Memory = field(default_factory=Memory)
    pending: Ordered[Key] = field(default_factory=ordered)
    """Where what is so and what is open differ: ticks at once bring them in line."""
    touched: set[Key] = field(default_factory=set)
    """While a record is applied: where they may differ now."""
    watching: Timers[Key] = field(default_factory=Timers)
    """When something watched turns true, or stops being true, by time alone; by kind and subject."""
    escalations: Timers[Key] = field(default_factory=Timers)
    hushes: Timers[str] = field(default_factory=Timers)
    """Ends of silences."""
    shifts: Timers[str] = field(default_factory=Timers)
    """When lines of the roster begin or, once they have begun, end."""
    clearing: Timers[Key] = field(default_factory=Timers)
    """When a flapping alert has been quiet for long enough to end."""
    easing: Timers[Key] = field(default_factory=Timers)
    """When what is open is less bad than it says, and has been so for long enough to be told."""
    forgetting: Timers[Key] = field(default_factory=Timers)
    """When earlier episodes no longer matter."""
    sweeps: OrderedDict[Sweep, Row] = field(default_factory=OrderedDict)
    """What is still to be looked at again, and from which row on: a part with each tick."""
    active: dict[tuple[str, Level], set[str]] = field(default_factory=dict)
    """By place and level: lines of the roster that hold now."""
    # derived
    ids: dict[str, Key] = field(default_factory=dict)
    """Open alerts by id."""
    rows: Ordered[Row] = field(default_factory=ordered)
    """Open alerts by place and level."""
    lines: dict[str, set[str]] = field(default_factory=dict)
    """Lines of the roster by their place."""
    chiefs: Ordered[tuple[str, str]] = field(default_factory=ordered)
    """Lines of the city's level that hold now, by place."""

    def look_again(self, sweep: Sweep) -> None:
        """Something changed that open alerts follow: look at these, from the first of them on."""
        self.sweeps[sweep] = (sweep[0], "", "", "")

    def tell(self, kind: AlertKind, subject: str, truth: Truth) -> None:
        """Something is so from now on."""
        key = (kind.value, subject)
        self.truths[key] = truth
        self.touched.add(key)

    def end(self, kind: AlertKind, subject: str) -> None:
        """It is no longer so."""
        key = (kind.value, subject)
        if self.truths.pop(key, None) is not None:
            self.touched.add(key)
