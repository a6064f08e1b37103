"""What a logger's file says: readings, what could not be read, and what the device itself found."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from schemas.temperature import BreachKind
from streams.publish.refusal import Problem
from streams.publish.row import Row


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading. `marked`: whether the device calls it out of limits; None where its file has no such column."""

    line: int
    at: dt.datetime
    celsius: float
    marked: bool | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is no reading, and why; `row.raw` is its text as it came."""

    row: Row
    problem: Problem

    def __str__(self) -> str:
        return f"line {self.row.line}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the file as a whole that whoever reads the result must know."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A limit that is set in the device. Out of range: beyond `celsius`, not at it (so its own marks say).

    `cumulative`: all time beyond it is added up; else one event must last `minutes`.
    """

    number: str
    kind: BreachKind
    celsius: float
    minutes: int
    cumulative: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """When the device was in alarm. `end` None: until the end, or not said. `minutes` is its own count."""

    alarm: Alarm
    start: dt.datetime | None
    alarm_at: dt.datetime | None
    end: dt.datetime | None
    minutes: int | None
    peak_c: float | None


@dataclass(frozen=True, slots=True)
class DaySum:
    """The device's own count of a day: minutes beyond one of its limits, and when its alarm went off, if it did."""

    date: dt.date
    alarm: Alarm
    minutes: int
    alarm_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DayRange:
    """Lowest, highest and mean temperature of a day as the device measured it."""

    date: dt.date
    min_c: float | None
    max_c: float | None
    mean_c: float | None
    unmeasured_minutes: int = 0
    """Minutes in which its sensor did not answer."""


@dataclass(frozen=True, slots=True)
class Device:
    """What an export says of the device and of what it found."""

    model: str
    serial: str
    zone: dt.timezone | None
    alarms: tuple[Alarm, ...] = ()
    events: tuple[Event, ...] = ()
    sums: tuple[DaySum, ...] = ()
    days: tuple[DayRange, ...] = ()
    mkt_c: float | None = None
    activation_kj_mol: float | None = None
    min_c: float | None = None
    max_c: float | None = None
    mean_c: float | None = None
    activated_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None
    """When it stopped, or when the report was made."""


@dataclass(frozen=True)
class LoggerFile:
    """A file of one logger. `missing`: times at which the device logged that it had no value.

    `zone` is that of its local times: a day of the report is a day there. `device` is None for a CSV.
    """

    name: str
    readings: tuple[Reading, ...]
    refused: tuple[RefusedRow, ...]
    zone: dt.tzinfo
    header: str
    delimiter: str = ","
    missing: tuple[dt.datetime, ...] = ()
    interval_minutes: int | None = None
    device: Device | None = None
    notes: tuple[Note, ...] = field(default=())

    @property
    def rows(self) -> int:
        """All rows of the file that could be a reading."""
        return len(self.readings) + len(self.refused) + len(self.missing)
