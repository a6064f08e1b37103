"""Three-person teams (三人小组) and couriers: what becomes of the dispatches that the supply stage orders.

The outcome of a dispatch is drawn from the seed and its id alone, so it does not depend on who asks, or in which order.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from deploy.simulation.world import weighted
from schemas.delivery import DeliveryConfirmed, DeliveryLine, FailureReason, Outcome
from schemas.supply import DeliveryMode, DispatchLine, DispatchOrdered, DispatchRecalled

SILENT: Final = "silent"
"""The confirmation is never sent: the dispatch becomes overdue."""
OUTCOMES: Final = (
    (Outcome.DELIVERED.value, 930),
    (Outcome.SHORT.value, 15),
    (Outcome.DAMAGED.value, 12),
    (Outcome.FAILED.value, 33),
    (SILENT, 10),
)
"""Per thousand dispatches."""
FAILURES: Final = (
    (FailureReason.NOT_HOME, 45),
    (FailureReason.NO_ACCESS, 20),
    (FailureReason.BAD_ADDRESS, 15),
    (FailureReason.REFUSED, 10),
    (FailureReason.NO_COURIER, 10),
)
MINUTES: Final = {
    DeliveryMode.DOOR: (20, 100),
    DeliveryMode.PICKUP: (30, 180),
    DeliveryMode.COLLECT: (30, 240),
}
"""From the order to the confirmation: least and most. The least is longer than a slice of the demo."""
TWICE: Final = 0.01
"""So many confirmations are sent a second time by the courier's telephone."""


def confirmation(order: DispatchOrdered, seed: int) -> DeliveryConfirmed | None:
    """How a dispatch ends, and when; None where nobody ever says."""
    chance = random.Random(f"{seed}/{order.dispatch_id}")
    drawn = weighted(OUTCOMES, chance)
    after = dt.timedelta(seconds=chance.randrange(*(60 * minutes for minutes in MINUTES[order.mode])))
    if drawn == SILENT:
        return None
    outcome = Outcome(drawn)
    if outcome is Outcome.SHORT and sum(line.quantity for line in order.lines) == 1:
        outcome = Outcome.FAILED  # one unit can't be short: it is there or not
    return DeliveryConfirmed(
        kind="delivery_confirmed",
        event_id=f"done-{order.dispatch_id}",
        occurred_at=order.ordered_at + after,
        source=order.team,
        area=order.area,
        dispatch_id=order.dispatch_id,
        outcome=outcome,
        failure=weighted(FAILURES, chance) if outcome is Outcome.FAILED else None,
        lines=_lines(order.lines, outcome, chance),
    )


def _lines(lines: Sequence[DispatchLine], outcome: Outcome, chance: random.Random) -> tuple[DeliveryLine, ...]:
    """Nothing where the outcome says it all; else one line, the largest, that did not arrive in full."""
    if outcome in (Outcome.DELIVERED, Outcome.FAILED):
        return ()
    worst = max(lines, key=lambda line: (line.quantity, line.allocation_id))
    missing = chance.randrange(1, worst.quantity + 1)
    lost = outcome is Outcome.SHORT and chance.random() < 0.3
    return tuple(
        DeliveryLine(allocation_id=line.allocation_id, delivered=line.quantity)
        if line is not worst
        else DeliveryLine(
            allocation_id=line.allocation_id,
            delivered=line.quantity - missing,
            returned=missing if outcome is Outcome.SHORT and not lost else 0,
            damaged=missing if outcome is Outcome.DAMAGED else 0,
        )
        for line in lines
    )


def brought_back(order: DispatchOrdered, ending: DeliveryConfirmed, lots: Sequence[str]) -> DeliveryConfirmed:
    """The ending of a dispatch when some of its lots were called back on the way: those are not handed over."""
    if ending.outcome is Outcome.FAILED:
        return ending
    planned = {line.allocation_id: line for line in ending.lines}
    lines = tuple(
        DeliveryLine(allocation_id=line.allocation_id, delivered=0, returned=line.quantity)
        if line.lot_id in lots
        else planned.get(line.allocation_id, DeliveryLine(allocation_id=line.allocation_id, delivered=line.quantity))
        for line in order.lines
    )
    return ending.model_copy(update={"outcome": Outcome.SHORT, "lines": lines, "note": "called back on the way"})


def handed_over(order: DispatchOrdered, ending: DeliveryConfirmed) -> Counter[tuple[str, str]]:
    """Units that the requester got, by requester and lot, as the team says."""
    if ending.outcome is Outcome.FAILED:
        return Counter()
    said = {line.allocation_id: line.delivered for line in ending.lines}
    units: Counter[tuple[str, str]] = Counter()
    for line in order.lines:
        units[order.requester_id, line.lot_id] += said.get(line.allocation_id, line.quantity)
    return units


@dataclass(slots=True)
class Couriers:
    """Everybody on the road: takes dispatches and recalls, gives confirmations when they are due."""

    seed: int
    orders: dict[str, DispatchOrdered] = field(default_factory=dict)
    endings: dict[str, DeliveryConfirmed] = field(default_factory=dict)
    handed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Units by requester and lot, of everything that was confirmed."""
    _due: list[tuple[dt.datetime, str]] = field(default_factory=list)

    def take(self, order: DispatchOrdered) -> None:
        """A team sets out; the same order again changes nothing."""
        if order.dispatch_id in self.orders:
            return
        self.orders[order.dispatch_id] = order
        ending = confirmation(order, self.seed)
        if ending is not None:
            self.endings[order.dispatch_id] = ending
            heapq.heappush(self._due, (ending.occurred_at, order.dispatch_id))

    def recall(self, recalled: DispatchRecalled) -> None:
        """A team that is still on its way brings lots back; one that has confirmed already can't."""
        order, ending = self.orders.get(recalled.dispatch_id), self.endings.get(recalled.dispatch_id)
        if order is not None and ending is not None:
            self.endings[recalled.dispatch_id] = brought_back(order, ending, recalled.lot_ids)

    def due(self, now: dt.datetime, until: dt.datetime) -> list[DeliveryConfirmed]:
        """What is confirmed before `until`, in order of time, none of it before `now`; some of it said twice."""
        said: list[DeliveryConfirmed] = []
        while self._due and self._due[0][0] < until:
            at, dispatch_id = heapq.heappop(self._due)
            ending = self.endings.pop(dispatch_id).model_copy(update={"occurred_at": max(at, now)})
            said.append(ending)
            self.handed.update(handed_over(self.orders[dispatch_id], ending))
            if random.Random(f"{self.seed}/twice/{dispatch_id}").random() < TWICE:
                said.append(ending)
        return said

    @property
    def on_the_road(self) -> int:
        """Confirmations still to come."""
        return len(self._due)
