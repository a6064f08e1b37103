"""Who gets how much: the one module to replace for another matching policy. Pure, and blind to lots and records.

A policy sees the units that may be given out, the floor under them, and the needs without stock in order; it answers
with quantities and the rule behind each. Which lots fill them is FEFO's business (`fefo`), not the policy's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from schemas.request import NeedClass

if TYPE_CHECKING:
    from streams.core.supply.state import Need, NeedKey

URGENT: Final = frozenset({NeedClass.LIFE_THREATENING, NeedClass.CRITICAL})
"""Reserves are there for these: only they may be served from below the floor."""
_RANK: Final = {need_class: rank for rank, need_class in enumerate(NeedClass)}
_CLASSES: Final = len(NeedClass)


def need_key(need: Need) -> NeedKey:
    """Order of needs: life-threatening, then overdue, then class, then first report, then id."""
    rank = _RANK[need.need_class]
    if rank and not need.overdue:
        rank += _CLASSES
    return (rank, need.reported_at, need.need_id)


def servable(units: int, floor: int, urgent: bool, ordinary: bool) -> bool:
    """Whether any need of these kinds could get a unit: what every policy must then give."""
    return (urgent and units > 0) or (ordinary and units > floor)


class Grant(NamedTuple):
    """So many units for a need, and the rule that gave it that quantity."""

    need: Need
    quantity: int
    rule: str


class Policy(Protocol):
    """Shares units of an item in an area. `urgent` needs may break the floor, `ordinary` ones may not."""

    def alone(self, units: int, floor: int, need_class: NeedClass, lacking: int) -> tuple[int, str]:
        """Units for a need that comes while nobody else can be served, and the rule; may be 0."""
        ...

    def share(self, units: int, floor: int, urgent: Iterator[Need], ordinary: Iterator[Need]) -> Iterator[Grant]:
        """Grants in the order in which they are to be filled; together at most `units`, none above its need.

        Needs come in order, each once, and need not be read to the end. Where `servable`, at least one unit is granted.
        """
        ...


class PriorityOrder:
    """Strict order: each need gets all that it lacks, or what is left."""

    def alone(self, units: int, floor: int, need_class: NeedClass, lacking: int) -> tuple[int, str]:
        """All that it lacks, or what is there for it."""
        urgent = need_class in URGENT
        there = units if urgent else units - floor
        give = lacking if lacking < there else there
        return give, _rule(lacking, give, units, floor, urgent)

    def share(self, units: int, floor: int, urgent: Iterator[Need], ordinary: Iterator[Need]) -> Iterator[Grant]:
        """Merge both in order; ordinary needs end where the floor begins."""
        first, second = next(urgent, None), next(ordinary, None)
        while units > 0:
            if units <= floor:
                second = None
            if first is not None and (second is None or need_key(first) < need_key(second)):
                need, first = first, next(urgent, None)
            elif second is not None:
                need, second = second, next(ordinary, None)
            else:
                return
            give, rule = self.alone(units, floor, need.need_class, need.unfilled)
            yield Grant(need, give, rule)
            units -= give


PRIORITY: Final = PriorityOrder()


def _rule(lacking: int, give: int, units: int, floor: int, urgent: bool) -> str:
    """What set the quantity: `from_reserve` (below the floor), `in_full`, `down_to_floor`, `last_of_stock`."""
    if floor and urgent and units - give < floor:
        return "from_reserve"
    if give == lacking:
        return "in_full"
    return "down_to_floor" if floor and not urgent else "last_of_stock"
