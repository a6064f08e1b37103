"""R7, conservation: what must hold of any state, at every prefix of the ledger. Counted anew, without the indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from streams.core.supply.state import Lot, Need, State


def conservation(state: State) -> list[str]:
    """Everything that does not add up, in words; empty where all does."""
    return [*_lots(state), *_needs(state), *_bags(state)]


def _lots(state: State) -> Iterator[str]:
    reserved, in_transit = Counter[str](), Counter[str]()
    for allocation in state.allocations.values():
        (reserved if allocation.dispatch_id is None else in_transit)[allocation.lot_id] += allocation.quantity
    for leaving in state.transit.outgoing.values():
        reserved[leaving.lot_id] += leaving.quantity
    for lot in state.lots.values():
        where = lot.available + lot.reserved + lot.in_transit + lot.delivered + lot.written_off + lot.moved_out
        if lot.received + lot.corrected != where:
            yield f"lot {lot.lot_id}: {lot.received} received and {lot.corrected} corrected, but {where} accounted for"
        if lot.reserved != reserved[lot.lot_id] or lot.in_transit != in_transit[lot.lot_id]:
            yield f"lot {lot.lot_id}: reserved or in transit is not what its allocations say"
        yield from (f"lot {lot.lot_id}: {name} is below zero" for name in _negative(lot))


def _negative(lot: Lot) -> Iterator[str]:
    names = (
        "available",
        "reserved",
        "in_transit",
        "delivered",
        "written_off",
        "moved_out",
        "short",
        "gone",
        "on_shelf",
    )
    return (name for name in names if getattr(lot, name) < 0)


def _needs(state: State) -> Iterator[str]:
    reserved, in_transit = Counter[str](), Counter[str]()
    for allocation in state.allocations.values():
        (reserved if allocation.dispatch_id is None else in_transit)[allocation.need_id] += allocation.quantity
        need = state.needs.get(allocation.need_id)
        lot = state.lots[allocation.lot_id]
        if need is not None and (need.area, need.item) != (lot.area, lot.item):
            yield f"allocation {allocation.allocation_id}: its lot is of another area or item than its need"
    for need in state.needs.values():
        if (need.reserved, need.in_transit) != (reserved[need.need_id], in_transit[need.need_id]):
            yield f"need {need.need_id}: reserved or in transit is not what its allocations say"
        yield from (f"need {need.need_id}: {why}" for why in _forgotten(state, need))


def _forgotten(state: State, need: Need) -> Iterator[str]:
    if need.delivered >= need.quantity:
        yield "is open, but delivered in full"
    if need.request_id not in state.requests:
        yield "is open, but its request is closed"
    shelf = state.shelves.get((need.area, need.item))
    queued = shelf is not None and need.key is not None and (need.key in shelf.urgent or need.key in shelf.ordinary)
    if queued != (need.unfilled > 0):
        yield "is without stock, but in no backlog" if need.unfilled > 0 else "is in a backlog without need"


def _bags(state: State) -> Iterator[str]:
    carried = Counter(name for dispatch in state.dispatches.values() for name in dispatch.allocations)
    for allocation in state.allocations.values():
        if allocation.quantity <= 0:
            yield f"allocation {allocation.allocation_id}: holds no units"
        if carried[allocation.allocation_id] != (allocation.dispatch_id is not None):
            yield f"allocation {allocation.allocation_id}: in transit in {carried[allocation.allocation_id]} bags"
    for name in carried:
        if name not in state.allocations:
            yield f"allocation {name}: in a bag, but ended"
