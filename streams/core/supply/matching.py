"""Stock to needs: the policy says how much (`policy`), FEFO says from which lots (`fefo`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final, Literal

from schemas.request import NeedClass
from schemas.supply import AllocationMade, DispatchLine, Limit
from streams.core.instants import HOUR, MINUTE, from_us
from streams.core.supply.backlog import ShelfBacklog, ration_left
from streams.core.supply.call import Asking, Call, allocation_id
from streams.core.supply.dispatching import order_bag
from streams.core.supply.fefo import NOTHING, Fefo
from streams.core.supply.index import is_servable
from streams.core.supply.policy import URGENT, Rule, servable
from streams.core.supply.releasing import take_back, whole
from streams.core.supply.state import Lot, Shelf
from streams.core.supply.unchecked import (
    allocation_made,
    dispatch_line,
    need_amended,
    need_closed,
    need_opened,
    need_substituted,
    weighing_set,
)

_LIFE: Final = NeedClass.LIFE_THREATENING
_CRITICAL: Final = NeedClass.CRITICAL


def serve_at_once(call: Call, need: Asking, lacking: int, made: int = 0) -> bool:
    """Serve a new (or larger) need with `made` allocations, unless others wait for a tick to serve them first.

    In full where all who wait could be and, if the policy looks ahead, all who are still to come today. Where the item
    is scarce, a policy that batches weighs the requests of one minute together, when it is over. False where nothing of
    the item is there for it, now or then.
    """
    place, state = (need.area, need.item), call.state
    shelf = state.shelves.get(place)
    if shelf is None:
        return False
    if state.pending and place in state.pending:
        return True
    if not (shelf.available or shelf.recent):
        return False
    units, floor, life = shelf.available, shelf.floor, need.need_class is _LIFE
    urgent = life or need.need_class is _CRITICAL
    there = units if urgent else units - floor
    if there <= 0 and not (shelf.recent and call.now is not None and shelf.recent_minute == call.now // MINUTE):
        return False
    enough = lacking <= there - (0 if life else shelf.wanted_urgent if urgent else shelf.wanted)
    if enough and need.item in call.rules.ahead and not life:
        enough = lacking <= there - shelf.wanted - _expected(call, shelf)
    if enough:
        rule: Rule = "from_reserve" if units - lacking < floor and urgent else "in_full"
        grant: _Share = (lacking, rule, "asked", 0)
    elif call.now is not None and not life and call.rules.policy(need.item).batches:
        _weigh_soon(call, shelf)
        return True
    else:
        grant = _alone(call, shelf, need, lacking, there)
    lots = Fefo(call, shelf)
    if grant[0] > 0 and not lots.has_expired():
        give(call, need, grant, made, lots)
    return True


def _expected(call: Call, shelf: Shelf) -> int:
    """Units that will still be asked for today."""
    if call.now is None:
        return 0
    return shelf.demand.expected(call.now, call.rules.day_start(call.today + 1))


_Share = tuple[int, Rule, Limit, int]
"""Units for a need, and why so many: rule, limit, more."""


def _alone(call: Call, shelf: Shelf, need: Asking, lacking: int, there: int) -> _Share:
    """In strict order, for a need that comes while nobody else can be served."""
    most = lacking
    if need.need_class is not _LIFE:
        left = ration_left(call, shelf, need.requester_id)
        most = lacking if left is None else max(0, min(lacking, left))
    give = min(most, there)
    urgent = need.need_class in URGENT
    if shelf.floor and urgent and shelf.available - give < shelf.floor:
        return (give, "from_reserve", "norm" if give == most else "stock", 0 if give == most else 1)
    if give == most:
        return (give, "ration_norm", "norm", 0)
    if shelf.floor and not urgent:
        return (give, "down_to_floor", "reserve_floor", 1)
    return (give, "last_of_stock", "stock", 1)


def _weigh_soon(call: Call, shelf: Shelf) -> None:
    """Requests of this minute are weighed together at its end."""
    assert call.now is not None
    at = (call.now // MINUTE + 1) * MINUTE
    if shelf.weigh_at is None or not call.now < shelf.weigh_at <= at:
        _set_weighing(call, shelf, at, "scarce")


def _set_weighing(call: Call, shelf: Shelf, at: int, reason: Literal["scarce", "kept_back"]) -> None:
    call.add(weighing_set(area=shelf.area, item=shelf.item, at=from_us(at), reason=reason))


def serve_backlog(
    call: Call, shelf: Shelf, gains: Mapping[str, tuple[Lot, int]] = NOTHING, without: Collection[str] = ()
) -> None:
    """Weigh the backlog of a shelf that gains units once, as a whole; but for needs that end in this call."""
    gained = 0
    for _, units in gains.values():
        gained += units
    pending = call.state.pending
    if is_servable(shelf, gained) and not (pending and (shelf.area, shelf.item) in pending):
        lots = Fefo(call, shelf, gains)
        if not lots.has_expired():
            _share(call, shelf, lots, shelf.available + gained, without)


def weighing_waits(call: Call) -> bool:
    """Whether a backlog is to be weighed now."""
    first = call.state.weighings.first()
    return bool(call.state.pending) or (first is not None and call.now is not None and first <= call.now)


def serve_pending(call: Call) -> None:
    """At a tick: weigh backlogs that can be served or whose time has come, in order, as far as there is room."""
    assert call.now is not None
    due = {place for _, place in call.state.weighings.until(call.now)}
    for place in sorted(call.state.pending | due):
        if call.room <= 0:
            return
        shelf = call.state.shelves[place]
        if not _take_back_recent(call, shelf):
            _share(call, shelf, Fefo(call, shelf), shelf.available)


def _take_back_recent(call: Call, shelf: Shelf) -> bool:
    """Before requests of a minute are weighed: what was given at once in that minute is weighed with them.

    So nobody gains from having come some seconds earlier. It happens once to an allocation, and only before it leaves.
    """
    if not shelf.weighs_recent:
        return False
    recent = [call.state.allocations[name] for name in sorted(shelf.recent)]
    return bool(take_back(call, whole(recent), "weighed_together"))


def _share(call: Call, shelf: Shelf, lots: Fefo, units: int, without: Collection[str] = ()) -> None:
    """Allocate what the policy grants of so many units, until the record has no room."""
    place = (shelf.area, shelf.item)
    if place in call.busy:  # the next tick serves them
        return
    call.busy |= {place}
    backlog = ShelfBacklog(call, shelf, units, without)
    _, floor, wanted, wanted_urgent, *_ = backlog.stock
    for grant in call.rules.policy(shelf.item).share(backlog.stock, backlog):
        give(call, grant.need, grant[1:], grant.need.made, lots)
        units -= grant.quantity
        wanted -= grant.quantity
        wanted_urgent -= grant.quantity if grant.need.urgent else 0
        if call.room <= 0:
            backlog.unfinished = True
            break
    if call.now is not None and servable(units, floor, wanted_urgent > 0, wanted > wanted_urgent):
        _weigh_again(call, shelf, backlog.unfinished)
    elif not backlog.unfinished:
        offer_rest(call, shelf.area, shelf.item, lots, units - floor)


def offer_rest(call: Call, area: str, item: str, lots: Fefo, units: int) -> None:
    """Units that nobody who asked for them needs stand in for other items, for needs that take a substitute."""
    for other, rate in call.rules.stands_in.get(item, ()):
        place = (area, other)
        shelf = None if place in call.busy else call.state.shelves.get(place)
        for key in [] if shelf is None else shelf.flexible:
            need = call.state.needs[key[2]]
            if units < rate or call.room <= 0:
                return
            request = call.state.requests[need.request_id]
            if item not in request.items:
                call.busy |= {place}
                units -= stand_in(call, need, need.unfilled, item, rate, units, lots)


def stand_in(call: Call, need: Asking, lacking: int, item: str, rate: Fraction, units: int, lots: Fefo) -> int:
    """Give up to so many units of another item instead; how many were."""
    covered = min(lacking, units * rate.denominator // rate.numerator)
    quantity = -(-covered * rate.numerator // rate.denominator)
    if covered <= 0:
        return 0
    request_id = need.request_id
    by = need_opened(
        need_id=f"{request_id}:{item}",
        request_id=request_id,
        requester_id=need.requester_id,
        area=need.area,
        grid=need.grid,
        item=item,
        quantity=quantity,
        assumed=False,
        need_class=need.need_class,
        mode=need.mode,
        reported_at=_instant(need.reported_at),
        due_at=_instant(need.due_at),
        people=need.people,
    )
    name = by.need_id
    call.add(need_substituted(need_id=need.need_id, units=covered, by_need_id=name, by_item=item, quantity=quantity))
    call.add(by)
    give(call, by, (quantity, "substitute", "asked", 0), 0, lots)
    left, known = need.quantity - covered, call.state.needs.get(need.need_id)
    if left > (0 if known is None else known.delivered):
        call.add(need_amended(need_id=need.need_id, quantity=left))
    else:
        call.add(need_closed(need_id=need.need_id, reason="amended"))
    return quantity


def _instant(at: int | datetime) -> datetime:
    return from_us(at) if isinstance(at, int) else at


def _weigh_again(call: Call, shelf: Shelf, unfinished: bool) -> None:
    """The rest at the next tick; what norms or demand to come keep on the shelf, at the next full hour."""
    assert call.now is not None
    if not unfinished:
        _set_weighing(call, shelf, (call.now // HOUR + 1) * HOUR, "kept_back")
    elif shelf.weigh_at is not None and shelf.weigh_at > call.now:
        _set_weighing(call, shelf, call.now, "scarce")


def give(call: Call, need: Asking, share: _Share, made: int, lots: Fefo) -> None:
    """Allocate so many units, as far as there is room; for a life-threatening need they leave at once."""
    given: list[AllocationMade] = []
    need_id, item = need.need_id, need.item
    quantity, rule, limit, more = share
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
            limit=limit,
            more=more,
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
