"""Keeps the derived part of the state: after a record, everything that it touched is put where it belongs.

Each function moves one thing to the place that follows from its state alone, so a state that was folded and one that
was loaded have the same indexes.
"""

from __future__ import annotations

from typing import Final

from schemas.request import NeedClass
from streams.core.instants import FAR_DAY
from streams.core.supply.ordered import Ordered
from streams.core.supply.policy import level_of, need_key, servable
from streams.core.supply.state import Allocation, Dispatch, Lot, LotKey, Need, NeedKey, Place, Shelf, State
from streams.core.supply.transit import RANK

_LIFE: Final = NeedClass.LIFE_THREATENING
_CRITICAL: Final = NeedClass.CRITICAL
"""Reading a member off its class costs three times as much."""


class Touched:
    """What decisions changed, each thing once (but shelves). `bags`: those that something was taken from.

    `handed`: units of lots that were handed over, to whom the end of their dispatch says.
    """

    __slots__ = ("allocations", "bags", "dispatches", "handed", "lots", "needs", "shelves")

    def __init__(self) -> None:
        self.lots: dict[str, Lot] = {}
        self.needs: dict[str, Need] = {}
        self.allocations: dict[str, Allocation] = {}
        self.dispatches: dict[str, Dispatch] = {}
        self.shelves: list[Shelf] = []
        self.bags: set[Place] = set()
        self.handed: list[tuple[Lot, int]] = []


def reindex(state: State, touched: Touched) -> None:
    """Put everything that was touched where it belongs now."""
    shelves = touched.shelves
    for lot in touched.lots.values():
        shelves.append(_lot(state, lot))
    for need in touched.needs.values():
        shelves.append(_need(state, need))
    _shelves(state, shelves)
    if touched.allocations:
        for allocation in touched.allocations.values():
            _allocation(state, allocation, touched.bags)
        for place in touched.bags:
            _bag(state, place)
    if touched.dispatches:
        for dispatch in touched.dispatches.values():
            _dispatch(state, dispatch)


def is_servable(shelf: Shelf, more: int = 0) -> bool:
    """Whether the backlog could be served from the shelf and `more` units."""
    units = shelf.available + more
    wanted = shelf.wanted
    if units <= 0 or wanted <= 0:
        return False
    urgent = shelf.wanted_urgent
    return servable(units, shelf.floor, urgent > 0, wanted > urgent)


def _shelves(state: State, shelves: list[Shelf]) -> None:
    last = None
    for shelf in shelves:
        if shelf is last:  # of a lot and the need that it serves
            continue
        last = shelf
        _tell(state, shelf)
        if shelf.available > 0 and is_servable(shelf):
            place, weigh_at = (shelf.area, shelf.item), shelf.weigh_at
            if weigh_at is None:
                state.pending.add(place)
            else:
                state.weighings.set(place, weigh_at)
                state.pending.discard(place)
            continue
        if state.pending:
            state.pending.discard((shelf.area, shelf.item))
        if shelf.weigh_at is not None:
            state.weighings.set((shelf.area, shelf.item), shelf.weigh_at if shelf.weighs_recent else None)


def _tell(state: State, shelf: Shelf) -> None:
    """Whether the city is to be told how it stands."""
    spare, told = shelf.available - shelf.floor - shelf.wanted, shelf.told
    if shelf.notes or shelf.lacks:
        untold = bool(shelf.notes) or shelf.mark != told
    else:  # the common case, without making its mark
        untold = (spare > 0 or bool(told)) and (len(told) != 1 or told[0] != spare)
    if untold is not shelf.untold:
        shelf.untold = untold
        (state.transit.untold.add if untold else state.transit.untold.discard)((shelf.area, shelf.item))


def _lot(state: State, lot: Lot) -> Shelf:
    shelf = state.shelves.get((lot.area, lot.item)) or state.shelf(lot.area, lot.item)
    usable = not (lot.holds or lot.expired or lot.short or lot.gone)
    if usable and lot.available and lot.place is shelf.usable:  # the common case: a little less or more than before
        shelf.available += lot.available - lot.shelved
        lot.shelved = lot.available
        return shelf
    place = None
    if lot.available:
        place = shelf.usable if usable else shelf.barred if lot.barred else None
    if lot.place is not place:
        _move(lot, place)
    shelved = lot.available if usable else 0
    shelf.available += shelved - lot.shelved
    lot.shelved = shelved
    if lot.lot_id in state.transit.of_lot:
        state.transit.bar(lot.lot_id, lot.barred)
    if state.missing or lot.short or lot.gone:
        _toggle(state.missing, lot.lot_id, lot.short > 0 or lot.gone > 0)
    if lot.expires is not None and lot.expires < FAR_DAY:
        waits = not lot.expired and (lot.available or lot.reserved or lot.in_transit)
        state.expiries.set(lot.lot_id, lot.expires if waits else None)
    return shelf


def _move(lot: Lot, place: Ordered[LotKey] | None) -> None:
    if lot.place is not None:
        lot.place.remove(lot.fefo)
    if place is not None:
        place.add(lot.fefo)
    lot.place = place


def _need(state: State, need: Need) -> Shelf:
    shelf = need.shelf
    if shelf is None:
        shelf = need.shelf = state.shelf(need.area, need.item)
    need_id = need.need_id
    if need_id not in state.needs:
        if need.queue is not None:
            _queue(need, shelf, None)
        state.clocks.set(need_id, None)
        state.surplus.discard(need_id)
        state.stale.discard(need_id)
        _escalate(state, need, shelf, 0)
        return shelf
    got = need.delivered + need.reserved + need.in_transit
    lacking = need.quantity - got
    if lacking > 0:
        urgent = need.need_class is _LIFE or need.need_class is _CRITICAL
        _queue(need, shelf, shelf.urgent if urgent else shelf.ordinary, got)
        _want(need, shelf, lacking, urgent)
    elif need.queue is not None:
        _queue(need, shelf, None)
    if lacking > 0 or need.waiting is not None or need.escalated:
        _escalate(state, need, shelf, max(0, lacking))
    state.clocks.set(need_id, None if need.overdue else need.due_at)
    if lacking < 0 or state.surplus:
        _toggle(state.surplus, need_id, lacking < 0 < need.reserved)
    if is_stale(state, need):
        state.stale.add(need_id)
    elif state.stale:
        state.stale.discard(need_id)
    return shelf


def _queue(need: Need, shelf: Shelf, queue: Ordered[NeedKey] | None, got: int = 0) -> None:
    """Put a need into this backlog, under its keys of now, and out of the one in which it was."""
    if queue is None:
        _want(need, shelf, 0, False)
        key, level_key = None, None
    else:
        key = need_key(need)
        level_key = (key[0], level_of(got, need.people) if got else 0, key[1], key[2])
    if need.level_key != level_key:
        if need.level_key is not None:
            shelf.levels.remove(need.level_key)
        if level_key is not None:
            shelf.levels.add(level_key)
        need.level_key = level_key
    if need.queue is queue and need.key == key:
        return
    if need.queue is not None and need.key is not None:
        need.queue.remove(need.key)
        if need.substitutes:
            shelf.flexible.remove(need.key)
    if queue is not None and key is not None:
        queue.add(key)
        if need.substitutes:
            shelf.flexible.add(key)
    need.queue, need.key = queue, key


def _want(need: Need, shelf: Shelf, lacking: int, urgent: bool) -> None:
    """Count what a need in the backlog lacks."""
    shelf.wanted += lacking - need.wanted
    shelf.wanted_urgent += (lacking if urgent else 0) - (need.wanted if need.urgent else 0)
    need.wanted, need.urgent = lacking, urgent


def _escalate(state: State, need: Need, shelf: Shelf, lacking: int) -> None:
    """What it lacks counts for the city once it is escalated; until then it waits for that."""
    rank = RANK[need.need_class]
    waiting = state.transit.waiting[rank] if lacking and not need.escalated else None
    if need.waiting is not None and need.waiting is not waiting:
        need.waiting.set(need.need_id, None)
    if waiting is not None and need.waiting is not waiting:
        waiting.set(need.need_id, need.reported_at)
    need.waiting = waiting
    counted = (rank, lacking if need.escalated else 0)
    if counted != need.counted:
        shelf.lacking[need.counted[0]] -= need.counted[1]
        shelf.lacking[rank] += counted[1]
        shelf.lacks += counted[1] - need.counted[1]
        need.counted = counted


def is_stale(state: State, need: Need) -> bool:
    """Whether a need was planned for another class or mode than its requester has; life-threatening ones never are."""
    if need.need_class is _LIFE:
        return False
    known = state.requesters.get(need.area)
    requester = None if known is None else known.get(need.requester_id)
    if requester is None:
        return False
    return (
        need.need_class is not requester.need_class
        or need.mode is not requester.mode
        or (requester.people != need.people and requester.people > 0)
    )


def _allocation(state: State, allocation: Allocation, bags: set[Place]) -> None:
    reserved = allocation.dispatch_id is None and allocation.quantity > 0
    releasing = reserved and (allocation.need_id not in state.needs or state.lots[allocation.lot_id].barred)
    waiting = reserved and not releasing
    if releasing is not allocation.releasing:
        (state.releases.add if releasing else state.releases.remove)(allocation.allocation_id)
        allocation.releasing = releasing
    if waiting is not allocation.waiting:
        allocation.waiting = waiting
        place = (allocation.area, allocation.requester_id)
        if waiting:
            _pack(state, place, allocation)
        else:
            state.bags[place].remove(allocation.allocation_id)
            bags.add(place)


def _pack(state: State, place: Place, allocation: Allocation) -> None:
    bag = state.bags.get(place)
    if bag is None:
        state.bags[place] = {allocation.allocation_id}
        state.waves.set(place, allocation.reserved_at)
        return
    bag.add(allocation.allocation_id)
    since = state.waves.get(place)
    if since is None or allocation.reserved_at < since:
        state.waves.set(place, allocation.reserved_at)


def _bag(state: State, place: Place) -> None:
    """A bag has waited since its oldest reservation."""
    bag = state.bags[place]
    if not bag:
        del state.bags[place]
        state.waves.set(place, None)
        return
    oldest = (state.allocations[allocation_id].reserved_at for allocation_id in bag)
    state.waves.set(place, min(oldest))


def _dispatch(state: State, dispatch: Dispatch) -> None:
    is_open = dispatch.dispatch_id in state.dispatches
    state.deadlines.set(dispatch.dispatch_id, dispatch.deadline if is_open and not dispatch.overdue else None)
    _toggle(state.recalls, dispatch.dispatch_id, is_open and bool(to_recall(state, dispatch)))


def to_recall(state: State, dispatch: Dispatch) -> list[str]:
    """Held lots in a bag for which it was not called back yet."""
    lots = {state.allocations[allocation_id].lot_id for allocation_id in dispatch.allocations}
    return sorted(lot_id for lot_id in lots if state.lots[lot_id].holds and lot_id not in dispatch.recalled)


def _toggle(members: set[str], member: str, belongs: bool) -> None:
    if belongs:
        members.add(member)
    elif members:
        members.discard(member)
