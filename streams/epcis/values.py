"""Kinds of value in EPCIS: URIs, times, time-zone offsets, units, vocabularies."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from streams.epcis import vocabulary
from streams.epcis.context import Scope, is_uri
from streams.epcis.problem import shown
from streams.epcis.vocabulary import Vocabulary

_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_OFFSET: Final = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
UOM: Final = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
NO_SCOPE: Final = Scope(open=True)


def _wrong_type(expected: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_type", "must be {expected}", {"expected": expected})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type("text")
    return value


def _scope(info: ValidationInfo) -> Scope:
    return info.context if isinstance(info.context, Scope) else NO_SCOPE


def _uri(value: Any, info: ValidationInfo) -> str:
    text = _text(value)
    if not is_uri(text):
        raise PydanticCustomError("not_a_uri", "{value} is not a URI", {"value": shown(text)})
    if prefix := _scope(info).undeclared(text):
        raise PydanticCustomError("prefix_undeclared", "the prefix '{p}' is not declared in @context", {"p": prefix})
    return text


def _time(value: Any) -> dt.datetime:
    text = _text(value)
    if not _TIME.fullmatch(text):
        raise PydanticCustomError(
            "not_a_time",
            "{value} is not a time with its offset, such as 2022-04-01T08:30:00+08:00",
            {"value": shown(text)},
        )
    try:
        return dt.datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise PydanticCustomError("not_a_time", "{value} is no time of the calendar", {"value": shown(text)}) from error


def _offset(value: Any) -> str:
    text = _text(value)
    if not _OFFSET.fullmatch(text):
        raise PydanticCustomError(
            "not_an_offset", "{value} is not an offset from -13:59 to +14:00, such as +08:00", {"value": shown(text)}
        )
    return text


def _uom(value: Any) -> str:
    text = _text(value)
    if not UOM.fullmatch(text):
        raise PydanticCustomError(
            "not_a_uom",
            "{value} is not a code of UN/CEFACT Recommendation 20, such as KGM or CEL",
            {"value": shown(text)},
        )
    return text


def _hex(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(r"[0-9A-Fa-f]+", text, re.ASCII):
        raise PydanticCustomError("not_hex", "{value} is not hexadecimal", {"value": shown(text)})
    return text


def _of(vocabulary: Vocabulary) -> Callable[[Any, ValidationInfo], str]:
    """A value of a vocabulary: its short name where GS1 has one, else the vendor's URI in full."""

    def read(value: Any, info: ValidationInfo) -> str:
        text, scope = _text(value), _scope(info)
        try:
            short = vocabulary.short(text, scope.prefixes)
        except ValueError as error:
            raise PydanticCustomError("not_in_vocabulary", "{why}", {"why": str(error)}) from error
        return short or scope.expand(_uri(text, info))

    return read


def _distinct(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(items)) != len(items):
        raise PydanticCustomError("doubled_item", "names something twice")
    return items


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type("a number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type("true or false")
    return value


Words = Annotated[str, PlainValidator(_text)]
Number = Annotated[int | float, PlainValidator(_number)]
Truth = Annotated[bool, PlainValidator(_truth)]
Hex = Annotated[str, PlainValidator(_hex)]
Uri = Annotated[str, PlainValidator(_uri)]
Time = Annotated[dt.datetime, PlainValidator(_time)]
Offset = Annotated[str, PlainValidator(_offset)]
Uom = Annotated[str, PlainValidator(_uom)]
BizStep = Annotated[str, PlainValidator(_of(vocabulary.BIZ_STEP))]
Disposition = Annotated[str, PlainValidator(_of(vocabulary.DISPOSITION))]
TransactionType = Annotated[str, PlainValidator(_of(vocabulary.TRANSACTION))]
PartyType = Annotated[str, PlainValidator(_of(vocabulary.PARTY))]
ErrorReason = Annotated[str, PlainValidator(_of(vocabulary.ERROR_REASON))]
MeasurementType = Annotated[str, PlainValidator(_of(vocabulary.MEASUREMENT))]
AlertType = Annotated[str, PlainValidator(_of(vocabulary.ALERT))]
Component = Annotated[str, PlainValidator(_of(vocabulary.COMPONENT))]
Uris = Annotated[tuple[Uri, ...], Field(strict=False)]
DistinctUris = Annotated[Uris, AfterValidator(_distinct)]
Dispositions = Annotated[tuple[Disposition, ...], Field(strict=False, min_length=1), AfterValidator(_distinct)]
