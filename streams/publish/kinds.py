"""Kinds of message: which there are, on which topic, and which flat columns a file may spell them in."""

from __future__ import annotations

import datetime as dt
import difflib
import types
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache, lru_cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from schemas.errors import USAGE, BaogongError
from schemas.topics import DECLARED, Topic

KIND: Final = "kind"
DERIVED: Final = "event_id"
FILLABLE: Final = frozenset({"source", "occurred_at"})
"""What the call may say for a whole file."""
GROUPED_BY: Final = {
    "request_filed": ("request_id",),
    "request_amended": ("request_id",),
    "delivery_confirmed": ("dispatch_id",),
    "consignment_declared": ("consignment_id",),
    "step_reported": ("consignment_id", "step", "occurred_at", DERIVED),
    "custody_handed": ("consignment_id", "from_party", "to_party", "given_at", DERIVED),
    "lots_returned": ("consignment_id", "to_party", "occurred_at", DERIVED),
    "lots_destroyed": ("consignment_id", "facility", "occurred_at", DERIVED),
}
"""Kinds with lines: consecutive rows that share all of these are one message."""
ONE_EFFECT: Final = {
    "request_filed": "request_id",
    "stock_received": "lot_id",
    "delivery_confirmed": "dispatch_id",
    "hold_placed": "hold_id",
}
"""Ids that have one effect for ever: a second message with other content would change nothing, so it is refused."""


class Shape(StrEnum):
    """What a cell of a column holds."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    YES_NO = "yes or no"
    INSTANT = "time"
    DATE = "date"
    CHOICE = "choice"
    LIST = "list"
    NESTED = "nested"
    """Only in JSON: an object or a list of objects."""


class Place(StrEnum):
    """Where a column goes in the message."""

    TOP = "top"
    PART = "part"
    """A member of a nested object."""
    LINE = "line"
    """A member of one line."""


@dataclass(frozen=True, slots=True)
class Column:
    """A flat column. `within` is the field that holds it, where it is not at the top; `choices` its allowed words."""

    name: str
    shape: Shape
    place: Place
    within: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of message. Each entry of `required` is a set of columns of which a file must have at least one.

    `inner`: by field that nests objects, what they hold; in flat columns too where the kind has one list at most.
    """

    name: str
    model: type[BaseModel]
    topic: Topic
    columns: dict[str, Column]
    required: tuple[frozenset[str], ...]
    inner: dict[str, dict[str, Column]]

    @property
    def lines(self) -> str | None:
        """The field that holds lines, where the kind has lines that a flat file can spell."""
        return next((column.within for column in self.columns.values() if column.place is Place.LINE), None)

    @property
    def only_json(self) -> bool:
        """Whether it has several lists, which rows can't spell."""
        return self.lines is None and any(one.place is Place.LINE for i in self.inner.values() for one in i.values())

    def missing(self, columns: Collection[str], ignore: Collection[str] = ()) -> list[str]:
        """What a file with these columns lacks, in words: one entry a required field."""
        lacking = (names for names in self.required if not names & set(columns) and not names <= set(ignore))
        return [" or ".join(sorted(names)) for names in lacking]


@cache
def all_kinds() -> dict[str, Kind]:
    """Every kind that publishers may send, by name, from the declared topics."""
    topics = [topic for topic in DECLARED if topic.writer == "publishers"]
    kinds = [_kind(model, topic) for topic in topics for model in _models(topic.model)]
    return {kind.name: kind for kind in kinds}


def find_kind(name: str) -> Kind:
    """The kind of this name; raises BaogongError with the nearest name."""
    kinds = all_kinds()
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(kinds)}."
        raise BaogongError(f"There is no kind of message '{name}': {hint}", USAGE)
    return kinds[name]


def detect_kind(columns: Collection[str]) -> Kind:
    """The kind that these columns fit best; raises BaogongError where none or more than one does."""
    return _detect(frozenset(columns) - {DERIVED})


@lru_cache(maxsize=1000)
def _detect(given: frozenset[str]) -> Kind:
    fits = [kind for kind in all_kinds().values() if given <= kind.columns.keys() and not kind.missing(given, _SAYABLE)]
    most = max((len(kind.required) for kind in fits), default=0)
    best = [kind for kind in fits if len(kind.required) == most]
    if len(best) == 1:
        return best[0]
    if best:
        names = " or ".join(kind.name for kind in best)
        raise BaogongError(f"these columns could be {names}: say which with --kind.", USAGE)
    raise BaogongError(_nearest(given), USAGE)


_SAYABLE: Final = FILLABLE | {"area", DERIVED}


def _nearest(given: frozenset[str]) -> str:
    """Words for columns that fit no kind: the kind that they come nearest to, and what keeps them from it."""
    kind = max(all_kinds().values(), key=lambda k: (len(given & k.columns.keys()), -len(k.columns)))
    unknown = sorted(given - kind.columns.keys())
    if not given & kind.columns.keys() - _SAYABLE:
        return "no column has a name that is known here: map the headings with --mapping FILE.toml."
    what = [f"has no {name}" for name in kind.missing(given, _SAYABLE)] + [f"does not know '{n}'" for n in unknown]
    return f"the columns fit no kind of message; nearest is {kind.name}, which {some(what)}."


def some(words: list[str], limit: int = 3) -> str:
    """The first few of a list, and how many more there are."""
    rest = f" and {len(words) - limit} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + rest


def _models(model: Any) -> Iterator[type[BaseModel]]:
    """The message models of a topic's declaration: a model, or an annotated union of models."""
    if get_origin(model) is Annotated:
        model = get_args(model)[0]
    yield from (get_args(model) or (model,))


def _kind(model: type[BaseModel], topic: Topic) -> Kind:
    fields = {name: info for name, info in model.model_fields.items() if name != KIND}
    columns = {name: _column(name, info) for name, info in fields.items()}
    inner = {name: _inner(name, info) for name, info in fields.items() if columns[name].shape is Shape.NESTED}
    lists = [name for name, found in inner.items() if any(one.place is Place.LINE for one in found.values())]
    for name, found in inner.items():
        if name not in lists or len(lists) == 1:
            columns.update({n: column for n, column in found.items() if n not in columns})
    required = tuple(_ways(name, info, columns) for name, info in fields.items() if info.is_required())
    (name,) = get_args(model.model_fields[KIND].annotation)
    return Kind(name, model, topic, columns, tuple(ways for ways in required if DERIVED not in ways), inner)


def _ways(name: str, info: FieldInfo, columns: dict[str, Column]) -> frozenset[str]:
    """The columns of which any says something about a field: itself, or those of what is nested in it.

    Of a line, what may be left out says nothing: a quantity without an item is no line of a request.
    """
    model, place = _nested(info)
    within = {column.name for column in columns.values() if column.within == name}
    if model is not None and place is Place.LINE:
        within &= {part for part, inner in model.model_fields.items() if inner.is_required()}
    return frozenset({name} | within)


def _nested(info: FieldInfo) -> tuple[type[BaseModel] | None, Place]:
    """The model that a field nests: as itself, or as the members of a list."""
    inner, place = _bare(info.annotation), Place.PART
    if get_origin(inner) is tuple:
        inner, place = _bare(get_args(inner)[0]), Place.LINE
    return (inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None), place


def _column(name: str, info: FieldInfo) -> Column:
    if _nested(info)[0] is not None:
        return Column(name, Shape.NESTED, Place.TOP)
    shape, choices = _shape(_bare(info.annotation))
    return Column(name, shape, Place.TOP, "", choices)


def _inner(name: str, info: FieldInfo) -> dict[str, Column]:
    """What the objects hold that a field nests."""
    model, place = _nested(info)
    shapes = {part: _shape(_bare(inner.annotation)) for part, inner in model.model_fields.items()} if model else {}
    return {part: Column(part, shape, place, name, choices) for part, (shape, choices) in shapes.items()}


def _bare(annotation: Any) -> Any:
    """An annotation without Annotated[...] and `| None`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _bare(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        (annotation,) = [arg for arg in get_args(annotation) if arg is not type(None)]
        return _bare(annotation)
    return annotation


def _shape(bare: Any) -> tuple[Shape, tuple[str, ...]]:
    if get_origin(bare) is Literal:
        return Shape.CHOICE, tuple(str(arg) for arg in get_args(bare))
    if get_origin(bare) in (tuple, frozenset):
        return Shape.LIST, _shape(_bare(get_args(bare)[0]))[1]
    if issubclass(bare, Enum):
        return Shape.CHOICE, tuple(str(member.value) for member in bare)
    return _BY_TYPE[bare], ()


_BY_TYPE: Final[dict[type, Shape]] = {
    str: Shape.TEXT,
    bool: Shape.YES_NO,
    int: Shape.WHOLE,
    float: Shape.NUMBER,
    AwareDatetime: Shape.INSTANT,
    dt.date: Shape.DATE,
}
