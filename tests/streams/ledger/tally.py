"""A stage small enough to test the runtime with: it counts, and says "due" every hundred units."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from schemas.base import Message, Model
from schemas.ledger import ClockTicked, LedgerRecord
from schemas.topics import Topic
from streams.core.decider import Fact, Rejected
from streams.ledger.stage import Stage


class Added(Message):
    """Add to an area's count."""

    kind: Literal["added"]
    amount: int


class Counted(Model):
    """The count went up."""

    type: Literal["counted"] = "counted"
    area: str
    amount: int


class Announced(Model):
    """A tick told the count."""

    type: Literal["announced"] = "announced"
    total: int


Decision = Counted | Announced


@dataclass
class Tally:
    """Counts by area, ids seen, when to announce."""

    counts: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    due: datetime | None = None
    now: datetime | None = None


class TallyDecider:
    """Counts each event id once; amounts over 1000 break a rule; 13 is a defect."""

    stage = "tally"
    decisions: TypeAdapter[Any] = TypeAdapter(list[Decision])

    def initial(self) -> Tally:
        return Tally()

    def decide(self, state: Tally, event: Any) -> Sequence[Decision]:
        if isinstance(event, ClockTicked):
            due = state.due is not None and state.due <= event.at
            return [Announced(total=sum(state.counts.values()))] if due else []
        if event.amount > 1000:
            raise Rejected("too_much", "More than a thousand.", "amount")
        if event.amount == 13:
            raise ZeroDivisionError("a defect")
        return [] if event.event_id in state.seen else [Counted(area=event.area, amount=event.amount)]

    def evolve(self, state: Tally, fact: Fact) -> Tally:
        if fact.event_id is not None:
            state.seen.add(fact.event_id)
        if fact.ticked_at is not None:
            state.now = fact.ticked_at
        for decision in fact.decisions:
            if isinstance(decision, Counted):
                state.counts[decision.area] = state.counts.get(decision.area, 0) + decision.amount
                if sum(state.counts.values()) % 100 == 0:
                    state.due = state.now
            else:
                state.due = None
        return state

    def next_due(self, state: Tally) -> datetime | None:
        return state.due

    def dump(self, state: Tally) -> bytes:
        stamps = [None if at is None else at.isoformat() for at in (state.due, state.now)]
        return json.dumps([sorted(state.counts.items()), sorted(state.seen), *stamps]).encode()

    def load(self, data: bytes) -> Tally:
        counts, seen, due, now = json.loads(data)
        read = [None if at is None else datetime.fromisoformat(at) for at in (due, now)]
        return Tally(dict(counts), set(seen), *read)


ADDED = Topic("tally.added.v1", "Additions", "area", Added, "tests", ("tally",))
MORE = Topic("tally.more.v1", "Other additions", "area", Added, "tests", ("tally",))
TALLY_LEDGER = Topic("tally.ledger.v1", "Ledger", "", LedgerRecord, "tally", ())
DEAD = tuple(Topic(f"dlq.{topic.name}", "Dead letters", "", None, "tally", ()) for topic in (ADDED, MORE))
STAGE = Stage("tally", TallyDecider(), Decision, (ADDED, MORE), TALLY_LEDGER)
