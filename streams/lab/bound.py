"""What the best that could have been done is, knowing everything: linear programmes by HiGHS, one for each pool.

A pool is one item in one area. Units of a lot may go to whoever reported by its last day. Two programmes: the most
units in all; and the highest fill that all needs of the pool can have at once (fractions allowed, so no policy in whole
units exceeds either). Needs of one day are one variable: a fraction of each serves them alike.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
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


def bound(needs: Iterable[Story], lots: Iterable[LotRecorded], zone: tzinfo) -> Bound | None:
    """Over all pools; None where one is too large to be solved."""
    asked = defaultdict[tuple[str, str], dict[date, int]](lambda: defaultdict(int))
    members = defaultdict[tuple[str, str], int](int)
    for need in needs:
        pool = (need.area, need.item)
        asked[pool][need.reported_at.astimezone(zone).date()] += need.asked
        members[pool] += 1
    stock = defaultdict[tuple[str, str], dict[date, int]](lambda: defaultdict(int))
    for lot in lots:
        stock[lot.area, lot.item][lot.expires_on or date.max] += lot.quantity
    total, weighed, counted = 0.0, 0.0, 0
    for pool, days in asked.items():
        if pool not in stock:
            continue
        if len(days) * len(stock[pool]) > LARGEST:
            return None
        total += _solve(days, stock[pool], fair=False)
        weighed += _solve(days, stock[pool], fair=True) * members[pool]
        counted += members[pool]
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


def _solve(days: dict[date, int], lots: dict[date, int], *, fair: bool) -> float:
    model = _model()
    model.clearModel()
    flows = {
        (day, last): model.addVariable(lb=0, ub=min(units, there))
        for day, units in days.items()
        for last, there in lots.items()
        if day <= last
    }
    level = model.addVariable(lb=0, ub=1)
    for last, there in lots.items():
        out = [flow for (_, one), flow in flows.items() if one == last]
        if out:
            model.addConstr(sum(out[1:], out[0] + 0) <= there)
    for day, units in days.items():
        into = [flow for (one, _), flow in flows.items() if one == day]
        given = sum(into[1:], into[0] + 0) if into else 0 * level
        model.addConstr(given <= units)
        if fair:
            model.addConstr(given - units * level >= 0)
    everything = list(flows.values())
    if not everything:
        return 0.0
    model.maximize(level if fair else sum(everything[1:], everything[0] + 0))
    return float(model.getObjectiveValue())
