"""Grid workers who call on households that received units of a held lot (告知), and what comes of it.

Who is reached, when, and what they say is drawn from the seed and the duty alone.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
from dataclasses import dataclass, field
from typing import Final

from deploy.simulation.world import weighted
from schemas.exposure import ContactDutyOpened
from schemas.household import HouseholdContacted
from schemas.supply import SupplyDecision

NEVER: Final = ""
"""Nobody is reached: the duty becomes overdue."""
OUTCOMES: Final = (("returned unopened", 40), ("thrown away", 25), ("eaten, tested", 27), (NEVER, 8))
"""What comes of it, in percent."""
MINUTES: Final = (20, 200)
"""From the duty to the call: least and most. The least is longer than a slice of the demo."""


@dataclass(slots=True)
class Callers:
    """Calls still to be made."""

    seed: int
    called: set[str] = field(default_factory=set)
    """Duties of which somebody said that the household was reached."""
    _due: list[tuple[dt.datetime, str, HouseholdContacted]] = field(default_factory=list)

    def see(self, decision: SupplyDecision) -> None:
        """A household is to be contacted."""
        if not isinstance(decision, ContactDutyOpened):
            return
        chance = random.Random(f"{self.seed}/call/{decision.duty_id}")
        outcome = weighted(OUTCOMES, chance)
        at = decision.opened_at + dt.timedelta(minutes=chance.randrange(*MINUTES))
        if outcome != NEVER:
            heapq.heappush(self._due, (at, decision.duty_id, _contacted(decision, at, outcome)))

    def due(self, now: dt.datetime, until: dt.datetime) -> list[HouseholdContacted]:
        """Who is reached before `until`, in order of time, none of it before `now`."""
        said: list[HouseholdContacted] = []
        while self._due and self._due[0][0] < until:
            at, duty_id, message = heapq.heappop(self._due)
            self.called.add(duty_id)
            said.append(message.model_copy(update={"occurred_at": max(at, now)}))
        return said


def _contacted(duty: ContactDutyOpened, at: dt.datetime, outcome: str) -> HouseholdContacted:
    return HouseholdContacted(
        kind="household_contacted",
        event_id=f"called-{duty.duty_id}",
        occurred_at=at,
        source="grid-worker",
        area=duty.area,
        requester_id=duty.requester_id,
        duty_id=duty.duty_id,
        outcome=outcome,
    )
