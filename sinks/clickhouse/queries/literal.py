"""Python values as literals of ClickHouse types; nothing that a value holds can end the literal."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from typing import Any, Final

_WRAPPED: Final = re.compile(r"(Nullable|Array|LowCardinality)\((.+)\)")
_TIME: Final = re.compile(r"DateTime(?:64\((\d)(?:, *'([A-Za-z0-9_/+-]+)')?\))?")
_WHOLE: Final = re.compile(r"U?Int(8|16|32|64)")
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def literal(value: Any, kind: str) -> str:
    """`value` as SQL of type `kind`; TypeError or ValueError: it is none of that type, or no type is known by it."""
    if wrapped := _WRAPPED.fullmatch(kind):
        return _in_wrapper(value, wrapped[1], wrapped[2])
    if value is None:
        raise TypeError(f"NULL is no {kind}")
    if kind == "String":
        return _string(value)
    if kind == "Bool":
        return "true" if _is(value, bool) else "false"
    if _WHOLE.fullmatch(kind):
        return str(int(_whole(value)))
    if kind in ("Float32", "Float64"):
        return repr(_finite(value))
    if kind == "Date":
        return f"toDate('{_is_date(value):%Y-%m-%d}')"
    if time := _TIME.fullmatch(kind):
        return _time(value, time[1], time[2])
    raise TypeError(f"{kind} is not a type that questions are asked with")


def _in_wrapper(value: Any, wrapper: str, inner: str) -> str:
    if wrapper == "Nullable":
        return "NULL" if value is None else literal(value, inner)
    if wrapper == "LowCardinality":
        return literal(value, inner)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{type(value).__name__} is no Array({inner})")
    escaped = inner.replace("'", "\\'")
    return f"CAST([{', '.join(literal(each, inner) for each in value)}], 'Array({escaped})')"


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no String")
    return "'" + "".join(_ESCAPES.get(letter, letter) for letter in value) + "'"


def _is(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} is no {kind.__name__}")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} is no whole number")
    return value


def _finite(value: Any) -> float:
    number = float(_is(value, int | float))  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError("the number is not finite")
    return number


def _is_date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise TypeError(f"{type(value).__name__} is no date")
    return value


def _time(value: Any, digits: str | None, zone: str | None) -> str:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise TypeError("a time has an offset from UTC")
    utc = f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
    if digits is None:
        return f"toDateTime('{utc[:19]}', 'UTC')"
    inside = f"'{utc}'::DateTime64({digits}, 'UTC')"
    return inside if zone in (None, "UTC") else f"toTimeZone({inside}, '{zone}')"
