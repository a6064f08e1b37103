"""Contact duties (告知义务): who received units of a held lot is listed, and its area is to contact it in time."""

from __future__ import annotations

from itertools import islice

from schemas.exposure import ContactDutyEnded, ContactDutyOpened, ContactDutyRaised, ContactOverdue
from schemas.household import HouseholdContacted
from streams.core.instants import from_us
from streams.core.supply.call import Call, duty_id, refuse
from streams.core.supply.exposure import Duty, Exposed, Received


def list_exposed(call: Call) -> None:
    """At a tick: those who received units of held lots of which no duty tells yet, as far as there is room."""
    exposure = call.state.exposure
    for exposed in islice(exposure.unlisted, call.room):
        duty = exposure.duties.get(duty_id(exposed))
        if duty is None:
            _open(call, exposed, exposure.owed[exposed])
        else:
            _raise(call, duty, exposure.owed[exposed])


def _open(call: Call, exposed: Exposed, received: Received) -> None:
    assert call.now is not None
    lot = call.state.lots[exposed.lot_id]
    requester = call.state.requester(lot.area, exposed.requester_id)
    call.spend(
        ContactDutyOpened(
            duty_id=duty_id(exposed),
            hold_id=exposed.hold_id,
            lot_id=lot.lot_id,
            item=lot.item,
            consignment_id=lot.consignment_id,
            requester_id=exposed.requester_id,
            area=lot.area,
            grid=lot.area if requester is None else requester.grid,
            quantity=received.units,
            delivered_at=from_us(received.last),
            opened_at=from_us(call.now),
            due_at=from_us(call.now + call.rules.contact),
        )
    )


def _raise(call: Call, duty: Duty, received: Received) -> None:
    """Who is still to be contacted keeps its clock."""
    assert call.now is not None
    call.spend(
        ContactDutyRaised(
            duty_id=duty.duty_id,
            requester_id=duty.requester_id,
            lot_id=duty.lot_id,
            more=received.units,
            quantity=duty.quantity + received.units,
            delivered_at=from_us(max(duty.last, received.last)),
            due_at=from_us(duty.due_at if duty.open else call.now + call.rules.contact),
        )
    )


def end_lapsed(call: Call) -> None:
    """At a tick: duties of which the hold was lifted."""
    for name in islice(call.state.exposure.lapsed, call.room):
        duty = call.state.exposure.duties[name]
        call.spend(ContactDutyEnded(duty_id=name, requester_id=duty.requester_id, reason="lifted"))


def say_overdue(call: Call) -> None:
    """At a tick: duties whose time has run out."""
    assert call.now is not None
    for due_at, name in islice(call.state.exposure.clocks.until(call.now), call.room):
        duty = call.state.exposure.duties[name]
        call.spend(ContactOverdue(duty_id=name, requester_id=duty.requester_id, area=duty.area, due_at=from_us(due_at)))


def decide_contact(call: Call, message: HouseholdContacted) -> None:
    """The duties that a contact ends; said again, it has no further effect."""
    duties = _meant(call, message)
    for duty in duties:
        if duty.open:
            call.add(
                ContactDutyEnded(
                    duty_id=duty.duty_id,
                    requester_id=duty.requester_id,
                    reason="contacted",
                    by=message.source,
                    outcome=message.outcome,
                )
            )
    if not call.decisions:
        call.ignore(message.duty_id or message.hold_id or message.requester_id, "contact_known")


def _meant(call: Call, message: HouseholdContacted) -> list[Duty]:
    """The duties that a message names; Rejected where there is none, empty where their hold was lifted since."""
    state = call.state
    if message.duty_id is not None:
        duty = state.exposure.duties.get(message.duty_id)
        if duty is None:
            if not state.memory.knows("duty", message.duty_id):
                refuse("unknown_duty", "No contact duty of this id was opened.", "duty_id")
            return []
        if (duty.area, duty.requester_id) != (message.area, message.requester_id):
            refuse("foreign_duty", "The contact duty is about another household or area.", "duty_id")
        return [duty]
    if message.hold_id is not None and message.hold_id not in state.holds:
        if not state.memory.knows("hold", message.hold_id):
            refuse("unknown_hold", "No hold of this id was placed.", "hold_id")
        return []
    found = _of_requester(call, message)
    if not found:
        refuse("no_contact_duty", "No contact duty is open for it in this area.", "requester_id")
    return found


def _of_requester(call: Call, message: HouseholdContacted) -> list[Duty]:
    """Open duties of a requester; where none is, those of the hold that ended before."""
    exposure = call.state.exposure
    names = exposure.contacts.get((message.area, message.requester_id), ())
    found = [exposure.duties[name] for name in sorted(names)]
    if message.hold_id is None:
        return found
    under = [duty for duty in found if duty.hold_id == message.hold_id]
    return under or [
        duty
        for name in sorted(exposure.by_hold.get(message.hold_id, ()))
        if (duty := exposure.duties[name]).requester_id == message.requester_id and duty.area == message.area
    ]
