"""The tables of needs: all cut from one answer, as the statement of each would cut it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from sinks.clickhouse.client import Row
from sinks.report.sections import Plan

Table = tuple[list[str], list[str], list[Row]]
"""Names, types and rows of an answer."""
AGES: Final = (0, 4, 8, 24, 48, 72)
"""Hours from which needs are counted together by how long they wait."""
REASONS: Final = ("next_share", "at_floor", "stock_held", "stock_expired", "no_stock")
"""Why needs wait that have nothing set aside or on the way; as parts/needs_parts.sql tells it."""


def cut(plan: Plan, whole: Table) -> Table:
    """The rows and columns of one table; `whole`: as `with_reasons` gives it."""
    names, types, rows = whole
    if plan.by_age:
        return [column.name for column in plan.columns], [], list(_by_age(names, rows))
    wanted = [names.index(column.name) for column in plan.columns]
    part, some = names.index("part"), [names.index(name) for name in plan.some]
    mine = (row for row in rows if row[part] == plan.part and (not some or any(row[each] > 0 for each in some)))
    return (
        [names[each] for each in wanted],
        [types[each] for each in wanted],
        [tuple(row[each] for each in wanted) for row in mine],
    )


def with_reasons(whole: Table, stock: Table) -> Table:
    """How many needs wait for which reason, in place of `waits`: for which item they wait.

    Stock and reserves of each area and item are read once for this and for the table of stock.
    """
    names, types, rows = whole
    part, area, waits = (names.index(name) for name in ("part", "area", "waits"))
    reasons = _reasons(stock)
    counts, total = [[0] * len(REASONS) for _ in rows], [0] * len(REASONS)
    for row, counted in zip(rows, counts, strict=True):
        for item, waiting in row[waits]:
            counted[reasons.get((row[area], item), -1)] += waiting
        if row[part] == "area":
            total = [before + more for before, more in zip(total, counted, strict=True)]
    told = [
        (*row[:waits], *(total if row[part] == "all" else counted), *row[waits + 1 :])
        for row, counted in zip(rows, counts, strict=True)
    ]
    return (
        [*names[:waits], *REASONS, *names[waits + 1 :]],
        [*types[:waits], *["Int64"] * len(REASONS), *types[waits + 1 :]],
        told,
    )


def _reasons(stock: Table) -> Mapping[tuple[str, str], int]:
    """The place in REASONS by area and item; of what is not there, there is no stock."""
    names, _, rows = stock
    keys = ("area", "item", "available", "reserve_floor", "held", "expired")
    area, item, available, floor, held, expired = (names.index(name) for name in keys)
    return {(row[area], row[item]): reason(row[available], row[floor], row[held], row[expired]) for row in rows}


def reason(available: int, floor: int, held: int, expired: int) -> int:
    """Place in REASONS of why a need waits for an item of which its area has so many units."""
    if available > 0:
        return 0 if available > floor else 1
    return 2 if held > 0 else 3 if expired > 0 else 4


def _by_age(names: list[str], rows: list[Row]) -> Iterator[Row]:
    """Needs of each area by hours of waiting: those that wait so long, without those that wait longer still."""
    part, area, older, before = (names.index(name) for name in ("part", "area", "older", "older_before"))
    for row in rows:
        if row[part] == "area" and row[older][0] + row[before][0]:
            counts = ([at - longer for at, longer in pairwise([*row[each], 0])] for each in (older, before))
            for hours, to_hours, now, then in zip(AGES, [*AGES[1:], None], *counts, strict=True):
                yield row[area], hours, to_hours, now, then, now - then
