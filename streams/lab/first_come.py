"""First come, first served: what a counter does without a policy. For comparison only; no stage can be set to it."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from schemas.request import NeedClass
from streams.core.supply.policy import Backlog, Grant, Stock, grant_in_order
from streams.core.supply.state import Need


class FirstCome:
    """All that is asked, in the order of the first reports, whatever the class; floors hold for ordinary needs."""

    name = "first_come"
    batches = False
    looks_ahead = False

    def share(self, stock: Stock, backlog: Backlog) -> Iterator[Grant]:
        """In order of report; a need that the floor or its ration bars is passed over."""
        units, floor = stock.units, stock.floor
        for need in merge(sorted(backlog.urgent(), key=_age), sorted(backlog.ordinary(), key=_age), key=_age):
            if units <= 0:
                return
            urgent = need.need_class in (NeedClass.LIFE_THREATENING, NeedClass.CRITICAL)
            there, most = units if urgent else units - floor, backlog.most(need)
            if there > 0 and most > 0:
                grant = grant_in_order(need, most, there, units, floor)
                yield grant
                units -= grant.quantity


def _age(need: Need) -> tuple[int, str]:
    return need.reported_at, need.need_id
