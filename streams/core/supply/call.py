"""One call of decide: what it may read, what it has decided so far, and how much room its record has left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NoReturn, Protocol

from schemas.base import Message
from schemas.hold import HoldMessageBase
from schemas.request import NeedClass
from schemas.supply import DeliveryMode, RepeatIgnored
from streams.core.decider import Rejected
from streams.core.supply.instants import FAR, from_us, to_us
from streams.core.supply.settings import Rules
from streams.core.supply.state import Allocation, State


@dataclass(slots=True)
class Call:
    """`state` is only read. `now` is the stage's time, None before the first tick; `today` its local day."""

    state: State
    rules: Rules
    now: int | None
    room: int
    at: int = 0
    """When the message says it happened."""
    decisions: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, state: State, rules: Rules, now: int | None = None) -> Call:
        """A call at a tick's time, or at the state's own."""
        return cls(state, rules, state.now if now is None else now, rules.chunk)

    @property
    def today(self) -> int:
        """Ordinal of the delivery day; 0 (nothing has expired) before the first tick."""
        return 0 if self.now is None else self.rules.day(self.now)

    def add(self, decision: Any) -> None:
        """Decide something that takes no room: there is only little of it in any record."""
        self.decisions.append(decision)

    def spend(self, decision: Any) -> None:
        """Decide something of which there could be much."""
        self.decisions.append(decision)
        self.room -= 1

    def ignore(self, name_id: str, reason: str) -> None:
        """The message says what is known."""
        self.decisions.append(RepeatIgnored(id=name_id, reason=reason))

    def time(self, at: dt.datetime, field_name: str) -> int:
        """A message's time as microseconds; Rejected where it is absurd or too far ahead."""
        us = to_us(at)
        if not 0 <= us < FAR:
            refuse("absurd_time", "The time is not between the years 1970 and 2190.", field_name)
        if self.now is not None and us > self.now + self.rules.future:
            refuse("in_the_future", "The time lies too far ahead of the stage's clock.", field_name)
        return us


def refuse(code: str, reason: str, field_name: str = "") -> NoReturn:
    """The message breaks a rule."""
    raise Rejected(code, reason, field_name)


def check_times(call: Call, message: Message | HoldMessageBase) -> None:
    """Refuse what claims to have happened long ago, beyond the memory for event ids, or in the future."""
    call.at = at = call.time(message.occurred_at, "occurred_at")
    if call.now is not None and at < call.now - call.rules.memory:
        refuse(
            "too_old", "The event is older than event ids are remembered: file it again as a new one.", "occurred_at"
        )


class Asking(Protocol):
    """What serving has to know of a need: one in the state, or one that is just being opened."""

    @property
    def need_id(self) -> str: ...
    @property
    def requester_id(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def grid(self) -> str: ...
    @property
    def item(self) -> str: ...
    @property
    def need_class(self) -> NeedClass: ...
    @property
    def mode(self) -> DeliveryMode: ...


def allocation_id(need: Asking, number: int) -> str:
    """Name of a need's n-th allocation: short, and the same wherever and whenever it is decided."""
    return "a" + _short(f"{need.area} {need.need_id} {number}")


def dispatch_id(first: str) -> str:
    """Name of the dispatch whose first line is this allocation: an allocation leaves once."""
    return "d" + _short(first)


def _short(text: str) -> str:
    """80 bits in hexadecimal: among a thousand million names, any two are the same with odds of 1 in two million."""
    return blake2b(text.encode(), digest_size=10).hexdigest()


def utc(at: dt.datetime) -> dt.datetime:
    """The same instant in UTC, as all decisions write it."""
    return from_us(to_us(at))


@dataclass(frozen=True, slots=True)
class Release:
    """Units that a reservation gives back."""

    allocation: Allocation
    quantity: int
