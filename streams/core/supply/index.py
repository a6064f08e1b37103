"""Keeps the derived part of the state: after a record, everything that it touched is put where it belongs.

Each function moves one thing to the place that follows from its state alone, so a state that was folded and one that
was loaded have the same indexes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.request import NeedClass
from streams.core.supply.instants import FAR_DAY
from streams.core.supply.policy import breaks_floor, need_key, servable
from streams.core.supply.state import Allocation, Bag, Dispatch, Lot, Need, Shelf, State


@dataclass(slots=True)
class Touched:
    """What decisions changed, each thing once, in the order in which it was met."""

    lots: dict[str, Lot] = field(default_factory=dict)
    needs: dict[str, Need] = field(default_factory=dict)
    allocations: dict[str, Allocation] = field(default_factory=dict)
    dispatches: dict[str, Dispatch] = field(default_factory=dict)
    shelves: dict[int, Shelf] = field(default_factory=dict)


def reindex(state: State, touched: Touched) -> None:
    """Put everything that was touched where it belongs now."""
    for lot in touched.lots.values():
        shelf = _lot(state, lot)
        touched.shelves[id(shelf)] = shelf
    for need in touched.needs.values():
        shelf = _need(state, need)
        touched.shelves[id(shelf)] = shelf
    for shelf in touched.shelves.values():
        _shelf(state, shelf)
    for allocation in touched.allocations.values():
        _allocation(state, allocation)
    for dispatch in touched.dispatches.values():
        _dispatch(state, dispatch)


def is_servable(shelf: Shelf, more: int = 0) -> bool:
    """Whether the backlog could be served from the shelf and `more` units."""
    units = shelf.available + more
    return units > 0 and servable(units, shelf.floor, bool(shelf.urgent), bool(shelf.ordinary))


def _shelf(state: State, shelf: Shelf) -> None:
    place = (shelf.area, shelf.item)
    if is_servable(shelf):
        state.pending.add(place)
    else:
        state.pending.discard(place)


def _lot(state: State, lot: Lot) -> Shelf:
    shelf = state.shelf(lot.area, lot.item)
    usable = lot.usable
    place = None
    if lot.available:
        place = shelf.usable if usable else shelf.barred if lot.barred else None
    if lot.place is not place:
        if lot.place is not None:
            lot.place.remove(lot.fefo)
        if place is not None:
            place.add(lot.fefo)
        lot.place = place
    shelved = lot.available if usable else 0
    shelf.available += shelved - lot.shelved
    lot.shelved = shelved
    _toggle(state.missing, lot.lot_id, bool(lot.short or lot.gone))
    _expiry(state, lot)
    return shelf


def _expiry(state: State, lot: Lot) -> None:
    if lot.expires is None:
        return
    there = lot.available or lot.reserved or lot.in_transit
    clocked = bool(there) and not lot.expired and lot.expires < FAR_DAY
    if clocked is not lot.clocked:
        (state.expiries.add if clocked else state.expiries.remove)((lot.expires, lot.lot_id))
        lot.clocked = clocked


def _need(state: State, need: Need) -> Shelf:
    shelf = state.shelf(need.area, need.item)
    is_open = need.need_id in state.needs
    queue, key = None, None
    if is_open and need.unfilled > 0:
        queue, key = (shelf.urgent if breaks_floor(need.need_class) else shelf.ordinary), need_key(need)
    if need.queue is not queue or need.key != key:
        if need.queue is not None and need.key is not None:
            need.queue.remove(need.key)
        if queue is not None and key is not None:
            queue.add(key)
        need.queue, need.key = queue, key
    clock = need.due_at if is_open and not need.overdue else None
    if need.clock != clock:
        if need.clock is not None:
            state.clocks.remove((need.clock, need.need_id))
        if clock is not None:
            state.clocks.add((clock, need.need_id))
        need.clock = clock
    _toggle(state.surplus, need.need_id, is_open and need.unfilled < 0 and need.reserved > 0)
    _toggle(state.stale, need.need_id, is_open and is_stale(state, need))
    return shelf


def is_stale(state: State, need: Need) -> bool:
    """Whether a need was planned for another class or mode than its requester has; life-threatening ones never are."""
    if need.need_class is NeedClass.LIFE_THREATENING:
        return False
    requester = state.requester(need.area, need.requester_id)
    if requester is None:
        return False
    return need.need_class is not requester.need_class or need.mode is not requester.mode


def _allocation(state: State, allocation: Allocation) -> None:
    reserved = allocation.dispatch_id is None and allocation.allocation_id in state.allocations
    releasing = reserved and (state.lots[allocation.lot_id].barred or allocation.need_id not in state.needs)
    waiting = reserved and not releasing
    if releasing is not allocation.releasing:
        (state.releases.add if releasing else state.releases.remove)(allocation.allocation_id)
        allocation.releasing = releasing
    if waiting is not allocation.waiting:
        (_pack if waiting else _unpack)(state, allocation)
        allocation.waiting = waiting


def _pack(state: State, allocation: Allocation) -> None:
    area, requester_id, since = allocation.area, allocation.requester_id, allocation.reserved_at
    bag = state.bags.get((area, requester_id))
    if bag is None:
        state.bags[area, requester_id] = Bag(since, {allocation.allocation_id})
        state.waves.add((since, area, requester_id))
        return
    bag.allocations.add(allocation.allocation_id)
    _since(state, area, requester_id, bag, min(bag.since, since))


def _unpack(state: State, allocation: Allocation) -> None:
    area, requester_id = allocation.area, allocation.requester_id
    bag = state.bags[area, requester_id]
    bag.allocations.remove(allocation.allocation_id)
    if not bag.allocations:
        del state.bags[area, requester_id]
        state.waves.remove((bag.since, area, requester_id))
    elif allocation.reserved_at == bag.since:
        # Of several that one record ended, those still to be taken out of the bag are no longer known.
        known = (state.allocations.get(other) for other in bag.allocations)
        oldest = min((each.reserved_at for each in known if each is not None), default=bag.since)
        _since(state, area, requester_id, bag, oldest)


def _since(state: State, area: str, requester_id: str, bag: Bag, since: int) -> None:
    if since != bag.since:
        state.waves.remove((bag.since, area, requester_id))
        state.waves.add((since, area, requester_id))
        bag.since = since


def _dispatch(state: State, dispatch: Dispatch) -> None:
    is_open = dispatch.dispatch_id in state.dispatches
    clocked = is_open and not dispatch.overdue
    if clocked is not dispatch.clocked:
        (state.deadlines.add if clocked else state.deadlines.remove)((dispatch.deadline, dispatch.dispatch_id))
        dispatch.clocked = clocked
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
