"""A round: what areas lack and can spare of an item, less what is under way, and the orders that the plan makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final, Literal

from schemas.request import NeedClass
from schemas.transfers import RoundDecided, Standing, TransferOrdered, Unfilled
from streams.core.instants import from_us
from streams.core.transfers.plan import Move, Shortage, Spare, SpareLot, plan
from streams.core.transfers.settings import Roads
from streams.core.transfers.state import State
from streams.core.transfers.words import why_moved

CLASSES: Final = tuple(NeedClass)
Arrives = Callable[[int], int]


def shortages_of(state: State, item: str) -> list[Shortage]:
    """What areas lack and nothing is under way for: what comes is counted on for the most pressing needs first."""
    coming = Counter[str]()
    for order in state.under_way(item):
        coming[order.destination] += order.awaited
    found = []
    for area, standing in sorted(state.standings.get(item, {}).items()):
        for lacking in sorted(standing.lacking, key=lambda one: CLASSES.index(one.need_class)):
            met = min(lacking.quantity, coming[area])
            coming[area] -= met
            if lacking.quantity > met:
                found.append(Shortage(area, CLASSES.index(lacking.need_class), lacking.quantity - met))
    return found


def spares_of(state: State, item: str) -> list[Spare]:
    """What areas can spare, less what was ordered of it and they have not answered yet."""
    from_lot, from_area = Counter[tuple[str, str]](), Counter[str]()
    for order in state.under_way(item):
        if not order.answered:
            from_lot[order.source, order.lot_id] += order.quantity
            from_area[order.source] += order.quantity
    return [
        Spare(area, standing.spare - from_area[area], tuple(_lots(area, standing, from_lot)))
        for area, standing in sorted(state.standings.get(item, {}).items())
        if standing.spare > from_area[area]
    ]


def _lots(area: str, standing: Standing, ordered: Counter[tuple[str, str]]) -> list[SpareLot]:
    return [
        SpareLot(lot.lot_id, units, None if lot.expires_on is None else lot.expires_on.toordinal())
        for lot in standing.lots
        if (units := lot.quantity - ordered[area, lot.lot_id]) > 0
    ]


def decide_round(state: State, roads: Roads, at: int) -> list[Any]:
    """Weigh the items that are due, in order, as far as there is room."""
    decisions: list[Any] = []
    for item in sorted(state.due):
        if len(decisions) >= roads.chunk:
            break
        decisions += _weigh(state, roads, item, at, state.ordered + len(decisions))
    return decisions


def _weigh(state: State, roads: Roads, item: str, at: int, number: int) -> list[Any]:
    """The round of one item, and its orders, which are numbered on."""
    shortages, spares = shortages_of(state, item), spares_of(state, item)
    moves = plan(shortages, spares, roads.km, roads.arrives(at))
    orders = enumerate(_merged(moves), number)
    decided = RoundDecided(
        item=item,
        at=from_us(at),
        lacking=sum(one.quantity for one in shortages),
        spare=sum(one.quantity for one in spares),
        moved=sum(move.quantity for move in moves),
        unfilled=tuple(_unfilled(shortages, spares, moves, roads, roads.arrives(at))),
    )
    return [decided, *(_order(state, roads, item, move, at, nth) for nth, move in orders)]


def _merged(moves: Sequence[Move]) -> list[Move]:
    """One order for all that goes from a lot to an area, in the name of its most pressing needs."""
    found: dict[tuple[str, str, str], Move] = {}
    for move in moves:
        way = (move.destination, move.source, move.lot_id)
        known = found.get(way)
        found[way] = move if known is None else known._replace(quantity=known.quantity + move.quantity)
    return list(found.values())


def _order(state: State, roads: Roads, item: str, move: Move, at: int, number: int) -> TransferOrdered:
    standings = state.standings[item]
    source, destination = standings[move.source], standings[move.destination]
    lot = next(lot for lot in source.lots if lot.lot_id == move.lot_id)
    reason, reason_zh = why_moved(item, move, source, destination, CLASSES[move.rank], roads.zone)
    return TransferOrdered(
        transfer_id=transfer_id(item, move, at, number),
        item=item,
        lot_id=move.lot_id,
        from_area=move.source,
        area=move.destination,
        warehouse=roads.warehouses.get(move.destination, destination.warehouse),
        quantity=move.quantity,
        need_class=CLASSES[move.rank],
        km=move.km,
        ordered_at=from_us(at),
        ship_by=from_us(at + roads.ship),
        deadline=from_us(roads.deadline(at, move.km)),
        expires_on=lot.expires_on,
        consignment_id=lot.consignment_id,
        moved_from=(lot.lot_id, *lot.moved_from),
        reason=reason,
        reason_zh=reason_zh,
    )


def transfer_id(item: str, move: Move, at: int, number: int) -> str:
    """The name of the n-th order, and of the lot that it becomes: the same wherever it is decided."""
    text = f"{item} {move.source} {move.destination} {move.lot_id} {at} {number}"
    return "t" + blake2b(text.encode(), digest_size=10).hexdigest()


def _unfilled(
    shortages: Sequence[Shortage], spares: Sequence[Spare], moves: Sequence[Move], roads: Roads, arrives: Arrives
) -> list[Unfilled]:
    moved = Counter[tuple[str, int]]()
    for move in moves:
        moved[move.destination, move.rank] += move.quantity
    return [
        Unfilled(area=area, need_class=CLASSES[rank], quantity=left, why=_why(area, spares, roads, arrives))
        for area, rank, quantity in shortages
        if (left := quantity - moved[area, rank]) > 0
    ]


def _why(
    area: str, spares: Sequence[Spare], roads: Roads, arrives: Arrives
) -> Literal["no_spare", "no_road", "expires", "taken"]:
    others = [spare for spare in spares if spare.area != area]
    if not others:
        return "no_spare"
    ways = [(spare, km) for spare in others if (km := roads.km(spare.area, area)) is not None]
    if not ways:
        return "no_road"
    if all(lot.expires is not None and lot.expires < arrives(km) for spare, km in ways for lot in spare.lots):
        return "expires"
    return "taken"
