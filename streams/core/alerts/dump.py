"""State of the alert stage to canonical bytes and back: JSON, one row a thing, sorted."""

from __future__ import annotations

import json
from array import array
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

from schemas.alert import AlertKind, AlertSeverity
from schemas.duty import Level
from streams.core.alerts.state import (
    Alert,
    Bag,
    Duty,
    Facility,
    Household,
    Lot,
    Move,
    Need,
    Past,
    Shelf,
    Silence,
    State,
    Truth,
    row_of,
)
from streams.core.memory import Memory
from streams.core.supply.ordered import ordered
from streams.core.supply.timers import Timers

VERSION: Final = 3
_THINGS: Final[dict[str, type[Any]]] = {
    "needs": Need,
    "households": Household,
    "lots": Lot,
    "shelves": Shelf,
    "bags": Bag,
    "moves": Move,
    "facilities": Facility,
    "roster": Duty,
    "silences": Silence,
    "truths": Truth,
    "alerts": Alert,
    "past": Past,
}
_PLAIN: Final = ("asking", "prices", "contacts", "letters", "gaps")
_TIMERS: Final = ("watching", "escalations", "hushes", "shifts", "clearing", "easing", "forgetting")


def dump(state: State) -> bytes:
    """Canonical bytes: equal states give equal bytes, in any process."""
    body: dict[str, Any] = {
        "v": VERSION,
        "now": state.now,
        "forgotten": state.forgotten,
        "places": sorted(state.places),
    }
    for name, kind in _THINGS.items():
        take = attrgetter(*(column.name for column in fields(kind)))
        body[name] = [(key, take(thing)) for key, thing in sorted(getattr(state, name).items())]
    body |= {name: sorted(getattr(state, name).items()) for name in _PLAIN}
    body |= {name: sorted(getattr(state, name).entries()) for name in _TIMERS}
    body["pending"] = list(state.pending)
    body["sweeps"] = list(state.sweeps.items())
    body["active"] = [(place, level, sorted(ids)) for (place, level), ids in sorted(state.active.items())]
    body["days"] = [(day, _pack(names)) for day, names in sorted(state.memory.days.items())]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def load(data: bytes) -> State:
    """The state that `dump` gave; raises ValueError where the bytes are not one."""
    try:
        body = json.loads(data)
        if body["v"] != VERSION:
            raise ValueError("a dump of another version")
        return _restored(body)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not a dump of the alert stage ({type(error).__name__})") from error


def _restored(body: dict[str, Any]) -> State:
    state = State(now=body["now"], forgotten=body["forgotten"], places=set(body["places"]))
    state.memory = Memory((day, _unpack(names)) for day, names in body["days"])
    for name, kind in _THINGS.items():
        setattr(state, name, {_key(key): _thing(kind, row) for key, row in body[name]})
    for name in _PLAIN:
        setattr(state, name, {_key(key): _value(value) for key, value in body[name]})
    for name in _TIMERS:
        timers: Timers[Any] = getattr(state, name)
        for key, due in body[name]:
            timers.set(_key(key), due)
    state.pending = ordered(_key(key) for key in body["pending"])
    state.active = {(place, Level(level)): set(ids) for place, level, ids in body["active"]}
    state.ids = {alert.alert_id: key for key, alert in state.alerts.items()}
    state.rows = ordered(row_of(alert) for alert in state.alerts.values())
    state.sweeps = OrderedDict((_key(sweep), _key(row)) for sweep, row in body["sweeps"])
    state.chiefs = ordered(
        (place, one) for (place, level), ids in state.active.items() if level is Level.CITY for one in ids
    )
    for duty in state.roster.values():
        state.lines.setdefault(duty.place, set()).add(duty.duty_id)
    return state


def _key(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key


def _value(value: Any) -> Any:
    return [_key(entry) for entry in value] if isinstance(value, list) else value


def _thing(kind: type[Any], row: list[Any]) -> Any:
    """A row to a thing: enums by value, tuples from lists, numbered days from text."""
    made = kind(*row)
    if kind in (Truth, Alert):
        made.severity = AlertSeverity(made.severity)
    if kind is Alert:
        made.kind, made.level = AlertKind(made.kind), Level(made.level)
    if kind is Duty:
        made.level = Level(made.level)
    if kind is Past:
        made.raised = tuple(made.raised)
    if kind is Shelf:
        made.used = {int(day): used for day, used in made.used.items()}
    return made


def _pack(names: Iterable[int]) -> str:
    return b64encode(b"".join(name.to_bytes(8, "little") for name in sorted(names))).decode()


def _unpack(text: str) -> array[int]:
    raw = b64decode(text, validate=True)
    return array("Q", [int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8)])
