"""One call of decide: what it may read, what it has decided so far, and how much room its record has left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from schemas.base import Message
from schemas.hold import HoldMessageBase
from schemas.ledger import RepeatIgnored
from schemas.request import NeedClass
from schemas.supply import DeliveryMode
from streams.core.decider import Rejected
from streams.core.instants import FAR, from_us, to_us
from streams.core.supply.settings import Rules
from streams.core.supply.state import Allocation, Place, State


class Call:
    """`state` is only read. `now` is the stage's time, None before the first tick; `today` its local day.

    `at` is when the message says it happened; `add` decides something that takes no room: there is only little of it
    in any record. `busy`: shelves whose backlog was decided upon in this call; the state does not know of it yet.
    """

    __slots__ = ("add", "at", "busy", "decisions", "now", "room", "rules", "state")

    def __init__(self, state: State, rules: Rules, now: int | None) -> None:
        self.state, self.rules, self.now, self.room, self.at = state, rules, now, rules.chunk, 0
        self.decisions: list[Any] = []
        self.busy: frozenset[Place] = frozenset()
        self.add: Callable[[Any], None] = self.decisions.append

    @property
    def today(self) -> int:
        """Ordinal of the delivery day; 0 (nothing has expired) before the first tick."""
        return 0 if self.now is None else self.rules.day(self.now)

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


Decide = Callable[[Call, Any], None]
"""What a message of one class causes."""


def refuse(code: str, reason: str, field_name: str = "") -> NoReturn:
    """The message breaks a rule."""
    raise Rejected(code, reason, field_name)


def check_times(call: Call, message: Message | HoldMessageBase) -> None:
    """Refuse what claims to have happened long ago, beyond the memory for event ids, or in the future.

    But no hold: its id is remembered for ever, and a hold for what loggers told of a long voyage must not get lost.
    """
    now, rules = call.now, call.rules
    call.at = at = to_us(message.occurred_at)
    if now is not None and now - rules.memory <= at <= now + rules.future and 0 <= at < FAR:
        return
    if isinstance(message, HoldMessageBase):
        return
    call.time(message.occurred_at, "occurred_at")
    if now is not None and at < now - rules.memory:
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
    @property
    def request_id(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def people(self) -> int: ...
    @property
    def reported_at(self) -> int | dt.datetime: ...
    @property
    def due_at(self) -> int | dt.datetime: ...


def allocation_id(need: Asking, number: int) -> str:
    """Name of a need's n-th allocation: short, and the same wherever and whenever it is decided."""
    return "a" + _short(f"{need.area} {need.need_id} {number}")


def dispatch_id(first: str) -> str:
    """Name of the dispatch whose first line is this allocation: an allocation leaves once."""
    return "d" + _short(first)


def duty_id(exposed: tuple[str, str, str]) -> str:
    """Name of the contact duty of a hold, lot and requester."""
    return "c" + _short(" ".join(exposed))


_BLANK: Final = blake2b(digest_size=10)


def _short(text: str) -> str:
    """80 bits in hexadecimal: among a thousand million names, any two are the same with odds of 1 in two million."""
    digest = _BLANK.copy()  # half the price of a new one
    digest.update(text.encode())
    return digest.hexdigest()


def utc(at: dt.datetime) -> dt.datetime:
    """The same instant in UTC, as all decisions write it."""
    return from_us(to_us(at))


class Release(NamedTuple):
    """Units that a reservation gives back."""

    allocation: Allocation
    quantity: int
