"""The duty roster (值班表): who answers for a place, at which hours. Every partition gets every line of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import model_validator

from schemas.base import Identifier, Model, PlaceCode, Reported


class Level(StrEnum):
    """The levels to which an alert that nobody acknowledges goes up."""

    GRID = "grid"
    """网格."""
    COMMUNITY = "community"
    """社区."""
    DISTRICT = "district"
    """区."""
    CITY = "city"
    """市."""


class DutyAssigned(Model):
    """A person (an id, never a name) is on duty for a place and all that lies in it, from `starts_at` until `ends_at`.

    The same `duty_id` again replaces the line; `cancelled` takes it out of the roster.
    """

    kind: Literal["duty_assigned"]
    event_id: Identifier
    occurred_at: Reported
    source: Identifier
    duty_id: Identifier
    place: PlaceCode
    level: Level
    person: Identifier
    starts_at: Reported
    ends_at: Reported
    cancelled: bool = False

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> DutyAssigned:
        if self.ends_at <= self.starts_at:
            raise ValueError("a duty ends after it starts")
        return self


DutyMessage = DutyAssigned
