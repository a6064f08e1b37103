"""The state of one logger in one consignment: its readings in order of time, and what stands of them."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final, NamedTuple

from schemas.coldchain import SensorFlag
from schemas.temperature import BreachKind
from streams.core.instants import MINUTE
from streams.core.temperature.detector import Detector

GAP_INTERVALS: Final = 3
"""Nothing for more than so many logging intervals: unknown."""

Gap = tuple[int, int | None]
"""From the last reading to the next one; None: it goes on."""


class Breach(NamedTuple):
    """A breach that stands: times in microseconds; `key` is that of its `Bound`; `end` None: it goes on."""

    breach_id: str
    key: str
    kind: BreachKind
    limit_c: float
    start: int
    alarm: int
    end: int | None
    peak: float


class Timeline(NamedTuple):
    """Readings in order of time, with what decides which of them belong together."""

    times: array[int]
    values: array[float]
    longest: int | None
    """Microseconds between two readings beyond which the time between is unknown; None: interval not known yet."""
    silent: bool
    """Whether an unknown period goes on since the last reading."""

    def parted(self, index: int) -> bool:
        """Whether a gap lies between a reading and the next one, or begins with the last one."""
        if index + 1 == len(self.times):
            return self.silent
        return self.longest is not None and self.times[index + 1] - self.times[index] > self.longest


class Series:
    """Mutable; a fold of decisions. `times` (microseconds) ascend without repeats, `values` lie beside them.

    `declared` and `learned` are intervals in minutes. `breaches` are by key of their limit, in order of time. `late` is
    how many readings came after newer ones.
    """

    __slots__ = (
        "breaches",
        "consignment_id",
        "declared",
        "detector",
        "flags",
        "flat",
        "gaps",
        "late",
        "learned",
        "logger_id",
        "longest",
        "times",
        "values",
    )

    def __init__(self, consignment_id: str, logger_id: str) -> None:
        self.consignment_id, self.logger_id = consignment_id, logger_id
        self.times: array[int] = array("q")
        self.values: array[float] = array("d")
        self.declared: int | None = None
        self.learned: int | None = None
        self.longest: int | None = None
        self.gaps: list[Gap] = []
        self.breaches: dict[str, list[Breach]] = {}
        self.flags: dict[SensorFlag, list[int]] = {}
        self.late = 0
        self.detector = Detector()
        self.flat = 0
        """Derived: index of the first of the equal values at the end."""

    @property
    def interval_minutes(self) -> int | None:
        """The logging interval: declared, else learned, else not known yet."""
        return self.learned if self.declared is None else self.declared

    @property
    def newest(self) -> int | None:
        """When the newest reading was measured."""
        return self.times[-1] if self.times else None

    @property
    def silent(self) -> bool:
        """Whether an unknown period goes on since the newest reading."""
        return bool(self.gaps) and self.gaps[-1][1] is None

    @property
    def timeline(self) -> Timeline:
        """The readings as they are."""
        return Timeline(self.times, self.values, self.longest, self.silent)

    def standing(self) -> list[Breach]:
        """The breaches that stand, by start."""
        return sorted(self._all_breaches(), key=attrgetter("start", "key"))

    def _all_breaches(self) -> Iterator[Breach]:
        for breaches in self.breaches.values():
            yield from breaches

    def set_interval(self, minutes: int, *, declared: bool) -> None:
        """Take a logging interval as known."""
        if declared:
            self.declared = minutes
        else:
            self.learned = minutes
        self.longest = longest_of(self.interval_minutes)

    def put(self, at: int, celsius: float) -> None:
        """Take a reading: at the end, at its place between others, or instead of the one of that moment."""
        times, values = self.times, self.values
        if not times or at > times[-1]:
            if times and values[-1] != celsius:
                self.flat = len(times)
            times.append(at)
            values.append(celsius)
            self.detector.take(at, celsius)
            return
        place = bisect_left(times, at)
        if times[place] == at:
            values[place] = celsius
        else:
            times.insert(place, at)
            values.insert(place, celsius)
        self.flat = first_equal(values, len(values) - 1)

    def plain(self) -> list[Any]:
        """The state as lists, numbers and words, equal for equal states; `from_plain` gives it back exactly."""
        return [
            self.consignment_id,
            self.logger_id,
            _pack(self.times),
            _pack(self.values),
            self.declared,
            self.learned,
            [list(gap) for gap in self.gaps],
            [list(breach) for _, breaches in sorted(self.breaches.items()) for breach in breaches],
            [[flag.value, list(ats)] for flag, ats in sorted(self.flags.items())],
            self.late,
            self.detector.plain(),
        ]

    @classmethod
    def from_plain(cls, plain: list[Any]) -> Series:
        """The state that `plain` gave; raises ValueError or TypeError where it is not one."""
        consignment_id, logger_id, times, values, declared, learned, gaps, breaches, flags, late, detector = plain
        series = cls(consignment_id, logger_id)
        series.times, series.values = _unpack("q", times), _unpack("d", values)
        series.declared, series.learned = declared, learned
        series.longest = longest_of(series.interval_minutes)
        series.gaps = [(start, end) for start, end in gaps]
        for breach_id, key, kind, *rest in breaches:
            series.breaches.setdefault(key, []).append(Breach(breach_id, key, BreachKind(kind), *rest))
        series.flags = {SensorFlag(flag): list(ats) for flag, ats in flags}
        series.late, series.detector = late, Detector.from_plain(detector)
        series.flat = first_equal(series.values, len(series.values) - 1)
        return series


def longest_of(interval_minutes: int | None) -> int | None:
    """Microseconds between two readings beyond which the time between is unknown."""
    return None if interval_minutes is None else GAP_INTERVALS * interval_minutes * MINUTE


def first_equal(values: array[float], index: int) -> int:
    """The first of the equal values in a row of which the last is at `index`."""
    while index > 0 and values[index - 1] == values[index]:
        index -= 1
    return max(index, 0)


def _pack(numbers: array[Any]) -> str:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return b64encode(numbers.tobytes()).decode()


def _unpack(typecode: Any, text: str) -> array[Any]:
    numbers: array[Any] = array(typecode)
    numbers.frombytes(b64decode(text, validate=True))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
