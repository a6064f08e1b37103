"""The bytes of a file become a JSON value, with what the JSON itself has wrong: no rule of EPCIS is looked at yet."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Final

from streams.epcis.problem import Place, Problem

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of a document: about 30,000 events; a larger one is refused before it is read (its parts can be captured)."""
MOST_VALUES: Final = 2_000_000
"""Values of a document: twice what its bytes hold of readings; more are no document, and would cost gigabytes."""
MOST_EVENTS: Final = 100_000
"""Events of a document."""
DEPTH: Final = 64
"""How deep a document may nest: the standard's own fields need 9 levels, the rest is for extensions."""
XML: Final = "is XML: only the JSON/JSON-LD form of EPCIS 2.0 is taken; export it as JSON-LD"
TOO_LARGE: Final = f"has more than {LIMIT:,} bytes: split its events over several documents"
TOO_MANY: Final = f"has more than {MOST_EVENTS:,} events: split them over several documents"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_TOO_DEEP: Final = f"is nested more than {DEPTH} levels deep"


class Unreadable(Exception):
    """The whole file can't be understood as a JSON object."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem((), code, reason)


class Doubled(dict[str, Any]):
    """An object in which keys stand more than once: `twice`; the last value counts, as in every JSON reader."""

    twice: tuple[str, ...] = ()


class NotANumber(str):
    """NaN or Infinity where a value stands."""


def read_json(data: bytes) -> dict[str, Any]:
    """The object that a file holds; raises Unreadable. Doubled keys and numbers that are none are left to `flaws`."""
    text = _decoded(data)
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise Unreadable("too_deep", _TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise Unreadable(
            "not_json",
            f"is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]} at line {error.lineno}, column {error.colno}",
        ) from error
    if not isinstance(value, dict):
        raise Unreadable(
            "not_an_object", "is valid JSON, but not an object: an EPCIS document or one event is expected"
        )
    return value


def _decoded(data: bytes) -> str:
    if looks_like_xml(data):
        raise Unreadable("xml", XML)
    if len(data) > LIMIT:
        raise Unreadable("too_large", TOO_LARGE)
    if data.startswith(_UTF16):
        raise Unreadable("not_utf8", "is UTF-16: save it as UTF-8, which JSON needs")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "not_utf8", f"is not UTF-8 text: line {line} has bytes that are not; save it as UTF-8"
        ) from error
    if not text.strip():
        raise Unreadable("empty", "is empty")
    if text.count(",") + text.count("[") + text.count("{") > MOST_VALUES:
        raise Unreadable("too_large", f"has more than {MOST_VALUES:,} values: split its events over several documents")
    return text


def looks_like_xml(data: bytes) -> bool:
    """Whether a file begins as XML does, however large it is."""
    head = data[:1024]
    if head.startswith(_UTF16):
        return head.decode("utf-16", errors="ignore").lstrip().startswith("<")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def flaws(value: Any, place: Place = ()) -> Iterator[Problem]:
    """What JSON itself does not allow or leaves undefined: doubled keys, NaN, infinite numbers, endless nesting."""
    if len(place) > DEPTH:
        yield Problem(place, "too_deep", _TOO_DEEP)
        return
    if isinstance(value, dict):
        for key in getattr(value, "twice", ()):
            yield Problem(
                (*place, key), "doubled_key", "stands twice in one object; which of the two counts is undefined"
            )
        for key, inner in value.items():
            yield from flaws(inner, (*place, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from flaws(inner, (*place, position))
    elif isinstance(value, NotANumber):
        yield Problem(place, "not_a_number", f"{value} is not a JSON number")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(place, "not_a_number", "is too large for a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen, twice = set[str](), dict[str, None]()
    for key, _ in pairs:
        if key in seen:
            twice[key] = None
        seen.add(key)
    doubled = Doubled(found)
    doubled.twice = tuple(twice)
    return doubled


def _whole(digits: str) -> int | float:
    """A number of absurd length becomes infinite, which `flaws` tells, rather than seconds of arithmetic."""
    return int(digits) if len(digits) <= 300 else math.inf


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=NotANumber, parse_int=_whole)
