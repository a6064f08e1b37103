"""The daily situation report (每日会商) as data: tables with typed columns, each with the question behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, SkipValidation, model_validator

from schemas.base import Model

Cell = str | int | float | dt.datetime | dt.date | bool | None
"""One value; None: there is none."""


class Kind(StrEnum):
    """What a column holds: it says how a value is written, and of which Python type it is."""

    AREA = "area"
    ITEM = "item"
    CODE = "code"
    """A word of the contracts, such as `short`: people read it in their language."""
    TEXT = "text"
    """An id or words of a publisher, shown as they are."""
    NUMBER = "number"
    UNITS = "units"
    """Units of the item in the same row."""
    CHANGE = "change"
    """Against the start of the period; with its sign."""
    HOURS = "hours"
    DAYS = "days"
    RATE = "rate"
    """Units a day."""
    MINUTES = "minutes"
    PERCENT = "percent"
    CELSIUS = "celsius"
    MONEY = "money"
    """Fen (1/100 yuan)."""
    FLAG = "flag"
    TIME = "time"
    DATE = "date"


TYPES: Final[dict[Kind, type | tuple[type, ...]]] = {
    **dict.fromkeys((Kind.AREA, Kind.ITEM, Kind.CODE, Kind.TEXT), str),
    **dict.fromkeys((Kind.NUMBER, Kind.UNITS, Kind.CHANGE, Kind.MONEY), int),
    **dict.fromkeys((Kind.HOURS, Kind.DAYS, Kind.RATE, Kind.MINUTES, Kind.PERCENT, Kind.CELSIUS), (int, float)),
    Kind.FLAG: bool,
    Kind.TIME: dt.datetime,
    Kind.DATE: dt.date,
}
"""Python's type of a value that is not None."""
WORDS: Final = frozenset({Kind.AREA, Kind.ITEM, Kind.CODE, Kind.TEXT})
"""Kinds that are words; the others are figures, times and marks."""


class Column(Model):
    """One column: `name` as in the question's answer; `alarming`: a number above 0 is bad news."""

    name: str
    kind: Kind
    alarming: bool = False


class Question(Model):
    """What was asked: a file of `sinks.clickhouse.queries`, its parameters, and the statement with them in it."""

    name: str
    params: dict[str, str | int | tuple[str, ...]]
    sql: str


class Section(Model):
    """One table of the report."""

    key: str
    columns: tuple[Column, ...]
    rows: Annotated[tuple[tuple[Cell, ...], ...], SkipValidation]
    """Checked below, cell by cell against its column."""
    question: Question

    @model_validator(mode="after")
    def _rows_fit_columns(self) -> Section:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.key}: {len(row)} values in {len(self.columns)} columns")
        for column, values in zip(self.columns, zip(*self.rows, strict=True), strict=False):
            wanted = TYPES[column.kind]
            exact = {*wanted} if isinstance(wanted, tuple) else {wanted}
            if {*map(type, values)} - exact - {type(None)}:
                for value in values:
                    _check(self.key, column, value)
        return self

    def dicts(self) -> Iterator[dict[str, Cell]]:
        """Rows by column name."""
        names = [column.name for column in self.columns]
        return (dict(zip(names, row, strict=True)) for row in self.rows)

    def one(self) -> dict[str, Cell]:
        """The only row of a section that always has one."""
        (row,) = self.dicts()
        return row


class Behind(Model):
    """A ledger partition that ended before the report did: what it decided since was not known."""

    stage: str
    partition: int
    known_until: AwareDatetime | None


class Report(Model):
    """The situation at `as_of` and what happened since `since`, as both were known then; times are the ledgers' own.

    `areas`: the places that it is about, with all that lies in them; None: the whole city.
    """

    as_of: AwareDatetime
    since: AwareDatetime
    areas: tuple[str, ...] | None
    behind: tuple[Behind, ...] = ()
    sections: tuple[SkipValidation[Section], ...] = Field(min_length=1)
    """Checked when each of them was made."""

    def section(self, key: str) -> Section:
        """By key; KeyError: the report has none of that name."""
        for section in self.sections:
            if section.key == key:
                return section
        raise KeyError(key)

    def as_json(self) -> dict[str, Any]:
        """For programs: rows as objects, times as ISO 8601, quantities as numbers."""
        return {
            "as_of": self.as_of.isoformat(),
            "since": self.since.isoformat(),
            "areas": self.areas,
            "behind": [one.model_dump(mode="json") for one in self.behind],
            "sections": {
                section.key: {
                    "columns": {column.name: column.kind.value for column in section.columns},
                    "rows": [{name: _plain(value) for name, value in row.items()} for row in section.dicts()],
                    "question": section.question.model_dump(mode="json"),
                }
                for section in self.sections
            },
        }


def _check(key: str, column: Column, value: Cell) -> None:
    wanted = TYPES[column.kind]
    fits = isinstance(value, wanted) and (column.kind is Kind.FLAG or not isinstance(value, bool))
    if column.kind is Kind.DATE and isinstance(value, dt.datetime):
        fits = False
    if value is not None and not fits:
        raise ValueError(f"{key}.{column.name}: {type(value).__name__} is no {column.kind}")


def _plain(value: Cell) -> str | int | float | bool | None:
    return value.isoformat() if isinstance(value, dt.date) else value
