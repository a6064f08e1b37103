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


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
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
        text = _tables()["word"][key][self.lang == "en"]
        return text.format(**values) if values else text

    def code(self, code: Any) -> str:
        """A code of a contract as words; one that has none as it is."""
        if not code:
            return ""
        if code in AlertKind._value2member_map_:
            return self.pick(*KINDS[AlertKind(code)])
        known = _tables()["code"].get(str(code))
        return known[self.lang == "en"] if known else str(code)

    def reasons(self, chinese: Mapping[str, str]) -> Speaker:
        """The same who knows the Chinese of these reasons, too."""
        return replace(self, chinese={**self.chinese, **chinese})

    def reason(self, english: str) -> str:
        """A reason of a ledger: a code, a sentence, or what people wrote, which is told as they wrote it."""
        return self.pick(self.chinese.get(english, ""), english) or self.code(english)

    def severity(self, code: str) -> str:
        """How bad an alert is."""
        known = _tables()["severity"].get(code)
        return known[self.lang == "en"] if known else code

    def pick(self, zh: str, en: str) -> str:
        """One of two."""
        return en if self.lang == "en" else zh

    def item(self, code: str) -> str:
        """The name of an item."""
        item = self.catalogue.get(code)
        return code if item is None else self.pick(item.name_zh, item.name_en) or code

    def unit(self, code: str) -> str:
        """The unit of an item; empty where it is not known."""
        item = self.catalogue.get(code)
        return "" if item is None else item.unit

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
        if abs(hours) >= 72:
            return f"{hours / 24:.1f} {self('days')}"
        return f"{hours:.1f} {self('hours')}"

    def number(self, value: Any) -> str:
        """A number with separators; 0 as 0, nothing as nothing."""
        if value is None:
            return ""
        return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if isinstance(value, float) else str(value)


def short(place: str) -> str:
    """The last two parts of a place's code."""
    return "/".join(place.split("/")[-2:])


def last(place: str) -> str:
    """The last part of a place's code."""
    return place.rsplit("/", 1)[-1]
