"""Temperature loggers (温度记录仪) that travel with the consignments: one each, until after midnight.

A truck's cooling fails; some readings come late, since there was no network where they were made.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from deploy.simulation.coldchain import ARRIVALS, VOYAGES, Voyage, arriving, cargo, in_store
from deploy.simulation.post import Post, moment, post
from deploy.simulation.trade import LAST_PRICE
from deploy.simulation.world import District
from schemas.temperature import TemperatureRead
from schemas.topics import COLDCHAIN

SET_POINTS: Final = {"frozen": -20.5, "chilled": 4.0, "vaccine": 5.0}
"""What the cooling holds, in degrees Celsius, by profile."""
INTERVAL, CLOSE_INTERVAL = 15, 5
"""Minutes between readings; the second where the logger sends by itself, as the truck's with the failing cooling."""
STORED, LOADED = 1.25, -8.0
"""Hours at which loggers begin: in the cold store, and in the truck that will fail (a detector learns for a while)."""
OUTSIDE, WARMS_IN, REPAIRED, COOLS_IN = 14.0, 2.2, 3.0, 0.4
"""Degrees Celsius outside the truck; hours in which it warms up (by 63 %), until it is repaired, in which it cools."""
TUNNEL: Final = (0.35, 0.55, 0.5)
"""Hours after the cooling failed between which the truck has no network, and how long those readings take to come."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What a logger goes through: `start` is the hour of its first reading."""

    consignment_id: str
    profile: str
    start: float
    interval: int
    fails: float | None = None

    def celsius(self, hours: float, chance: random.Random) -> float:
        """What it measures: the set point with the compressor's rhythm and some noise, or the truck warming up."""
        base = SET_POINTS[self.profile] + 0.4 * math.sin(hours * 2 * math.pi / 0.7) + chance.gauss(0, 0.15)
        return round(base + self.excess(hours), 2)

    def excess(self, hours: float) -> float:
        """By how much it is warmer than it should be."""
        if self.fails is None or hours < self.fails:
            return 0.0
        far = OUTSIDE - SET_POINTS[self.profile]
        warm = far * (1 - math.exp(-(min(hours, self.fails + REPAIRED) - self.fails) / WARMS_IN))
        return warm * math.exp(-max(0.0, hours - self.fails - REPAIRED) / COOLS_IN)

    def late(self, hours: float) -> float:
        """How many hours a reading takes to come."""
        if self.fails is None:
            return 0.0
        begin, end, wait = TUNNEL
        return wait if self.fails + begin <= hours < self.fails + end else 0.0


def journeys(district: District) -> list[Journey]:
    """One for each consignment of the day."""
    stored = [Journey(name, good.profile, STORED, INTERVAL) for name, (good, _) in in_store(district).items()]
    moving = [_under_way(district, voyage) for voyage in VOYAGES if cargo(district, voyage)]
    coming = [
        Journey(arrival.consignment_id, lots[0].good.profile, arrival.declared, INTERVAL)
        for arrival in ARRIVALS
        if (lots := arriving(district, arrival))
    ]
    return [*stored, *moving, *coming]


def _under_way(district: District, voyage: Voyage) -> Journey:
    good = next(good for good in district.goods if good.code == voyage.item)
    if voyage.cooling_fails is None:
        return Journey(voyage.consignment_id, good.profile, STORED, INTERVAL)
    return Journey(voyage.consignment_id, good.profile, LOADED, CLOSE_INTERVAL, voyage.cooling_fails)


def readings(district: District, chance: random.Random) -> Iterator[Post]:
    """Every reading of every logger, not in order."""
    for journey in journeys(district):
        logger = f"logger-{journey.consignment_id.removeprefix('consignment-')}"
        for n in range(round((LAST_PRICE - journey.start) * 60 / journey.interval)):
            hours = journey.start + n * journey.interval / 60
            at = moment(district.day, hours)
            message = TemperatureRead(
                kind="temperature_read",
                event_id=f"{logger}-{n:04d}",
                occurred_at=at,
                source="carrier-shunda",
                consignment_id=journey.consignment_id,
                logger_id=logger,
                celsius=journey.celsius(hours, chance),
                interval_minutes=journey.interval,
            )
            sent = at + dt.timedelta(seconds=20, hours=journey.late(hours))
            yield post(COLDCHAIN, message, sent)
