"""Stock to needs: the policy says how much, FEFO (first expired, first out) says from which lots."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import takewhile
from typing import Final

from schemas.request import NeedClass
from schemas.supply import AllocationMade, DispatchLine, SkippedLot
from streams.core.supply.call import Call, allocation_id
from streams.core.supply.dispatching import order_bag
from streams.core.supply.index import is_servable
from streams.core.supply.ordered import Ordered
from streams.core.supply.policy import Grant, Supply, breaks_floor
from streams.core.supply.state import Lot, LotKey, Need, NeedKey, Shelf

Gains = dict[str, tuple[Lot, int]]
"""Units that usable lots get in this very call, on top of what the state has of them."""
NOTHING: Final[Gains] = {}


def gain(call: Call, gains: Gains, lot: Lot, units: int) -> None:
    """Count units as gained where the lot may be given out today."""
    if units > 0 and lot.usable and lot.fefo[0] >= call.today:
        gains[lot.lot_id] = (lot, units + gains.get(lot.lot_id, (lot, 0))[1])


def serve_need(call: Call, need: Need) -> None:
    """Serve one new (or larger) need at once, unless older needs wait for a tick that serves them first."""
    shelf = call.state.shelves.get((need.area, need.item))
    if shelf is None or not shelf.available or not _is_settled(call, shelf):
        return
    if breaks_floor(need.need_class):
        _fill(call, shelf, iter((need,)), iter(()), NOTHING)
    else:
        _fill(call, shelf, iter(()), iter((need,)), NOTHING)


def serve_backlog(call: Call, shelf: Shelf, gains: Gains = NOTHING, without: Collection[str] = ()) -> None:
    """Serve the backlog of a shelf that gains units, except for needs that end in this call."""
    if not is_servable(shelf, sum(units for _, units in gains.values())) or not _is_settled(call, shelf):
        return
    _fill(call, shelf, _needs(call, shelf.urgent, without), _needs(call, shelf.ordinary, without), gains)


def serve_pending(call: Call) -> None:
    """At a tick: serve shelves whose backlog can be served, in order, as far as there is room."""
    state = call.state
    for place in sorted(state.pending):
        if call.room <= 0:
            return
        shelf = state.shelves[place]
        _fill(call, shelf, _needs(call, shelf.urgent), _needs(call, shelf.ordinary), NOTHING)


def _is_settled(call: Call, shelf: Shelf) -> bool:
    """No tick has to serve or clear this shelf first: nothing is pending, nothing lies on it that has expired."""
    if (shelf.area, shelf.item) in call.state.pending:
        return False
    return not shelf.usable or shelf.usable[0][0] >= call.today


def _needs(call: Call, queue: Iterable[NeedKey], without: Collection[str] = ()) -> Iterator[Need]:
    needs = call.state.needs
    return (needs[key[2]] for key in queue if key[2] not in without)


def _fill(call: Call, shelf: Shelf, urgent: Iterator[Need], ordinary: Iterator[Need], gains: Gains) -> None:
    """Allocate what the policy grants, until the record has no room; life-threatening needs leave at once."""
    supply = Supply(shelf.available + sum(units for _, units in gains.values()), shelf.floor)
    lots = _Fefo(call, shelf, gains)
    for grant in call.rules.policy(supply, urgent, ordinary):
        made = _allocate(call, grant, lots)
        if made and call.now is not None and grant.need.need_class is NeedClass.LIFE_THREATENING:
            order_bag(call, grant.need, [_line(one) for one in made])
        if call.room <= 0:
            return


def _allocate(call: Call, grant: Grant, lots: _Fefo) -> list[AllocationMade]:
    need, left = grant.need, grant.quantity
    made: list[AllocationMade] = []
    while left > 0 and call.room > 0:
        key, quantity = lots.take(left)
        left -= quantity
        allocation = AllocationMade(
            allocation_id=allocation_id(need, need.made + len(made) + 1),
            need_id=need.need_id,
            lot_id=key[2],
            item=need.item,
            quantity=quantity,
            rule=grant.rule,
            skipped=lots.skipped(key),
        )
        call.spend(allocation)
        made.append(allocation)
    return made


def _line(made: AllocationMade) -> DispatchLine:
    return DispatchLine(
        allocation_id=made.allocation_id,
        need_id=made.need_id,
        lot_id=made.lot_id,
        item=made.item,
        quantity=made.quantity,
    )


class _Fefo:
    """Usable lots of a shelf in FEFO order, with what this call has taken from them already."""

    __slots__ = ("_barred", "_gains", "_key", "_left", "_limit", "_lots", "_order")

    def __init__(self, call: Call, shelf: Shelf, gains: Gains) -> None:
        self._lots, self._gains, self._barred = call.state.lots, gains, shelf.barred
        self._limit = call.rules.skipped_limit
        self._order = _merged(shelf.usable, gains)
        self._key: LotKey = (0, 0, "")
        self._left = 0

    def take(self, most: int) -> tuple[LotKey, int]:
        """Up to `most` units of the lot that is first; the policy never grants more than there is."""
        while not self._left:
            self._key = next(self._order)
            self._left = self._units(self._key[2])
        units = min(most, self._left)
        self._left -= units
        return self._key, units

    def _units(self, lot_id: str) -> int:
        lot = self._lots.get(lot_id)
        gained = self._gains.get(lot_id)
        # What a lot has that a hold bars still in the state is not on the shelf: when it is freed, it is all gained.
        shelved = lot.available if lot is not None and lot.usable else 0
        return shelved + (0 if gained is None else gained[1])

    def skipped(self, key: LotKey) -> tuple[SkippedLot, ...]:
        """Barred lots that would have come before this one."""
        if not self._barred:
            return ()
        before = takewhile(lambda barred: barred < key, self._barred)
        return tuple(self._skip(barred[2]) for barred, _ in zip(before, range(self._limit), strict=False))

    def _skip(self, lot_id: str) -> SkippedLot:
        return SkippedLot(lot_id=lot_id, reason="held" if self._lots[lot_id].holds else "expired")


def _merged(usable: Ordered[LotKey], gains: Gains) -> Iterator[LotKey]:
    extra = sorted(lot.fefo for lot, _ in gains.values() if lot.fefo not in usable)
    return merge(usable, extra) if extra else iter(usable)
