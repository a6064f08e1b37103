"""Substitutes (替代品): another item for a need whose own is not there, if its request allows it."""

from __future__ import annotations

from collections.abc import Collection

from streams.core.supply.call import Asking, Call
from streams.core.supply.fefo import Fefo
from streams.core.supply.matching import stand_in


def substitute(call: Call, need: Asking, lacking: int, taken: Collection[str]) -> None:
    """Serve a new need with the first substitute of which more is there than all who wait for it want.

    None of the items in `taken`, for which the request has needs of its own, stands in.
    """
    for item, rate in call.rules.substitutes.get(need.item, ()):
        shelf = call.state.shelves.get((need.area, item))
        if shelf is None or item in taken or (need.area, item) in call.state.pending:
            continue
        spare, lots = shelf.available - shelf.floor - shelf.wanted, Fefo(call, shelf)
        if spare > 0 and not lots.has_expired() and stand_in(call, need, lacking, item, rate, spare, lots):
            return
