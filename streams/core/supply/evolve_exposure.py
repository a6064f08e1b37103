"""What decisions about contact duties change in the state."""

from __future__ import annotations

from sys import intern
from typing import Final

from schemas.exposure import ContactDutyEnded, ContactDutyOpened, ContactDutyRaised, ContactOverdue
from streams.core.instants import to_us
from streams.core.supply.evolve_needs import Change
from streams.core.supply.exposure import Duty, Exposed
from streams.core.supply.index import Touched
from streams.core.supply.state import State


def _opened(state: State, decision: ContactDutyOpened, _: Touched) -> None:
    duty = Duty(
        decision.duty_id,
        intern(decision.hold_id),
        intern(decision.lot_id),
        intern(decision.requester_id),
        intern(decision.area),
        decision.quantity,
        to_us(decision.delivered_at),
        to_us(decision.due_at),
    )
    state.exposure.enter(duty)
    _told(state, duty)


def _raised(state: State, decision: ContactDutyRaised, _: Touched) -> None:
    duty = state.exposure.duties[decision.duty_id]
    duty.quantity, duty.last, due_at = decision.quantity, to_us(decision.delivered_at), to_us(decision.due_at)
    if not duty.open:
        duty.open, duty.overdue = True, False
    duty.due_at = due_at
    _told(state, duty)


def _told(state: State, duty: Duty) -> None:
    state.exposure.told(Exposed(duty.hold_id, duty.lot_id, duty.requester_id))
    place_duty(state, duty)


def place_duty(state: State, duty: Duty) -> None:
    """Put a duty where it belongs now."""
    state.exposure.place(duty, standing=duty.hold_id in state.holds)


def _overdue(state: State, decision: ContactOverdue, _: Touched) -> None:
    duty = state.exposure.duties[decision.duty_id]
    duty.overdue = True
    place_duty(state, duty)


def _ended(state: State, decision: ContactDutyEnded, _: Touched) -> None:
    duty = state.exposure.duties[decision.duty_id]
    duty.open = False
    place_duty(state, duty)


EXPOSURE: Final[dict[type, Change]] = {
    ContactDutyOpened: _opened,
    ContactDutyRaised: _raised,
    ContactOverdue: _overdue,
    ContactDutyEnded: _ended,
}
