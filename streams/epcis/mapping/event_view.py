"""An event as the mapping looks at it: its objects under our ids, our own fields, who says it, where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from streams.epcis.check import Checked
from streams.epcis.event import QuantityElement, StandardEvent
from streams.epcis.names import CONSIGNMENT, EVENT, kind_of, name_of, own_fields
from streams.epcis.problem import Place, Problem

_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_ADDED_LATER: Final = ("errorDeclaration", "recordTime", "@context")
_SMALLEST: Final = {
    "KGM": 1000,
    "GRM": 1,
    "TNE": 1_000_000,
    "LTR": 1000,
    "MLT": 1,
    "MTQ": 1_000_000,
    "MTR": 1000,
    "CMT": 10,
    "MMT": 1,
}
"""How many grams, millilitres or millimetres a unit has: a lot in such a unit is counted in these."""


class Unmapped(Exception):
    """An event, or part of it, can't become a record."""

    def __init__(self, place: Place, code: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(place, code, reason)


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of an event. `element`: how much of it, None where it is a single object or a parent."""

    name: str
    place: Place
    element: QuantityElement | None = None
    single: bool = True

    @property
    def count(self) -> int | None:
        """How many units, None where the event does not say; raises Unmapped for a fraction."""
        if self.element is not None:
            return units(self.element, self.place)
        return 1 if self.single else None


@dataclass(frozen=True)
class View:
    """One event that was checked, with what the mapping asks of it."""

    event: StandardEvent
    checked: Checked
    inside: tuple[str, ...] = ()
    """What earlier events of the document put into its parent."""

    @property
    def place(self) -> Place:
        """Where it stands in its document."""
        return self.checked.place

    @cached_property
    def own(self) -> dict[str, Any]:
        """Our own fields of the event."""
        return own_fields(self.event.model_extra, self.checked.scope)

    def things(self, lists: str, quantities: str) -> list[Thing]:
        """Objects of a list of EPCs and of a list of quantities, without consignments of ours."""
        found = [Thing(name_of(uri), place) for uri, place in self._epcs(lists) if kind_of(uri) != CONSIGNMENT]
        for position, element in enumerate(getattr(self.event, quantities, ())):
            here = (*self.place, quantities, position)
            found.append(Thing(name_of(element.epcClass), here, element))
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every object that the event names, parents and devices included."""
        found = [name_of(uri) for lists in _LISTS for uri, _ in self._epcs(lists) if kind_of(uri) != CONSIGNMENT]
        for quantities in _QUANTITIES:
            found += [name_of(element.epcClass) for element in getattr(self.event, quantities, ())]
        if parent := getattr(self.event, "parentID", None):
            found.append(name_of(parent))
        return tuple(dict.fromkeys([*found, *self._devices()]))

    def _devices(self) -> Iterator[str]:
        for element in self.event.sensorElementList:
            for one in (element.sensorMetadata, *element.sensorReport):
                if one is not None and one.deviceID:
                    yield name_of(one.deviceID)

    def _epcs(self, name: str) -> Iterator[tuple[str, Place]]:
        for position, uri in enumerate(getattr(self.event, name, None) or ()):
            yield uri, (*self.place, name, position)

    @property
    def uris(self) -> Iterator[str]:
        """Everything that could name a consignment: documents, parent, objects."""
        yield from (one.bizTransaction for one in self.event.bizTransactionList)
        if parent := getattr(self.event, "parentID", None):
            yield parent
        for name in ("epcList", "childEPCs"):
            yield from getattr(self.event, name, None) or ()

    @property
    def whole(self) -> bool:
        """Whether the event is about a consignment as such, named by our own URI among its objects."""
        return any(kind_of(uri) == CONSIGNMENT for lists in _LISTS for uri, _ in self._epcs(lists))

    @property
    def facility(self) -> str | None:
        """Where it happened: the business location, else the read point."""
        location = self.event.bizLocation or self.event.readPoint
        return name_of(location.id) if location else None

    def party(self, end: str) -> str | None:
        """Who has the goods at the `source` or `destination` end; else who owns them."""
        ends = getattr(self.event, f"{end}List")
        by_type = {one.type: getattr(one, end) for one in ends}
        found = by_type.get("possessing_party") or by_type.get("owning_party")
        return name_of(found) if found else None

    @cached_property
    def identity(self) -> str:
        """What is the same in the event and in a later declaration that it was wrong: its id, else what it says."""
        if self.event.eventID:
            return self.event.eventID
        said = {name: value for name, value in self.checked.raw.items() if name not in _ADDED_LATER}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def units(element: QuantityElement, place: Place) -> int | None:
    """A quantity as a whole number; raises Unmapped for a fraction of what can't be divided further."""
    if element.quantity is None:
        return None
    amount = element.quantity * _SMALLEST.get(element.uom or "", 1)
    if abs(amount - round(amount)) > 1e-6:
        unit = element.uom or "units"
        raise Unmapped((*place, "quantity"), "fraction", f"{element.quantity} {unit} is not a whole number of units")
    return round(amount)


def event_id(identity: str, role: str, consignment: str) -> str:
    """The id of a record: our own event's id for its fact, else derived, so that the same event again is known."""
    if role == "fact" and kind_of(identity) == EVENT:
        return name_of(identity)
    return "epcis-" + hashlib.sha256("\x00".join((identity, role, consignment)).encode()).hexdigest()[:32]
