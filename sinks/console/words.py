"""Words of the console in Chinese and English, and times, numbers and codes as people read them."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.alert import AlertKind
from schemas.hold import HOLD_ENDS_ZH
from schemas.item import Catalogue
from sinks.alerts.words import KINDS
from sinks.console.asked import SHANGHAI
from sinks.report.words import known_words
from streams.story.refusals import refusal


@cache
def tables() -> dict[str, dict[str, list[str]]]:
    """What the console says beside what the report and the stories say, by table and key: Chinese, English."""
    found: dict[str, dict[str, list[str]]] = tomllib.loads(
        files("sinks.console").joinpath("words.toml").read_text(encoding="utf-8")
    )
    return found


@dataclass(frozen=True)
class Speaker:
    """Says things in one language, times in one zone, items by their names in the catalogue."""

    lang: str = "zh"
    zone: dt.tzinfo = SHANGHAI
    catalogue: Catalogue = field(default_factory=dict)
    chinese: Mapping[str, str] = field(default_factory=lambda: HOLD_ENDS_ZH)
    """Words for reasons that the ledgers have in English alone, by the English."""

    def __call__(self, key: str, **values: Any) -> str:
        """A word or sentence by its key; KeyError: there is none."""
        text = tables()["word"][key][self.lang == "en"]
        return text.format(**values) if values else text

    def code(self, code: Any) -> str:
        """A code of a contract as words; one that has none as it is."""
        if not code:
            return ""
        if code in AlertKind._value2member_map_:
            return self.pick(*KINDS[AlertKind(code)])
        own = tables()["code"].get(str(code))
        known = own or known_words(str(code))
        return self.pick(*known) if known else str(code)

    def refusal(self, code: str) -> str:
        """Why a message was refused, by its code; one that has no words with spaces for its underscores."""
        known = refusal(code)
        return self.pick(*known) if known else code.replace("_", " ")

    def reasons(self, chinese: Mapping[str, str]) -> Speaker:
        """The same who knows the Chinese of these reasons, too."""
        return replace(self, chinese={**self.chinese, **chinese})

    def reason(self, english: str) -> str:
        """A reason of a ledger: a code, a sentence, or what people wrote, which is told as they wrote it."""
        chinese = self.chinese.get(english)
        return self.pick(chinese, english) if chinese else self.code(english)

    def detail(self, name: str) -> str:
        """The label of a member of an alert's detail; of one that is not known, its name."""
        known = tables()["detail"].get(name)
        return self.pick(*known) if known else name.replace("_", " ")

    def part(self, name: str) -> str:
        """A part of an address or form, by its name there."""
        known = tables()["part"].get(name)
        return self.pick(*known) if known else name

    def severity(self, code: str) -> str:
        """How bad an alert is."""
        known = tables()["severity"].get(code)
        return known[self.lang == "en"] if known else code

    def pick(self, zh: str, en: str) -> str:
        """One of two."""
        return en if self.lang == "en" else zh

    def item(self, code: str) -> str:
        """The name of an item."""
        item = self.catalogue.get(code)
        return code if item is None else self.pick(item.name_zh, item.name_en) or code

    def amount(self, units: int | float, code: str) -> str:
        """So many units of an item; the number alone where its unit is not known."""
        item, number = self.catalogue.get(code), self.number(units)
        if item is None:
            return number
        unit = self.pick(item.unit_zh or item.unit, item.unit)
        if unit[:1].isdigit():
            return f"{number} × {unit}"
        return f"{number} {_plural(unit) if self.lang == 'en' and units != 1 else unit}"

    def time(self, at: dt.datetime | None, seconds: bool = False) -> str:
        """A time with its day; 1970 is none."""
        if at is None or at.year <= 1970:
            return ""
        return f"{at.astimezone(self.zone):{'%Y-%m-%d %H:%M:%S' if seconds else '%m-%d %H:%M'}}"

    def hour(self, at: dt.datetime) -> str:
        """The time of day."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def hours(self, hours: float | None) -> str:
        """A length of time, in hours or days."""
        if hours is None:
            return ""
        if abs(hours) < 1:
            return f"{hours * 60:.0f} {self('minutes')}"
        if abs(hours) >= 72:
            return f"{hours / 24:.1f} {self('days')}"
        return f"{hours:.1f} {self('hours')}"

    def number(self, value: Any) -> str:
        """A number with separators; 0 as 0, nothing as nothing."""
        if value is None:
            return ""
        if isinstance(value, float):
            return f"{value:,.1f}".removesuffix(".0")
        return f"{value:,}" if isinstance(value, int) else str(value)


def _plural(unit: str) -> str:
    """Of a noun; symbols of measures (kg, l) have none."""
    if len(unit) < 3:
        return unit
    return f"{unit}es" if unit.endswith(("s", "x", "ch", "sh")) else f"{unit}s"


def short(place: str) -> str:
    """The last two parts of a place's code."""
    return "/".join(place.split("/")[-2:])


def last(place: str) -> str:
    """The last part of a place's code."""
    return place.rsplit("/", 1)[-1]
