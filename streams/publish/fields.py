"""Where one of our fields comes from: a column, a constant or a template, through words, units and formats."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.publish.refusal import refuse, shown

_SLOT: Final = re.compile(r"\{([^{}]*)\}")
BUCKET: Final = "bucket"


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Factor = Annotated[Decimal, Field(gt=0, strict=False)]


class Units(Table):
    """`factors` turns the unit that stands in `column` into ours: a quantity in that unit times the factor.

    A case holds something else for each item: `each` has factors of their own for words of the column `per`.
    """

    column: str
    factors: dict[str, Factor] = {}
    per: str | None = None
    each: dict[str, dict[str, Factor]] = {}

    @model_validator(mode="after")
    def _somefactor_of(self) -> Units:
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


class Bucket(Table):
    """A stable number from 0 to `count` - 1 for each value of `column` (SHA-256 modulo `count`)."""

    column: str
    count: Annotated[int, Field(gt=0, le=10_000)]


class FieldRule(Table):
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


def taken(name: str, rule: FieldRule, cells: Mapping[str, Any], unknown: tuple[str, ...]) -> Any:
    """The cell that a rule gives a field, or None."""
    if rule.constant is not None:
        return str(rule.constant).lower() if isinstance(rule.constant, bool) else str(rule.constant)
    cell: Any
    if rule.template is not None:
        cell = _filled(name, rule.template, _with_bucket(name, rule, cells), unknown)
    else:
        cell = known(cells.get(rule.column or ""), unknown)
    if cell is None or not isinstance(cell, str):
        return cell
    cell = cell[: rule.prefix] if rule.prefix else cell
    if not rule.values or (rule.other_values == "keep" and cell not in rule.values):
        return cell
    if cell not in rule.values:
        raise refuse("unmapped_word", name, f"{shown(cell)} is not among the mapping's values")
    return rule.values[cell]


def known(cell: Any, unknown: tuple[str, ...]) -> Any:
    """A cell, or None where it is empty or one of the words that mean that nobody knows."""
    return None if cell is None or cell == "" or cell in unknown else cell


def _with_bucket(name: str, rule: FieldRule, cells: Mapping[str, Any]) -> Mapping[str, Any]:
    if rule.bucket is None:
        return cells
    value = cells.get(rule.bucket.column)
    if value is None or value == "":
        raise refuse("missing", name, f"needs '{rule.bucket.column}', which is empty")
    hashed = hashlib.sha256(str(value).encode()).digest()
    return {**cells, BUCKET: str(int.from_bytes(hashed[:8]) % rule.bucket.count)}


def _filled(name: str, template: str, cells: Mapping[str, Any], unknown: tuple[str, ...]) -> str:
    """A template with its slots filled; a slot without a value can't be left out, so the row is refused."""
    for slot in _SLOT.findall(template):
        if known(cells.get(slot), unknown) is None:
            raise refuse("missing", name, f"needs '{slot}', which is empty")
    return _SLOT.sub(lambda match: str(cells[match[1]]), template)


def factor_of(name: str, units: Units, cells: Mapping[str, Any]) -> Fraction:
    """How many of our units this row's unit is; raises Refused where nobody said."""
    factor = units.factor(cells)
    if factor is None:
        unit = cells.get(units.column) or ""
        raise refuse("unknown_unit", name, f"the mapping has no factor for the unit {shown(unit)}")
    return factor
