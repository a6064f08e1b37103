"""The shape of a stage's pure heart: decide and evolve, and the words that the runtime shares with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import TypeAdapter

State = TypeVar("State")


class Rejected(Exception):
    """A message breaks a rule: `code` is stable, `field` the place, `reason` words without the message's own values."""

    def __init__(self, code: str, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.field = code, reason, field


class LedgerRead(NamedTuple):
    """An accepted record of another stage's ledger, as a stage that reads it gets it: plain values of its JSON.

    `at`: when it was decided there, by its source message or tick, in microseconds since 1970.
    """

    stage: str
    partition: int
    seq: int
    kind: str
    topic: str | None
    """Source topic of the record; None for ticks and takeovers."""
    at: int
    event: dict[str, Any] | None
    decisions: Sequence[dict[str, Any]]


class Refused(NamedTuple):
    """A message of a stage that it rejected itself. `at`: the message's own timestamp, in microseconds since 1970."""

    stage: str
    topic: str
    partition: int
    at: int


class Fact(NamedTuple):
    """What an accepted record tells the state: its event's id, the time it set (ticks only), and its decisions.

    `read`: where the source is itself a ledger, the record that was read. `refused`: of a `rejected` record, which
    message it refused.
    """

    event_id: str | None
    ticked_at: datetime | None
    decisions: Sequence[Any]
    read: LedgerRead | None = None
    refused: Refused | None = None


class Decider(Protocol[State]):
    """A stage without its machinery. All functions are pure in effect; `evolve` may change the state that it is given.

    `decide` never changes the state and raises Rejected for a message that breaks a rule. Deciding a message again
    after evolving yields at most a `repeat_ignored`. The work of one call is bounded: what does not fit is left
    pending in the state, and `next_due` says "now" until it is done.
    """

    stage: str
    decisions: TypeAdapter[Any]
    """Adapter of a sequence of the stage's decisions, for the `decisions` of a record."""

    def initial(self) -> State:
        """The state before any record."""
        ...

    def decide(self, state: State, event: Any) -> Sequence[Any]:
        """The decisions that a source message, or a `schemas.ledger.ClockTicked`, causes."""
        ...

    def evolve(self, state: State, fact: Fact) -> State:
        """The state after an accepted record."""
        ...

    def next_due(self, state: State) -> datetime | None:
        """When the next tick has something to decide; None: nothing waits. In the past: at once."""
        ...

    def dump(self, state: State) -> bytes:
        """Canonical bytes: equal states give equal bytes, in any process; for snapshots and state hashes."""
        ...

    def load(self, data: bytes) -> State:
        """The state that `dump` gave; raises ValueError where the bytes are not one."""
        ...
