"""GS1 identifiers in both of their spellings, EPC URN and Digital Link, become one: keys of application identifiers.

`urn:epc:class:lgtin:4012345.012345.AB1` and `https://id.gs1.org/01/04012345123456/10/AB1` are both
`01/04012345123456/10/AB1` (GS1 EPC Tag Data Standard 2.0, GS1 Digital Link URI Syntax 1.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote, urlsplit

RESOLVER: Final = "https://id.gs1.org/"
"""Where GS1 resolves Digital Links: a URI there must be one."""


class Level(StrEnum):
    """What a key names."""

    INSTANCE = "instance"
    CLASS = "class"
    OTHER = "other"
    """A place, party or document."""


@dataclass(frozen=True, slots=True)
class Key:
    """A GS1 key: `ais` are pairs of application identifier and value, values as they are (not escaped)."""

    level: Level
    ais: tuple[tuple[str, str], ...]

    @property
    def canonical(self) -> str:
        """The key as a path of application identifiers and escaped values, the same for both spellings."""
        return "/".join(f"{ai}/{quote(value, safe=_UNESCAPED)}" for ai, value in self.ais)

    def get(self, ai: str) -> str | None:
        """The value of an application identifier."""
        return dict(self.ais).get(ai)


_LONGEST_KEY: Final = 30
"""Characters of a key that is text: GIAI, GINC, CPI."""
_UNESCAPED: Final = "!'()*+,-.:;=_"
_SERIAL: Final = re.compile(r"""(?:[A-Za-z0-9!'()*+,\-.:;=_]|%(?:2[2356FfCc]|3[CEFcef]|27|5[Ff])){1,30}""", re.ASCII)
_AI_TEXT: Final = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z#]{1,30}""", re.ASCII)


_FORMS: Final = {
    **{ai: (re.compile(r".{1,20}"), "1 to 20 characters") for ai in ("10", "21", "22", "254")},
    "235": (re.compile(r".{1,28}"), "1 to 28 characters"),
    "7040": (re.compile(r"\d.{3}", re.ASCII), "a digit and three characters"),
    "8011": (re.compile(r"[1-9]\d{0,11}|0", re.ASCII), "1 to 12 digits, the first of them no 0"),
    "8019": (re.compile(r"\d{1,10}", re.ASCII), "1 to 10 digits"),
    # appended to the key itself
    "8003": (re.compile(r".{0,16}"), "up to 16 characters"),
    "253": (re.compile(r".{0,17}"), "up to 17 characters"),
    "255": (re.compile(r"\d{0,12}", re.ASCII), "up to 12 digits"),
}
"""By application identifier, the form of what follows a key (GS1 General Specifications, section 3)."""


def _insist_on_form(ai: str, value: str) -> None:
    form, words = _FORMS[ai]
    if not form.fullmatch(value):
        raise ValueError(f"the part for ({ai}) must have {words}")


@dataclass(frozen=True, slots=True)
class _Urn:
    """How a scheme of EPC URNs is built: digits of prefix and reference together, and the key that they make."""

    ai: str
    digits: int = 0
    """Of company prefix and reference together, without check digit; 0: the reference is free text."""
    serial: str = ""
    """Application identifier of the last part; '+' where it is appended to the key itself."""
    level: Level = Level.INSTANCE
    serial_optional: bool = False


_URNS: Final = {
    "id:sgtin": _Urn("01", 13, "21"),
    "id:itip": _Urn("8006", 13, "21"),
    "id:upui": _Urn("01", 13, "235"),
    "id:sscc": _Urn("00", 17),
    "id:sgln": _Urn("414", 12, "254", Level.OTHER),
    "id:pgln": _Urn("417", 12, level=Level.OTHER),
    "id:grai": _Urn("8003", 12, "+"),
    "id:gdti": _Urn("253", 12, "+"),
    "id:sgcn": _Urn("255", 12, "+"),
    "id:giai": _Urn("8004"),
    "id:ginc": _Urn("401"),
    "id:gsin": _Urn("402", 16),
    "id:gsrn": _Urn("8018", 17),
    "id:gsrnp": _Urn("8017", 17),
    "id:cpi": _Urn("8010", 0, "8011"),
    "class:lgtin": _Urn("01", 13, "10", Level.CLASS),
}
_OTHER_SCHEMES: Final = frozenset({"id:gid", "id:usdod", "id:adi", "id:bic", "id:imovn"})
"""Identifiers of other bodies than GS1: taken as they are."""


def read_key(uri: str) -> Key | None:
    """The GS1 key that a URI is, None where it is something else; raises ValueError where it is broken."""
    if uri[:8].lower() == "urn:epc:":
        return _urn(uri[8:])
    if uri[:7].lower() == "http://" or uri[:8].lower() == "https://":
        return _link(uri)
    return None


def check_digit(digits: str) -> str:
    """The check digit of a GS1 key (modulo 10, weights 3 and 1 from the right; GS1 General Specifications 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _urn(rest: str) -> Key | None:
    kind, _, body = rest.partition(":")
    scheme, _, value = body.partition(":")
    name = f"{kind}:{scheme}"
    if name in _OTHER_SCHEMES and value:
        return None
    if kind == "idpat":
        return _pattern(scheme, value)
    if name not in _URNS:
        raise ValueError(f"'urn:epc:{name[:40]}' is no scheme of identifiers that EPCIS takes")
    how = _URNS[name]
    if name == "id:itip":
        return _itip(value)
    prefix, _, tail = value.partition(".")
    if not re.fullmatch(r"\d{6,12}", prefix, re.ASCII):
        raise ValueError("its company prefix must have 6 to 12 digits")
    if not how.digits:
        return _free(how, prefix, tail)
    reference, dot, serial = tail.partition(".")
    if not re.fullmatch(r"\d*", reference, re.ASCII) or len(prefix) + len(reference) != how.digits:
        raise ValueError(f"company prefix and reference must have {how.digits} digits together")
    if how.serial:
        _insist_on_serial(serial)
        _insist_on_form(how.ai if how.serial == "+" else how.serial, unquote(serial))
    elif dot:
        raise ValueError("has a part too many")
    return _numbered(how, prefix, reference, unquote(serial))


def _insist_on_serial(serial: str) -> None:
    if not _SERIAL.fullmatch(serial):
        raise ValueError("its last part must have 1 to 30 characters that GS1 allows")


def _numbered(how: _Urn, prefix: str, reference: str, serial: str) -> Key:
    """A key with a check digit. The first digit of a GTIN's or SSCC's reference goes to the front."""
    digits = prefix + reference
    if how.ai in ("01", "00"):
        digits = reference[:1] + prefix + reference[1:]
    digits += check_digit(digits)
    if how.ai == "8003":
        digits = "0" + digits
    if how.serial == "+":
        return Key(how.level, ((how.ai, digits + serial),))
    if how.ai == "414" and serial == "0":
        return Key(how.level, ((how.ai, digits),))
    return Key(how.level, ((how.ai, digits), (how.serial, serial)) if how.serial else ((how.ai, digits),))


def _free(how: _Urn, prefix: str, tail: str) -> Key:
    """A key whose reference is text: GIAI, GINC, CPI."""
    reference, _, serial = tail.rpartition(".") if how.serial else (tail, "", "")
    _insist_on_serial(reference)
    if how.serial:
        _insist_on_form(how.serial, serial)
    key = (how.ai, prefix + unquote(reference))
    if len(key[1]) > _LONGEST_KEY:
        raise ValueError(f"company prefix and reference must have at most {_LONGEST_KEY} characters together")
    return Key(how.level, (key, (how.serial, serial)) if how.serial else (key,))


def _itip(value: str) -> Key:
    found = re.fullmatch(r"(\d{6,12})\.(\d{1,7})\.(\d{2})\.(\d{2})\.(.+)", value, re.ASCII)
    if not found or len(found[1]) + len(found[2]) != 13:
        raise ValueError("must be prefix, item reference (13 digits together), piece, total and serial")
    _insist_on_serial(found[5])
    _insist_on_form("21", unquote(found[5]))
    digits = found[2][:1] + found[1] + found[2][1:]
    whole = digits + check_digit(digits) + found[3] + found[4]
    return Key(Level.INSTANCE, (("8006", whole), ("21", unquote(found[5]))))


def _pattern(scheme: str, value: str) -> Key | None:
    """A pattern such as `urn:epc:idpat:sgtin:4012345.098765.*`: all objects of a class."""
    how = _URNS.get(f"id:{scheme}")
    if how is None:
        raise ValueError(f"'urn:epc:idpat:{scheme[:40]}' is no scheme of identifiers that EPCIS takes")
    if not value.endswith(".*"):
        raise ValueError("a pattern must end in '.*'")
    if scheme == "sgtin" and not value.startswith("*"):
        whole = _urn(f"id:sgtin:{value[:-1]}0")
        return Key(Level.CLASS, whole.ais[:1]) if whole else None
    if not re.fullmatch(r"(\d{6,12}(\.[A-Za-z0-9*]+)*|\*)(\.\*)+", value, re.ASCII):
        raise ValueError("is not a pattern of digits and '*'")
    return Key(Level.CLASS, (("idpat", f"{scheme}:{value}"),))


@dataclass(frozen=True, slots=True)
class _Link:
    """How a primary key of a Digital Link is built, and which qualifiers follow it, in order."""

    key: re.Pattern[str]
    checked: int
    """How many leading characters end in a check digit; 0: none."""
    qualifiers: tuple[str, ...] = ()
    level: Level = Level.INSTANCE


_LINKS: Final = {
    "01": _Link(re.compile(r"\d{14}|\d{13}|\d{12}|\d{8}"), 99, ("22", "10", "21", "235")),
    "00": _Link(re.compile(r"\d{18}"), 18),
    "414": _Link(re.compile(r"\d{13}"), 13, ("254", "7040"), Level.OTHER),
    "417": _Link(re.compile(r"\d{13}"), 13, ("7040",), Level.OTHER),
    "8003": _Link(re.compile(r"0\d{13}[!-z]{0,16}"), 14),
    "8004": _Link(re.compile(r"[!-z]{1,30}"), 0, ("7040",)),
    "253": _Link(re.compile(r"\d{13}[!-z]{0,17}"), 13),
    "255": _Link(re.compile(r"\d{13,25}"), 13),
    "8017": _Link(re.compile(r"\d{18}"), 18, ("8019",)),
    "8018": _Link(re.compile(r"\d{18}"), 18, ("8019",)),
    "8006": _Link(re.compile(r"\d{18}"), 14, ("22", "10", "21")),
    "8010": _Link(re.compile(r"[!-z]{1,30}"), 0, ("8011",)),
    "401": _Link(re.compile(r"[!-z]{1,30}"), 0),
    "402": _Link(re.compile(r"\d{17}"), 17),
}
_LEAST: Final = {"01": 8, "00": 17, "414": 12, "417": 12, "8003": 14, "253": 13, "255": 13}
"""Digits from which on a number on a foreign host is taken for a GS1 key and must be a right one."""


def _link(uri: str) -> Key | None:
    parts = urlsplit(uri)
    segments = [unquote(segment) for segment in parts.path.split("/")[1:]]
    official = uri.lower().startswith((RESOLVER, RESOLVER.replace("https", "http")))
    at = next(
        (n for n, segment in enumerate(segments[:-1]) if segment in _LINKS and (official or _meant(segments, n))), None
    )
    if at is None:
        if official:
            raise ValueError("is no Digital Link: its path must be an application identifier and its value")
        return None
    ai, value = segments[at], segments[at + 1]
    how = _LINKS[ai]
    if not how.key.fullmatch(value):
        raise ValueError(f"the value of ({ai}) has a form that it can't have")
    if how.checked and check_digit(value[: how.checked][:-1]) != value[: how.checked][-1]:
        raise ValueError(f"the check digit of ({ai}) {value[: how.checked]} is wrong")
    if ai == "01":
        value = value.zfill(14)
    rest = segments[at + 2 :]
    pairs = [(ai, value), *_qualifiers(how, rest[:-1] if rest and not rest[-1] else rest)]
    return Key(_level(how, pairs), tuple(pairs))


def _meant(segments: list[str], at: int) -> bool:
    """Whether a segment of a foreign URL is an application identifier: a long enough number follows it."""
    value = segments[at + 1]
    least = _LEAST.get(segments[at])
    return bool(least and re.match(rf"\d{{{least},}}", value)) or (least is None and bool(re.match(r"\d{6,}", value)))


def _qualifiers(how: _Link, rest: list[str]) -> list[tuple[str, str]]:
    if len(rest) % 2:
        raise ValueError("an application identifier at its end has no value")
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    order = [how.qualifiers.index(ai) if ai in how.qualifiers else -1 for ai, _ in pairs]
    if -1 in order or order != sorted(set(order)):
        raise ValueError(f"({pairs[order.index(min(order))][0]}) can't stand where it does")
    for ai, value in pairs:
        if not _AI_TEXT.fullmatch(value):
            raise ValueError(f"the value of ({ai}) has characters that it can't have")
        _insist_on_form(ai, value)
    return pairs


def _level(how: _Link, pairs: list[tuple[str, str]]) -> Level:
    ai, value = pairs[0]
    if how.level is Level.OTHER:
        return Level.OTHER
    named = {ai for ai, _ in pairs}
    if ai in ("01", "8006"):
        return Level.INSTANCE if named & {"21", "235"} else Level.CLASS
    bare = {"8003": 14, "253": 13, "255": 13}.get(ai)
    if ai == "8010":
        return Level.INSTANCE if "8011" in named else Level.CLASS
    return Level.CLASS if len(value) == bare else Level.INSTANCE
