"""Mappings: how a file's own headings, words, units and times become our fields. Declarative TOML, checked whole."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatch
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import USAGE, BaogongError
from streams.publish.cells import Reading
from streams.publish.files import REFUSED
from streams.publish.kinds import KIND, all_kinds, find_kind
from streams.publish.refusal import Problem, Refused, refuse, shown

_SLOT: Final = re.compile(r"\{([^{}]*)\}")
BUCKET: Final = "bucket"
NOT_FIELDS: Final = frozenset({"", KIND, REFUSED})
"""Headings that are never a field of a message."""


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name; raises ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name}' is not a time zone; write one as Asia/Shanghai") from error


def _zone_name(name: str) -> str:
    zone(name)
    return name


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Factor = Annotated[Decimal, Field(gt=0, strict=False)]


class Units(_Table):
    """`factors` turns the unit that stands in `column` into ours: a quantity in that unit times the factor.

    A case holds something else for each item: `each` has factors of their own for words of the column `per`.
    """

    column: str
    factors: dict[str, Factor] = {}
    per: str | None = None
    each: dict[str, dict[str, Factor]] = {}

    @model_validator(mode="after")
    def _some_factor(self) -> Units:
        if not self.factors and not self.each:
            raise ValueError("units need factors")
        if bool(self.each) != (self.per is not None):
            raise ValueError("per and each go together")
        return self

    @property
    def headings(self) -> Iterator[str]:
        """The headings that a factor depends on."""
        yield self.column
        if self.per is not None:
            yield self.per

    def factor(self, cells: Mapping[str, Any]) -> Fraction | None:
        """How many of our units one unit of this row is, or None where nobody said."""
        unit = cells.get(self.column) or ""
        own = self.each.get(str(cells.get(self.per)), {}) if self.per is not None else {}
        found = own.get(unit, self.factors.get(unit))
        return None if found is None else Fraction(found)


class Bucket(_Table):
    """A stable number from 0 to `count` - 1 for each value of `column` (SHA-256 modulo `count`)."""

    column: str
    count: Annotated[int, Field(gt=0, le=10_000)]


class FieldRule(_Table):
    """Where one of our fields comes from: exactly one of `column`, `constant`, or `template` (with `bucket`).

    In order: the text is taken, cut to `prefix` characters, replaced through `values`, then read with `formats`,
    `thousands` and `units`. A word that `values` does not list is refused, unless `other_values` is "keep".
    """

    column: str | None = None
    constant: str | int | bool | None = None
    template: str | None = None
    bucket: Bucket | None = None
    prefix: Annotated[int, Field(gt=0)] | None = None
    values: dict[str, str] = {}
    other_values: Literal["refuse", "keep"] = "refuse"
    formats: tuple[str, ...] = Field(default=(), strict=False)
    thousands: Annotated[str, Field(max_length=1)] = ""
    units: Units | None = None

    @model_validator(mode="before")
    @classmethod
    def _heading(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> FieldRule:
        if [self.column, self.constant, self.template].count(None) != 2:
            raise ValueError("say exactly one of column, constant or template")
        if (self.bucket is not None) != (self.template is not None and BUCKET in _SLOT.findall(self.template)):
            raise ValueError("a bucket and {bucket} in the template go together")
        return self

    @property
    def headings(self) -> Iterator[str]:
        """The headings that this field is taken from."""
        if self.column is not None:
            yield self.column
        yield from (slot for slot in _SLOT.findall(self.template or "") if not (slot == BUCKET and self.bucket))
        if self.units:
            yield from self.units.headings
        if self.bucket:
            yield self.bucket.column


class FileMapping(_Table):
    """A mapping file. `files`: name patterns of the files it is for; `unknown`: words that mean "nobody knows".

    `identical_rows`: rows with the same content are the same fact (the second is a repeat), or distinct facts.
    """

    kind: str | None = None
    files: tuple[str, ...] = Field(default=(), strict=False)
    timezone: Annotated[str, AfterValidator(_zone_name)] | None = None
    unknown: tuple[str, ...] = Field(default=(), strict=False)
    identical_rows: Literal["same", "distinct"] = "same"
    fields: Annotated[dict[str, FieldRule], Field(min_length=1)]

    @model_validator(mode="after")
    def _known_fields(self) -> FileMapping:
        if self.kind is None:
            return self
        if self.kind not in all_kinds():
            raise ValueError(f"there is no kind of message '{self.kind}'; choose one of {', '.join(all_kinds())}")
        columns = find_kind(self.kind).columns
        for name in self.fields:
            if name not in columns:
                raise ValueError(f"{self.kind} has no field '{name}'; it has {', '.join(columns)}")
        return self

    @cached_property
    def headings(self) -> dict[str, str]:
        """Every heading that is used, with the first field that uses it."""
        return {heading: name for name, rule in reversed(self.fields.items()) for heading in rule.headings}

    def suits(self, name: str) -> bool:
        """Whether a file of this name is meant."""
        return any(fnmatch(Path(name).name, pattern) for pattern in self.files)

    def names(self, cells: Mapping[str, Any]) -> Collection[str]:
        """The fields that rows may have."""
        return self.fields.keys()

    def one(self, name: str, cells: Mapping[str, Any]) -> Any:
        """The cell of one field, or None; raises Refused."""
        rule = self.fields.get(name)
        return None if rule is None else _taken(name, rule, cells, self.unknown)

    def apply(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """A row's cells by our field names; what is empty or unknown is left out. Raises Refused with every problem."""
        found, problems = dict[str, Any](), list[Problem]()
        for name, rule in self.fields.items():
            try:
                cell = _taken(name, rule, cells, self.unknown)
            except Refused as refused:
                problems.extend(refused.problems)
                continue
            if cell is not None:
                found[name] = cell
        if problems:
            raise Refused(problems)
        return found

    def reading(self, name: str, cells: Mapping[str, Any], default: ZoneInfo | None) -> Reading:
        """How the cell of a field is read in this row; raises Refused for a unit without a factor."""
        timezone = zone(self.timezone) if self.timezone else default
        rule = self.fields.get(name)
        if rule is None or rule.constant is not None:
            return Reading(timezone)
        return Reading(timezone, rule.formats, rule.thousands, _factor(name, rule, cells))


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The mapping of a file that uses our own names. `fold`: headings may be in capitals (CSV)."""

    fold: bool
    kind: None = None
    identical_rows: Literal["same"] = "same"

    def name(self, heading: str) -> str:
        """Our name for a heading."""
        return heading.casefold() if self.fold else heading

    def names(self, cells: Mapping[str, Any]) -> Collection[str]:
        """The fields that this row may have."""
        return {self.name(heading) for heading in cells} - NOT_FIELDS

    def one(self, name: str, cells: Mapping[str, Any]) -> Any:
        """The cell of one field, or None."""
        return next((_known(cell, ()) for heading, cell in cells.items() if self.name(heading) == name), None)

    def apply(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """A row's cells by our field names; what is empty is left out. Raises Refused for a cell without heading."""
        if cells.get(""):
            raise refuse("no_heading", "", f"{shown(cells[''])} stands in a column without a heading")
        named = {self.name(heading): cell for heading, cell in cells.items() if _known(cell, ()) is not None}
        return {name: cell for name, cell in named.items() if name not in NOT_FIELDS}

    def reading(self, name: str, cells: Mapping[str, Any], default: ZoneInfo | None) -> Reading:
        """How the cell of a field is read."""
        return Reading(default)


AnyMapping = FileMapping | OwnNames


def _taken(name: str, rule: FieldRule, cells: Mapping[str, Any], unknown: tuple[str, ...]) -> Any:
    """The cell that a rule gives a field, or None."""
    if rule.constant is not None:
        return str(rule.constant).lower() if isinstance(rule.constant, bool) else str(rule.constant)
    cell: Any
    if rule.template is not None:
        cell = _filled(name, rule.template, _with_bucket(rule, cells), unknown)
    else:
        cell = _known(cells.get(rule.column or ""), unknown)
    if cell is None or not isinstance(cell, str):
        return cell
    cell = cell[: rule.prefix] if rule.prefix else cell
    if not rule.values or (rule.other_values == "keep" and cell not in rule.values):
        return cell
    if cell not in rule.values:
        raise refuse("unmapped_word", name, f"{shown(cell)} is not among the mapping's values")
    return rule.values[cell]


def _known(cell: Any, unknown: tuple[str, ...]) -> Any:
    return None if cell is None or cell == "" or cell in unknown else cell


def _with_bucket(rule: FieldRule, cells: Mapping[str, Any]) -> Mapping[str, Any]:
    if rule.bucket is None or not cells.get(rule.bucket.column):
        return cells
    hashed = hashlib.sha256(str(cells[rule.bucket.column]).encode()).digest()
    return {**cells, BUCKET: str(int.from_bytes(hashed[:8]) % rule.bucket.count)}


def _filled(name: str, template: str, cells: Mapping[str, Any], unknown: tuple[str, ...]) -> str:
    """A template with its slots filled; a slot without a value can't be left out, so the row is refused."""
    for slot in _SLOT.findall(template):
        if _known(cells.get(slot), unknown) is None:
            raise refuse("missing", name, f"needs '{slot}', which is empty")
    return _SLOT.sub(lambda match: str(cells[match[1]]), template)


def _factor(name: str, rule: FieldRule, cells: Mapping[str, Any]) -> Fraction:
    if rule.units is None:
        return Fraction(1)
    factor = rule.units.factor(cells)
    if factor is None:
        unit = cells.get(rule.units.column) or ""
        raise refuse("unknown_unit", name, f"the mapping has no factor for the unit {shown(unit)}")
    return factor


def load_mapping(path: Path) -> FileMapping:
    """Read a mapping; raises BaogongError naming file, key and, where it can be told, line."""
    try:
        text = path.read_text(encoding="utf-8")
        return FileMapping.model_validate(tomllib.loads(text, parse_float=Decimal))
    except OSError as error:
        raise BaogongError(f"Cannot read the mapping {path}: {error.strerror}.", USAGE) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{path} is not valid TOML: {error}.", USAGE) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        keys = [str(part) for part in first["loc"] if part not in ("int", "decimal")]
        reason = first["msg"].removeprefix("Value error, ")
        raise BaogongError(f"{path}{_place(text, keys)}: {reason}.", USAGE) from error


def _place(text: str, keys: list[str]) -> str:
    """`, line N, key a.b.c` for a key path: the line of its last key that is written as one."""
    if not keys:
        return ""
    where = f", key '{'.'.join(keys)}'"
    for key in reversed(keys):
        pattern = re.compile(rf"""^\s*(\[.*\b)?["']?{re.escape(key)}["']?\s*(=|\]|\.)""")
        lines = [number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)]
        if len(lines) == 1:
            return f", line {lines[0]}{where}"
    return where
