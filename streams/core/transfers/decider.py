"""The transfers stage as the runtime sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import SerializeAsAny, TypeAdapter

from schemas.ledger import ClockTicked, RepeatIgnored
from schemas.transfers import (
    Progress,
    Standing,
    StandingTaken,
    StandingTold,
    TransferDecision,
    TransferEnded,
    TransferNote,
    TransferReduced,
)
from streams.core.decider import Fact
from streams.core.instants import from_us, to_us
from streams.core.transfers import dump
from streams.core.transfers.evolve import evolve
from streams.core.transfers.rounds import decide_round
from streams.core.transfers.settings import Roads, TransferSettings
from streams.core.transfers.state import Order, State

_GIVEN_UP = (Progress.REFUSED, Progress.RELEASED)


class TransferDecider:
    """Decider of the transfers stage: what areas lack and spare, moved in rounds."""

    stage = "transfers"
    decisions: TypeAdapter[Any] = TypeAdapter(list[SerializeAsAny[TransferDecision]])

    def __init__(self, settings: TransferSettings) -> None:
        self.settings = settings
        self._roads = Roads.of(settings)

    def initial(self) -> State:
        """No area known, nothing under way, no time."""
        return State()

    def decide(self, state: State, event: StandingTold | ClockTicked) -> Sequence[Any]:
        """The decisions of a standing or tick; a standing that is known already changes nothing."""
        if isinstance(event, ClockTicked):
            at = to_us(event.at) if state.now is None else max(to_us(event.at), state.now)
            return decide_round(state, self._roads, at) if self._is_due(state, at) else ()
        if (event.seq, event.nth) <= state.told.get(event.partition, (-1, -1)):
            return [RepeatIgnored(id=event.event_id, reason="standing_known")]
        return [_taken(event), *_reduced(state, event), *_ended(state, event)]

    def evolve(self, state: State, fact: Fact) -> State:
        """The state after an accepted record: the one given, changed."""
        return evolve(state, fact)

    def next_due(self, state: State) -> datetime | None:
        """When the next round is; None where nothing is lacking that was not weighed."""
        if state.now is None or not state.due or self._roads.off:
            return None
        return from_us(self._roads.next_round(state.due_since))

    def dump(self, state: State) -> bytes:
        """Canonical bytes of a state."""
        return dump.dump(state)

    def load(self, data: bytes) -> State:
        """The state that `dump` gave; raises ValueError where the bytes are not one."""
        return dump.load(data)

    def _is_due(self, state: State, at: int) -> bool:
        due = self.next_due(state)
        return due is not None and to_us(due) <= at


def _taken(told: StandingTold) -> StandingTaken:
    fields = {name: getattr(told, name) for name in Standing.model_fields}
    return StandingTaken(**fields, partition=told.partition, seq=told.seq, nth=told.nth)


def _reduced(state: State, told: StandingTold) -> list[TransferReduced]:
    """Units that the area that sends will not send: the area that gets has to know."""
    return [
        TransferReduced(
            transfer_id=order.transfer_id,
            item=order.item,
            from_area=order.source,
            area=order.destination,
            quantity=note.quantity,
            reason=note.reason,
        )
        for note in told.notes
        if note.progress in _GIVEN_UP and (order := state.orders.get(note.transfer_id)) is not None
    ]


def _ended(state: State, told: StandingTold) -> list[TransferEnded]:
    notes: dict[str, list[TransferNote]] = {}
    for note in told.notes:
        if note.transfer_id in state.orders:
            notes.setdefault(note.transfer_id, []).append(note)
    after = [_after(state.orders[transfer_id], said) for transfer_id, said in sorted(notes.items())]
    return [
        TransferEnded(
            transfer_id=order.transfer_id,
            item=order.item,
            from_area=order.source,
            area=order.destination,
            ordered=order.quantity,
            received=order.received,
            lost=order.lost,
            reduced=order.reduced,
        )
        for order in after
        if not order.left
    ]


def _after(order: Order, notes: Sequence[TransferNote]) -> Order:
    after = replace(order)
    for note in notes:
        after.take(note)
    return after
