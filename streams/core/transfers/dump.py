"""State of the transfers stage to canonical bytes and back."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from schemas.transfers import Standing
from streams.core.transfers.state import Order, State

VERSION: Final = 1


class _Body(TypedDict):
    v: int
    now: int | None
    ordered: int
    due_since: int
    due: list[str]
    told: list[tuple[int, int, int]]
    standings: list[Standing]
    orders: list[Order]


_BODY: Final = TypeAdapter(_Body)


def dump(state: State) -> bytes:
    """Canonical bytes: equal states give equal bytes, in any process."""
    body: _Body = {
        "v": VERSION,
        "now": state.now,
        "ordered": state.ordered,
        "due_since": state.due_since,
        "due": sorted(state.due),
        "told": sorted((partition, seq, nth) for partition, (seq, nth) in state.told.items()),
        "standings": [one for _, areas in sorted(state.standings.items()) for _, one in sorted(areas.items())],
        "orders": [order for _, order in sorted(state.orders.items())],
    }
    return _BODY.dump_json(body)


def load(data: bytes) -> State:
    """The state that `dump` gave; raises ValueError where the bytes are not one."""
    try:
        body = _BODY.validate_json(data)
    except ValidationError as error:
        raise ValueError("not a dump of the transfers stage") from error
    if body["v"] != VERSION:
        raise ValueError("a dump of another version")
    state = State(body["now"], body["ordered"], body["due_since"], set(body["due"]))
    state.told = {partition: (seq, nth) for partition, seq, nth in body["told"]}
    for standing in body["standings"]:
        state.standings.setdefault(standing.item, {})[standing.area] = standing
    for order in body["orders"]:
        state.enter(order)
    return state
