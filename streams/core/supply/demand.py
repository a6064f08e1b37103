"""How much of an item is asked for in an area hour by hour, learned as it comes: whole numbers, so replay is exact.

For each hour of the day (UTC) a mean of past days, in sixteenths of a unit, to which a new day adds a quarter of the
difference. Hours never seen are taken as the mean of those that were; before the first hour is over nothing is
expected.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.core.instants import HOUR

HOURS: Final = 24
_UNSEEN: Final = -1
_GAP: Final = 7 * HOURS
"""After so long a silence, all hours are known to be silent."""


class Demand:
    """`asked`: units asked in `hour` (counted since 1970). `given`: units given out by hour, of the last day only."""

    __slots__ = ("asked", "given", "hour", "means")

    def __init__(self, hour: int = 0, asked: int = 0, means: Iterable[int] = (), given: Iterable[int] = ()) -> None:
        self.hour, self.asked, self.means = hour, asked, list(means)
        pairs = iter(given)
        self.given: dict[int, int] = dict(zip(pairs, pairs, strict=True))

    def row(self) -> tuple[int, int, list[int], list[int]]:
        """The arguments that make it again."""
        return self.hour, self.asked, self.means, [part for pair in sorted(self.given.items()) for part in pair]

    def close(self, hour: int) -> None:
        """Hours before this one are over: each becomes part of the mean of its hour of the day. Then add to `asked`."""
        if not self.hour:
            self.hour = hour
            return
        if not self.means:
            self.means = [_UNSEEN] * HOURS
        passed = min(hour, self.hour + _GAP)
        for over in range(self.hour, passed):
            units, mean = (self.asked if over == self.hour else 0) << 4, self.means[over % HOURS]
            self.means[over % HOURS] = units if mean == _UNSEEN else mean + ((units - mean) >> 2)
        if hour > passed:
            self.means = [0] * HOURS
        self.hour, self.asked = hour, 0

    def give(self, at: int, units: int) -> None:
        """Units are given out (or come back, of those given out at that time)."""
        hour, given = at // HOUR, self.given
        if hour in given:
            given[hour] += units
        elif units > 0:
            given[hour] = units
            if len(given) > HOURS:
                for old in [one for one in given if one <= hour - HOURS]:
                    del given[old]

    def given_since(self, at: int) -> int:
        """Units given out since the hour of a time, at most a day ago."""
        return sum(units for hour, units in self.given.items() if hour >= at // HOUR)

    def expected(self, now: int, until: int) -> int:
        """Units still to be asked for between two times, at most a day apart; as things were asked on past days."""
        seen = [mean for mean in self.means if mean != _UNSEEN]
        usual = sum(seen) // len(seen) if seen else 0
        total = 0
        for hour in range(now // HOUR, -(-until // HOUR)):
            mean = self.means[hour % HOURS] if self.means else _UNSEEN
            mean = usual if mean == _UNSEEN else mean
            length = min(until, (hour + 1) * HOUR) - max(now, hour * HOUR)
            total += mean * length // HOUR
        return total >> 4
