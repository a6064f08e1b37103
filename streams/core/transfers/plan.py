"""What to move of one item: unfilled units cost most (by class), then kilometres, then expiry (the soonest first)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from streams.core.transfers.flow import Arc, Network, solve

T = TypeVar("T", str, int)
Km = Callable[[str, str], int | None]
"""Kilometres from one area to another; None: no road."""
Arrives = Callable[[int], int]
"""Ordinal of the day on which goods that are ordered now have come so many kilometres."""
_NEVER: Final = 10**9


class Shortage(NamedTuple):
    """Units that an area lacks for one class of needs; `rank`: the place of the class, 0 the most pressing."""

    area: str
    rank: int
    quantity: int


class SpareLot(NamedTuple):
    """Units of a lot that may leave; `expires`: ordinal of its last day, None: never."""

    lot_id: str
    quantity: int
    expires: int | None


class Spare(NamedTuple):
    """What an area can spare: `quantity` in all, of these lots."""

    area: str
    quantity: int
    lots: tuple[SpareLot, ...]


class Move(NamedTuple):
    """Units of a lot that are to go from one area to another, for needs of one class."""

    source: str
    destination: str
    lot_id: str
    rank: int
    quantity: int
    km: int


class _Group(NamedTuple):
    """Lots of an area with the same last day: the flow does not tell them apart."""

    area: str
    expires: int
    lots: list[SpareLot]

    @property
    def units(self) -> int:
        return sum(lot.quantity for lot in self.lots)


def plan(shortages: Iterable[Shortage], spares: Iterable[Spare], km: Km, arrives: Arrives) -> list[Move]:
    """The moves of least cost, in order of destination, rank, source and lot; the same whatever the order of input."""
    wanted = _wanted(shortages)
    areas = {spare.area: spare for spare in spares if spare.quantity > 0}
    groups = [group for _, spare in sorted(areas.items()) for group in _groups(spare)]
    places = sorted(wanted)
    arcs = _arcs(groups, places, km, arrives)
    most = [
        ([number for number, group in enumerate(groups) if group.area == area], spare.quantity)
        for area, spare in sorted(areas.items())
    ]
    network = Network([group.units for group in groups], most, [wanted[place] for place in places], arcs)
    flows, filled = solve(network)
    return sorted(_moves(groups, places, arcs, flows, filled, km), key=_order)


def _order(move: Move) -> tuple[str, int, str, str]:
    return move.destination, move.rank, move.source, move.lot_id


def _wanted(shortages: Iterable[Shortage]) -> dict[str, dict[int, int]]:
    wanted: dict[str, dict[int, int]] = {}
    for one in shortages:
        if one.quantity > 0:
            ranks = wanted.setdefault(one.area, {})
            ranks[one.rank] = ranks.get(one.rank, 0) + one.quantity
    return wanted


def _groups(spare: Spare) -> Iterator[_Group]:
    by_day: dict[int, list[SpareLot]] = {}
    for lot in sorted(spare.lots):
        if lot.quantity > 0:
            by_day.setdefault(_NEVER if lot.expires is None else lot.expires, []).append(lot)
    for expires, lots in sorted(by_day.items()):
        yield _Group(spare.area, expires, lots)


def _arcs(groups: Sequence[_Group], places: Sequence[str], km: Km, arrives: Arrives) -> list[Arc]:
    """Only ways that a lot can go and arrive before it expires; a kilometre outweighs any exchange of days."""
    days = {expires: number for number, expires in enumerate(sorted({group.expires for group in groups}))}
    kilometre = len(days) * 2 * (len(groups) + len(places)) + 1
    arcs = []
    for number, group in enumerate(groups):
        for place, area in enumerate(places):
            way = None if area == group.area else km(group.area, area)
            if way is not None and arrives(way) <= group.expires:
                arcs.append(Arc(number, place, way * kilometre + days[group.expires]))
    return arcs


def _moves(
    groups: Sequence[_Group],
    places: Sequence[str],
    arcs: Sequence[Arc],
    flows: Sequence[int],
    filled: Sequence[dict[int, int]],
    km: Km,
) -> Iterator[Move]:
    """Units of groups to lots, and units of places to ranks, both in order."""
    lots = [[(lot.lot_id, lot.quantity) for lot in group.lots] for group in groups]
    ranks = [sorted(got.items()) for got in filled]
    for arc, units in zip(arcs, flows, strict=True):
        group, area = groups[arc.group], places[arc.place]
        way = km(group.area, area) or 0
        for lot_id, from_lot in _take(lots[arc.group], units):
            for rank, moved in _take(ranks[arc.place], from_lot):
                yield Move(group.area, area, lot_id, rank, moved, way)


def _take(queue: list[tuple[T, int]], units: int) -> Iterator[tuple[T, int]]:
    """So many units from the front of a queue, which loses them."""
    while units > 0:
        name, there = queue.pop(0)
        taken = min(there, units)
        units -= taken
        if there > taken:
            queue.insert(0, (name, there - taken))
        yield name, taken
