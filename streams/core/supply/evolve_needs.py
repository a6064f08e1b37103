"""What decisions about requesters, requests and needs change in the state."""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Any, Final

from schemas.supply import (
    NeedAmended,
    NeedClosed,
    NeedOpened,
    NeedOverdue,
    NeedReplanned,
    RequesterLeft,
    RequesterRecorded,
    RequestRecorded,
    ResponsibilityHanded,
)
from streams.core.instants import HOUR, to_us
from streams.core.supply.index import Touched
from streams.core.supply.state import Need, Request, Requester, State

Change = Callable[[State, Any, Touched], None]


def _requester_recorded(state: State, decision: RequesterRecorded, touched: Touched) -> None:
    members = decision.members
    requester = Requester(
        requester_id=intern(decision.requester_id),
        area=intern(decision.area),
        grid=intern(decision.grid),
        registered=decision.registered,
        institution=decision.institution,
        members=(members.infants, members.children, members.adults, members.elderly),
        groups=decision.groups,
        tier=decision.tier,
        quarantine_until=None if decision.quarantine_until is None else to_us(decision.quarantine_until),
        need_class=decision.need_class,
        mode=decision.mode,
    )
    state.requesters.setdefault(requester.area, {})[requester.requester_id] = requester
    touch_open_needs(state, decision.area, decision.requester_id, touched)


def touch_open_needs(state: State, area: str, requester_id: str, touched: Touched) -> None:
    """A requester is another: whether its open needs are stale has to be seen again."""
    if (area, requester_id) in state.asked:
        touched.needs.update((need.need_id, need) for need in state.open_needs(area, requester_id))


def _requester_left(state: State, decision: RequesterLeft, touched: Touched) -> None:
    known = state.requesters[decision.area]
    del known[decision.requester_id]
    if not known:
        del state.requesters[decision.area]
    touch_open_needs(state, decision.area, decision.requester_id, touched)


def _request_recorded(state: State, decision: RequestRecorded, _: Touched) -> None:
    request_id = intern(decision.request_id)
    state.requests[request_id] = Request(
        request_id,
        intern(decision.requester_id),
        intern(decision.area),
        intern(decision.responsible),
        to_us(decision.reported_at),
        decision.life_threatening,
    )


def _responsibility_handed(state: State, decision: ResponsibilityHanded, _: Touched) -> None:
    state.requests[decision.request_id].responsible = intern(decision.responsible)


def _need_opened(state: State, decision: NeedOpened, touched: Touched) -> None:
    request = state.requests[decision.request_id]
    need_id, item = decision.need_id, intern(decision.item)
    state.opened += 1
    need = Need(  # by position, as other things of each second message: names would double the price
        need_id,
        request.request_id,
        request.requester_id,
        request.area,
        intern(decision.grid),
        item,
        decision.quantity,
        decision.need_class,
        decision.mode,
        request.reported_at,
        to_us(decision.due_at),
        state.opened,
        decision.people,
        decision.substitutes,
    )
    request.items += (item,)
    request.open += 1
    state.needs[need_id] = touched.needs[need_id] = need
    ask(state, need)
    shelf = need.shelf = state.shelves.get((need.area, item)) or state.shelf(need.area, item)
    if state.now is not None:
        demand, hour = shelf.demand, state.now // HOUR
        if hour > demand.hour:
            demand.close(hour)
        demand.asked += need.quantity


def ask(state: State, need: Need) -> None:
    """Enter an open need under its requester and item, after those opened before."""
    items = state.asked.setdefault((need.area, need.requester_id), {})
    items[need.item] = (*items.get(need.item, ()), need.need_id)


def _unask(state: State, need: Need) -> None:
    items = state.asked[need.area, need.requester_id]
    asked = items[need.item]
    if len(asked) > 1:
        items[need.item] = tuple(need_id for need_id in asked if need_id != need.need_id)
        return
    del items[need.item]
    if not items:
        del state.asked[need.area, need.requester_id]


def _need_closed(state: State, decision: NeedClosed, touched: Touched) -> None:
    need = state.needs.pop(decision.need_id)
    _unask(state, need)
    touched.needs[need.need_id] = need
    for made in need.allocations:
        touched.allocations[made] = state.allocations[made]
    request = state.requests[need.request_id]
    request.open -= 1
    if not request.open:
        del state.requests[request.request_id]
        state.memory.keep("request", request.request_id)


def _need_replanned(state: State, decision: NeedReplanned, touched: Touched) -> None:
    need = touched.needs[decision.need_id] = state.needs[decision.need_id]
    need.need_class, need.mode, need.due_at = decision.need_class, decision.mode, to_us(decision.due_at)
    need.people = decision.people or need.people


def _need_amended(state: State, decision: NeedAmended, touched: Touched) -> None:
    need = touched.needs[decision.need_id] = state.needs[decision.need_id]
    need.quantity = decision.quantity
    need.people = decision.people or need.people


def _need_overdue(state: State, decision: NeedOverdue, touched: Touched) -> None:
    need = touched.needs[decision.need_id] = state.needs[decision.need_id]
    need.overdue = True


NEEDS: Final[dict[type, Change]] = {
    RequesterRecorded: _requester_recorded,
    RequesterLeft: _requester_left,
    RequestRecorded: _request_recorded,
    ResponsibilityHanded: _responsibility_handed,
    NeedOpened: _need_opened,
    NeedClosed: _need_closed,
    NeedReplanned: _need_replanned,
    NeedAmended: _need_amended,
    NeedOverdue: _need_overdue,
}
