"""Delivery confirmations (配送回执): what arrived, what came back, what is lost, and which needs are open again."""

from __future__ import annotations

from schemas.delivery import DeliveryConfirmed, DeliveryLine, Outcome
from schemas.supply import LineDelivered
from streams.core.instants import from_us
from streams.core.supply.call import Call, refuse
from streams.core.supply.releasing import reopen
from streams.core.supply.state import Allocation, Dispatch
from streams.core.supply.unchecked import delivery_line, dispatch_closed, line_delivered, need_closed


def decide_delivery(call: Call, message: DeliveryConfirmed) -> None:
    """Close a dispatch: count what arrived, put back what returned, open again what is missing."""
    dispatch = _open_dispatch(call, message)
    allocations = [call.state.allocations[allocation_id] for allocation_id in dispatch.allocations]
    said = _said(message, allocations)
    lost: dict[str, int] = {}
    arrived: dict[str, int] = {}
    for allocation in allocations:
        line = said[allocation.allocation_id]
        call.add(_delivered(call, dispatch, allocation, line))
        arrived[allocation.need_id] = arrived.get(allocation.need_id, 0) + line.delivered
        lost[allocation.need_id] = lost.get(allocation.need_id, 0) + allocation.quantity - line.delivered
    outcome, failure, at = message.outcome, message.failure, from_us(call.at)
    call.add(dispatch_closed(dispatch_id=dispatch.dispatch_id, outcome=outcome, failure=failure, at=at))
    for need_id, units in arrived.items():
        need = call.state.needs.get(need_id)
        if need is not None and need.delivered + units >= need.quantity:
            call.add(need_closed(need_id=need_id, reason="delivered"))
            del lost[need_id]
    reopen(call, lost, message.outcome.value)


def _open_dispatch(call: Call, message: DeliveryConfirmed) -> Dispatch:
    dispatch = call.state.dispatches.get(message.dispatch_id)
    if dispatch is None:
        if call.state.memory.knows("dispatch", message.dispatch_id):
            refuse("dispatch_closed", "The dispatch was confirmed before.", "dispatch_id")
        refuse("unknown_dispatch", "No dispatch of this id was ordered in this area.", "dispatch_id")
    if dispatch.area != message.area:
        refuse("foreign_dispatch", "The dispatch was ordered in another area.", "area")
    return dispatch


def _said(message: DeliveryConfirmed, allocations: list[Allocation]) -> dict[str, DeliveryLine]:
    """One line an allocation: as the message says, or as its outcome implies; Rejected where they don't fit."""
    carried = {allocation.allocation_id: allocation.quantity for allocation in allocations}
    said: dict[str, DeliveryLine] = {}
    for line in message.lines:
        if line.allocation_id not in carried:
            refuse("unknown_allocation", "The dispatch does not carry this allocation.", "lines.allocation_id")
        if line.allocation_id in said:
            refuse("duplicate_line", "An allocation stands in more than one line.", "lines.allocation_id")
        if line.delivered + line.returned + line.damaged > carried[line.allocation_id]:
            refuse("over_delivery", "A line says more than the dispatch carries.", "lines.delivered")
        said[line.allocation_id] = line
    for allocation_id, quantity in carried.items():
        if allocation_id not in said:
            said[allocation_id] = _implied(message.outcome, allocation_id, quantity)
    _check_outcome(message.outcome, said, carried)
    return said


def _implied(outcome: Outcome, allocation_id: str, quantity: int) -> DeliveryLine:
    match outcome:
        case Outcome.DELIVERED:
            return delivery_line(allocation_id=allocation_id, delivered=quantity)
        case Outcome.FAILED:
            return DeliveryLine(allocation_id=allocation_id, delivered=0, returned=quantity)
        case Outcome.SHORT | Outcome.DAMAGED:
            refuse("line_missing", "A short or damaged delivery says for each allocation what arrived.", "lines")


def _check_outcome(outcome: Outcome, said: dict[str, DeliveryLine], carried: dict[str, int]) -> None:
    if outcome is Outcome.DELIVERED and any(said[name].delivered != units for name, units in carried.items()):
        refuse("outcome_mismatch", "Not everything arrived by the lines: say short or damaged.", "outcome")
    if outcome is Outcome.FAILED and any(line.delivered for line in said.values()):
        refuse("outcome_mismatch", "Something arrived by the lines: say short.", "outcome")


def _delivered(call: Call, dispatch: Dispatch, allocation: Allocation, line: DeliveryLine) -> LineDelivered:
    return line_delivered(
        dispatch_id=dispatch.dispatch_id,
        allocation_id=allocation.allocation_id,
        need_id=allocation.need_id,
        lot_id=allocation.lot_id,
        item=call.state.lots[allocation.lot_id].item,
        delivered=line.delivered,
        returned=line.returned,
        damaged=line.damaged,
        lost=allocation.quantity - line.delivered - line.returned - line.damaged,
    )
