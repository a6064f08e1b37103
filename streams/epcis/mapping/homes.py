"""Which consignments an event belongs to: as it says, as the call says, or as other events of the document say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from streams.epcis.identifier import read_key
from streams.epcis.mapping.event_view import View
from streams.epcis.names import CONSIGNMENT, kind_of, name_of

DOCUMENTS: Final = ("bol", "desadv", "po", "inv", "recadv", "prodorder")
"""Types of business transaction that can stand for a consignment, the nearest to one first."""
_CONTAINERS: Final = ("00", "8003", "8004")
"""Logistic unit (SSCC), returnable asset (GRAI), individual asset (GIAI)."""
_SHIPMENTS: Final = ("401", "402")
"""GINC (consignment) and GSIN (shipment)."""


def homes(views: Sequence[View], called: str | None) -> list[tuple[str, ...]]:
    """The consignments of each event; () where nothing tells them."""
    nearer = _nearer(views)
    found = [_named(view, called, nearer) for view in views]
    known: dict[str, dict[str, None]] = defaultdict(dict)
    changed = True
    while changed:
        changed = False
        for position, view in enumerate(views):
            if not found[position]:
                found[position] = tuple(dict.fromkeys(home for name in view.names for home in known.get(name, ())))
            for name in view.names if found[position] else ():
                fresh = [home for home in found[position] if home not in known[name]]
                known[name].update(dict.fromkeys(fresh))
                changed = changed or bool(fresh)
    return [home or _container(view) for home, view in zip(found, views, strict=True)]


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
