"""Water-filling in whole units: the next unit always goes to whoever has least for each person, ties to the oldest.

So the smallest fill for each person is as large as whole units allow, then the second smallest, and so on (max-min
fairness). The cost grows with the needs that get something, not with those that wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.supply.policy import level_of, units_below

if TYPE_CHECKING:
    from streams.core.supply.state import Need

_FIRST: Final = 32
"""Needs read at first; then twice as many each time."""


class Poured(NamedTuple):
    """Units for a need of the `most` that it may have. `next_in`: the n-th further unit is its next, at the least."""

    need: Need
    units: int
    most: int
    next_in: int


class _Cup(NamedTuple):
    got: int
    people: int
    most: int
    age: tuple[int, str]
    need: Need

    def below(self, level: int) -> int:
        """Units that it takes while it has less than this level."""
        more = units_below(level, self.people) - self.got
        return 0 if more <= 0 else more if more < self.most else self.most


def pour(units: int, needs: Iterator[Need], most: Callable[[Need], int]) -> list[Poured]:
    """Share units among needs that come by level and age; those that get something, in that order."""
    cups = _read(units, needs, most)
    total = sum(cup.most for cup in cups)
    if total <= units:
        return [Poured(cup.need, cup.most, cup.most, 0) for cup in cups if cup.most]
    level = _water_level(units, cups)
    filled = [cup.below(level) for cup in cups]
    over = units - sum(filled)
    at_level = [place for place, cup in enumerate(cups) if cup.below(level + 1) > filled[place]]
    for place in sorted(at_level, key=lambda place: cups[place].age)[:over]:
        filled[place] += 1
    return _said(cups, filled)


def _read(units: int, needs: Iterator[Need], most: Callable[[Need], int]) -> list[_Cup]:
    """As many needs as can matter: those that come later have more for each person than these will have."""
    cups: list[_Cup] = []
    size = _FIRST
    while True:
        more = [_cup(need, most(need)) for need in islice(needs, size)]
        cups += more
        if len(more) < size or _is_enough(units, cups):
            return cups
        size = len(cups)


def _cup(need: Need, most: int) -> _Cup:
    return _Cup(need.got, need.people, most, (need.reported_at, need.need_id), need)


def _is_enough(units: int, cups: list[_Cup]) -> bool:
    last = cups[-1]
    level = level_of(last.got, last.people)
    below = sum(cup.below(level) for cup in cups)
    if below >= units:
        return True
    at_level = sorted(cup.age for cup in cups if cup.below(level + 1) > cup.below(level))
    over = units - below
    return len(at_level) >= over and at_level[over - 1] <= last.age


def _water_level(units: int, cups: list[_Cup]) -> int:
    """The highest level up to which all can be filled, or one at which just all units are used."""
    low, high = 0, max(level_of(cup.got + cup.most, cup.people) for cup in cups) + 1
    while high - low > 1:
        middle = (low + high) // 2
        needed = sum(cup.below(middle) for cup in cups)
        if needed == units:
            return middle
        if needed < units:
            low = middle
        else:
            high = middle
    return low


def _said(cups: list[_Cup], filled: list[int]) -> list[Poured]:
    lacking = [place for place, cup in enumerate(cups) if filled[place] < cup.most]
    lacking.sort(key=lambda place: (level_of(cups[place].got + filled[place], cups[place].people), cups[place].age))
    turns = {place: turn for turn, place in enumerate(lacking, 1)}
    return [
        Poured(cup.need, filled[place], cup.most, turns.get(place, 0))
        for place, cup in enumerate(cups)
        if filled[place]
    ]
