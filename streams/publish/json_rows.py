"""Rows of JSON: an object a line, an array of objects, or one object."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NoReturn

from schemas.errors import USAGE, BaogongError
from streams.publish.refusal import Problem
from streams.publish.row import Row


def jsonl_rows(text: str) -> Iterator[Row]:
    """An object a line; a line that is none has its problem."""
    for number, raw in enumerate(io.StringIO(text), 1):
        if not raw.strip():
            continue
        raw = raw.strip()
        try:
            yield _object_row(number, _loads(raw), raw)
        except (ValueError, RecursionError) as error:
            yield Row(number, {}, raw, Problem("malformed", "", f"is not valid JSON ({_why(error)})"))


def json_rows(name: str, text: str) -> Iterator[Row]:
    """Objects of an array, or the one object that the text is; raises BaogongError where it is not valid JSON."""
    decoder, at = _DECODER, _skip(text, 0)
    array = text[at : at + 1] == "["
    at, line, counted = _skip(text, at + array), 1, 0
    try:
        while not (array and text[at : at + 1] == "]"):
            value, end = decoder.raw_decode(text, at)
            line, counted = line + text.count("\n", counted, at), at
            yield _object_row(line, value, text[at:end])
            at = _skip(text, end)
            if not array:
                break
            if text[at : at + 1] == ",":
                at = _skip(text, at + 1)
            elif text[at : at + 1] != "]":
                raise ValueError("a comma or ] is missing")
        if _skip(text, at + array) != len(text):
            raise ValueError("something follows its end")
    except (ValueError, RecursionError) as error:
        place = text.count("\n", 0, getattr(error, "pos", at)) + 1
        raise BaogongError(f"{name} is not valid JSON: line {place}: {_why(error)}.", USAGE) from error


def _skip(text: str, at: int) -> int:
    """The position of the next character that is not white space."""
    while at < len(text) and text[at] in " \t\r\n\ufeff":
        at += 1
    return at


def _object_row(line: int, value: Any, raw: str) -> Row:
    if isinstance(value, dict):
        return Row(line, {k: v.strip() if isinstance(v, str) else v for k, v in value.items()}, raw)
    return Row(line, {}, raw, Problem("malformed", "", "is not a JSON object"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_unique)


def _loads(text: str) -> Any:
    return _DECODER.decode(text)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "too deeply nested"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at column {error.colno}"
    return "a number has too many digits" if "integer string" in str(error) else str(error)
