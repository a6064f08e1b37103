"""Requests (物资需求): filed, amended, cancelled, handed over."""

from __future__ import annotations

from typing import Final, Literal

from schemas.request import NeedClass, RequestAmended, RequestCancelled, RequestFiled, RequestHandedOver, RequestLine
from schemas.supply import (
    DeliveryMode,
    DuplicateSuspected,
    NeedAmended,
    NeedOpened,
    RequestRecorded,
    ResponsibilityHanded,
)
from streams.core.instants import from_us, span
from streams.core.supply.call import Call, Decide, refuse
from streams.core.supply.fefo import Gains, gain
from streams.core.supply.lines import Asker, judge
from streams.core.supply.matching import serve_at_once, serve_backlog
from streams.core.supply.releasing import release_latest
from streams.core.supply.requesters import unknown
from streams.core.supply.state import Need, Request
from streams.core.supply.substitutes import substitute
from streams.core.supply.unchecked import need_closed, need_opened, request_recorded

_LIFE: Final = NeedClass.LIFE_THREATENING


def _open_request(call: Call, area: str, request_id: str) -> Request:
    request = call.state.requests.get(request_id)
    if request is None:
        if call.state.memory.knows("request", request_id):
            refuse("request_closed", "The request is closed: file a new one.", "request_id")
        refuse("unknown_request", "No request of this id was filed in this area.", "request_id")
    if request.area != area:
        refuse("foreign_request", "The request was filed in another area.", "area")
    return request


def _filed(call: Call, message: RequestFiled) -> None:
    state, request_id, requester_id, area = call.state, message.request_id, message.requester_id, message.area
    if request_id in state.requests or state.memory.knows("request", request_id):
        call.ignore(request_id, "request_known")
        return
    reported = call.at if message.reported_at is None else call.time(message.reported_at, "reported_at")
    known = state.requester(area, requester_id)
    asker: Asker = known or unknown(call.rules, area, requester_id)
    quantities, refused = judge(call, request_id, message.lines, asker)
    if known is None:
        call.add(asker)
    recorded = request_recorded(
        request_id=request_id,
        requester_id=requester_id,
        area=area,
        responsible=message.taken_by,
        reported_at=from_us(reported),
        life_threatening=message.life_threatening,
    )
    call.add(recorded)
    if refused:
        call.decisions += refused
    for line, quantity in quantities:
        _open(call, recorded, asker, line, quantity, message.lines)


def _open(
    call: Call,
    request: RequestRecorded,
    asker: Asker,
    line: RequestLine,
    quantity: int,
    lines: tuple[RequestLine, ...],
    known: tuple[str, ...] = (),
) -> None:
    """Open a need, and serve it if nobody has to come first; `lines` and `known`: what else the request asks for."""
    need_class, mode = asker.need_class, asker.mode
    if request.life_threatening:
        need_class, mode = _LIFE, DeliveryMode.DOOR
    request_id, item, reported_at = request.request_id, line.item, request.reported_at
    opened = need_opened(
        need_id=f"{request_id}:{item}",
        request_id=request_id,
        requester_id=request.requester_id,
        area=request.area,
        grid=asker.grid,
        item=item,
        quantity=quantity,
        assumed=line.quantity is None,
        need_class=need_class,
        mode=mode,
        reported_at=reported_at,
        due_at=reported_at + span(call.rules.clock[need_class]),
        substitutes=line.substitutes,
        people=asker.people or call.rules.norms.people(item, quantity),
    )
    call.add(opened)
    _suspect_duplicate(call, opened)
    if not serve_at_once(call, opened, quantity) and line.substitutes:
        substitute(call, opened, quantity, {*known, *(each.item for each in lines)})


def _suspect_duplicate(call: Call, opened: NeedOpened) -> None:
    asked = call.state.asked.get((opened.area, opened.requester_id))
    if asked is not None and (others := asked.get(opened.item)) is not None:
        call.add(DuplicateSuspected(need_id=opened.need_id, other_need_id=others[0]))


def _amended(call: Call, message: RequestAmended) -> None:
    state, request = call.state, _open_request(call, message.area, message.request_id)
    known = state.requester(request.area, request.requester_id)
    asker: Asker = known or unknown(call.rules, request.area, request.requester_id)
    closed = frozenset(item for item in request.items if f"{request.request_id}:{item}" not in state.needs)
    quantities, refused = judge(call, request.request_id, message.lines, asker, closed)
    call.decisions += refused
    needs = [state.needs.get(f"{request.request_id}:{line.item}") for line, _ in quantities]
    for (line, quantity), need in zip(quantities, needs, strict=True):
        if need is None:  # first what opens: a request with nothing open would be closed
            _open(call, _as_recorded(request), asker, line, quantity, message.lines, request.items)
    for (line, quantity), need in zip(quantities, needs, strict=True):
        if need is not None and quantity != need.quantity:
            _amend(call, need, quantity, assumed=line.quantity is None)


def _as_recorded(request: Request) -> RequestRecorded:
    return RequestRecorded(
        request_id=request.request_id,
        requester_id=request.requester_id,
        area=request.area,
        responsible=request.responsible,
        reported_at=from_us(request.reported_at),
        life_threatening=request.life_threatening,
    )


def _amend(call: Call, need: Need, quantity: int, *, assumed: bool) -> None:
    """A new quantity in all: less gives back the latest reservations, none above what was delivered ends the need."""
    if quantity <= need.delivered:
        _end(call, need, "amended")
        return
    requester = call.state.requester(need.area, need.requester_id)
    uncounted = requester is None or not requester.people
    people = call.rules.norms.people(need.item, quantity) if uncounted else None
    call.add(NeedAmended(need_id=need.need_id, quantity=quantity, assumed=assumed, people=people))
    if quantity > need.quantity:
        serve_at_once(call, need, need.unfilled + quantity - need.quantity, need.made)
        return
    gains: Gains = {}
    released = release_latest(call, need, need.quantity - need.unfilled - quantity, "amended")
    for release in released:
        gain(call, gains, call.state.lots[release.allocation.lot_id], release.quantity)
    if gains:
        serve_backlog(call, call.state.shelves[need.area, need.item], gains, without=(need.need_id,))


def _cancelled(call: Call, message: RequestCancelled) -> None:
    request = _open_request(call, message.area, message.request_id)
    for item in request.items:
        need = call.state.needs.get(f"{request.request_id}:{item}")
        if need is not None:
            _end(call, need, "cancelled")


def _end(call: Call, need: Need, reason: Literal["cancelled", "amended"]) -> None:
    """Close a need for its requester; its reservations go back, what is on its way goes on."""
    gains: Gains = {}
    if need.reserved:
        for release in release_latest(call, need, need.reserved, reason):
            gain(call, gains, call.state.lots[release.allocation.lot_id], release.quantity)
    call.add(need_closed(need_id=need.need_id, reason=reason))
    if gains:
        serve_backlog(call, call.state.shelves[need.area, need.item], gains, without=(need.need_id,))


def _handed_over(call: Call, message: RequestHandedOver) -> None:
    request = _open_request(call, message.area, message.request_id)
    call.add(ResponsibilityHanded(request_id=request.request_id, responsible=message.to))


REQUESTS: Final[dict[type, Decide]] = {
    RequestFiled: _filed,
    RequestAmended: _amended,
    RequestCancelled: _cancelled,
    RequestHandedOver: _handed_over,
}
