"""Values as people read them, in a language and a time zone; each format escapes them in its own way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.item import Catalogue
from sinks.report import words
from sinks.report.model import WORDS, Cell, Column, Kind, Report, Section
from sinks.report.words import Lang

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_UNITS: Final = {
    Kind.HOURS: words.Words(" 小时", " h"),
    Kind.DAYS: words.Words(" 天", " d"),
    Kind.MINUTES: words.Words(" 分钟", " min"),
    Kind.PERCENT: words.Words("%", "%"),
    Kind.CELSIUS: words.Words(" °C", " °C"),
}


@dataclass(frozen=True)
class Reader:
    """Who reads: language, time zone, and the catalogue with the names of items (without it, their codes)."""

    lang: Lang = "zh"
    zone: dt.tzinfo = SHANGHAI
    catalogue: Catalogue = field(default_factory=dict)

    def title(self, section: Section) -> str:
        """A table's title."""
        return words.SECTIONS[section.key].say(self.lang)

    def head(self, column: Column) -> str:
        """A column's head."""
        return words.COLUMNS[column.name].say(self.lang)

    def value(self, column: Column, value: Cell) -> str:
        """A value; '' where there is none."""
        return "" if value is None else self.writer(column)(value)

    def writer(self, column: Column) -> Callable[[Any], str]:
        """How the values of a column are written (but for None): the same for all of them, so it is decided once."""
        kind = column.kind
        if kind in WORDS:
            return cache(lambda value: self._word(kind, str(value)))
        if kind is Kind.FLAG:
            return lambda value: words.YES.say(self.lang) if value else ""
        if kind is Kind.TIME:
            return self.time
        if kind is Kind.DATE:
            return lambda value: str(value.isoformat())
        return self._figures(kind)

    def time(self, at: dt.datetime) -> str:
        """A time in the reader's zone, to the second."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def facts(self, report: Report) -> list[tuple[str, str]]:
        """What stands above the tables: time, period, places."""
        places = (
            words.EVERYWHERE.say(self.lang) if report.areas is None else words.AND.say(self.lang).join(report.areas)
        )
        return [
            (words.AS_OF.say(self.lang), f"{self.time(report.as_of)} ({self.zone})"),
            (words.PERIOD.say(self.lang), self.time(report.since)),
            (words.AREAS.say(self.lang), places),
        ]

    def cautions(self, report: Report) -> Iterator[str]:
        """Ledger partitions that end before the report does, a line for each stage."""
        for stage, found in groupby(sorted(report.behind, key=attrgetter("stage", "partition")), attrgetter("stage")):
            parts = list(found)
            known = [one.known_until for one in parts if one.known_until is not None]
            until = self.time(min(known)) if len(known) == len(parts) else "-"
            numbers = words.AND.say(self.lang).join(str(one.partition) for one in parts)
            yield words.BEHIND.say(self.lang).format(words.code_words(stage).say(self.lang), numbers, until)

    def _word(self, kind: Kind, value: str) -> str:
        if kind is Kind.CODE and value:
            return words.code_words(value).say(self.lang)
        item = self.catalogue.get(value) if kind is Kind.ITEM else None
        if item is None:
            return value
        return item.name_zh if self.lang == "zh" else item.name_en

    def _figures(self, kind: Kind) -> Callable[[Any], str]:
        if kind is Kind.MONEY:
            return lambda value: f"¥{value / 100:,.2f}"
        signed, unit = kind is Kind.CHANGE, _UNITS[kind].say(self.lang) if kind in _UNITS else ""

        def write(value: int | float) -> str:
            sign = "+" if signed and value > 0 else ""
            number = f"{sign}{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")
            return number + unit

        return write


def is_bad(column: Column, value: Cell) -> bool:
    """Whether a value is to catch the eye."""
    return column.alarming and isinstance(value, int | float) and value > 0
