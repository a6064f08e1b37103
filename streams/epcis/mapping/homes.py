"""Which consignments an event belongs to: as it says, as the call says, or as other events of the document say."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from streams.epcis.identifier import read_key
from streams.epcis.mapping.event_view import View
from streams.epcis.names import CONSIGNMENT, kind_of, name_of

DOCUMENTS: Final = ("bol", "desadv", "po", "inv", "recadv", "prodorder")
"""Types of business transaction that can stand for a consignment, the nearest to one first."""
MOST: Final = 20
"""Consignments that an event may belong to because of its objects; of more than these, it must say which."""
_CONTAINERS: Final = ("00", "8003", "8004")
"""Logistic unit (SSCC), returnable asset (GRAI), individual asset (GIAI)."""
_SHIPMENTS: Final = ("401", "402")
"""GINC (consignment) and GSIN (shipment)."""


def homes(views: Sequence[View], called: str | None) -> list[tuple[str, ...]]:
    """The consignments of each event; () where nothing tells them."""
    nearer = _nearer(views)
    found = [_named(view, called, nearer) for view in views]
    _spread(views, found)
    return [home or _container(view) for home, view in zip(found, views, strict=True)]


def _spread(views: Sequence[View], found: list[tuple[str, ...]]) -> None:
    """Fill in what other events say of the objects that an event names; looked at again only when that changes."""
    naming: dict[str, list[int]] = defaultdict(list)
    for position, view in enumerate(views):
        for name in view.names:
            naming[name].append(position)
    known: dict[str, dict[str, None]] = defaultdict(dict)
    due, later = [*range(len(views))], set[int]()
    queued = set(due)
    while due:
        position = heapq.heappop(due)
        queued.discard(position)
        names = views[position].names
        found[position] = found[position] or _told(names, known)
        for name in names if found[position] else ():
            for other in naming[name] if _learn(known[name], found[position]) else ():
                if other < position and not found[other]:
                    later.add(other)
                elif other not in queued and not found[other]:
                    queued.add(other)
                    heapq.heappush(due, other)
        if not due:
            due, queued, later = sorted(later), set(later), set()


def _told(names: Sequence[str], known: dict[str, dict[str, None]]) -> tuple[str, ...]:
    """What is known of objects; nothing where they are in so many consignments that none is meant (a crate, a gate)."""
    told = tuple(dict.fromkeys(home for name in names for home in known.get(name, ())))
    return told if len(told) <= MOST else ()


def _learn(known: dict[str, None], homes: tuple[str, ...]) -> bool:
    """Whether an object's consignments became more, or so many that no more need be known."""
    before = len(known)
    for home in homes:
        if len(known) <= MOST:
            known[home] = None
    return len(known) > before


def _nearer(views: Sequence[View]) -> dict[str, str]:
    """For a business document the one nearer to a consignment that it goes with, where that is always the same."""
    together: dict[str, set[str]] = defaultdict(set)
    for view in views:
        ranked = _ranked(view)
        for name, rank in ranked.items():
            together[name] |= {other for other, its in ranked.items() if its < rank}
    best: dict[str, str] = {}
    for name, others in together.items():
        last = {other for other in others if not together[other]}
        if len(last) == 1:
            best[name] = last.pop()
    return best


def _ranked(view: View) -> dict[str, int]:
    """The business documents of an event that can stand for a consignment, 0 the nearest."""
    documents = [(one.bizTransaction, one.type) for one in view.event.bizTransactionList]
    return {name_of(uri): DOCUMENTS.index(kind) for uri, kind in documents if kind in DOCUMENTS}


def _named(view: View, called: str | None, nearer: dict[str, str]) -> tuple[str, ...]:
    own = view.own.get("consignment")
    if own:
        return tuple(str(one) for one in (own if isinstance(own, list) else [own]))
    if ours := tuple(dict.fromkeys(name_of(uri) for uri in view.uris if kind_of(uri) == CONSIGNMENT)):
        return ours
    if called:
        return (called,)
    if shipments := _keys(view, _SHIPMENTS):
        return shipments
    ranked = _ranked(view)
    best = [name for name, rank in ranked.items() if rank == min(ranked.values())]
    return tuple(dict.fromkeys(nearer.get(name, name) for name in best))


def _container(view: View) -> tuple[str, ...]:
    """The unit that goods travel in, where nothing else names the consignment."""
    if parent := getattr(view.event, "parentID", None):
        return (name_of(parent),)
    return _keys(view, _CONTAINERS)


def _keys(view: View, ais: tuple[str, ...]) -> tuple[str, ...]:
    keys = [key for uri in view.uris if (key := read_key(uri)) and key.ais[0][0] in ais]
    return tuple(dict.fromkeys(key.canonical for key in keys))
