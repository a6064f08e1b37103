"""Rules of events that a schema can't express (EPCIS 2.0 section 7.4, CBV 2.0, EPC Tag Data Standard)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streams.epcis.event import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    QuantityElement,
    StandardEvent,
    TransactionEvent,
    TransformationEvent,
)
from streams.epcis.identifier import Level, read_key
from streams.epcis.problem import Place, Problem, shown
from streams.epcis.sensing import sensor_problems

_INSTANCES: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def event_problems(event: Event, place: Place) -> tuple[list[Problem], list[Problem]]:
    """What an event breaks, and what it breaks without harm: an error declaration repeats a wrong event as it was."""
    broken, excused = [*_common(event, place)], list[Problem]()
    if isinstance(event, StandardEvent):
        broken += [
            *_what(event, place),
            *_dispositions(event, place),
            *_identifiers(event, place),
            *_quantities(event, place),
        ]
        for repeatable, problem in sensor_problems(event, place):
            (excused if repeatable and event.errorDeclaration else broken).append(problem)
    return broken, excused


def _common(event: Event, place: Place) -> Iterator[Problem]:
    declared = event.errorDeclaration
    if declared and declared.reason == "did_not_occur" and declared.correctiveEventIDs:
        yield Problem(
            (*place, "errorDeclaration", "correctiveEventIDs"),
            "correction_of_nothing",
            "an event that did not occur has no corrective events (CBV 2.0, did_not_occur)",
        )
    if declared and event.eventID in declared.correctiveEventIDs:
        yield Problem(
            (*place, "errorDeclaration", "correctiveEventIDs"), "corrects_itself", "names the wrong event itself"
        )
    if event.eventID:
        yield from _event_id(event.eventID, (*place, "eventID"))


def _event_id(event_id: str, place: Place) -> Iterator[Problem]:
    scheme, _, rest = event_id.partition(":")
    if scheme.lower() == "ni":
        digest, _, version = rest.removeprefix("///sha-256;").partition("?ver=CBV")
        wrong = not rest.startswith("///sha-256;") or len(digest) != 64 or not _is_hex(digest) or not version
        if wrong:
            yield Problem(
                place, "event_hash", "is not an event hash: ni:///sha-256;<64 digits>?ver=CBV2.0 (CBV 2.0, 8.9)"
            )
    elif event_id.lower().startswith("urn:uuid:"):
        groups = [len(group) for group in event_id[9:].split("-") if _is_hex(group)]
        if groups != [8, 4, 4, 4, 12]:
            yield Problem(place, "event_uuid", "is not a UUID")


def _is_hex(text: str) -> bool:
    return bool(text) and all(char in "0123456789abcdefABCDEF" for char in text)


def _dispositions(event: StandardEvent, place: Place) -> Iterator[Problem]:
    if not isinstance(event, ObjectEvent | TransformationEvent) or event.persistentDisposition is None:
        return
    here, lasting = (*place, "persistentDisposition"), event.persistentDisposition
    if lasting.set is None and lasting.unset is None:
        yield Problem(here, "nothing_set", "neither sets nor unsets a disposition")
    elif both := set(lasting.set or ()) & set(lasting.unset or ()):
        yield Problem(here, "set_and_unset", f"sets and unsets {shown(min(both))} at once")


def _what(event: StandardEvent, place: Place) -> Iterator[Problem]:
    """Which objects an event must name, by its type and action."""
    if isinstance(event, ObjectEvent):
        sensed = event.sensorElementList and event.readPoint
        if not (event.epcList or event.quantityList or sensed) and not _empty_list_stands(event):
            yield Problem(
                place, "no_objects", "names no objects: epcList or quantityList, or sensorElementList with a readPoint"
            )
        if event.ilmd is not None and event.action != "ADD":
            yield Problem((*place, "ilmd"), "ilmd_not_allowed", f"stands with action {event.action}: only with ADD")
    elif isinstance(event, AggregationEvent | AssociationEvent):
        yield from _family(event, place)
    elif isinstance(event, TransactionEvent):
        if not (event.epcList or event.quantityList or event.parentID) and event.action != "DELETE":
            yield Problem(
                place, "no_objects", f"names no objects: epcList or quantityList is needed with {event.action}"
            )
    elif isinstance(event, TransformationEvent):
        yield from _transformed(event, place)


def _empty_list_stands(event: ObjectEvent) -> bool:
    """An empty epcList is taken where the event says something else: sensor data."""
    return event.epcList == () and bool(event.sensorElementList)


def _family(event: AggregationEvent | AssociationEvent, place: Place) -> Iterator[Problem]:
    if event.parentID is None and event.action != "OBSERVE":
        yield Problem((*place, "parentID"), "parent_missing", f"is missing: action {event.action} needs a parent")
    if event.action != "DELETE" and not event.childEPCs and not event.childQuantityList:
        yield Problem(place, "no_children", f"names no children: action {event.action} needs some")
    if event.parentID and event.parentID in event.childEPCs:
        yield Problem((*place, "parentID"), "own_parent", "is among its own children")


def _transformed(event: TransformationEvent, place: Place) -> Iterator[Problem]:
    inputs = event.inputEPCList or event.inputQuantityList
    outputs = event.outputEPCList or event.outputQuantityList
    if not (inputs or outputs) or (event.transformationID is None and not (inputs and outputs)):
        yield Problem(
            place, "no_inputs_or_outputs", "needs inputs and outputs, or a transformationID and one of the two"
        )


def _identifiers(event: StandardEvent, place: Place) -> Iterator[Problem]:
    for name in _INSTANCES:
        seen = set[str]()
        for position, uri in enumerate(getattr(event, name, None) or ()):
            here = (*place, name, position)
            yield from _identifier(uri, here, Level.INSTANCE)
            if (object_id := _canonical(uri)) in seen:
                yield Problem(here, "doubled_item", "names in its other spelling what is named before")
            seen.add(object_id)
    for name in _QUANTITIES:
        for position, element in enumerate(getattr(event, name, ())):
            yield from _identifier(element.epcClass, (*place, name, position, "epcClass"), Level.CLASS)
    for where, uri in _others(event):
        yield from _identifier(uri, (*place, *where), None)


def _canonical(uri: str) -> str:
    try:
        key = read_key(uri)
    except ValueError:
        return uri
    return key.canonical if key else uri


def _others(event: StandardEvent) -> Iterator[tuple[Place, str]]:
    """Identifiers of any level, with where they stand."""
    for name in ("parentID", "transformationID"):
        if uri := getattr(event, name, None):
            yield (name,), uri
    for name in ("readPoint", "bizLocation"):
        if location := getattr(event, name):
            yield (name, "id"), location.id
    for position, transaction in enumerate(event.bizTransactionList):
        yield ("bizTransactionList", position, "bizTransaction"), transaction.bizTransaction
    for position, source in enumerate(event.sourceList):
        yield ("sourceList", position, "source"), source.source
    for position, destination in enumerate(event.destinationList):
        yield ("destinationList", position, "destination"), destination.destination


def _identifier(uri: str, place: Place, level: Level | None) -> Iterator[Problem]:
    try:
        key = read_key(uri)
    except ValueError as error:
        yield Problem(place, "identifier_syntax", str(error))
        return
    if key is None or level is None:
        return
    if level is Level.INSTANCE and key.level is Level.CLASS:
        yield Problem(
            place, "class_for_instance", "names a class or batch; here single objects are named, with serials"
        )
    if level is Level.CLASS and key.level is not Level.CLASS:
        yield Problem(place, "instance_for_class", "names a single object; an epcClass names a class or batch")


def _quantities(event: StandardEvent, place: Place) -> Iterator[Problem]:
    for name in _QUANTITIES:
        yield from _amounts(getattr(event, name, ()), (*place, name))


def _amounts(elements: Iterable[QuantityElement], place: Place) -> Iterator[Problem]:
    for position, element in enumerate(elements):
        here, quantity = (*place, position, "quantity"), element.quantity
        if quantity is None:
            if element.uom:
                yield Problem(here, "uom_without_quantity", "is missing, but its unit is given")
        elif quantity <= 0:
            yield Problem(here, "quantity_not_positive", "must be more than nothing")
        elif element.uom is None and quantity != int(quantity):
            yield Problem(here, "quantity_not_whole", "is a fraction without a unit: a count of objects is whole")
