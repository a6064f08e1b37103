"""The needs without stock of one shelf, as a policy sees them in one call."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from streams.core.supply.call import Call
from streams.core.supply.policy import URGENT, Stock
from streams.core.supply.state import Need, Shelf


class ShelfBacklog:
    """`without`: needs that end in this call. Needs of one requester share what it may draw, in their order."""

    def __init__(self, call: Call, shelf: Shelf, units: int, without: Collection[str] = ()) -> None:
        self._call, self._shelf, self._without = call, shelf, without
        self._needs, self._left = call.state.needs, dict[str, int]()
        self.unfinished = False
        self.stock = self._stock(units)

    def _stock(self, units: int) -> Stock:
        shelf, call = self._shelf, self._call
        wanted, urgent = shelf.wanted, shelf.wanted_urgent
        for need_id in self._without:
            if need_id in self._needs:
                wanted -= self._needs[need_id].wanted
                urgent -= self._needs[need_id].wanted if self._needs[need_id].urgent else 0
        now = call.now
        if now is None:
            return Stock(units, shelf.floor, wanted, urgent)
        today, tomorrow = call.rules.day_start(call.today), call.rules.day_start(call.today + 1)
        given, expected = shelf.demand.given_since(today), shelf.demand.expected(now, tomorrow)
        return Stock(units, shelf.floor, wanted, urgent, given, expected)

    def urgent(self) -> Iterator[Need]:
        """Those that may break the floor, in order."""
        return self._each(key[2] for key in self._shelf.urgent)

    def ordinary(self) -> Iterator[Need]:
        """Those that may not, in order."""
        return self._each(key[2] for key in self._shelf.ordinary)

    def rank(self, rank: int) -> Iterator[Need]:
        """Those of one rank: who has least for each person first, then by age."""
        return self._each(key[3] for key in self._shelf.levels.irange((rank,), (rank + 1,)))

    def starved(self, rank: int) -> Iterator[Need]:
        """Those of one rank that got nothing for longer than any need shall wait, the oldest first."""
        if self._call.now is None:
            return iter(())
        before = self._call.now - self._call.rules.starve
        return self._each(key[3] for key in self._shelf.levels.irange((rank, 0), (rank, 0, before)))

    def _each(self, need_ids: Iterator[str]) -> Iterator[Need]:
        needs, without = self._needs, self._without
        return (needs[need_id] for need_id in need_ids if need_id not in without)

    def most(self, need: Need) -> int:
        """What it lacks; where the item is scarce, no more than its household's ration leaves it."""
        lacking = need.unfilled
        if not self.stock.scarce(need.need_class in URGENT):
            return lacking
        left = self._left.get(need.requester_id)
        if left is None:
            left = ration_left(self._call, self._shelf, need.requester_id)
        most = lacking if left is None else max(0, min(lacking, left))
        if left is not None:
            self._left[need.requester_id] = left - most
        return most


def ration_left(call: Call, shelf: Shelf, requester_id: str) -> int | None:
    """Units that a requester may still draw of a scarce item; None where nothing binds: nobody counted its people."""
    requester = call.state.requester(shelf.area, requester_id)
    if requester is None or not requester.people or not call.rules.norms_bind:
        return None
    norms = call.rules.norms
    ration = norms.ration(shelf.item, requester.people, requester.groups)
    if ration is None:
        return None
    return ration - shelf.drawn_since(requester_id, (call.now or 0) - norms.window(shelf.item))
