"""A partition with many open alerts, and what a change of shift or a silence costs there."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from schemas.alert import AlertMessage
from schemas.duty import DutyAssigned, Level
from schemas.ledger import ClockTicked
from streams.core.alerts import AlertDecider, AlertSettings
from streams.core.decider import Fact, LedgerRead
from streams.core.instants import to_us
from tests.streams.core.alerts.scene import AREA, START, at, duty

LONG = 7 * 24 * 60
SHIFT, FAR = at(hours=8), at(days=9)
"""When the first lines end and the next begin; when nobody is on duty any more."""


def calls(work: Callable[[], Any]) -> int:
    """How many functions are called meanwhile: a measure of work that no other load on the machine changes."""
    count = 0

    def note(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def seconds(work: Callable[[], Any]) -> float:
    """How long the processor works for it."""
    began = time.process_time()
    work()
    return time.process_time() - began


class Crowd:
    """So many overdue needs in so many grids, each an alert of a grid's own person; nothing else goes on."""

    def __init__(self, alerts: int, grids: int, *lines: DutyAssigned, chunk: int = 256) -> None:
        slow = {"critical": LONG, "warning": LONG}
        self.decider = AlertDecider(AlertSettings.model_validate({"escalate_minutes": slow, "chunk": chunk}))
        self.said = 0
        self.state = self.decider.initial()
        self._apply(Fact(None, START, ()))
        for line in lines:
            self.hears(line)
        self.go(START)
        for first in range(0, alerts, 1000):
            self._open(range(first, min(first + 1000, alerts)), grids)
        self.go(at(minutes=1))

    def _open(self, numbers: range, grids: int) -> None:
        due, said = (START + timedelta(days=30)).isoformat(), list[dict[str, Any]]()
        for number in numbers:
            need = {
                "type": "need_opened", "need_id": f"r{number}:rice", "requester_id": f"h{number}", "area": AREA,
                "grid": f"{AREA}/c1/g{number % grids}", "item": "rice", "need_class": "other",
                "reported_at": START.isoformat(), "due_at": due,
            }  # fmt: skip
            said += [need, {"type": "need_overdue", "need_id": need["need_id"], "due_at": START.isoformat()}]
        read = LedgerRead("supply", 0, numbers.start, "decided", "t", to_us(START), None, said)
        self._apply(Fact(None, None, (), read))

    def hears(self, message: AlertMessage | DutyAssigned) -> None:
        """Somebody says something; what follows is due at once."""
        decisions = self.decider.decide(self.state, message)
        self._apply(Fact(message.event_id, None, decisions))

    def go(self, time: datetime, measure: Callable[[Callable[[], Any]], float] = seconds) -> list[float]:
        """Time goes on to here; what each tick on the way cost."""
        costs = []
        while (due := self.decider.next_due(self.state)) is not None and due <= time:
            costs.append(measure(lambda due=due: self._tick(due)))  # type: ignore[misc]
        costs.append(measure(lambda: self._tick(time)))
        return costs

    def _tick(self, due: datetime) -> None:
        tick = ClockTicked(at=max(due, START))
        decisions = self.decider.decide(self.state, tick)
        self.said += len(decisions)
        self._apply(Fact(None, tick.at, decisions))

    def _apply(self, fact: Fact) -> None:
        self.state = self.decider.evolve(self.state, fact)


def chiefs() -> list[DutyAssigned]:
    """The city's person changes at SHIFT."""
    return [
        duty("chief1", "sh", Level.CITY, START, SHIFT),
        duty("chief2", "sh", Level.CITY, SHIFT, FAR),
    ]


def of_grids(grids: int, starts: datetime = START, ends: datetime = FAR) -> list[DutyAssigned]:
    """Every grid has a person of its own."""
    names = {f"g{number}-{starts:%H}": f"{AREA}/c1/g{number}" for number in range(grids)}
    return [duty(name, place, Level.GRID, starts, ends) for name, place in names.items()]
