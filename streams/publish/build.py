"""Rows become messages, or refusals with every reason. Pure: no clock, no files, no Kafka."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from schemas.errors import BaogongError
from schemas.item import Catalogue
from schemas.topics import MESSAGE_LIMIT
from streams.publish.cells import read_cell
from streams.publish.kinds import DERIVED, GROUPED_BY, KIND, Kind, Place, Shape, detect_kind, find_kind, some
from streams.publish.mapping import AnyMapping
from streams.publish.refusal import Problem, Refused, refuse, shown
from streams.publish.row import Row

NO_ID: Final = "to-be-derived"
"""Stands for an id that is derived from what the message says."""
AHEAD: Final = dt.timedelta(hours=1)
"""How far a clock may be ahead of ours; a broker refuses more."""


@dataclass(frozen=True, slots=True)
class Laid:
    """With what a logger lay: a consignment, or lots of it. `logger_id` None: as its own file says."""

    consignment_id: str
    logger_id: str | None = None
    lot_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the call says for all rows. `now` bounds `occurred_at`: what has not happened yet is no fact.

    `profiles`: names of the city's temperature profiles; None where they are not known here. `laid`: with what the
    loggers lay whose files are published. `profile`: the one of lots that an EPCIS document declares.
    """

    catalogue: Catalogue
    now: dt.datetime
    kind: Kind | None = None
    source: str | None = None
    occurred_at: str | None = None
    timezone: ZoneInfo | None = None
    profiles: frozenset[str] | None = None
    laid: Laid | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One row that could be read: the message's own fields and, where the kind has lines, one line of it."""

    kind: Kind
    head: dict[str, Any]
    line: dict[str, Any]


def read_part(row: Row, mapping: AnyMapping, rules: Rules) -> Part:
    """Read a row's cells as fields of its kind; raises Refused with every problem found."""
    if row.problem:
        raise Refused([row.problem])
    cells = mapping.apply(row.cells)
    kind = kind_of(row, mapping, rules)
    part, problems = Part(kind, {}, {}), list[Problem]()
    for name, cell in cells.items():
        try:
            _place(part, name, _value(kind, name, cell, row, mapping, rules))
        except Refused as refused:
            problems.extend(refused.problems)
    problems.extend(_catalogue_problems(part, rules.catalogue))
    if problems:
        raise Refused(problems)
    return part


def kind_of(row: Row, mapping: AnyMapping, rules: Rules) -> Kind:
    """The row's own word for its kind, else what the call or the mapping says, else what its fields fit."""
    try:
        if word := row.cells.get(KIND):
            return find_kind(str(word))
        if mapping.kind:
            return find_kind(mapping.kind)
        return rules.kind or detect_kind(mapping.names(row.cells))
    except BaogongError as error:
        raise refuse("unknown_kind", KIND, str(error).rstrip(".")) from error


def _value(kind: Kind, name: str, cell: Any, row: Row, mapping: AnyMapping, rules: Rules) -> Any:
    column = kind.columns.get(name)
    if column is None:
        raise refuse("unknown_field", name, f"is not a field of {kind.name}")
    if column.shape is Shape.NESTED:
        return _nested(kind, name, cell)
    return read_cell(column, cell, mapping.reading(name, row.cells, rules.timezone))


def _nested(kind: Kind, name: str, value: Any) -> Any:
    """What JSON nests, its members read like cells; what has another shape is left for the model to refuse."""
    if isinstance(value, list):
        return [_nested(kind, name, one) for one in value]
    if not isinstance(value, dict):
        return value
    columns = kind.inner.get(name, {})
    return {k: read_cell(columns[k], v) if k in columns and v is not None else v for k, v in value.items()}


def _place(part: Part, name: str, value: Any) -> None:
    column = part.kind.columns[name]
    if column.place is Place.LINE:
        part.line[name] = value
    elif column.place is Place.PART:
        part.head.setdefault(column.within, {})[name] = value
    else:
        part.head[name] = value


_LOTS: Final = ("stock_received", "consignment_declared", "lots_transformed")
_ASKED: Final = ("request_filed", "request_amended")


def _catalogue_problems(part: Part, catalogue: Catalogue) -> Iterator[Problem]:
    """Unknown items, and quantities over an item's limit: refused, never clipped."""
    nested = [one for name in part.kind.inner if isinstance(found := part.head.get(name), list) for one in found]
    for line in (part.head, part.line, *(one for one in nested if isinstance(one, dict))):
        code, quantity = line.get("item"), line.get("quantity")
        if not isinstance(code, str):
            continue
        item = catalogue.get(code)
        if item is None:
            yield Problem("unknown_item", "item", f"'{code[:64]}' is not in the item catalogue")
            continue
        limit = item.lot_limit if part.kind.name in _LOTS else item.request_limit if part.kind.name in _ASKED else None
        if limit is not None and isinstance(quantity, int) and quantity > limit:
            what = "lot" if part.kind.name in _LOTS else "request line"
            reason = f"{quantity} is over the limit of {limit} for one {what} of '{code}'"
            yield Problem("over_limit", "quantity", reason)


def group_key(row: Row, mapping: AnyMapping, kind: Kind | None) -> str | None:
    """What makes rows of a kind with flat lines one message; None where the row stands alone or can't tell."""
    fields = GROUPED_BY.get(kind.name) if kind else None
    if kind is None or fields is None or not any(_is_line(kind, name) for name in mapping.names(row.cells)):
        return None
    try:
        found = [mapping.one(field, row.cells) for field in fields]
    except Refused:
        return None
    return None if found[0] is None else repr(found)


def _is_line(kind: Kind, name: str) -> bool:
    return name in kind.columns and kind.columns[name].place is Place.LINE


def assemble(parts: Sequence[Part], rules: Rules) -> BaseModel:
    """One message from the rows that make it up, without its derived id; raises Refused."""
    first = parts[0]
    for part in parts[1:]:
        names = first.head.keys() | part.head.keys()
        if differing := sorted(name for name in names if first.head.get(name) != part.head.get(name)):
            raise refuse("rows_differ", differing[0], f"rows of one message differ in {some(differing)}")
    body = {KIND: first.kind.name, DERIVED: NO_ID} | first.head
    lines, field = [part.line for part in parts if part.line], first.kind.lines
    if lines and field in body:
        raise refuse("lines_twice", field or "", f"{field} are given both as a list and as columns")
    if lines and field is not None:
        body[field] = lines
    for name, default in (("source", rules.source), ("occurred_at", rules.occurred_at)):
        if default is not None:
            body.setdefault(name, default)
    message = _validated(first.kind, body)
    check(message, rules)
    return message


def check(message: BaseModel, rules: Rules) -> None:
    """Raise Refused for what a model can't know: the clock, the city's profiles; and for a lot that is named twice."""
    _refuse_time(message, rules.now)
    profile = getattr(message, "profile", None)
    if rules.profiles is not None and profile is not None and profile not in rules.profiles:
        names = ", ".join(sorted(rules.profiles))
        raise refuse("unknown_profile", "profile", f"{shown(profile)} is not a temperature profile here: {names}")
    for field in ("lots", "quantities", "inputs", "outputs"):
        ids = Counter(one.lot_id for one in getattr(message, field, ()))
        if twice := [lot for lot, count in ids.items() if count > 1]:
            raise refuse(
                "lot_twice", field, f"the lot {shown(twice[0])} stands twice in one message; add the quantities"
            )


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=float)


def _validated(kind: Kind, body: dict[str, Any]) -> BaseModel:
    try:
        said = _ENCODER.encode(body).encode()
        message = kind.model.model_validate_json(said)
    except ValidationError as error:
        raise Refused([_problem(detail) for detail in error.errors(include_url=False, include_input=False)]) from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise refuse("malformed", "", "has characters or numbers that JSON can't carry") from error
    if len(said) > MESSAGE_LIMIT // 2 and len(message.model_dump_json().encode()) > MESSAGE_LIMIT:
        raise refuse("too_large", "", f"the message would have more than {MESSAGE_LIMIT} bytes")
    return message


_WORDS: Final = {
    "missing": "is missing",
    "string_pattern_mismatch": "has a character that is not allowed here (white space or a control character)",
    "extra_forbidden": "is not a field of this kind",
}


def _problem(detail: Any) -> Problem:
    """A validation error in our words, without the message's values."""
    field = ".".join(str(part + 1 if isinstance(part, int) else part) for part in detail["loc"])
    reason = _WORDS.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    return Problem(detail["type"], field, reason[:1].lower() + reason[1:])


def _refuse_time(message: BaseModel, now: dt.datetime) -> None:
    """Refuse the future; that nothing is before 1970, the first time that Kafka keeps, the models see to."""
    occurred: dt.datetime = message.occurred_at  # type: ignore[attr-defined]
    if occurred > now + AHEAD:
        raise refuse("in_the_future", "occurred_at", "is in the future: a message reports what has happened")


def content(message: BaseModel) -> str:
    """SHA-256 of what a message says, without its id.

    Over JSON with sorted keys, times in UTC, and defaults left out: a field that is added later with a default
    changes no id.
    """
    said = message.model_dump(exclude={DERIVED}, exclude_defaults=True)
    return hashlib.sha256(_CANONICAL.encode(said).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value))


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def identified(message: BaseModel, digest: str, occurrence: int = 0) -> BaseModel:
    """The message with its own id or, where the file gave none, one derived from its content.

    `occurrence` tells apart rows with the same content where a mapping says that they are facts of their own.
    """
    if message.event_id != NO_ID:  # type: ignore[attr-defined]
        return message
    whole = hashlib.sha256(f"{digest}#{occurrence}".encode()).hexdigest() if occurrence else digest
    return message.model_copy(update={DERIVED: f"pub-{whole[:32]}"})
