"""The cold-chain stage as the runtime sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import SerializeAsAny, TypeAdapter

from schemas.coldchain import ColdChainDecision
from schemas.driver import DriverTested
from schemas.hold import HoldLifted, HoldPlaced
from schemas.inspection import FindingMended, FindingReported
from schemas.ledger import ClockTicked
from schemas.temperature import Profiles, TemperatureRead
from streams.core.coldchain import dump
from streams.core.coldchain.call import Call
from streams.core.coldchain.clock import decide_tick, next_due
from streams.core.coldchain.evolve import evolve
from streams.core.coldchain.intake import FACTS, decide_fact
from streams.core.coldchain.outside import decide_driver, decide_hold
from streams.core.coldchain.premises import decide_inspection
from streams.core.coldchain.readings import decide_read
from streams.core.coldchain.settings import ColdChainSettings, Rules
from streams.core.coldchain.state import State
from streams.core.decider import Fact


class ColdChainDecider:
    """Decider of the cold-chain stage: consignments, their checks, and the holds that follow."""

    stage = "coldchain"
    decisions: TypeAdapter[Any] = TypeAdapter(list[SerializeAsAny[ColdChainDecision]])
    """Reads the union by its tag; writes each model by its own serialiser, in half the time of the union's."""

    def __init__(self, settings: ColdChainSettings, profiles: Profiles) -> None:
        self.settings = settings
        self._rules = Rules.of(settings, profiles)

    def initial(self) -> State:
        """Nothing known, no time."""
        return State()

    def decide(self, state: State, event: Any) -> Sequence[Any]:
        """The decisions of a message or tick; raises Rejected for a message that breaks a rule."""
        if isinstance(event, ClockTicked):
            return decide_tick(state, self._rules, event).decisions
        call = Call(state, self._rules, state.now)
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


_DECIDE: Final[dict[type, Callable[[Call, Any], None]]] = {
    TemperatureRead: decide_read,
    **dict.fromkeys(FACTS, decide_fact),
    FindingReported: decide_inspection,
    FindingMended: decide_inspection,
    DriverTested: decide_driver,
    HoldPlaced: decide_hold,
    HoldLifted: decide_hold,
}
"""By the message's class."""
