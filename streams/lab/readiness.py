"""If these areas were sealed now (封控预案): what people need, what lies there, what runs out when, what is missing.

What is needed of an item in a day is the larger of the ration norm for all people registered there, and of what was
asked there on a usual day (the state's own estimate). Only items are looked at of which the area has stock, a reserve,
a plan or past demand. Stock is used first expired first; what expires is lost, and held stock does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from schemas.item import Catalogue
from streams.core.supply.demand import HOURS
from streams.core.supply.state import NEVER, Place, Shelf, State


@dataclass(frozen=True, slots=True)
class Line:
    """One item in one sealed area. Units; `lasts` in whole days (None: longer than asked about).

    `waiting`: open needs without stock now, which come on top of the first day. `move_in`: what stock does not cover of
    all days. `spare`: what areas that stay open have above their floors and open needs.
    """

    area: str
    item: str
    people: int
    by_norm: int
    by_demand: int
    a_day: int
    waiting: int
    stock: int
    floor: int
    plan: int
    plan_days: int
    lasts: int | None
    move_in: int
    spare: int


def readiness(
    states: Iterable[State],
    plans: Mapping[Place, int],
    catalogue: Catalogue,
    sealed: Iterable[str],
    days: int,
    today: int,
) -> list[Line]:
    """Lines by area and item; `sealed` empty: every area. `plans` by area and item; `today` an ordinal."""
    known = list(states)
    areas = set(sealed) or {area for state in known for area in (*state.requesters, *(p[0] for p in state.shelves))}
    shelves = {place: (state, shelf) for state in known for place, shelf in state.shelves.items()}
    spare = _spare(shelves, areas)
    lines = []
    for place in sorted({*shelves, *plans}):
        area, item = place
        if area not in areas or item not in catalogue:
            continue
        state, shelf = shelves.get(place, (State(), Shelf(area, item)))
        people = sum(one.people for each in known for one in each.requesters.get(area, {}).values())
        plan = plans.get(place, 0)
        if shelf.available or shelf.floor or plan or _usual(shelf):
            line = _line(state, shelf, catalogue, people, plan, days, today)
            lines.append(replace(line, spare=spare.get(item, 0)))
    return lines


def _spare(shelves: Mapping[Place, tuple[State, Shelf]], sealed: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (area, item), (_, shelf) in shelves.items():
        if area not in sealed:
            found[item] = found.get(item, 0) + max(0, shelf.available - shelf.floor - shelf.wanted)
    return found


def _usual(shelf: Shelf) -> int:
    """Units asked on a usual day, rounded up; where no day is over, what was asked so far."""
    seen = [mean for mean in shelf.demand.means if mean >= 0]
    return -(-sum(seen) * HOURS // (len(seen) * 16)) if seen else shelf.demand.asked


def _line(state: State, shelf: Shelf, catalogue: Catalogue, people: int, plan: int, days: int, today: int) -> Line:
    norm = Fraction(catalogue[shelf.item].norm) * people
    by_norm, by_demand = -(-norm.numerator // norm.denominator), _usual(shelf)
    a_day = max(by_norm, by_demand)
    lots = [(last, state.lots[lot_id].available) for last, _, lot_id in shelf.usable]
    lasts, missing = use_up(lots, a_day, shelf.wanted, days, today)
    return Line(
        area=shelf.area,
        item=shelf.item,
        people=people,
        by_norm=by_norm,
        by_demand=by_demand,
        a_day=a_day,
        waiting=shelf.wanted,
        stock=shelf.available,
        floor=shelf.floor,
        plan=plan,
        plan_days=plan // a_day if a_day else 0,
        lasts=lasts,
        move_in=missing,
        spare=0,
    )


def use_up(lots: Iterable[tuple[int, int]], a_day: int, waiting: int, days: int, today: int) -> tuple[int | None, int]:
    """Days that are covered in full (None: all), and units missing over all of them; lots as (last day, units)."""
    left = [[last, units] for last, units in sorted(lots)]
    lasts: int | None = None
    missing = 0
    for day in range(days):
        wanted = a_day + (waiting if day == 0 else 0)
        for lot in left:
            if lot[0] >= today + day or lot[0] == NEVER:
                taken = min(wanted, lot[1])
                lot[1] -= taken
                wanted -= taken
        if wanted and lasts is None:
            lasts = day
        missing += wanted
    return lasts, missing
