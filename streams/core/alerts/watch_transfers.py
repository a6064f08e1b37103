"""Transfers between areas as the alert stage watches them: not arrived by their deadline.

The area that gets the goods says so in the supply ledger, at the deadline and when they come; the transfers stage
hears of it with the area's next standing, up to a round later.
"""

from __future__ import annotations

from typing import Any, Final

from schemas.alert import AlertKind, AlertSeverity
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Move, State, Truth
from streams.core.alerts.words import Watch, subject_of, us
from streams.core.decider import LedgerRead

OVERDUE: Final = AlertKind.TRANSFER_OVERDUE


def _expected(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    move = Move(said["area"], said["item"], said["from_area"], said["quantity"], said["deadline"])
    state.places.add(move.area)
    state.moves[said["transfer_id"]] = move


def _overdue(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    move = state.moves.get(said["transfer_id"])
    if move is not None:
        _tell(state, said["transfer_id"], move)


def _tell(state: State, transfer_id: str, move: Move) -> None:
    detail = {
        "transfer_id": transfer_id,
        "item": move.item,
        "quantity": move.quantity,
        "from_area": move.from_area,
        "deadline": move.deadline,
    }
    truth = Truth(move.area, AlertSeverity.WARNING, us(move.deadline), detail)
    state.tell(OVERDUE, subject_of(move.area, transfer_id), truth)


def _less(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    """Units of it will not come: they were lost on the way, or never sent."""
    transfer_id = said["transfer_id"]
    move = state.moves.get(transfer_id)
    if move is None:
        return
    move.quantity -= said["quantity"]
    if move.quantity <= 0:
        _end(state, transfer_id, move)
    elif (OVERDUE.value, subject_of(move.area, transfer_id)) in state.truths:
        _tell(state, transfer_id, move)


def _arrived(state: State, _: Rules, __: LedgerRead, said: dict[str, Any]) -> None:
    """It came; units that are missing are lost and not awaited any more."""
    move = state.moves.get(said["transfer_id"])
    if move is not None:
        _end(state, said["transfer_id"], move)


def _end(state: State, transfer_id: str, move: Move) -> None:
    del state.moves[transfer_id]
    state.end(OVERDUE, subject_of(move.area, transfer_id))


WATCH: Final[dict[str, Watch]] = {
    "transfer_expected": _expected,
    "transfer_overdue": _overdue,
    "transfer_cut": _less,
    "transfer_lost": _less,
    "transfer_arrived": _arrived,
}
