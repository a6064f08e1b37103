"""What comes to every partition: holds by people and by other partitions, and drivers' tests."""

from __future__ import annotations

from typing import assert_never

from schemas.coldchain import DriverTestRecorded, OutsideHoldRecorded
from schemas.driver import DriverTested
from schemas.hold import HoldLifted, HoldPlaced
from streams.core.coldchain.call import Call
from streams.core.coldchain.state import ENDED, OWN, State


def decide_driver(call: Call, message: DriverTested) -> None:
    """A driver's test; handovers that it bears on are looked at at once, by a tick."""
    if message.event_id in call.state.drivers.get(message.driver_id, {}):
        call.ignore(message.event_id, "event_known")
        return
    call.happened(message.occurred_at, call.rules.memory)
    call.add(DriverTestRecorded(test=message))


def decide_hold(call: Call, message: HoldPlaced | HoldLifted) -> None:
    """A hold from outside is kept, whether or not it concerns anything yet; own holds matter only to others."""
    match message:
        case HoldPlaced():
            _placed(call, message)
        case HoldLifted():
            _lifted(call, message)
        case _:
            assert_never(message)


def _placed(call: Call, message: HoldPlaced) -> None:
    state, hold_id = call.state, message.hold_id
    if hold_id in state.outside or state.memory.knows(ENDED, hold_id):
        call.ignore(hold_id, "hold_known")
    elif state.memory.knows(OWN, hold_id) and not _concerns_others(state, message):
        call.ignore(hold_id, "own_hold")
    else:
        call.add(
            OutsideHoldRecorded(
                hold_id=hold_id,
                consignment_id=message.consignment_id,
                lot_ids=message.lot_ids,
                reason=message.reason,
            )
        )


def _concerns_others(state: State, message: HoldPlaced) -> bool:
    """A standing own hold on lots that are not the own consignment's may bear on others of this partition."""
    if message.hold_id not in state.own:
        return False
    owner = state.own[message.hold_id]
    return owner is None or not state.consignments[owner].story().lots.issuperset(message.lot_ids)


def _lifted(call: Call, message: HoldLifted) -> None:
    hold = call.state.outside.get(message.hold_id)
    if hold is None:
        call.ignore(message.hold_id, "hold_not_here")
        return
    call.add(
        OutsideHoldRecorded(
            hold_id=hold.hold_id, consignment_id=hold.consignment_id, lot_ids=(), reason=message.reason, ended=True
        )
    )
