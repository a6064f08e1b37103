"""Mappings: how a file's own headings, words, units and times become our fields. Declarative TOML, checked whole."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError, model_validator

from schemas.errors import USAGE, BaogongError
from streams.publish.cells import ONE, Reading
from streams.publish.fields import FieldRule, Table, factor_of, known, taken
from streams.publish.files import REFUSED, REJECTED
from streams.publish.kinds import KIND, all_kinds, find_kind
from streams.publish.refusal import Problem, Refused, refuse

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


class FileMapping(Table):
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
        """Whether a file of this name, or the refused rows of one, is meant."""
        return any(fnmatch(Path(name).name.removesuffix(REJECTED), pattern) for pattern in self.files)

    def names(self, cells: Mapping[str, Any]) -> Collection[str]:
        """The fields that rows may have."""
        return self.fields.keys()

    def one(self, name: str, cells: Mapping[str, Any]) -> Any:
        """The cell of one field, or None; raises Refused."""
        rule = self.fields.get(name)
        return None if rule is None else taken(name, rule, cells, self.unknown)

    def apply(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """A row's cells by our field names; what is empty or unknown is left out. Raises Refused with every problem."""
        found, problems = dict[str, Any](), list[Problem]()
        for name, rule in self.fields.items():
            try:
                cell = taken(name, rule, cells, self.unknown)
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
        rule = self.fields[name]
        factor = ONE if rule.units is None else factor_of(name, rule.units, cells)
        return Reading(self._zone or default, rule.formats, rule.thousands, factor)

    @cached_property
    def _zone(self) -> ZoneInfo | None:
        return zone(self.timezone) if self.timezone else None


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
        return next((known(cell, ()) for heading, cell in cells.items() if self.name(heading) == name), None)

    def apply(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """A row's cells by our field names; what is empty is left out. Raises Refused for a cell without heading."""
        if cells.get(""):
            raise refuse("no_heading", "", "a value stands in a column without a heading")
        named = {self.name(heading): cell for heading, cell in cells.items() if known(cell, ()) is not None}
        return {name: cell for name, cell in named.items() if name not in NOT_FIELDS}

    def reading(self, name: str, cells: Mapping[str, Any], default: ZoneInfo | None) -> Reading:
        """How the cell of a field is read."""
        return Reading(default)


AnyMapping = FileMapping | OwnNames


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
