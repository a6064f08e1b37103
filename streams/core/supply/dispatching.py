"""Reservations to bags: dispatches leave in waves, life-threatening needs at once."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.supply import DispatchLine
from streams.core.instants import from_us
from streams.core.supply.call import Asking, Call, dispatch_id
from streams.core.supply.state import Allocation, Need
from streams.core.supply.unchecked import dispatch_line, dispatch_ordered


def order_bag(call: Call, need: Asking, lines: list[DispatchLine]) -> None:
    """Send a need's lines now, in as many bags as they take. For calls that know the time."""
    for start in range(0, len(lines), call.rules.bag_lines):
        _order(call, [need], lines[start : start + call.rules.bag_lines])


def _order(call: Call, needs: Sequence[Asking], lines: list[DispatchLine]) -> None:
    """One dispatch of one requester; its deadline is that of its most urgent need, its mode that of the first."""
    assert call.now is not None
    need = needs[0]
    requester = call.state.requester(need.area, need.requester_id)
    grid = need.grid if requester is None else requester.grid
    call.add(
        dispatch_ordered(
            dispatch_id=dispatch_id(lines[0].allocation_id),
            requester_id=need.requester_id,
            area=need.area,
            grid=grid,
            team=f"team-{grid}",
            mode=need.mode,
            ordered_at=from_us(call.now),
            deadline=from_us(call.now + min(call.rules.dispatch[need.need_class] for need in needs)),
            lines=tuple(lines),
        )
    )


def waiting_since(call: Call) -> int:
    """Bags that have waited since then, or longer, leave now: the last wave before this moment was not theirs."""
    assert call.now is not None
    return call.now // call.rules.wave * call.rules.wave - 1


def send_waves(call: Call) -> None:
    """At a tick: bags whose wave has come leave, the longest waiting first, as far as there is room."""
    for _, place in call.state.waves.until(waiting_since(call)):
        if call.room <= 0:
            return
        _send(call, call.state.bags[place])


def _send(call: Call, bag: set[str]) -> None:
    """All of a bag, at most `bag_lines` in one dispatch; what there is no room for stays for the next tick."""
    state = call.state
    waiting = sorted((state.allocations[allocation_id] for allocation_id in bag), key=_bag_order)
    while waiting and call.room > 0:
        most = min(call.rules.bag_lines, call.room)
        now, waiting = waiting[:most], waiting[most:]
        call.room -= len(now)
        needs = [state.needs[allocation.need_id] for allocation in now]
        _order(call, needs, [_line(allocation, need) for allocation, need in zip(now, needs, strict=True)])


def _bag_order(allocation: Allocation) -> tuple[str, int]:
    return (allocation.need_id, allocation.number)


def _line(allocation: Allocation, need: Need) -> DispatchLine:
    return dispatch_line(
        allocation_id=allocation.allocation_id,
        need_id=allocation.need_id,
        lot_id=allocation.lot_id,
        item=need.item,
        quantity=allocation.quantity,
    )
