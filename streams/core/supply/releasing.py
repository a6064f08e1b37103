"""Reservations given back to their lots, and needs that are without stock again for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from schemas.supply import LotWrittenOff, NeedReopened
from streams.core.supply.call import Call, Release
from streams.core.supply.moves import take_back_moves
from streams.core.supply.policy import need_key
from streams.core.supply.state import Allocation, Lot, Need, NeedKey
from streams.core.supply.unchecked import allocation_released, lot_counted

Why = Literal["count_shortage", "written_off", "hold", "expired", "cancelled", "amended", "weighed_together"]
"""Why a reservation is given back, as AllocationReleased says it."""
LAST: NeedKey = (10**9, 0, "")


def release(call: Call, releases: Iterable[Release], reason: Why) -> list[Release]:
    """Give back units of reservations, as far as there is room; says which."""
    done = []
    for one in releases:
        if call.room <= 0:
            break
        allocation, quantity = one
        call.spend(
            allocation_released(
                allocation_id=allocation.allocation_id,
                need_id=allocation.need_id,
                lot_id=allocation.lot_id,
                quantity=quantity,
                reason=reason,
            )
        )
        done.append(one)
    return done


def reopen(call: Call, lost: dict[str, int], reason: str) -> None:
    """Say which open needs lack more than before, having lost so many units each."""
    for need_id, units in lost.items():
        need = call.state.needs.get(need_id)
        if need is not None and (more := max(0, need.unfilled + units) - max(0, need.unfilled)) > 0:
            call.add(NeedReopened(need_id=need_id, quantity=more, reason=reason))


def take_back(call: Call, releases: Iterable[Release], reason: Why) -> int:
    """Give back reservations against their needs' will: those are open again. Units given back."""
    done = release(call, releases, reason)
    lost: dict[str, int] = {}
    for one in done:
        lost[one.allocation.need_id] = lost.get(one.allocation.need_id, 0) + one.quantity
    reopen(call, lost, reason)
    return sum(one.quantity for one in done)


def whole(allocations: Iterable[Allocation]) -> Iterable[Release]:
    """All units of these."""
    return (Release(allocation, allocation.quantity) for allocation in allocations)


def _up_to(allocations: Iterable[Allocation], units: int) -> Iterable[Release]:
    for allocation in allocations:
        if units <= 0:
            return
        yield Release(allocation, min(units, allocation.quantity))
        units -= allocation.quantity


def release_latest(call: Call, need: Need, units: int, reason: Why) -> list[Release]:
    """Give back up to so many reserved units of a need, the latest reservation first."""
    return release(call, _up_to(_latest(call, need), units), reason)


def _latest(call: Call, need: Need) -> Iterable[Allocation]:
    for allocation_id in reversed(need.allocations):
        allocation = call.state.allocations[allocation_id]
        if allocation.dispatch_id is None:
            yield allocation


def trim_surplus(call: Call) -> None:
    """At a tick: reservations above what is still asked, for which an amendment's record had no room."""
    for need_id in sorted(call.state.surplus):
        if call.room <= 0:
            return
        need = call.state.needs[need_id]
        release_latest(call, need, -need.unfilled, "amended")


def drain(call: Call) -> None:
    """At a tick: reservations of barred lots and of closed needs."""
    state = call.state
    for allocation_id, _ in zip(state.releases, range(call.room), strict=False):
        allocation = state.allocations[allocation_id]
        lot = state.lots[allocation.lot_id]
        take_back(call, whole((allocation,)), "hold" if lot.holds else "expired" if lot.expired else "cancelled")


def take_from_shelf(call: Call, lot: Lot, units: int, reason: Why) -> tuple[int, int]:
    """Find so many units of a lot: available first, then what would go to other areas, then the least pressing needs'.

    Units found now, and units still to be found at ticks, for which this record had no room.
    """
    found = min(units, lot.available)
    if found < units and lot.lot_id in call.state.transit.of_lot:
        found += take_back_moves(call, lot, units - found, reason)
    if found < units:
        found += take_back(call, _up_to(_least_pressing(call, lot), units - found), reason)
    return found, units - found


def _least_pressing(call: Call, lot: Lot) -> list[Allocation]:
    allocations, needs = call.state.allocations, call.state.needs
    reserved = [one for name in lot.allocations if (one := allocations[name]).dispatch_id is None]

    def pressing(allocation: Allocation) -> tuple[NeedKey, int]:
        need = needs.get(allocation.need_id)
        return (LAST if need is None else need_key(need), allocation.number)

    return sorted(reserved, key=pressing, reverse=True)


def settle_missing(call: Call) -> None:
    """At a tick: units that a count or write-off found missing while they were reserved, of one lot."""
    lot = call.state.lots[min(call.state.missing)]
    if lot.short:
        found, missing = take_from_shelf(call, lot, lot.short, "count_shortage")
        call.add(lot_counted(lot_id=lot.lot_id, delta=-found, missing=missing))
    else:
        found, missing = take_from_shelf(call, lot, lot.gone, "written_off")
        call.add(LotWrittenOff(lot_id=lot.lot_id, quantity=found, reason=lot.gone_reason, missing=missing))
