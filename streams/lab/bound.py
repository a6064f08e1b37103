"""What the best that could have been done is, knowing everything: linear programmes by HiGHS, one for each pool.

A pool is one item in one area; where the lab moves stock between areas it is one item everywhere, as if roads took no
time. Units of a lot may go to whoever reported by its last day. Two programmes: the most units in all; and the highest
fills that all needs of an area can have at once, averaged over needs (fractions allowed, so no policy in whole units
exceeds either). Needs of one day in an area are one variable: a fraction of each serves them alike.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import cache
from typing import Any, Final

import highspy

from schemas.supply import LotRecorded
from streams.lab.figures import Story

LARGEST: Final = 200_000
"""Variables in one programme; a pool with more is not solved, and so no bound is said."""


@dataclass(frozen=True, slots=True)
class Bound:
    """`given`: the most units. `smallest`: the smallest fill of each pool with stock, averaged over its needs."""

    given: int
    smallest: float


@dataclass
class _Pool:
    """What was asked by area and day, how many needs each area has, and stock by its last day."""

    asked: dict[str, dict[date, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    members: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    stock: dict[date, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def variables(self) -> int:
        return sum(map(len, self.asked.values())) * len(self.stock)


def bound(needs: Iterable[Story], lots: Iterable[LotRecorded], zone: tzinfo, *, moving: bool = False) -> Bound | None:
    """Over all pools; None where one is too large to be solved."""
    pools = defaultdict[tuple[str, str], _Pool](_Pool)
    for need in needs:
        pool = pools["" if moving else need.area, need.item]
        pool.asked[need.area][need.reported_at.astimezone(zone).date()] += need.asked
        pool.members[need.area] += 1
    for lot in lots:
        if not (moving and lot.moved_from):  # units of a lot that is counted where it came from
            pools["" if moving else lot.area, lot.item].stock[lot.expires_on or date.max] += lot.quantity
    solved = [pool for pool in pools.values() if pool.stock and pool.asked]
    if any(pool.variables > LARGEST for pool in solved):
        return None
    total = sum(_solve(pool, fair=False) for pool in solved)
    weighed = sum(_solve(pool, fair=True) for pool in solved)
    counted = sum(sum(pool.members.values()) for pool in solved)
    return Bound(round(total), weighed / counted if counted else 1.0)


@cache
def _model() -> Any:
    """HiGHS, silent: its banner would stand in what a program reads, and it writes it where Python can't catch it."""
    sys.stdout.flush()
    with open(os.devnull, "wb") as nowhere:
        kept = os.dup(1)
        os.dup2(nowhere.fileno(), 1)
        try:
            model = highspy.Highs()  # type: ignore[no-untyped-call]
        finally:
            os.dup2(kept, 1)
            os.close(kept)
    model.silent()
    return model


def _solve(pool: _Pool, *, fair: bool) -> float:
    """The most units, or the sum of the level of each area times its needs."""
    model = _model()
    model.clearModel()
    flows = {
        (area, day, last): model.addVariable(lb=0, ub=min(units, there))
        for area, days in pool.asked.items()
        for day, units in days.items()
        for last, there in pool.stock.items()
        if day <= last
    }
    if not flows:
        return 0.0
    out, into = defaultdict[date, list[Any]](list), defaultdict[tuple[str, date], list[Any]](list)
    for (area, day, last), flow in flows.items():
        out[last].append(flow)
        into[area, day].append(flow)
    for last, leaving in out.items():
        model.addConstr(model.qsum(leaving) <= pool.stock[last])
    levels = {area: model.addVariable(lb=0, ub=1) for area in pool.asked} if fair else {}
    for area, days in pool.asked.items():
        for day, units in days.items():
            given = model.qsum(into[area, day]) if into[area, day] else None
            if given is not None:
                model.addConstr(given <= units)
            if fair:
                level = units * levels[area]
                model.addConstr((level <= 0) if given is None else (given - level >= 0))
    wanted = [level * pool.members[area] for area, level in levels.items()] if fair else list(flows.values())
    model.maximize(model.qsum(wanted))
    return float(model.getObjectiveValue())
