"""The max-min optimum by an integer programme: an oracle that knows nothing of how `fair` works."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import highspy

from streams.core.supply.state import Need


def max_min(needs: list[Need], units: int) -> Fraction:
    """The highest fill for each person that all can have at once (or all that they ask) from so many whole units."""
    return max(level for level in _levels(needs) if _cost(needs, level) <= units)


def smallest_fill(needs: list[Need], given: dict[str, int]) -> Fraction:
    """The same of a share as it was given."""

    def has(one: Need, level: Fraction) -> bool:
        got = one.got + given.get(one.need_id, 0)
        return got >= one.quantity or got >= level * one.people

    return _highest(needs, lambda level: all(has(one, level) for one in needs))


def _levels(needs: list[Need]) -> list[Fraction]:
    return sorted({Fraction(one.got + k, one.people) for one in needs for k in range(one.unfilled + 1)} | {Fraction(0)})


def _highest(needs: list[Need], holds: Callable[[Fraction], bool]) -> Fraction:
    return max(level for level in _levels(needs) if holds(level))


def _cost(needs: list[Need], level: Fraction) -> int:
    """The fewest units with which everybody is at this level or has all that it asks, by HiGHS."""
    model = highspy.Highs()
    model.silent()
    given = [model.addIntegral(lb=0, ub=one.unfilled) for one in needs]
    for one, units in zip(needs, given, strict=True):
        enough = min(level, Fraction(one.quantity, one.people))
        model.addConstr(enough.denominator * (units + one.got) >= enough.numerator * one.people)
    model.minimize(sum(given[1:], given[0] + 0))
    assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return round(model.getObjectiveValue())
