"""Transfers between areas: goods set aside to be sent, goods expected, and what becomes of either."""

from __future__ import annotations

from itertools import islice
from typing import Final, Literal

from schemas.moves import (
    TransferArrived,
    TransferCut,
    TransferExpected,
    TransferLost,
    TransferOverdue,
    TransferRefused,
    TransferReleased,
    TransferReserved,
)
from schemas.stock import StockReceived, StockTransferred, StockWrittenOff
from schemas.supply import LotTransferredOut
from schemas.transfers import TransferInOrdered, TransferInReduced, TransferOutOrdered
from streams.core.instants import from_us
from streams.core.supply.call import Call, Decide, refuse, utc
from streams.core.supply.standing import spare_of
from streams.core.supply.state import Lot, State
from streams.core.supply.transit import Incoming, Outgoing

_Refusal = Literal["unknown_lot", "held", "expired", "not_available", "not_spare"]
_Release = Literal["shipped", "not_shipped", "hold", "expired", "count_shortage", "written_off"]


def _out_ordered(call: Call, message: TransferOutOrdered) -> None:
    """Set aside what is there to be sent; what is not goes back to the city with the reason."""
    if message.transfer_id in call.state.transit.outgoing or _left_before(call, message.transfer_id):
        call.ignore(message.transfer_id, "transfer_known")
        return
    lot = call.state.lots.get(message.lot_id)
    units, why = _sendable(call, message, lot)
    if lot is not None and units:
        call.add(
            TransferReserved(
                transfer_id=message.transfer_id,
                area=message.area,
                item=lot.item,
                lot_id=lot.lot_id,
                warehouse=lot.warehouse,
                quantity=units,
                to_area=message.to_area,
                to_warehouse=message.to_warehouse,
                km=message.km,
                ship_by=utc(message.ship_by),
                deadline=utc(message.deadline),
                reason=message.reason,
            )
        )
    if units < message.quantity:
        call.add(
            TransferRefused(
                transfer_id=message.transfer_id,
                area=message.area,
                item=message.item,
                lot_id=message.lot_id,
                quantity=message.quantity - units,
                reason=why,
            )
        )


def _left_before(call: Call, transfer_id: str) -> bool:
    return call.state.memory.knows("lot", transfer_id)


def _sendable(call: Call, message: TransferOutOrdered, lot: Lot | None) -> tuple[int, _Refusal]:
    """Units of a lot that may leave, and why no more."""
    if lot is None or (lot.area, lot.item) != (message.area, message.item):
        return 0, "unknown_lot"
    if lot.holds:
        return 0, "held"
    if lot.expired or (lot.expires is not None and lot.expires < call.today):
        return 0, "expired"
    spare = spare_of(call, call.state.shelves[lot.area, lot.item])
    there = lot.available if lot.usable else 0
    return min(message.quantity, there, spare), "not_available" if there <= spare else "not_spare"


def _in_ordered(call: Call, message: TransferInOrdered) -> None:
    """Goods are to come; where they came before the word of them, they are there already."""
    if message.transfer_id in call.state.transit.incoming:
        call.ignore(message.transfer_id, "transfer_known")
        return
    call.add(
        TransferExpected(
            transfer_id=message.transfer_id,
            area=message.area,
            item=message.item,
            quantity=message.quantity,
            from_area=message.from_area,
            km=message.km,
            deadline=utc(message.deadline),
            consignment_id=message.consignment_id,
            moved_from=message.moved_from,
            reason=message.reason,
        )
    )
    lot = call.state.lots.get(message.transfer_id)
    if lot is not None and lot.area == message.area:
        _arrive(call, message.transfer_id, message.area, message.item, lot.received, message.quantity)


def _arrive(call: Call, transfer_id: str, area: str, item: str, units: int, expected: int) -> None:
    missing = max(0, expected - units)
    call.add(TransferArrived(transfer_id=transfer_id, area=area, item=item, quantity=units, missing=missing))


def _in_reduced(call: Call, message: TransferInReduced) -> None:
    coming = call.state.transit.incoming.get(message.transfer_id)
    if coming is None:
        call.ignore(message.transfer_id, "transfer_ended")
        return
    units = min(message.quantity, coming.quantity)
    reason, name, area, item = message.reason, message.transfer_id, coming.area, coming.item
    call.add(TransferCut(transfer_id=name, area=area, item=item, quantity=units, reason=reason))


def expected_lot(call: Call, message: StockReceived) -> Incoming | None:
    """The transfer that a lot is, where it is one: said to have arrived, whatever number came."""
    coming = call.state.transit.incoming.get(message.lot_id)
    if coming is None or coming.area != message.area:
        return None
    if coming.item != message.item:
        refuse("other_item", "The transfer of this id brings another item.", "item")
    _arrive(call, coming.transfer_id, coming.area, coming.item, message.quantity, coming.quantity)
    return coming


def lost_on_the_way(call: Call, message: StockWrittenOff) -> bool:
    """Units of a transfer that never came are written off; False where the lot is no transfer that is to come."""
    coming = call.state.transit.incoming.get(message.lot_id)
    if coming is None or message.lot_id in call.state.lots or coming.area != message.area:
        return False
    if message.quantity > coming.quantity:
        refuse("not_expected", "More is written off than is expected of the transfer.", "quantity")
    name, area, item, units = coming.transfer_id, coming.area, coming.item, message.quantity
    call.add(TransferLost(transfer_id=name, area=area, item=item, quantity=units, reason=message.reason))
    return True


def ship(call: Call, message: StockTransferred, lot: Lot) -> None:
    """What was set aside leaves; what is left of it is on the shelf again."""
    leaving = call.state.transit.outgoing[message.to_lot_id]
    if leaving.lot_id != lot.lot_id:
        refuse("other_lot", "The transfer of this id is to be sent from another lot.", "lot_id")
    if message.to_area != leaving.to_area:
        refuse("other_area", "The transfer of this id goes to another area.", "to_area")
    if message.quantity > leaving.quantity:
        refuse("not_reserved", "More is sent than was set aside for the transfer.", "quantity")
    call.add(_released(leaving, leaving.quantity, "shipped", message.quantity))
    call.add(
        LotTransferredOut(
            lot_id=lot.lot_id, quantity=message.quantity, to_area=leaving.to_area, to_lot_id=message.to_lot_id
        )
    )


def _released(one: Outgoing, units: int, reason: _Release, shipped: int = 0) -> TransferReleased:
    return TransferReleased(
        transfer_id=one.transfer_id,
        area=one.area,
        item=one.item,
        lot_id=one.lot_id,
        quantity=units,
        shipped=shipped,
        reason=reason,
    )


def take_back_moves(call: Call, lot: Lot, units: int, reason: str) -> int:
    """Find units of a lot among those set aside for other areas; how many were."""
    found = 0
    why: _Release = "written_off" if reason == "written_off" else "count_shortage"
    for transfer_id in sorted(call.state.transit.of_lot.get(lot.lot_id, ())):
        one = call.state.transit.outgoing[transfer_id]
        taken = min(one.quantity, units - found)
        if taken > 0:
            call.spend(_released(one, taken, why))
            found += taken
    return found


def moves_wait(call: Call) -> bool:
    """Whether goods set aside must not leave, or should have left, or goods to come should have come."""
    transit, now = call.state.transit, call.now
    due = moves_due(call.state)
    return bool(transit.barred) or (due is not None and now is not None and due <= now)


def moves_due(state: State) -> int | None:
    """When the next transfer should have left or arrived."""
    transit = state.transit
    return min((at for at in (transit.leaving.first(), transit.arriving.first()) if at is not None), default=None)


def settle_moves(call: Call) -> None:
    """At a tick: put back what does not leave, say what did not arrive."""
    assert call.now is not None
    transit, state = call.state.transit, call.state
    late = {name for _, name in islice(transit.leaving.until(call.now), max(0, call.room))}
    for name in sorted(transit.barred | late)[: call.room]:
        one = transit.outgoing[name]
        lot = state.lots[one.lot_id]
        call.spend(_released(one, one.quantity, "hold" if lot.holds else "expired" if lot.expired else "not_shipped"))
    for deadline, name in islice(transit.arriving.until(call.now), max(0, call.room)):
        coming = transit.incoming[name]
        area, item, units = coming.area, coming.item, coming.quantity
        call.spend(TransferOverdue(transfer_id=name, area=area, item=item, quantity=units, deadline=from_us(deadline)))


MOVES: Final[dict[type, Decide]] = {
    TransferOutOrdered: _out_ordered,
    TransferInOrdered: _in_ordered,
    TransferInReduced: _in_reduced,
}
