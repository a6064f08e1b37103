"""What a request asks for: by whom, as of when, about which place, in which language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from sinks.console.known import Known
from sinks.console.users import User
from sinks.report.build import YEARS

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_PLACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_WORD: Final = re.compile(r"[^\x00-\x1f\x7f]{1,300}")
_DIGITS: Final = re.compile(r"[0-9]{1,30}")
LANGUAGES: Final = ("zh", "en")


class BadRequest(Exception):
    """What was asked for is not a question; says which part of it."""


class NotKnownYet(BadRequest):
    """A time is asked about that is later than `until`, the newest one that is known."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__("at")
        self.until = until


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `past`: a time was named, so nothing moves. `still`: how far is known where figures stand still."""

    user: User
    as_of: dt.datetime
    past: bool = False
    place: str = ""
    lang: str = "zh"
    zone: dt.tzinfo = SHANGHAI
    query: Mapping[str, str] = field(default_factory=dict)
    csrf: str = ""
    path: str = "/"
    still: Known | None = None

    def word(self, name: str, default: str = "") -> str:
        """A parameter that is an id or code: at most 300 characters, none of them a control character."""
        text = self.query.get(name) or default
        if text and not _WORD.fullmatch(text):
            raise BadRequest(name)
        return text

    def choice(self, name: str, allowed: tuple[str, ...], default: str = "") -> str:
        """A parameter that is one of a few."""
        text = self.query.get(name) or default
        if text and text not in allowed:
            raise BadRequest(name)
        return text

    def number(self, name: str, default: int = 0, most: int = 10**9) -> int:
        """A parameter that is a whole number from 0."""
        return whole(name, self.query.get(name) or str(default), most=most)


def whole(name: str, text: str, least: int = 0, most: int = 10**9) -> int:
    """What somebody wrote as a whole number in these bounds; raises BadRequest."""
    if not _DIGITS.fullmatch(text) or not least <= int(text) <= most:
        raise BadRequest(name)
    return int(text)


def place_of(query: Mapping[str, str]) -> str:
    """The place that is asked about; '': everywhere."""
    text = query.get("place", "")
    if text and not _PLACE.fullmatch(text):
        raise BadRequest("place")
    return text


def time_of(query: Mapping[str, str], zone: dt.tzinfo) -> dt.datetime | None:
    """The past time that is asked about, in `zone` where it has no offset; None: now."""
    text = query.get("at", "")
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
        at = found if found.tzinfo else found.replace(tzinfo=zone)
        if at.year not in YEARS:
            raise ValueError("out of range")
        return at.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise BadRequest("at") from error


def language_of(query: Mapping[str, str], cookie: str | None, accepted: str) -> str:
    """By the link, else the cookie, else the browser's first language; Chinese where nothing says otherwise."""
    for text in (query.get("lang"), cookie):
        if text in LANGUAGES:
            return str(text)
    first = accepted.split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh"
