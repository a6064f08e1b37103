"""What an area can't fill goes up to the city, and how each area stands is told, at most once a round."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Final

from schemas.moves import NeedEscalated, StandingReported
from schemas.request import NeedClass
from schemas.transfers import Lacking, Progress, SpareUnits, TransferNote
from streams.core.instants import from_us
from streams.core.supply.policy import URGENT
from streams.core.supply.state import NEVER, Shelf, State
from streams.core.supply.transit import RANK

if TYPE_CHECKING:
    from streams.core.supply.call import Call
    from streams.core.supply.settings import Rules

_CLASSES: Final = len(NeedClass)


def short_of(shelf: Shelf) -> tuple[tuple[NeedClass, int], ...]:
    """Units by class that escalated needs lack and the area can't give, the most pressing first."""
    left, found = shelf.available, []
    for need_class, rank in RANK.items():
        if need_class not in URGENT:
            left = min(left, max(0, shelf.available - shelf.floor))
        lacking = shelf.lacking[rank]
        if lacking > left:
            found.append((need_class, lacking - left))
        left = max(0, left - lacking)
    return tuple(found)


def spare_of(call: Call, shelf: Shelf) -> int:
    """Units that nobody here waits for, above the reserve floor and what is usually asked in the time to keep for."""
    spare = shelf.available - shelf.floor - shelf.wanted
    if spare <= 0 or call.now is None:
        return 0
    return max(0, spare - shelf.demand.expected(call.now, call.now + call.rules.roads.keep))


def escalation_waits(call: Call) -> bool:
    """Whether a need has been without stock for as long as an area may take."""
    due = escalation_due(call.state, call.rules)
    return due is not None and call.now is not None and due <= call.now


def escalation_due(state: State, rules: Rules) -> int | None:
    """When the next need is the city's."""
    if rules.roads.off:
        return None
    firsts = [
        first + rules.roads.escalate[need_class]
        for need_class, rank in RANK.items()
        if (first := state.transit.waiting[rank].first()) is not None
    ]
    return min(firsts, default=None)


def escalate(call: Call) -> None:
    """At a tick: say which needs the area could not fill in time, as far as there is room."""
    assert call.now is not None
    for need_class, rank in RANK.items():
        before = call.now - call.rules.roads.escalate[need_class]
        for _, need_id in islice(call.state.transit.waiting[rank].until(before), max(0, call.room)):
            need = call.state.needs[need_id]
            call.spend(NeedEscalated(need_id=need_id, area=need.area, item=need.item, quantity=need.unfilled))


def telling_due(state: State, rules: Rules) -> int | None:
    """When areas next say how they stand; None where all is told."""
    transit, roads = state.transit, rules.roads
    return None if roads.off or not transit.untold else roads.next_report(transit.swept)


def telling_waits(call: Call) -> bool:
    """Whether that is now."""
    due = telling_due(call.state, call.rules)
    return due is not None and call.now is not None and due <= call.now


def tell(call: Call) -> None:
    """At a tick: how areas stand with what changed, in order, as far as there is room."""
    assert call.now is not None
    places = sorted(call.state.transit.untold)
    for number, place in enumerate(places[: call.room], 1):
        call.spend(_standing(call, call.state.shelves[place], number < len(places)))


def _standing(call: Call, shelf: Shelf, more: bool) -> StandingReported:
    assert call.now is not None
    spare, area = spare_of(call, shelf), shelf.area
    return StandingReported(
        area=area,
        item=shelf.item,
        warehouse=call.rules.roads.warehouses.get(area) or min(call.state.transit.warehouses.get(area, (area,))),
        lacking=tuple(
            Lacking(need_class=need_class, quantity=units, since=from_us(_oldest(shelf, need_class)))
            for need_class, units in short_of(shelf)
        ),
        spare=spare,
        lots=tuple(islice(_lots(call, shelf), call.rules.roads.lots_limit)) if spare else (),
        notes=tuple(
            TransferNote(transfer_id=name, progress=Progress(progress), quantity=units, reason=reason)
            for name, progress, units, reason in shelf.notes
        ),
        at=from_us(call.now),
        more=more,
    )


def _oldest(shelf: Shelf, need_class: NeedClass) -> int:
    """First report of the oldest need without stock of a class, overdue or not."""
    queue, rank = (shelf.urgent if need_class in URGENT else shelf.ordinary), RANK[need_class]
    ranks = (rank, rank + _CLASSES)
    return min(key[1] for one in ranks for key in islice(queue.irange((one,), (one + 1,)), 1))


def _lots(call: Call, shelf: Shelf) -> list[SpareUnits]:
    """Usable lots, the first to expire first."""
    lots = [call.state.lots[lot_id] for expires, _, lot_id in shelf.usable if expires >= min(call.today, NEVER)]
    return [
        SpareUnits(
            lot_id=lot.lot_id,
            quantity=lot.available,
            expires_on=None if lot.expires is None else date.fromordinal(lot.expires),
            consignment_id=lot.consignment_id,
            moved_from=lot.wholes,
        )
        for lot in lots
        if lot.available > 0
    ]
