"""Holds on lots, present and to come: nothing of them is given out, what was promised of them is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from schemas.hold import HoldLifted, HoldPlaced
from schemas.supply import DispatchRecalled, HoldEnded, HoldRecorded, LotFreed, LotHeld
from streams.core.supply.call import Call, refuse
from streams.core.supply.fefo import Gains, gain
from streams.core.supply.index import to_recall
from streams.core.supply.matching import serve_backlog
from streams.core.supply.releasing import take_back, whole
from streams.core.supply.state import Allocation, Hold, Lot, State


def decide_hold(call: Call, message: HoldPlaced | HoldLifted) -> None:
    """What a hold, or its lift, causes."""
    match message:
        case HoldPlaced():
            _placed(call, message)
        case HoldLifted():
            _lifted(call, message)
        case _:
            assert_never(message)


def _placed(call: Call, message: HoldPlaced) -> None:
    state = call.state
    if message.hold_id in state.holds or state.memory.knows("hold", message.hold_id):
        call.ignore(message.hold_id, "hold_known")
        return
    call.add(
        HoldRecorded(
            hold_id=message.hold_id,
            lot_ids=message.lot_ids,
            consignment_id=message.consignment_id,
            reason=message.reason,
        )
    )
    lots = _meant(state, message.lot_ids, message.consignment_id)
    for lot in lots:
        call.add(LotHeld(lot_id=lot.lot_id, hold_id=message.hold_id, reason=message.reason))
    take_back(call, whole(_reserved(state, lots)), "hold")
    _recall(call, lots, message.reason)


def _meant(state: State, lot_ids: Iterable[str], consignment_id: str | None) -> list[Lot]:
    """Lots of this partition that a hold is on: those named, those of the consignment, and what was made of them.

    A lot named may lie in another partition, and parts of it in this one.
    """
    waiting, met = list(lot_ids), set[str]()
    if consignment_id is not None:
        waiting += state.consignments.get(consignment_id, ())
    while waiting:
        lot_id = waiting.pop()
        if lot_id not in met:
            met.add(lot_id)
            waiting += state.parts.get(lot_id, ())
    return [state.lots[lot_id] for lot_id in sorted(met) if lot_id in state.lots]


def _reserved(state: State, lots: Iterable[Lot]) -> Iterator[Allocation]:
    for lot in lots:
        for allocation_id in sorted(lot.allocations):
            allocation = state.allocations[allocation_id]
            if allocation.dispatch_id is None:
                yield allocation


def _recall(call: Call, lots: list[Lot], reason: str) -> None:
    """Call back the bags that carry these lots, once for all of them."""
    state = call.state
    carried: dict[str, set[str]] = {}
    for lot in lots:
        for allocation_id in lot.allocations:
            dispatch_id = state.allocations[allocation_id].dispatch_id
            if dispatch_id is not None and lot.lot_id not in state.dispatches[dispatch_id].recalled:
                carried.setdefault(dispatch_id, set()).add(lot.lot_id)
    for dispatch_id in sorted(carried)[: max(0, call.room)]:
        lot_ids = tuple(sorted(carried[dispatch_id]))
        call.spend(DispatchRecalled(dispatch_id=dispatch_id, lot_ids=lot_ids, reason=reason))


def recall_rest(call: Call) -> None:
    """At a tick: bags that a hold's record had no room to call back."""
    for dispatch_id in sorted(call.state.recalls)[: call.room]:
        dispatch = call.state.dispatches[dispatch_id]
        lot_ids = to_recall(call.state, dispatch)
        reason = call.state.holds[call.state.lots[lot_ids[0]].holds[0]].reason
        call.spend(DispatchRecalled(dispatch_id=dispatch_id, lot_ids=tuple(lot_ids), reason=reason))


def _lifted(call: Call, message: HoldLifted) -> None:
    state = call.state
    hold = state.holds.get(message.hold_id)
    if hold is None:
        if not state.memory.knows("hold", message.hold_id):
            refuse("unknown_hold", "No hold of this id was placed.", "hold_id")
        call.ignore(message.hold_id, "hold_ended")
        return
    call.add(HoldEnded(hold_id=hold.hold_id))
    freed: list[Lot] = []
    for lot in _under(state, hold):
        is_free = lot.holds == (hold.hold_id,)
        call.add(LotFreed(lot_id=lot.lot_id, hold_id=hold.hold_id, free=is_free))
        if is_free:
            freed.append(lot)
    _serve(call, freed)


def _under(state: State, hold: Hold) -> list[Lot]:
    return [lot for lot in _meant(state, hold.lot_ids, hold.consignment_id) if hold.hold_id in lot.holds]


def _serve(call: Call, freed: list[Lot]) -> None:
    """Shelves gain what is free again; reservations not yet taken back stay with their needs."""
    gains: dict[tuple[str, str], Gains] = {}
    for lot in freed:
        free = replace(lot, holds=(), place=None)
        gain(call, gains.setdefault((lot.area, lot.item), {}), free, lot.available)
    for place in sorted(gains):
        serve_backlog(call, call.state.shelves[place], gains[place])


def hold_new_lot(call: Call, lot: Lot) -> bool:
    """Put standing holds on a lot that comes in, and on parts of it that came before it; says whether there is one."""
    state = call.state
    names = set(state.lot_holds.get(lot.lot_id, ()))
    if lot.consignment_id is not None:
        names.update(state.consignment_holds.get(lot.consignment_id, ()))
    for parent in lot.wholes:
        names.update(state.lot_holds.get(parent, ()))
        if parent in state.lots:
            names.update(state.lots[parent].holds)
    held = [lot, *_meant(state, state.parts.get(lot.lot_id, ()), None)] if names else []
    for hold_id in sorted(names):
        for one in held:
            if hold_id not in one.holds:
                call.add(LotHeld(lot_id=one.lot_id, hold_id=hold_id, reason=state.holds[hold_id].reason))
    return bool(names)
