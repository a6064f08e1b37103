"""Lines of a request: which can be taken, and how much each asks for."""

from __future__ import annotations

from decimal import ROUND_CEILING

from schemas.item import Item
from schemas.request import RequestLine
from schemas.supply import LineRefused, RequesterRecorded
from streams.core.decider import Rejected
from streams.core.supply.call import Call, refuse
from streams.core.supply.requesters import members_of
from streams.core.supply.state import Requester

Asker = Requester | RequesterRecorded
Quantities = list[tuple[RequestLine, int]]


def judge(
    call: Call, request_id: str, lines: tuple[RequestLine, ...], asker: Asker, closed: frozenset[str] = frozenset()
) -> tuple[Quantities, list[LineRefused]]:
    """Lines with their quantities, and those that can't be taken; Rejected where none can."""
    quantities: Quantities = []
    refused: list[LineRefused] = []
    for line in lines:
        try:
            quantities.append((line, _quantity(call, line, asker, closed)))
        except Rejected as why:
            if len(refused) + 1 == len(lines):
                raise
            refused.append(LineRefused(request_id=request_id, item=line.item, code=why.code, reason=why.reason))
    return quantities, refused


def _quantity(call: Call, line: RequestLine, asker: Asker, closed: frozenset[str]) -> int:
    """The quantity of a line; unknown: the norm (定量) for these people; Rejected where it can't be taken."""
    item = call.rules.catalogue.get(line.item)
    if item is None:
        refuse("unknown_item", "The item is not in the catalogue.", "lines.item")
    if line.item in closed:
        refuse("need_closed", "The need for this item is closed: file a new request.", "lines.item")
    if line.quantity is None:
        estimate = _estimate(item, members_of(asker))
        if estimate > item.request_limit:
            reason = "Nobody said how much, and the norm for so many people is over the item's limit: say the quantity."
            refuse("quantity_unknown", reason, "lines.quantity")
        return estimate
    if line.quantity > item.request_limit:
        refuse("absurd_quantity", "The quantity is over the item's limit for one request.", "lines.quantity")
    return line.quantity


def _estimate(item: Item, people: int) -> int:
    return int((item.norm * people * item.norm_days).to_integral_value(ROUND_CEILING))
