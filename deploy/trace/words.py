"""Chinese and English side by side, or either alone; times in the zone that was asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from streams.story import CODES

Language = Literal["both", "zh", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """How to say things."""

    language: Language
    zone: dt.tzinfo
    chinese: Mapping[str, str] = field(default_factory=dict)
    """Words for reasons that the ledgers have in English alone, by the English."""

    def say(self, zh: str, en: str, between: str = " ") -> str:
        """One or both."""
        return zh if self.language == "zh" else en if self.language == "en" else f"{zh}{between}{en}"

    def code(self, code: str) -> str:
        """A code of the contracts; one without a Chinese word stands for itself."""
        english = code.replace("_", " ")
        return self.say(CODES[code], english) if code in CODES else english

    def reason(self, english: str, between: str = "\n") -> str:
        """A reason of the ledger; one that people wrote is told as they wrote it."""
        return self.say(self.chinese[english], english, between) if english in self.chinese else english

    def codes(self, codes: list[str]) -> str:
        """Several codes."""
        return ", ".join(map(self.code, codes))

    def at(self, at: str | dt.datetime | None) -> str:
        """A time to the minute; None: nothing."""
        if at is None:
            return ""
        moment = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"
