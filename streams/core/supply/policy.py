"""Who gets how much of an item in an area: what every policy answers to, and strict order (`policy_fair`: the others).

A policy is pure, and blind to lots and records: it sees the units that may be given out and the needs without stock,
and answers with quantities, the rule behind each, and what each would have needed for more. Which lots fill them is
FEFO's business (`fefo`), not the policy's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from schemas.request import NeedClass

if TYPE_CHECKING:
    from schemas.supply import Limit
    from streams.core.supply.state import Need, NeedKey

Rule = Literal[
    "in_full",
    "from_reserve",
    "last_of_stock",
    "down_to_floor",
    "ration_norm",
    "fair_share",
    "fair_share_from_reserve",
    "projected_share",
    "projected_share_from_reserve",
    "starved_first",
    "substitute",
]
"""What gives a need its quantity, as AllocationMade says it."""
URGENT: Final = frozenset({NeedClass.LIFE_THREATENING, NeedClass.CRITICAL})
"""Reserves are there for these: only they may be served from below the floor."""
_RANK: Final = {need_class: rank for rank, need_class in enumerate(NeedClass)}
_CLASSES: Final = len(NeedClass)
URGENT_RANKS: Final = (0, 1, 1 + _CLASSES)
RANKS: Final = tuple(rank for rank in range(2 * _CLASSES) if rank != _CLASSES)
"""Life-threatening, the other classes where they are overdue, and where they are not."""
_SCALE: Final = 41
"""Two different fills of at most a million people each differ by more than 2**-40."""


def need_key(need: Need) -> NeedKey:
    """Order of needs: life-threatening, then overdue, then class, then first report, then id."""
    rank = _RANK[need.need_class]
    if rank and not need.overdue:
        rank += _CLASSES
    return (rank, need.reported_at, need.need_id)


def level_of(units: int, people: int) -> int:
    """Units for each person, as a whole number that orders and equals as the fraction does."""
    return (units << _SCALE) // people if units else 0


def units_below(level: int, people: int) -> int:
    """How many units so many people get, one by one, before a unit would be given at this level or above it."""
    return (level * people + (1 << _SCALE) - 1) >> _SCALE


def servable(units: int, floor: int, urgent: bool, ordinary: bool) -> bool:
    """Whether any need of these kinds could get a unit, as far as stock and floor go."""
    return (urgent and units > 0) or (ordinary and units > floor)


class Stock(NamedTuple):
    """What there is to give out, and what is wanted: by all who wait, and by those of them who may break the floor.

    `given`: units that went out today before. `expected`: units that will still be asked for today.
    """

    units: int
    floor: int
    wanted: int
    urgent: int
    given: int = 0
    expected: int = 0

    def scarce(self, urgent: bool) -> bool:
        """Whether those of a kind who wait, and those before them, want more than there is for them."""
        return self.urgent > self.units if urgent else self.wanted > self.units - self.floor


class Grant(NamedTuple):
    """So many units for a need, and the rule that gave it that quantity; `limit` and `more` as in AllocationMade."""

    need: Need
    quantity: int
    rule: Rule
    limit: Limit = "asked"
    more: int = 0


class Backlog(Protocol):
    """Needs without stock, each once in each order; they need not be read to the end."""

    unfinished: bool
    """To be set by a policy that has more to give when these grants are part of the state."""

    def urgent(self) -> Iterator[Need]:
        """Those that may break the floor, in order."""
        ...

    def ordinary(self) -> Iterator[Need]:
        """Those that may not, in order."""
        ...

    def rank(self, rank: int) -> Iterator[Need]:
        """Those of one rank: who has least for each person first, then by age."""
        ...

    def starved(self, rank: int) -> Iterator[Need]:
        """Those of one rank that got nothing for longer than any need shall wait, the oldest first."""
        ...

    def most(self, need: Need) -> int:
        """What it lacks; where the item is scarce, no more than its household's ration leaves it."""
        ...


class Policy(Protocol):
    """Shares units of an item in an area. `batches`: requests for what is scarce wait for those of the same minute.

    `looks_ahead`: what will still be asked for today makes an item scarce, too.
    """

    name: str
    batches: bool
    looks_ahead: bool

    def share(self, stock: Stock, backlog: Backlog) -> Iterator[Grant]:
        """Grants in the order in which they are to be filled, one a need; no more than the units, none above its most.

        Life-threatening needs come first, and only urgent ones get anything of the last `floor` units.
        """
        ...


class PriorityOrder:
    """Strict order: each need gets all that it lacks, or what is left."""

    name = "priority"
    batches = False
    looks_ahead = False

    def share(self, stock: Stock, backlog: Backlog) -> Iterator[Grant]:
        """Merge both in order; ordinary needs end where the floor begins."""
        units, floor = stock.units, stock.floor
        urgent, ordinary = backlog.urgent(), backlog.ordinary()
        first, second = next(urgent, None), next(ordinary, None)
        while units > 0:
            if units <= floor:
                second = None
            if first is not None and (second is None or need_key(first) < need_key(second)):
                need, first, there = first, next(urgent, None), units
            elif second is not None:
                need, second, there = second, next(ordinary, None), units - floor
            else:
                return
            most = backlog.most(need)
            if most > 0:
                yield grant_in_order(need, most, there, units, floor)
                units -= min(most, there)


def grant_in_order(need: Need, most: int, there: int, units: int, floor: int) -> Grant:
    """All that a need may have, or what is there for it of these units."""
    give = min(most, there)
    urgent = need.need_class in URGENT
    if give == need.unfilled:
        return Grant(need, give, rule_in_full(urgent, units - give, floor))
    if floor and urgent and units - give < floor:
        return Grant(need, give, "from_reserve", "norm" if give == most else "stock", 0 if give == most else 1)
    if give == most:
        return Grant(need, give, "ration_norm", "norm")
    if floor and not urgent:
        return Grant(need, give, "down_to_floor", "reserve_floor", 1)
    return Grant(need, give, "last_of_stock", "stock", 1)


def rule_in_full(urgent: bool, left: int, floor: int) -> Rule:
    """`from_reserve` where it reaches below the floor, else `in_full`."""
    return "from_reserve" if floor and urgent and left < floor else "in_full"


PRIORITY: Final = PriorityOrder()
