"""Stock events: lots received, counted, written off and moved; reserve floors, plans and prices."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.stock import (
    PriceObserved,
    ReserveFloorSet,
    ReservePlanSet,
    StockCounted,
    StockReceived,
    StockTransferred,
    StockWrittenOff,
    TemperatureClass,
)
from schemas.supply import (
    FloorSet,
    LotExpired,
    LotRecorded,
    LotTransferredOut,
    LotWrittenOff,
    PlanSet,
    PriceRecorded,
)
from streams.core.instants import from_us
from streams.core.supply.call import Call, Decide, refuse
from streams.core.supply.evolve_stock import lot_of
from streams.core.supply.fefo import Fefo, Gains, gain
from streams.core.supply.holds import hold_new_lot
from streams.core.supply.matching import offer_rest, serve_backlog
from streams.core.supply.moves import expected_lot, lost_on_the_way, ship
from streams.core.supply.releasing import take_from_shelf
from streams.core.supply.state import Lot, Shelf
from streams.core.supply.unchecked import lot_counted, lot_recorded


def _floor_set(call: Call, message: ReserveFloorSet) -> None:
    _check_item(call, message.item)
    call.add(FloorSet(area=message.area, item=message.item, quantity=message.quantity))


def _plan_set(call: Call, message: ReservePlanSet) -> None:
    _check_item(call, message.item)
    call.add(PlanSet(area=message.area, item=message.item, quantity=message.quantity))


def _price_observed(call: Call, message: PriceObserved) -> None:
    area, item, warehouse = message.area, message.item, message.warehouse
    _check_item(call, item)
    call.add(PriceRecorded(area=area, item=item, warehouse=warehouse, fen=message.fen))


def _lot(call: Call, area: str, lot_id: str) -> Lot:
    lot = call.state.lots.get(lot_id)
    if lot is None:
        refuse("unknown_lot", "No lot of this id was received in this area.", "lot_id")
    if lot.area != area:
        refuse("foreign_lot", "The lot lies in another area.", "area")
    return lot


def _check_item(call: Call, code: str, quantity: int = 0) -> None:
    item = call.rules.catalogue.get(code)
    if item is None:
        refuse("unknown_item", "The item is not in the catalogue.", "item")
    if quantity > item.lot_limit:
        refuse("absurd_quantity", "The quantity is over the item's limit for one lot.", "quantity")


def _received(call: Call, message: StockReceived) -> None:
    known = call.state.lots.get(message.lot_id)
    if known is not None:
        if known.area != message.area:
            refuse("foreign_lot", "The lot lies in another area; there it was received.", "area")
        call.ignore(message.lot_id, "lot_known")
        return
    _check_item(call, message.item, message.quantity)
    coming = expected_lot(call, message)
    told = () if coming is None else coming.moved_from
    recorded = lot_recorded(
        lot_id=message.lot_id,
        area=message.area,
        item=message.item,
        warehouse=message.warehouse,
        quantity=message.quantity,
        expires_on=message.expires_on,
        temperature=message.temperature,
        origin=message.origin,
        consignment_id=message.consignment_id or (None if coming is None else coming.consignment_id),
        received_at=from_us(call.at),
        moved_from=tuple(dict.fromkeys((*message.moved_from, *told))),
    )
    _enter(call, recorded)


def _enter(call: Call, recorded: LotRecorded) -> None:
    """A new lot: held or expired from the start, or there for the backlog."""
    call.add(recorded)
    lot = lot_of(recorded)
    if hold_new_lot(call, lot):
        return
    if lot.expires is not None and lot.expires < call.today:
        call.add(LotExpired(lot_id=lot.lot_id, quantity=lot.available))
        return
    _serve(call, lot, lot.available)


def _serve(call: Call, lot: Lot, units: int) -> None:
    shelf = call.state.shelves.get((lot.area, lot.item))
    waited_for = shelf is not None and shelf.wanted > 0
    if not waited_for and lot.item not in call.rules.stands_in:
        return
    gains: Gains = {}
    gain(call, gains, lot, units)
    if not gains:
        return
    if waited_for and shelf is not None:
        serve_backlog(call, shelf, gains)
    else:
        there = shelf or Shelf(lot.area, lot.item)
        offer_rest(call, lot.area, lot.item, Fefo(call, there, gains), there.available + units - there.floor)


def _counted(call: Call, message: StockCounted) -> None:
    """A count is the truth of the shelf: what was missed before is part of it, a write-off still owed is not."""
    lot = _lot(call, message.area, message.lot_id)
    _check_item(call, lot.item, message.quantity)
    delta = message.quantity - (lot.on_shelf + lot.short)
    if delta >= 0:
        call.add(lot_counted(lot_id=lot.lot_id, delta=delta))
        if not lot.short:
            _serve(call, lot, delta)
        return
    found, missing = take_from_shelf(call, lot, -delta, "count_shortage")
    call.add(lot_counted(lot_id=lot.lot_id, delta=-found, missing=missing))


def _written_off(call: Call, message: StockWrittenOff) -> None:
    if lost_on_the_way(call, message):
        return
    lot = _lot(call, message.area, message.lot_id)
    if message.quantity > lot.on_shelf:
        refuse("not_on_shelf", "More is written off than lies in the warehouse: count the lot first.", "quantity")
    found, missing = take_from_shelf(call, lot, message.quantity, "written_off")
    call.add(LotWrittenOff(lot_id=lot.lot_id, quantity=found, reason=message.reason, missing=lot.gone + missing))


def _transferred(call: Call, message: StockTransferred) -> None:
    lot = _lot(call, message.area, message.lot_id)
    there = call.state.lots.get(message.to_lot_id)
    if there is not None and (there.from_lot_id, there.area) != (lot.lot_id, lot.area):
        refuse("lot_exists", "There is a lot of that id already: give the moved units another.", "to_lot_id")
    if there is not None or call.state.memory.knows("lot", message.to_lot_id):
        call.ignore(message.to_lot_id, "lot_known")
        return
    if message.to_lot_id in call.state.transit.outgoing:
        _check_movable(call, lot, 0)
        ship(call, message, lot)
        return
    _check_movable(call, lot, message.quantity)
    if message.to_area is not None and message.to_area != lot.area:
        call.add(
            LotTransferredOut(
                lot_id=lot.lot_id, quantity=message.quantity, to_area=message.to_area, to_lot_id=message.to_lot_id
            )
        )
        return
    _split(call, message, lot)


def _check_movable(call: Call, lot: Lot, quantity: int) -> None:
    if lot.holds:
        refuse("lot_held", "The lot is held: it must not be moved before the hold is lifted.", "lot_id")
    if lot.expired or (lot.expires is not None and lot.expires < call.today):
        refuse("lot_expired", "The lot has expired: write it off.", "lot_id")
    if quantity > min(lot.available, lot.on_shelf):
        refuse("not_available", "More is moved than is available: the rest is reserved or gone.", "quantity")


def _split(call: Call, message: StockTransferred, lot: Lot) -> None:
    """Inside the area: the same goods as a new lot, as old as before; nothing is gained by it."""
    recorded = lot_recorded(
        lot_id=message.to_lot_id,
        area=lot.area,
        item=lot.item,
        warehouse=message.to_warehouse,
        quantity=message.quantity,
        expires_on=None if lot.expires is None else date.fromordinal(lot.expires),
        temperature=TemperatureClass(lot.temperature),
        origin=lot.origin,
        consignment_id=lot.consignment_id,
        received_at=from_us(lot.received_at),
        from_lot_id=lot.lot_id,
    )
    call.add(recorded)
    hold_new_lot(call, lot_of(recorded))


STOCK: Final[dict[type, Decide]] = {
    StockReceived: _received,
    StockCounted: _counted,
    StockWrittenOff: _written_off,
    StockTransferred: _transferred,
    ReserveFloorSet: _floor_set,
    ReservePlanSet: _plan_set,
    PriceObserved: _price_observed,
}
