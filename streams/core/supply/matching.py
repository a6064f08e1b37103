"""Stock to needs: the policy says how much (`policy`), FEFO says from which lots (`fefo`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from schemas.request import NeedClass
from schemas.supply import AllocationMade, DispatchLine
from streams.core.supply.call import Asking, Call, allocation_id
from streams.core.supply.dispatching import order_bag
from streams.core.supply.fefo import NOTHING, Fefo
from streams.core.supply.index import is_servable
from streams.core.supply.state import Lot, Need, NeedKey, Shelf
from streams.core.supply.unchecked import allocation_made, dispatch_line

_LIFE: Final = NeedClass.LIFE_THREATENING


def serve_at_once(call: Call, need: Asking, lacking: int, made: int = 0) -> None:
    """Serve a new (or larger) need with `made` allocations, unless others wait for a tick to serve them first."""
    place, state = (need.area, need.item), call.state
    shelf = state.shelves.get(place)
    if shelf is None or not shelf.available or place in state.pending:
        return
    give, rule = call.rules.policy.alone(shelf.available, shelf.floor, need.need_class, lacking)
    if give > 0:
        lots = Fefo(call, shelf)
        if not lots.has_expired():
            _give(call, need, give, rule, made, lots)


def serve_backlog(
    call: Call, shelf: Shelf, gains: Mapping[str, tuple[Lot, int]] = NOTHING, without: Collection[str] = ()
) -> None:
    """Serve the backlog of a shelf that gains units, except for needs that end in this call."""
    gained = 0
    for _, units in gains.values():
        gained += units
    pending = call.state.pending
    if is_servable(shelf, gained) and not (pending and (shelf.area, shelf.item) in pending):
        lots = Fefo(call, shelf, gains)
        if not lots.has_expired():
            _share(call, shelf, lots, shelf.available + gained, without)


def serve_pending(call: Call) -> None:
    """At a tick: serve shelves whose backlog can be served, in order, as far as there is room."""
    for place in sorted(call.state.pending):
        if call.room <= 0:
            return
        shelf = call.state.shelves[place]
        _share(call, shelf, Fefo(call, shelf), shelf.available)


def _needs(call: Call, queue: Iterable[NeedKey], without: Collection[str]) -> Iterator[Need]:
    needs = call.state.needs
    return (needs[key[2]] for key in queue if key[2] not in without)


def _share(call: Call, shelf: Shelf, lots: Fefo, units: int, without: Collection[str] = ()) -> None:
    """Allocate what the policy grants of so many units, until the record has no room."""
    urgent, ordinary = _needs(call, shelf.urgent, without), _needs(call, shelf.ordinary, without)
    for grant in call.rules.policy.share(units, shelf.floor, urgent, ordinary):
        _give(call, grant.need, grant.quantity, grant.rule, grant.need.made, lots)
        if call.room <= 0:
            return


def _give(call: Call, need: Asking, quantity: int, rule: str, made: int, lots: Fefo) -> None:
    """Allocate so many units, as far as there is room; for a life-threatening need they leave at once."""
    given: list[AllocationMade] = []
    need_id, item = need.need_id, need.item
    while quantity > 0 and call.room > 0:
        units = lots.take(quantity)
        quantity -= units
        made += 1
        allocation = allocation_made(
            allocation_id=allocation_id(need, made),
            need_id=need_id,
            lot_id=lots.key[2],
            item=item,
            quantity=units,
            rule=rule,
            skipped=lots.skipped(),
        )
        call.spend(allocation)
        given.append(allocation)
    if given and need.need_class is _LIFE and call.now is not None:
        order_bag(call, need, [_line(one) for one in given])


def _line(made: AllocationMade) -> DispatchLine:
    return dispatch_line(
        allocation_id=made.allocation_id,
        need_id=made.need_id,
        lot_id=made.lot_id,
        item=made.item,
        quantity=made.quantity,
    )
