"""What decisions about lots, holds and floors change in the state."""

from __future__ import annotations

from sys import intern
from typing import Final

from schemas.supply import (
    FloorSet,
    HoldEnded,
    HoldRecorded,
    LotCounted,
    LotExpired,
    LotFreed,
    LotHeld,
    LotRecorded,
    LotTransferredOut,
    LotWrittenOff,
    WeighingSet,
)
from streams.core.instants import to_us
from streams.core.supply.evolve_needs import Change
from streams.core.supply.index import Touched
from streams.core.supply.state import Hold, Lot, State


def _lot_recorded(state: State, decision: LotRecorded, touched: Touched) -> None:
    if decision.from_lot_id is not None:
        source = touched.lots[decision.from_lot_id] = state.lots[decision.from_lot_id]
        source.available -= decision.quantity
        source.moved_out += decision.quantity
    lot = touched.lots[decision.lot_id] = lot_of(decision)
    enter_lot(state, lot)


def lot_of(decision: LotRecorded) -> Lot:
    """The lot as it begins."""
    return Lot(
        intern(decision.lot_id),
        intern(decision.area),
        intern(decision.item),
        intern(decision.warehouse),
        decision.temperature.value,
        intern(decision.origin),
        decision.consignment_id,
        decision.from_lot_id,
        tuple(decision.moved_from),
        None if decision.expires_on is None else decision.expires_on.toordinal(),
        to_us(decision.received_at),
        decision.quantity,
        decision.quantity,
    )


def enter_lot(state: State, lot: Lot) -> None:
    """Make a lot known, to its consignment and to the lots that it was split or moved from too."""
    state.lots[lot.lot_id] = lot
    state.transit.warehouses.setdefault(lot.area, set()).add(lot.warehouse)
    if lot.consignment_id is not None:
        state.consignments[lot.consignment_id] = (*state.consignments.get(lot.consignment_id, ()), lot.lot_id)
    if lot.from_lot_id is not None or lot.moved_from:
        for whole in lot.wholes:
            state.parts[whole] = (*state.parts.get(whole, ()), lot.lot_id)


def _lot_counted(state: State, decision: LotCounted, touched: Touched) -> None:
    lot = touched.lots[decision.lot_id] = state.lots[decision.lot_id]
    lot.corrected += decision.delta
    lot.available += decision.delta
    lot.short = decision.missing


def _lot_written_off(state: State, decision: LotWrittenOff, touched: Touched) -> None:
    lot = touched.lots[decision.lot_id] = state.lots[decision.lot_id]
    lot.available -= decision.quantity
    lot.written_off += decision.quantity
    lot.gone, lot.gone_reason = decision.missing, decision.reason if decision.missing else ""


def _lot_transferred_out(state: State, decision: LotTransferredOut, touched: Touched) -> None:
    lot = touched.lots[decision.lot_id] = state.lots[decision.lot_id]
    lot.available -= decision.quantity
    lot.moved_out += decision.quantity
    state.memory.keep("lot", decision.to_lot_id)


def _touch_whole(state: State, lot_id: str, touched: Touched) -> Lot:
    """A lot became barred or free: its reservations and the bags that carry it are to be looked at too."""
    lot = touched.lots[lot_id] = state.lots[lot_id]
    for allocation_id in lot.allocations:
        allocation = touched.allocations[allocation_id] = state.allocations[allocation_id]
        if allocation.dispatch_id is not None:
            touched.dispatches[allocation.dispatch_id] = state.dispatches[allocation.dispatch_id]
    return lot


def _lot_expired(state: State, decision: LotExpired, touched: Touched) -> None:
    _touch_whole(state, decision.lot_id, touched).expired = True


def _lot_held(state: State, decision: LotHeld, touched: Touched) -> None:
    lot = _touch_whole(state, decision.lot_id, touched)
    lot.holds = (*lot.holds, decision.hold_id)
    state.exposure.owe_all(decision.hold_id, lot.lot_id)


def _lot_freed(state: State, decision: LotFreed, touched: Touched) -> None:
    lot = _touch_whole(state, decision.lot_id, touched)
    lot.holds = tuple(hold_id for hold_id in lot.holds if hold_id != decision.hold_id)
    state.exposure.owe_nothing(decision.hold_id, lot.lot_id)


def _hold_recorded(state: State, decision: HoldRecorded, _: Touched) -> None:
    hold = Hold(decision.hold_id, tuple(decision.lot_ids), decision.consignment_id, decision.reason)
    enter_hold(state, hold)


def enter_hold(state: State, hold: Hold) -> None:
    """Make a hold known for lots still to come."""
    state.holds[hold.hold_id] = hold
    for lot_id in hold.lot_ids:
        state.lot_holds.setdefault(lot_id, set()).add(hold.hold_id)
    if hold.consignment_id is not None:
        state.consignment_holds.setdefault(hold.consignment_id, set()).add(hold.hold_id)


def _hold_ended(state: State, decision: HoldEnded, _: Touched) -> None:
    hold = state.holds.pop(decision.hold_id)
    for lot_id in set(hold.lot_ids):
        _strike(state.lot_holds, lot_id, hold.hold_id)
    if hold.consignment_id is not None:
        _strike(state.consignment_holds, hold.consignment_id, hold.hold_id)
    state.memory.keep("hold", decision.hold_id)
    for duty_id in sorted(state.exposure.by_hold.get(decision.hold_id, ())):
        state.memory.note("duty", duty_id, state.now)
        state.exposure.place(state.exposure.duties[duty_id], standing=False)


def _strike(holds: dict[str, set[str]], what: str, hold_id: str) -> None:
    holds[what].discard(hold_id)
    if not holds[what]:
        del holds[what]


def _floor_set(state: State, decision: FloorSet, touched: Touched) -> None:
    shelf = state.shelf(intern(decision.area), intern(decision.item))
    shelf.floor = decision.quantity
    touched.shelves.append(shelf)


def _weighing_set(state: State, decision: WeighingSet, touched: Touched) -> None:
    shelf = state.shelf(intern(decision.area), intern(decision.item))
    shelf.weigh_at = to_us(decision.at)
    touched.shelves.append(shelf)


STOCK: Final[dict[type, Change]] = {
    LotRecorded: _lot_recorded,
    LotCounted: _lot_counted,
    LotWrittenOff: _lot_written_off,
    LotTransferredOut: _lot_transferred_out,
    LotExpired: _lot_expired,
    LotHeld: _lot_held,
    LotFreed: _lot_freed,
    HoldRecorded: _hold_recorded,
    HoldEnded: _hold_ended,
    FloorSet: _floor_set,
    WeighingSet: _weighing_set,
}
