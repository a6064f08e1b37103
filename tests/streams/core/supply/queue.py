"""A backlog of made-up needs, for tests of policies alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.request import NeedClass
from schemas.supply import DeliveryMode
from streams.core.supply.policy import URGENT, Stock, level_of, need_key
from streams.core.supply.state import Need

WEEK = 7 * 24 * 3600 * 10**6


def need(
    number: int,
    quantity: int,
    need_class: NeedClass = NeedClass.OTHER,
    *,
    people: int = 1,
    got: int = 0,
    reported_at: int | None = None,
    overdue: bool = False,
) -> Need:
    return Need(
        need_id=f"r{number:03}:rice",
        request_id=f"r{number:03}",
        requester_id=f"hh-{number}",
        area="a",
        grid="a",
        item="rice",
        quantity=quantity,
        need_class=need_class,
        mode=DeliveryMode.DOOR,
        reported_at=number if reported_at is None else reported_at,
        due_at=0,
        opened=number,
        people=people,
        overdue=overdue,
        delivered=got,
    )


@dataclass
class Queue:
    """Needs in both orders. `rations`: what a requester may draw; `starving_before`: who reported before it starves."""

    needs: list[Need]
    rations: dict[str, int] = field(default_factory=dict)
    starving_before: int = -1
    unfinished: bool = False
    read: int = 0

    def stock(self, units: int, floor: int = 0, given: int = 0, expected: int = 0) -> Stock:
        wanted = sum(one.unfilled for one in self.needs)
        urgent = sum(one.unfilled for one in self.needs if one.need_class in URGENT)
        return Stock(units, floor, wanted, urgent, given, expected)

    def _sorted(self, urgent: bool) -> Iterator[Need]:
        return iter(sorted((one for one in self.needs if (one.need_class in URGENT) == urgent), key=need_key))

    def urgent(self) -> Iterator[Need]:
        return self._sorted(True)

    def ordinary(self) -> Iterator[Need]:
        return self._sorted(False)

    def rank(self, rank: int) -> Iterator[Need]:
        of_rank = [one for one in self.needs if need_key(one)[0] == rank]
        for one in sorted(of_rank, key=lambda one: (level_of(one.got, one.people), one.reported_at, one.need_id)):
            self.read += 1
            yield one

    def starved(self, rank: int) -> Iterator[Need]:
        return (one for one in self.rank(rank) if not one.got and one.reported_at < self.starving_before)

    def most(self, need: Need) -> int:
        return min(need.unfilled, self.rations.get(need.requester_id, need.unfilled))
