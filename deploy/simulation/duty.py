"""The duty roster (值班表) of the day: who answers for each place, by day and by night, until the next evening."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from deploy.simulation.opening import REGISTRATIONS
from deploy.simulation.post import Post, moment, post
from deploy.simulation.world import District, short
from schemas.duty import DutyAssigned, Level
from schemas.topics import ROSTER

SHIFTS: Final = ((REGISTRATIONS, 20.0, "day"), (20.0, 32.0, "night"), (32.0, 44.0, "day"))
"""Hours from the day's midnight: longer than the day and what the alert stage looks ahead."""


def roster(district: District) -> Iterator[Post]:
    """Two people for each community, subdistrict, for the district and the city, one of them by day."""
    for level, place in sorted(_places(district)):
        for number, (starts, ends, name) in enumerate(SHIFTS):
            yield post(
                ROSTER,
                DutyAssigned(
                    kind="duty_assigned",
                    event_id=f"duty-{level}-{place}-{number}",
                    occurred_at=moment(district.day, REGISTRATIONS),
                    source="district-office",
                    duty_id=f"{level}-{place}-{number}",
                    place=place,
                    level=level,
                    person=f"officer-{short(place)}-{name}",
                    starts_at=moment(district.day, starts),
                    ends_at=moment(district.day, ends),
                ),
            )


def _places(district: District) -> set[tuple[Level, str]]:
    found = {(Level.GRID, requester.grid.rpartition("/")[0]) for requester in district.requesters}
    for area in district.areas:
        city, _, inside = area.partition("/")
        found |= {(Level.COMMUNITY, area), (Level.DISTRICT, f"{city}/{inside.partition('/')[0]}"), (Level.CITY, city)}
    return found
