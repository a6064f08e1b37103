"""What an export says of its device: limits, alarms, daily sums, mean kinetic temperature. What it lacks stays None."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from schemas.temperature import BreachKind
from streams.loggers.cells import COLDEST, HOTTEST
from streams.loggers.model import Alarm, DayRange, DaySum, Device, Event
from streams.loggers.tree import Section

SINGLE_COLD, SINGLE_HOT, CUMULATIVE_COLD, CUMULATIVE_HOT = "1", "2", "3", "4"
"""Alarm types of Q-tag devices. Fridge-tags give none: their alarm 0 is the lower limit, 1 the upper, single events."""
_TYPES: Final = {
    SINGLE_COLD: (BreachKind.COLD, False),
    SINGLE_HOT: (BreachKind.HOT, False),
    CUMULATIVE_COLD: (BreachKind.COLD, True),
    CUMULATIVE_HOT: (BreachKind.HOT, True),
}
_BY_NUMBER: Final = {"0": (BreachKind.COLD, False), "1": (BreachKind.HOT, False)}
_NUMBER: Final = re.compile(r"[+-]?\d{1,6}(?:[.,]\d{1,6})?")
_WEEK: Final = 7 * 24 * 60
_SIXTIETHS: Final = {15, 30, 45}
_FARTHEST: Final = dt.timedelta(hours=18)


def number(text: str) -> float | None:
    """A number, or None."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text.strip()) else None


def whole(text: str) -> int | None:
    """A whole number that is not negative, or None."""
    found = number(text)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def zone_of(text: str) -> dt.timezone | None:
    """The offset that `Zone: 5.50` (hours) or `Zone: 5.30` (hours and minutes, as no zone has 18 of them) means."""
    if (found := number(text)) is None:
        return None
    hours, part = divmod(round(abs(found) * 100), 100)
    minutes = part if part in _SIXTIETHS else part * 60 // 100
    offset = dt.timedelta(hours=hours, minutes=minutes) * (-1 if found < 0 else 1)
    return dt.timezone(offset) if abs(offset) < _FARTHEST else None


class _Words:
    """Reads times and temperatures of one export."""

    def __init__(self, zone: dt.tzinfo, fahrenheit: bool) -> None:
        self._zone, self._fahrenheit = zone, fahrenheit

    def at(self, text: str) -> dt.datetime | None:
        """`2022-11-08 21:50`, or None."""
        try:
            return dt.datetime.fromisoformat(text).replace(tzinfo=self._zone).astimezone(dt.UTC) if text else None
        except (ValueError, OverflowError):
            return None

    def at_day(self, date: dt.date, text: str) -> dt.datetime | None:
        """`21:50` of a day, or None."""
        return self.at(f"{date.isoformat()} {text}") if text else None

    def date(self, text: str) -> dt.date | None:
        """`2022-11-08`, or None."""
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return None

    def celsius(self, text: str) -> float | None:
        """Degrees Celsius, or None."""
        found = number(text)
        if found is not None and self._fahrenheit:
            found = round((found - 32) / 1.8, 2)
        return found if found is not None and COLDEST <= found <= HOTTEST else None


def device_of(root: Section, zone: dt.tzinfo) -> Device:
    """All that the sections of an export say of its device; `zone` is that of its local times."""
    conf, result, history = root.under("Conf"), root.under("Res"), root.under("Hist")
    words = _Words(zone, fahrenheit_of(root))
    alarms = {alarm.number: alarm for alarm in _alarms(conf.under("Alarm"), words)}
    days = [(date, day) for day in history.sections.values() if (date := words.date(day.get("Date"))) is not None]
    days.sort(key=lambda one: one[0])
    return Device(
        model=root.get("Device"),
        serial=conf.get("Serial"),
        zone=zone_of(conf.get("Zone")),
        alarms=tuple(alarms.values()),
        events=tuple(_events(result.under("Alarm"), alarms, words)),
        sums=tuple(one for date, day in days for one in _sums(date, day, alarms, words)),
        days=tuple(_range(date, day, words) for date, day in days),
        mkt_c=words.celsius(result.get("MKT")),
        activation_kj_mol=number(conf.get("MKT Energy")) or None,
        min_c=words.celsius(result.get("Min T")),
        max_c=words.celsius(result.get("Max T")),
        mean_c=words.celsius(result.get("Avrg T")),
        activated_at=words.at(history.get("TS Actv") or result.get("TS Actv")),
        started_at=words.at(result.get("TS Start")),
        stopped_at=words.at(result.get("TS Stop") or history.get("TS Report Creation")),
    )


def fahrenheit_of(root: Section) -> bool:
    """Whether its temperatures are in °F."""
    return root.under("Conf").get("Temp unit").strip("° ").upper() == "F"


def _alarms(section: Section, words: _Words) -> Iterator[Alarm]:
    """The limits that are set; one that is off (type 0), or whose kind can't be told, is left out."""
    for name, one in section.sections.items():
        celsius, minutes, type_ = words.celsius(one.get("T AL")), whole(one.get("t AL")), one.get("Type")
        kind = _TYPES.get(type_) if type_ else _BY_NUMBER.get(name)
        if celsius is not None and minutes is not None and kind is not None:
            yield Alarm(name, kind[0], celsius, min(minutes, _WEEK), kind[1])


def _events(section: Section, alarms: dict[str, Alarm], words: _Words) -> Iterator[Event]:
    """When it was in alarm: several lines of an alarm are several events."""
    for name, one in section.sections.items():
        for pairs in one.lines if name in alarms else ():
            yield Event(
                alarms[name],
                start=words.at(pairs.get("TS S", "")),
                alarm_at=words.at(pairs.get("TS A", "")),
                end=words.at(pairs.get("TS E", "")),
                minutes=whole(pairs.get("t A", "")),
                peak_c=words.celsius(pairs.get("T M", "")),
            )


def _sums(date: dt.date, day: Section, alarms: dict[str, Alarm], words: _Words) -> Iterator[DaySum]:
    for name, one in day.under("Alarm").sections.items():
        minutes = whole(one.get("t Acc"))
        if name in alarms and minutes is not None:
            yield DaySum(date, alarms[name], minutes, words.at_day(date, one.get("TS A")))


def _range(date: dt.date, day: Section, words: _Words) -> DayRange:
    timeouts = (whole(day.under(f"{which} Sensor timeout").get("t AccST")) for which in ("Ext", "Int"))
    return DayRange(
        date,
        words.celsius(day.get("Min T")),
        words.celsius(day.get("Max T")),
        words.celsius(day.get("Avrg T")),
        max((minutes for minutes in timeouts if minutes is not None), default=0),
    )
