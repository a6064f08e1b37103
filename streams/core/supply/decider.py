"""The supply stage as the runtime sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, get_args

from pydantic import SerializeAsAny, TypeAdapter

from schemas.delivery import DeliveryConfirmed
from schemas.hold import HoldLifted, HoldPlaced
from schemas.household import (
    HouseholdContacted,
    HouseholdRegistered,
    InstitutionRegistered,
    RequesterRemoved,
    TierChanged,
)
from schemas.item import Catalogue
from schemas.ledger import ClockTicked
from schemas.request import RequestAmended, RequestCancelled, RequestFiled, RequestHandedOver
from schemas.stock import (
    PriceObserved,
    ReserveFloorSet,
    ReservePlanSet,
    StockCounted,
    StockReceived,
    StockTransferred,
    StockWrittenOff,
)
from schemas.supply import SupplyDecision
from schemas.transfers import TransferInOrdered, TransferInReduced, TransferOutOrdered
from streams.core.decider import Fact
from streams.core.supply import dump
from streams.core.supply.call import Call, Decide, check_times
from streams.core.supply.clock import decide_tick, next_due
from streams.core.supply.contacts import decide_contact
from streams.core.supply.deliveries import decide_delivery
from streams.core.supply.evolve import evolve
from streams.core.supply.holds import decide_hold
from streams.core.supply.moves import MOVES
from streams.core.supply.policy import Policy
from streams.core.supply.requesters import HouseholdEvent, decide_household
from streams.core.supply.requests import REQUESTS
from streams.core.supply.settings import Rules, SupplySettings
from streams.core.supply.state import State
from streams.core.supply.stock import STOCK
from streams.core.transfers.settings import Roads, TransferSettings

RequestEvent = RequestFiled | RequestAmended | RequestCancelled | RequestHandedOver
StockEvent = (
    StockReceived | StockCounted | StockWrittenOff | StockTransferred | ReserveFloorSet | ReservePlanSet | PriceObserved
)
MoveEvent = TransferOutOrdered | TransferInOrdered | TransferInReduced
SupplyEvent = (
    RequestEvent
    | StockEvent
    | DeliveryConfirmed
    | HouseholdEvent
    | HouseholdContacted
    | HoldPlaced
    | HoldLifted
    | MoveEvent
)


class SupplyDecider:
    """Decider of the supply stage: a pool of stock and its needs, area by area."""

    stage = "supply"
    decisions: TypeAdapter[Any] = TypeAdapter(list[SerializeAsAny[SupplyDecision]])
    """Reads the union by its tag; writes each model by its own serialiser, in half the time of the union's."""

    def __init__(
        self,
        settings: SupplySettings,
        catalogue: Catalogue,
        policy: Policy | None = None,
        transfers: TransferSettings | None = None,
    ) -> None:
        self.settings = settings
        self._rules = Rules.of(settings, catalogue, policy, Roads.of(transfers or TransferSettings()))

    def initial(self) -> State:
        """Nothing known, nothing open, no time."""
        return State()

    def decide(self, state: State, event: SupplyEvent | ClockTicked) -> Sequence[Any]:
        """The decisions of a message or tick; raises Rejected for a message that breaks a rule."""
        if isinstance(event, ClockTicked):
            return decide_tick(state, self._rules, event).decisions
        call = Call(state, self._rules, state.now)
        if state.memory.knows("event", event.event_id):
            call.ignore(event.event_id, "event_known")
        else:
            check_times(call, event)
            _DECIDE[type(event)](call, event)
        return call.decisions

    def evolve(self, state: State, fact: Fact) -> State:
        """The state after an accepted record: the one given, changed."""
        return evolve(state, fact)

    def next_due(self, state: State) -> datetime | None:
        """When the next tick has something to decide; 1970 where it waits already."""
        return next_due(state, self._rules)

    def dump(self, state: State) -> bytes:
        """Canonical bytes of a state."""
        return dump.dump(state)

    def load(self, data: bytes) -> State:
        """The state that `dump` gave; raises ValueError where the bytes are not one."""
        return dump.load(data)


_HOUSEHOLD: Final = (HouseholdRegistered, InstitutionRegistered, TierChanged, RequesterRemoved)
_DECIDE: Final[dict[type, Decide]] = {
    **REQUESTS,
    **STOCK,
    DeliveryConfirmed: decide_delivery,
    **dict.fromkeys(_HOUSEHOLD, decide_household),
    HouseholdContacted: decide_contact,
    HoldPlaced: decide_hold,
    HoldLifted: decide_hold,
    **MOVES,
}
"""By the message's class: asking for one class after the other costs more than some messages take."""
assert set(_DECIDE) == set(get_args(SupplyEvent)), "a message of this stage that nothing decides"
