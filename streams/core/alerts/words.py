"""Reading the plain values of another ledger's record: times, places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any

from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Key, State
from streams.core.decider import LedgerRead
from streams.core.instants import to_us

Watch = Callable[[State, Rules, LedgerRead, dict[str, Any]], None]
"""What one decision of another ledger changes in what is watched."""


def us(text: str) -> int:
    """Microseconds since 1970 of an ISO time with offset."""
    return to_us(datetime.fromisoformat(text))


def alert_id(key: Key) -> str:
    """The one id of a kind and subject: never two open for the same thing."""
    return "al" + blake2b(f"{key[0]} {key[1]}".encode(), digest_size=10).hexdigest()


def subject_of(area: str, name: str) -> str:
    """What an alert is about where ids hold for their area only: no place has a colon in it."""
    return f"{area}:{name}"


def name_in(subject: str) -> str:
    """The id in such a subject."""
    return subject.split(":", 1)[1]


def within(place: str | None, outer: str) -> bool:
    """Whether a place is another one, or lies in it (codes are joined by '/')."""
    return place is not None and (place == outer or place.startswith(outer + "/"))
