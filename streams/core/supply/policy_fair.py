"""Fair shares (公平分配) of what is scarce, and the same with units kept back for demand still to come today.

`projected` follows Manshadi, Niazadeh and Rodilitz, "Fair Dynamic Rationing" (Management Science 2023, arXiv
2102.01240): projected proportional allocation. Those who are here get the part of the stock that they are of all demand
of the day, seen and expected.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import TYPE_CHECKING, Final

from schemas.request import NeedClass
from streams.core.supply.policy import (
    RANKS,
    URGENT,
    URGENT_RANKS,
    Backlog,
    Grant,
    Policy,
    PriorityOrder,
    Rule,
    Stock,
    grant_in_order,
)
from streams.core.supply.water import Poured, pour

if TYPE_CHECKING:
    from schemas.supply import Limit
    from streams.core.supply.state import Need


_LIFE: Final = NeedClass.LIFE_THREATENING


class FairShare:
    """Classes in order; inside a class, the least filled for each person first. Who starves comes before."""

    name = "fair"
    batches = True
    looks_ahead = False
    rule: Rule = "fair_share"
    below: Rule = "fair_share_from_reserve"

    def budget(self, stock: Stock, units: int) -> int:
        """Units, of those left when life-threatening needs are served, that may be given out now."""
        return units

    def share(self, stock: Stock, backlog: Backlog) -> Iterator[Grant]:
        """Life-threatening needs in order; then one unit for each that starves; if none does, the classes in order."""
        units = stock.units
        for grant in _life(stock, backlog):
            yield grant
            units -= grant.quantity
        starved = list(_starved(units, stock.floor, backlog))
        if starved:
            backlog.unfinished = True  # they are in another place of the order when they have a unit
            yield from starved
            return
        budget = self.budget(stock, units)
        for rank in RANKS[1:]:
            urgent = rank in URGENT_RANKS
            there = min(budget, units if urgent else units - stock.floor)
            if there > 0:
                for poured in pour(there, backlog.rank(rank), backlog.most):
                    yield self._grant(poured, stock, units, urgent, kept=budget < units)
                    units -= poured.units
                    budget -= poured.units

    def _grant(self, poured: Poured, stock: Stock, units: int, urgent: bool, kept: bool) -> Grant:
        need, give = poured.need, poured.units
        rule = self.below if urgent and units - give < stock.floor else self.rule
        if give == need.unfilled:
            return Grant(need, give, rule)
        if give == poured.most:
            return Grant(need, give, "ration_norm", "norm")
        limit: Limit = "kept_back" if kept else "reserve_floor" if stock.floor and not urgent else "stock"
        return Grant(need, give, rule, limit, poured.next_in)


class ProjectedShare(FairShare):
    """Fair shares of a part of the stock: the part that demand seen today is of all that is expected today."""

    name = "projected"
    looks_ahead = True
    rule: Rule = "projected_share"
    below: Rule = "projected_share_from_reserve"

    def budget(self, stock: Stock, units: int) -> int:
        """Rounded up, so that a single unit is not kept back for ever; nothing more where nothing changed."""
        seen = stock.wanted + stock.given
        whole = seen + stock.expected
        share = -(-(units + stock.given) * seen // whole) if whole else units
        return max(0, min(units, share - stock.given))


def _life(stock: Stock, backlog: Backlog) -> Iterator[Grant]:
    units = stock.units
    for need in backlog.urgent():
        if units <= 0 or need.need_class is not _LIFE:
            return
        grant = grant_in_order(need, need.unfilled, units, units, stock.floor)
        yield grant
        units -= grant.quantity


def _starved(units: int, floor: int, backlog: Backlog) -> Iterator[Grant]:
    """One unit each, whatever their class; ordinary ones only above the floor."""
    ranks = RANKS[1:] if units > floor else URGENT_RANKS[1:]
    for need in merge(*(backlog.starved(rank) for rank in ranks), key=_age):
        if units <= 0 or (units <= floor and need.need_class not in URGENT):
            return
        if backlog.most(need) > 0:
            limit: Limit = "asked" if need.unfilled == 1 else "stock"
            yield Grant(need, 1, "starved_first", limit, 0 if limit == "asked" else 1)
            units -= 1


def _age(need: Need) -> tuple[int, str]:
    return need.reported_at, need.need_id


FAIR: Final = FairShare()
PROJECTED: Final = ProjectedShare()
POLICIES: Final[dict[str, Policy]] = {policy.name: policy for policy in (PriorityOrder(), FAIR, PROJECTED)}
"""By the names that settings use."""
