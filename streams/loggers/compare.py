"""What the device itself alarmed on and summed up, against the same from its readings by its own limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from streams.core.temperature.assessment import AssessedBreach, Assessment, assess
from streams.loggers import words
from streams.loggers.limits import profile_of
from streams.loggers.model import Alarm, DayRange, DaySum, Device, Event, LoggerFile
from streams.loggers.words import Difference

MKT_TOLERANCE = 0.1
PEAK_TOLERANCE = 0.5
"""Degrees: what a device sees between two readings may differ by so much without being told."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`sums`: the device's daily minutes with ours (None: no reading that day). `mkt_c`: ours, by the device's ΔH.

    Times and minutes agree where they lie within a logging interval, since nothing between readings is known.
    """

    sums: tuple[tuple[DaySum, float | None], ...] = ()
    mkt_c: float | None = None
    differences: tuple[Difference, ...] = ()


def compare(file: LoggerFile) -> Comparison | None:
    """None where the file says nothing of its device."""
    if file.device is None:
        return None
    if not file.readings:
        return Comparison(sums=tuple((one, None) for one in file.device.sums))
    return _Comparer(file, file.device).result()


@dataclass(frozen=True, slots=True)
class _Limit:
    """One of the device's limits on its readings: its breaches, and everything out of range however short."""

    alarm: Alarm
    assessment: Assessment
    runs: tuple[AssessedBreach, ...]


class _Comparer:
    def __init__(self, file: LoggerFile, device: Device) -> None:
        self._file, self._device, self._zone = file, device, file.zone
        self._limits = {alarm.number: self._limit(alarm) for alarm in device.alarms}
        self._whole = self._assess(())
        self._interval = self._whole.interval_minutes or 1
        self._near = dt.timedelta(minutes=self._interval)
        self._days = {day: sorted(values) for day, values in self._by_day().items()}

    def _assess(self, alarms: tuple[Alarm, ...]) -> Assessment:
        rows = [(one.at, one.celsius) for one in self._file.readings]
        interval, profile = self._file.interval_minutes, profile_of(alarms, self._device)
        return assess(rows, profile, interval_minutes=interval, zone=self._zone)

    def _limit(self, alarm: Alarm) -> _Limit:
        return _Limit(alarm, self._assess((alarm,)), self._assess((replace(alarm, minutes=0),)).breaches)

    def _by_day(self) -> dict[dt.date, list[float]]:
        days: dict[dt.date, list[float]] = {}
        for one in self._file.readings:
            days.setdefault(one.at.astimezone(self._zone).date(), []).append(one.celsius)
        return days

    def result(self) -> Comparison:
        """Everything compared."""
        sums = tuple((one, self._minutes(one)) for one in self._device.sums)
        found = [
            *self._kinetic(),
            *self._events(),
            *self._sums(sums),
            *self._day_alarms(),
            *self._peaks(),
            *self._marks(),
        ]
        return Comparison(sums, self._whole.mkt_c, tuple(found))

    def _kinetic(self) -> Iterator[Difference]:
        device, ours = self._device.mkt_c, self._whole.mkt_c
        if device is not None and ours is not None and abs(device - ours) > MKT_TOLERANCE:
            yield words.kinetic(device, ours, self._interval)

    def _events(self) -> Iterator[Difference]:
        """The device's own list of alarms against the breaches of the same limit."""
        for limit in self._limits.values():
            events = [one for one in self._device.events if one.alarm is limit.alarm]
            if limit.alarm.cumulative:
                ours = sum(limit.assessment.out_of_range_minutes.values())
                yield from (words.cumulative(one, ours) for one in events if one.alarm_at)
            else:
                yield from self._single(limit, events)

    def _single(self, limit: _Limit, events: list[Event]) -> Iterator[Difference]:
        met: set[dt.datetime] = set()
        for event in (one for one in events if one.start is not None):
            same = [one for one in limit.assessment.breaches if self._overlap(event, one)]
            met |= {one.start for one in same}
            if not same:
                run = next((one for one in limit.runs if self._overlap(event, one)), None)
                yield words.not_in_readings(event, run, self._interval, self._zone)
            elif len(same) > 1 or not self._agree(event, same[0]):
                yield words.times_differ(event, same[0], self._interval, self._zone)
        if events or not self._device.sums:
            for breach in limit.assessment.breaches:
                if breach.start not in met:
                    yield words.not_alarmed(limit.alarm, breach, self._interval, self._zone)

    def _overlap(self, event: Event, breach: AssessedBreach) -> bool:
        if event.start is None:
            return False
        ends = event.end or self._device.stopped_at or breach.start
        return event.start <= (breach.end or event.start) and breach.start <= max(ends, event.start)

    def _agree(self, event: Event, breach: AssessedBreach) -> bool:
        """Whether all that both say lies within a logging interval. Where it goes on, its length is not compared."""
        pairs = [(event.start, breach.start), (event.alarm_at, breach.alarm_at), (event.end, breach.end)]
        return all(abs(one - other) <= self._near for one, other in pairs if one is not None and other is not None)

    def _minutes(self, one: DaySum) -> float | None:
        if one.date not in self._days:
            return None
        return self._limits[one.alarm.number].assessment.out_of_range_minutes.get(one.date, 0.0)

    def _sums(self, sums: tuple[tuple[DaySum, float | None], ...]) -> Iterator[Difference]:
        if unread := [one for one, ours in sums if ours is None and one.minutes > 0]:
            yield words.days_without_readings(unread)
        for one, ours in sums:
            if ours is None:
                continue
            runs = [run for run in self._limits[one.alarm.number].runs if self._touches(run, one.date)]
            if abs(one.minutes - ours) > self._interval * max(1, len(runs)):
                yield words.day_minutes(one, ours, self._why(one.date))

    def _touches(self, breach: AssessedBreach, date: dt.date) -> bool:
        end = breach.end or breach.start + dt.timedelta(minutes=breach.minutes)
        return breach.start.date() <= date <= end.date()

    def _why(self, date: dt.date) -> tuple[str, str]:
        """The likely reason for a difference on a day."""
        first, last = self._file.readings[0].at, self._file.readings[-1].at
        begun, ended = self._device.activated_at, self._device.stopped_at
        if begun and begun.astimezone(self._zone).date() == date and first - begun > self._near:
            times = (f"{one.astimezone(self._zone):%H:%M}" for one in (begun, first))
            return "it counts from {} on, its first logged value is of {}".format(*times), _since(
                begun, first, self._zone
            )
        if any(start.date() <= date <= end.date() for start, end in self._whole.gaps):
            return "readings are missing that day", "当天记录有缺失"
        if ended and last.astimezone(self._zone).date() == date and ended - last > self._near:
            at = f"{last.astimezone(self._zone):%H:%M}"
            return f"its last logged value is of {at}", f"最后一条记录为 {at}"
        return words.between(self._interval)

    def _day_alarms(self) -> Iterator[Difference]:
        """Days on which the device was in alarm, against the breaches that went on then."""
        for one in (one for one in self._device.sums if one.date in self._days):
            breaches = [
                breach
                for breach in self._limits[one.alarm.number].assessment.breaches
                if self._touches(breach, one.date) and breach.alarm_at.date() <= one.date
            ]
            at = one.alarm_at
            if (at is not None) != bool(breaches):
                yield words.day_alarm(one.alarm, one.date, at is not None, self._why(one.date))
                continue
            begun = [breach.alarm_at for breach in breaches if breach.alarm_at.date() == one.date]
            if at is not None and begun and len(begun) == len(breaches):  # else it went on from the day before
                off, nearest = min((abs(other - at), other) for other in begun)
                if off > self._near:
                    yield words.day_alarm_time(one, nearest, self._why(one.date), self._zone)

    def _peaks(self) -> Iterator[Difference]:
        device = self._device
        every = [one.celsius for one in self._file.readings]
        if device.min_c is not None and device.max_c is not None:
            yield from self._peak("over all", (device.min_c, device.max_c), every, words.between(self._interval))
        for day in device.days:
            if day.date in self._days and day.min_c is not None and day.max_c is not None:
                yield from self._peak(f"{day.date}", (day.min_c, day.max_c), self._days[day.date], self._why(day.date))
            yield from _unmeasured(day)

    def _peak(
        self, when: str, said: tuple[float, float], values: list[float], why: tuple[str, str]
    ) -> Iterator[Difference]:
        ours = (min(values), max(values))
        if max(abs(said[0] - ours[0]), abs(said[1] - ours[1])) > PEAK_TOLERANCE:
            yield words.peaks(when, said, ours, why)

    def _marks(self) -> Iterator[Difference]:
        wrong = [one for one in self._file.readings if one.marked not in (None, self._out(one.celsius))]
        if wrong and self._device.alarms:
            yield words.marks(len(wrong), wrong[0].line)

    def _out(self, celsius: float) -> bool:
        return any((celsius - one.celsius) * (1 if one.kind == "hot" else -1) > 0 for one in self._device.alarms)


def _since(begun: dt.datetime, first: dt.datetime, zone: dt.tzinfo) -> str:
    return f"设备自 {begun.astimezone(zone):%H:%M} 起计，首条有效记录为 {first.astimezone(zone):%H:%M}"


def _unmeasured(day: DayRange) -> Iterator[Difference]:
    if day.unmeasured_minutes > 0:
        yield words.unmeasured(day)
