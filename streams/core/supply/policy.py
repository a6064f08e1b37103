"""Who gets how much: the one module to replace for another matching policy. Pure, and blind to lots and records.

A policy is asked once for a shelf and a call. It sees the units that may be given out, the floor, and the needs without
stock in order; it answers with grants. Which lots fill a grant is FEFO's business (`matching`), not the policy's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from schemas.request import NeedClass

if TYPE_CHECKING:
    from streams.core.supply.state import Need, NeedKey

_RANK: Final = {need_class: rank for rank, need_class in enumerate(NeedClass)}
_CLASSES: Final = len(NeedClass)


def need_key(need: Need) -> NeedKey:
    """Order of needs: life-threatening, then overdue, then class, then first report, then id."""
    rank = _RANK[need.need_class]
    if rank and not need.overdue:
        rank += _CLASSES
    return (rank, need.reported_at, need.need_id)


def breaks_floor(need_class: NeedClass) -> bool:
    """Reserves are there for these: only they may be served from below the floor."""
    return need_class is NeedClass.LIFE_THREATENING or need_class is NeedClass.CRITICAL


@dataclass(frozen=True, slots=True)
class Grant:
    """So many units for a need, and the rule that gave it that quantity."""

    need: Need
    quantity: int
    rule: str


@dataclass(frozen=True, slots=True)
class Supply:
    """Units of an item in an area that may be given out, and the floor under them."""

    units: int
    floor: int


class Policy(Protocol):
    """Shares a supply among needs; `urgent` may break the floor, `ordinary` may not; each in order, each once."""

    def __call__(self, supply: Supply, urgent: Iterator[Need], ordinary: Iterator[Need]) -> Iterator[Grant]:
        """Grants in the order in which they are to be filled; together at most the supply, and none above its need."""
        ...


def servable(units: int, floor: int, urgent: bool, ordinary: bool) -> bool:
    """Whether any need of these kinds could get a unit: what every policy must then give."""
    return (urgent and units > 0) or (ordinary and units > floor)


def priority_order(supply: Supply, urgent: Iterator[Need], ordinary: Iterator[Need]) -> Iterator[Grant]:
    """Strict order: each need gets all that it lacks, or what is left."""
    left, floor = supply.units, supply.floor
    first, second = next(urgent, None), next(ordinary, None)
    while left > 0:
        if left <= floor:
            second = None
        if first is not None and (second is None or need_key(first) < need_key(second)):
            give = min(first.unfilled, left)
            yield Grant(first, give, _rule(first, give, broke=left - give < floor, floor=floor))
            first = next(urgent, None)
        elif second is not None:
            give = min(second.unfilled, left - floor)
            yield Grant(second, give, _rule(second, give, broke=False, floor=floor))
            second = next(ordinary, None)
        else:
            return
        left -= give


def _rule(need: Need, give: int, *, broke: bool, floor: int) -> str:
    """What set the quantity: `in_full`, `from_reserve` (below the floor), `down_to_floor`, `last_of_stock`."""
    if broke and floor:
        return "from_reserve"
    if give == need.unfilled:
        return "in_full"
    return "down_to_floor" if floor and not breaks_floor(need.need_class) else "last_of_stock"
