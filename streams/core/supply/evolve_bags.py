"""What decisions about allocations, dispatches and deliveries change in the state."""

from __future__ import annotations

from typing import Final

from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    DispatchClosed,
    DispatchOrdered,
    DispatchOverdue,
    DispatchRecalled,
    LineDelivered,
)
from streams.core.instants import to_us
from streams.core.supply.evolve_needs import Change
from streams.core.supply.exposure import Exposed
from streams.core.supply.index import Touched
from streams.core.supply.state import Allocation, Dispatch, State


def _allocation_made(state: State, decision: AllocationMade, touched: Touched) -> None:
    need = touched.needs[decision.need_id] = state.needs[decision.need_id]
    lot = touched.lots[decision.lot_id] = state.lots[decision.lot_id]
    quantity = decision.quantity
    need.made += 1
    need.reserved += quantity
    lot.available -= quantity
    lot.reserved += quantity
    allocation = Allocation(
        decision.allocation_id,
        need.need_id,
        need.made,
        lot.lot_id,
        need.requester_id,
        need.area,
        quantity,
        state.now or 0,
        decision.rule == "in_full",
    )
    touched.allocations[allocation.allocation_id] = allocation
    (need.shelf or state.shelf(need.area, need.item)).give(allocation)
    enter_allocation(state, allocation)


def enter_allocation(state: State, allocation: Allocation) -> None:
    """Make an allocation known, to its lot and need too; those of one need come oldest first."""
    state.allocations[allocation.allocation_id] = allocation
    state.lots[allocation.lot_id].allocations.add(allocation.allocation_id)
    need = state.needs.get(allocation.need_id)
    if need is not None:
        need.allocations += (allocation.allocation_id,)


def _drop_allocation(state: State, allocation: Allocation) -> None:
    del state.allocations[allocation.allocation_id]
    lot = state.lots[allocation.lot_id]
    lot.allocations.discard(allocation.allocation_id)
    if allocation.at_once:
        state.shelves[lot.area, lot.item].recent.pop(allocation.allocation_id, None)
    need = state.needs.get(allocation.need_id)
    if need is not None:
        if len(need.allocations) == 1:
            need.allocations = ()
            return
        need.allocations = tuple(made for made in need.allocations if made != allocation.allocation_id)


def _allocation_released(state: State, decision: AllocationReleased, touched: Touched) -> None:
    allocation = state.allocations[decision.allocation_id]
    touched.allocations[allocation.allocation_id] = allocation
    lot = touched.lots[allocation.lot_id] = state.lots[allocation.lot_id]
    quantity = decision.quantity
    allocation.quantity -= quantity
    state.shelf(lot.area, lot.item).undraw(allocation.requester_id, allocation.reserved_at, quantity)
    lot.reserved -= quantity
    lot.available += quantity
    need = state.needs.get(allocation.need_id)
    if need is not None:
        touched.needs[need.need_id] = need
        need.reserved -= quantity
    if not allocation.quantity:
        _drop_allocation(state, allocation)


def _dispatch_ordered(state: State, decision: DispatchOrdered, touched: Touched) -> None:
    for line in decision.lines:
        allocation = touched.allocations[line.allocation_id] = state.allocations[line.allocation_id]
        allocation.dispatch_id = decision.dispatch_id
        lot = touched.lots[allocation.lot_id] = state.lots[allocation.lot_id]
        lot.reserved -= allocation.quantity
        lot.in_transit += allocation.quantity
        if allocation.at_once:
            state.shelves[lot.area, lot.item].recent.pop(allocation.allocation_id, None)
        need = touched.needs[allocation.need_id] = state.needs[allocation.need_id]
        need.reserved -= allocation.quantity
        need.in_transit += allocation.quantity
    dispatch = Dispatch(
        dispatch_id=decision.dispatch_id,
        requester_id=allocation.requester_id,
        area=allocation.area,
        deadline=to_us(decision.deadline),
        allocations=tuple(line.allocation_id for line in decision.lines),
    )
    state.dispatches[dispatch.dispatch_id] = touched.dispatches[dispatch.dispatch_id] = dispatch


def _dispatch_overdue(state: State, decision: DispatchOverdue, touched: Touched) -> None:
    dispatch = touched.dispatches[decision.dispatch_id] = state.dispatches[decision.dispatch_id]
    dispatch.overdue = True


def _dispatch_recalled(state: State, decision: DispatchRecalled, touched: Touched) -> None:
    dispatch = touched.dispatches[decision.dispatch_id] = state.dispatches[decision.dispatch_id]
    dispatch.recalled = (*dispatch.recalled, *decision.lot_ids)


def _dispatch_closed(state: State, decision: DispatchClosed, touched: Touched) -> None:
    dispatch = touched.dispatches[decision.dispatch_id] = state.dispatches.pop(decision.dispatch_id)
    state.memory.note("dispatch", decision.dispatch_id, state.now)
    at = (state.now or 0) if decision.at is None else to_us(decision.at)
    for lot, units in touched.handed:
        state.exposure.recipients.note(lot.lot_id, dispatch.requester_id, units, at)
        for hold_id in lot.holds:
            state.exposure.owe(Exposed(hold_id, lot.lot_id, dispatch.requester_id), units, at)


def _line_delivered(state: State, decision: LineDelivered, touched: Touched) -> None:
    allocation = touched.allocations[decision.allocation_id] = state.allocations[decision.allocation_id]
    lot = touched.lots[allocation.lot_id] = state.lots[allocation.lot_id]
    lot.in_transit -= allocation.quantity
    if undelivered := allocation.quantity - decision.delivered:
        state.shelf(lot.area, lot.item).undraw(allocation.requester_id, allocation.reserved_at, undelivered)
    lot.delivered += decision.delivered
    if decision.delivered:
        touched.handed.append((lot, decision.delivered))
    lot.available += decision.returned
    lot.written_off += decision.damaged + decision.lost
    need = state.needs.get(allocation.need_id)
    if need is not None:
        touched.needs[need.need_id] = need
        need.in_transit -= allocation.quantity
        need.delivered += decision.delivered
    _drop_allocation(state, allocation)


BAGS: Final[dict[type, Change]] = {
    AllocationMade: _allocation_made,
    AllocationReleased: _allocation_released,
    DispatchOrdered: _dispatch_ordered,
    DispatchOverdue: _dispatch_overdue,
    DispatchRecalled: _dispatch_recalled,
    DispatchClosed: _dispatch_closed,
    LineDelivered: _line_delivered,
}
