"""What decisions of the transfers stage change in its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from schemas.ledger import RepeatIgnored
from schemas.transfers import RoundDecided, Standing, StandingTaken, TransferEnded, TransferOrdered, TransferReduced
from streams.core.decider import Fact
from streams.core.instants import to_us
from streams.core.transfers.rounds import shortages_of
from streams.core.transfers.state import Order, State


def _standing_taken(state: State, said: StandingTaken) -> None:
    state.told[said.partition] = (said.seq, said.nth)
    areas = state.standings.setdefault(said.item, {})
    areas.pop(said.area, None)
    if said.lacking or said.spare:
        areas[said.area] = Standing(
            area=said.area,
            item=said.item,
            warehouse=said.warehouse,
            lacking=said.lacking,
            spare=said.spare,
            lots=said.lots,
        )
    if not areas:
        del state.standings[said.item]
    for note in said.notes:
        order = state.orders.get(note.transfer_id)
        if order is not None:
            order.take(note)
    _set_due(state, said.item)


def _set_due(state: State, item: str) -> None:
    if not shortages_of(state, item):
        state.due.discard(item)
        return
    if not state.due:
        state.due_since = state.now or 0
    state.due.add(item)


def _transfer_ordered(state: State, said: TransferOrdered) -> None:
    state.ordered += 1
    state.enter(Order(said.transfer_id, said.item, said.lot_id, said.from_area, said.area, said.quantity))


def _transfer_ended(state: State, said: TransferEnded) -> None:
    state.end(said.transfer_id)


def _round_decided(state: State, said: RoundDecided) -> None:
    state.due.discard(said.item)


def _nothing(_: State, __: object) -> None:
    """For readers of the ledger; the notes of a standing say the same."""


CHANGES: Final[dict[type, Callable[[State, Any], None]]] = {
    StandingTaken: _standing_taken,
    TransferOrdered: _transfer_ordered,
    TransferReduced: _nothing,
    TransferEnded: _transfer_ended,
    RoundDecided: _round_decided,
    RepeatIgnored: _nothing,
}


def evolve(state: State, fact: Fact) -> State:
    """Apply an accepted record to the state given, and return it."""
    if fact.ticked_at is not None:
        now = to_us(fact.ticked_at)
        state.now = now if state.now is None else max(state.now, now)
    for decision in fact.decisions:
        CHANGES[type(decision)](state, decision)
    return state
