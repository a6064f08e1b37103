"""What decisions about transfers between areas change in the state."""

from __future__ import annotations

from sys import intern
from typing import Final

from schemas.moves import (
    NeedEscalated,
    StandingReported,
    TransferArrived,
    TransferCut,
    TransferExpected,
    TransferLost,
    TransferOverdue,
    TransferRefused,
    TransferReleased,
    TransferReserved,
)
from schemas.transfers import Progress
from streams.core.instants import to_us
from streams.core.supply.evolve_needs import Change
from streams.core.supply.index import Touched
from streams.core.supply.state import State
from streams.core.supply.transit import Incoming, Outgoing


def _note(
    state: State,
    touched: Touched,
    said: TransferReserved
    | TransferRefused
    | TransferReleased
    | TransferArrived
    | TransferCut
    | TransferLost
    | TransferOverdue,
    progress: Progress,
    units: int,
    reason: str = "",
) -> None:
    """To be told with the next standing."""
    shelf = state.shelf(intern(said.area), intern(said.item))
    shelf.notes = (*shelf.notes, (said.transfer_id, progress.value, units, reason))
    touched.shelves.append(shelf)


def _need_escalated(state: State, said: NeedEscalated, touched: Touched) -> None:
    need = touched.needs[said.need_id] = state.needs[said.need_id]
    need.escalated = True


def _standing_reported(state: State, said: StandingReported, touched: Touched) -> None:
    shelf = state.shelf(intern(said.area), intern(said.item))
    shelf.told, shelf.notes = shelf.mark, ()
    touched.shelves.append(shelf)
    if not said.more:
        state.transit.swept = to_us(said.at)


def _reserved(state: State, said: TransferReserved, touched: Touched) -> None:
    lot = touched.lots[said.lot_id] = state.lots[said.lot_id]
    lot.available -= said.quantity
    lot.reserved += said.quantity
    area, item, ship_by = lot.area, lot.item, to_us(said.ship_by)
    to_area = intern(said.to_area)
    state.transit.enter_outgoing(Outgoing(said.transfer_id, area, item, lot.lot_id, to_area, said.quantity, ship_by))
    _note(state, touched, said, Progress.RESERVED, said.quantity)


def _refused(state: State, said: TransferRefused, touched: Touched) -> None:
    _note(state, touched, said, Progress.REFUSED, said.quantity, said.reason)


def _released(state: State, said: TransferReleased, touched: Touched) -> None:
    one = state.transit.outgoing[said.transfer_id]
    lot = touched.lots[said.lot_id] = state.lots[said.lot_id]
    lot.reserved -= said.quantity
    lot.available += said.quantity
    one.quantity -= said.quantity
    if not one.quantity:
        state.transit.drop_outgoing(one)
    if said.shipped:
        _note(state, touched, said, Progress.SHIPPED, said.shipped)
    if said.shipped < said.quantity:
        _note(state, touched, said, Progress.RELEASED, said.quantity - said.shipped, said.reason)


def _expected(state: State, said: TransferExpected, touched: Touched) -> None:
    area, item, deadline = intern(said.area), intern(said.item), to_us(said.deadline)
    state.transit.enter_incoming(
        Incoming(said.transfer_id, area, item, said.quantity, deadline, said.consignment_id, tuple(said.moved_from))
    )


def _arrived(state: State, said: TransferArrived, touched: Touched) -> None:
    state.transit.drop_incoming(state.transit.incoming[said.transfer_id])
    if said.missing:
        _note(state, touched, said, Progress.LOST, said.missing, "short")
    _note(state, touched, said, Progress.RECEIVED, said.quantity)


def _cut(state: State, said: TransferCut, touched: Touched) -> None:
    _less(state, said)


def _lost(state: State, said: TransferLost, touched: Touched) -> None:
    _less(state, said)
    _note(state, touched, said, Progress.LOST, said.quantity, said.reason)


def _less(state: State, said: TransferCut | TransferLost) -> None:
    coming = state.transit.incoming[said.transfer_id]
    coming.quantity -= said.quantity
    if not coming.quantity:
        state.transit.drop_incoming(coming)


def _overdue(state: State, said: TransferOverdue, touched: Touched) -> None:
    coming = state.transit.incoming[said.transfer_id]
    coming.overdue = True
    state.transit.arriving.set(said.transfer_id, None)
    _note(state, touched, said, Progress.OVERDUE, said.quantity)


MOVES: Final[dict[type, Change]] = {
    NeedEscalated: _need_escalated,
    StandingReported: _standing_reported,
    TransferReserved: _reserved,
    TransferRefused: _refused,
    TransferReleased: _released,
    TransferExpected: _expected,
    TransferArrived: _arrived,
    TransferCut: _cut,
    TransferLost: _lost,
    TransferOverdue: _overdue,
}
