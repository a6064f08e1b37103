"""One call of decide: what it may read, and what it has decided so far."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, NoReturn

from schemas.ledger import RepeatIgnored
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.state import State
from streams.core.decider import Rejected
from streams.core.instants import FAR, to_us

CHUNK: Final = 64
"""Loggers, consignments or findings that one tick deals with; the rest follows in ticks at once."""


class Call:
    """`state` is only read. `now` is the stage's time, None before the first tick; `at` when the message happened."""

    __slots__ = ("add", "at", "decisions", "now", "rules", "state")

    def __init__(self, state: State, rules: Rules, now: int | None, at: int = 0) -> None:
        self.state, self.rules, self.now, self.at = state, rules, now, at
        self.decisions: list[Any] = []
        self.add = self.decisions.append

    def ignore(self, name_id: str, reason: str) -> None:
        """The message says what is known."""
        self.decisions.append(RepeatIgnored(id=name_id, reason=reason))

    def happened(self, at: dt.datetime, oldest: int, field_name: str = "occurred_at") -> int:
        """When the message happened, in microseconds; Rejected where that is ahead of the clock, or too long ago."""
        self.at = self.time(at, field_name)
        if self.now is not None and self.at < self.now - oldest:
            refuse("too_old", "That is longer ago than reports are taken: look at the date.", field_name)
        return self.at

    def time(self, at: dt.datetime, field_name: str) -> int:
        """A message's time in microseconds; Rejected where it is too far ahead."""
        us = to_us(at)
        if us >= FAR or (self.now is not None and us > self.now + self.rules.future):
            refuse("in_the_future", "The time lies too far ahead of the stage's clock.", field_name)
        return us


def refuse(code: str, reason: str, field_name: str = "") -> NoReturn:
    """The message breaks a rule."""
    raise Rejected(code, reason, field_name)
