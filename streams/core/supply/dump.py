"""State to canonical bytes and back: JSON, one row a thing, sorted; derived indexes are built on loading."""

from __future__ import annotations

import gc
import json
import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from enum import Enum
from itertools import chain
from operator import attrgetter
from typing import Any, Final, TypeVar

from schemas.household import Group, Tier
from schemas.request import NeedClass
from schemas.supply import DeliveryMode
from streams.core.instants import MINUTE
from streams.core.memory import Memory
from streams.core.supply.demand import Demand
from streams.core.supply.evolve_bags import enter_allocation
from streams.core.supply.evolve_exposure import place_duty
from streams.core.supply.evolve_needs import ask
from streams.core.supply.evolve_stock import enter_hold, enter_lot
from streams.core.supply.exposure import Duty, Exposed, Exposure, Recipients
from streams.core.supply.index import Touched, reindex
from streams.core.supply.state import Allocation, Dispatch, Hold, Lot, Need, Request, Requester, Shelf, State
from streams.core.supply.transit import Incoming, Outgoing

VERSION: Final = 4
T = TypeVar("T")
_DERIVED: Final = {
    Need: ("allocations", "queue", "key", "level_key", "shelf", "wanted", "urgent", "waiting", "counted"),
    Requester: ("people",),
    Lot: ("allocations", "shelved", "place"),
    Allocation: ("waiting", "releasing"),
}


def _columns(kind: type[Any]) -> tuple[str, ...]:
    derived = _DERIVED.get(kind, ())
    return tuple(column.name for column in fields(kind) if column.name not in derived)


def _rows(kind: type[Any], things: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The state's own fields of each thing (they come before the derived ones), in order of the first: its id."""
    return sorted(map(attrgetter(*_columns(kind)), things), key=lambda row: row[0])


@contextmanager
def _uncollected() -> Iterator[None]:
    """No cyclic garbage is made here, and looking for it among a million new rows takes half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_uncollected()
def dump(state: State) -> bytes:
    """Canonical bytes: equal states give equal bytes, in any process."""
    requesters = chain.from_iterable(known.values() for known in state.requesters.values())
    body = {
        "v": VERSION,
        "now": state.now,
        "opened": state.opened,
        "requesters": sorted(map(attrgetter(*_columns(Requester)), requesters), key=lambda row: (row[1], row[0])),
        "requests": _rows(Request, state.requests.values()),
        "needs": _rows(Need, state.needs.values()),
        "lots": _rows(Lot, state.lots.values()),
        "allocations": _rows(Allocation, state.allocations.values()),
        "dispatches": _rows(Dispatch, state.dispatches.values()),
        "holds": _rows(Hold, state.holds.values()),
        "shelves": sorted(filter(None, map(_shelf, state.shelves.values()))),
        "recipients": _recipients(state.exposure.recipients),
        "swept": state.transit.swept,
        "outgoing": _rows(Outgoing, state.transit.outgoing.values()),
        "incoming": _rows(Incoming, state.transit.incoming.values()),
        "duties": _rows(Duty, state.exposure.duties.values()),
        "days": [(day, _pack(names)) for day, names in sorted(state.memory.days.items())],
        "for_ever": _pack(state.memory.for_ever),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _shelf(shelf: Shelf) -> tuple[Any, ...] | None:
    """What a shelf has of its own; None where that is nothing."""
    demand = shelf.demand.row()
    plain = not (shelf.floor or shelf.drawn or any(demand) or shelf.recent_minute or shelf.weigh_at is not None)
    if plain and not shelf.told and not shelf.notes:
        return None
    when = (shelf.weigh_at, shelf.recent_minute)
    return shelf.area, shelf.item, shelf.floor, when, sorted(shelf.drawn.items()), demand, shelf.told, shelf.notes


def _restore_shelf(state: State, row: list[Any]) -> Shelf:
    area, item, floor, (weigh_at, recent_minute), drawn, demand, told, notes = row
    shelf = state.shelf(sys.intern(area), sys.intern(item))
    shelf.floor, shelf.weigh_at, shelf.recent_minute = floor, weigh_at, recent_minute
    shelf.drawn = {sys.intern(requester_id): tuple(got) for requester_id, got in drawn}
    shelf.demand = Demand(*demand)
    shelf.told, shelf.notes = tuple(told), tuple(map(tuple, notes))
    return shelf


def _pack(names: Iterable[int]) -> str:
    return _text(array("Q", sorted(names)))


def _text(numbers: array[int]) -> str:
    """Numbers in little-endian order, whatever the machine's."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return b64encode(numbers.tobytes()).decode()


def _unpack(text: str, kind: str = "Q") -> array[int]:
    packed = array(kind)
    packed.frombytes(b64decode(text, validate=True))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed


def _recipients(recipients: Recipients) -> tuple[list[str], list[tuple[str, str]]]:
    return recipients.names, [(lot_id, _text(log)) for lot_id, log in sorted(recipients.lots.items())]


@_uncollected()
def load(data: bytes) -> State:
    """The state that `dump` gave, indexes and all; raises ValueError where the bytes are not one."""
    try:
        body = json.loads(data)
        if body["v"] != VERSION:
            raise ValueError("a dump of another version")
        return _restored(body)
    except (KeyError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
        raise ValueError(f"not a dump of the supply stage ({type(error).__name__})") from error


def _restored(body: dict[str, Any]) -> State:
    memory = Memory(((day, _unpack(names)) for day, names in body["days"]), _unpack(body["for_ever"]))
    state = State(now=body["now"], opened=body["opened"], memory=memory)
    for requester in _things(Requester, body["requesters"]):
        state.requesters.setdefault(requester.area, {})[requester.requester_id] = requester
    state.requests = {request.request_id: request for request in _things(Request, body["requests"])}
    touched = Touched()
    for row in body["shelves"]:
        touched.shelves.append(_restore_shelf(state, row))
    _restore_needs(state, touched, body["needs"])
    _restore_stock(state, touched, body)
    _restore_exposure(state, body)
    reindex(state, touched)
    return state


def _restore_needs(state: State, touched: Touched, rows: list[list[Any]]) -> None:
    needs = sorted(_things(Need, rows), key=attrgetter("opened"))
    for need in needs:
        state.needs[need.need_id] = touched.needs[need.need_id] = need
        ask(state, need)


def _restore_stock(state: State, touched: Touched, body: dict[str, Any]) -> None:
    for hold in _things(Hold, body["holds"]):
        enter_hold(state, hold)
    lots = {lot.lot_id: lot for lot in _things(Lot, body["lots"])}
    state.lots = lots
    for lot in lots.values():
        enter_lot(state, lot)
    touched.lots = lots
    allocations = sorted(_things(Allocation, body["allocations"]), key=attrgetter("number"))
    for allocation in allocations:
        enter_allocation(state, allocation)
        _restore_recent(state, lots[allocation.lot_id], allocation)
        touched.allocations[allocation.allocation_id] = allocation
    state.dispatches = {dispatch.dispatch_id: dispatch for dispatch in _things(Dispatch, body["dispatches"])}
    touched.dispatches = dict(state.dispatches)
    transit = state.transit
    transit.swept = body["swept"]
    for outgoing in _things(Outgoing, body["outgoing"]):
        transit.enter_outgoing(outgoing)
    for incoming in _things(Incoming, body["incoming"]):
        transit.enter_incoming(incoming)


def _restore_recent(state: State, lot: Lot, allocation: Allocation) -> None:
    shelf = state.shelf(lot.area, lot.item)
    if (
        allocation.at_once
        and allocation.dispatch_id is None
        and allocation.reserved_at // MINUTE == shelf.recent_minute
    ):
        shelf.recent[allocation.allocation_id] = None


def _restore_exposure(state: State, body: dict[str, Any]) -> None:
    names, lots = body["recipients"]
    exposure = state.exposure = Exposure(Recipients(names, ((lot_id, _unpack(log, "I")) for lot_id, log in lots)))
    told: dict[Exposed, int] = {}
    for duty in _things(Duty, body["duties"]):
        exposure.enter(duty)
        place_duty(state, duty)
        told[Exposed(duty.hold_id, duty.lot_id, duty.requester_id)] = duty.quantity
    for lot_id in exposure.recipients.lots:
        for hold_id in state.lots[lot_id].holds:
            exposure.owe_all(hold_id, lot_id, told)


def _things(kind: type[T], rows: list[list[Any]]) -> list[T]:
    """Rows to things: enums by value, lists to tuples, short repeated words shared."""
    columns = _columns(kind)
    repairs = [(columns.index(name), repair) for name, repair in _REPAIRS.items() if name in columns]
    things = []
    for row in rows:
        if len(row) != len(columns):
            raise ValueError("a row of another length")
        for place, repair in repairs:
            row[place] = repair(row[place])
        things.append(kind(*row))
    return things


def _member(kind: type[Enum]) -> Callable[[Any], Any]:
    members = {member.value: member for member in kind}
    return members.__getitem__


def _groups(values: list[str]) -> tuple[Group, ...]:
    return tuple(map(Group, values))


_REPAIRS: Final[dict[str, Callable[[Any], Any]]] = {
    "need_class": _member(NeedClass),
    "mode": _member(DeliveryMode),
    "tier": _member(Tier),
    "groups": _groups,
    "members": tuple,
    "items": lambda items: tuple(map(sys.intern, items)),
    "area": sys.intern,
    "grid": sys.intern,
    "item": sys.intern,
    "requester_id": sys.intern,
    "request_id": sys.intern,
    "responsible": sys.intern,
    "warehouse": sys.intern,
    "origin": sys.intern,
    "holds": tuple,
    "lot_ids": tuple,
    "to_area": sys.intern,
    "moved_from": tuple,
    "allocations": tuple,
    "recalled": tuple,
}
