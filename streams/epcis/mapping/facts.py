"""Drafts of records from an event: by our own word for its kind, else by its type, action and business step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from schemas.consignment import Step
from streams.epcis.event import (
    AggregationEvent,
    AssociationEvent,
    ObjectEvent,
    TransactionEvent,
    TransformationEvent,
)
from streams.epcis.mapping.event_view import Thing, Unmapped, View
from streams.epcis.names import name_of, own_fields
from streams.epcis.problem import Place

LOTS_EACH: Final = 200
"""Lots of one record."""
STEPS: Final = {
    "storing": Step.STORED,
    "stocking": Step.STORED,
    "departing": Step.TRANSPORTED,
    "shipping": Step.TRANSPORTED,
    "transporting": Step.TRANSPORTED,
    "dispensing": Step.ISSUED,
    "retail_selling": Step.ISSUED,
}
"""Business steps that are a step of a consignment; the others say where it was seen."""
_GONE: Final = ("destroyed", "disposed")
_RESULTS: Final = {"conformant": "negative", "non_conformant": "positive", "unknown": "inconclusive"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A record without its ids. `role` tells apart the records of one event."""

    kind: str
    role: str
    body: dict[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Said:
    """What the call says for all events."""

    consignment: str | None = None
    source: str | None = None
    profile: str | None = None


def drafts(view: View, said: Said) -> Iterator[Draft]:
    """The records of an event, but for readings and withdrawals; raises Unmapped."""
    kind = view.own.get("report")
    builder = BUILDERS.get(kind) if isinstance(kind, str) else None
    if kind is not None and builder is None:
        raise Unmapped(view.place, "unknown_report", f"our own field 'report' is none of {', '.join(BUILDERS)}")
    for number, body in enumerate((builder or _inferred(view))(view, said)):
        role = "fact" if number == 0 else f"fact-{number}"
        yield Draft(body.pop("kind"), role, body, view.place)


Builder = Callable[[View, Said], Iterable[dict[str, Any]]]


def _inferred(view: View) -> Builder:
    event = view.event
    if isinstance(event, TransformationEvent):
        return _transformed
    if isinstance(event, AggregationEvent | AssociationEvent) and event.action != "OBSERVE":
        return _aggregated
    if isinstance(event, ObjectEvent) and event.action == "ADD":
        return _declared
    return _seen


def _seen(view: View, said: Said) -> Iterable[dict[str, Any]]:
    """What an observation says, the most definite first."""
    event, step = view.event, view.event.bizStep
    if any(one.type == "testres" for one in event.bizTransactionList) and event.disposition in _RESULTS:
        return _tested(view, said)
    if step == "destroying" or (event.disposition in _GONE and step in (None, "decommissioning")):
        return _destroyed(view, said)
    if event.disposition == "returned" and view.party("destination"):
        return _returned(view, said)
    if step in ("receiving", "accepting") and view.party("source") and view.party("destination"):
        return _handed(view, said)
    if step in STEPS:
        return _stepped(view, said)
    if view.facility and step != "sensor_reporting":
        return _observed(view, said)
    return ()


def _things(view: View) -> list[Thing]:
    """The objects of any event with objects, each once."""
    found = [*view.things("epcList", "quantityList"), *view.things("childEPCs", "childQuantityList")]
    parent = getattr(view.event, "parentID", None)
    if parent and not isinstance(view.event, TransactionEvent):
        found.append(Thing(name_of(parent), (*view.place, "parentID"), single=False))
    return list({thing.name: thing for thing in reversed(found)}.values())[::-1]


def lots_of(view: View) -> list[str]:
    """Lots that are meant; none: the whole consignment."""
    return [] if view.whole else [thing.name for thing in _things(view)]


def _counted(view: View) -> list[dict[str, Any]]:
    """Lots with the quantity that was counted."""
    counted = [*view.things("", "quantityList"), *view.things("", "childQuantityList")]
    return [{"lot_id": one.name, "quantity": one.count} for one in counted if one.count is not None]


def _each(lots: Sequence[str]) -> Iterator[list[str]]:
    """Lots in lists that one record can take; one empty list where none is named."""
    yield from (list(lots[start : start + LOTS_EACH]) for start in range(0, len(lots) or 1, LOTS_EACH))


def _facility(view: View) -> str:
    if view.facility is None:
        raise Unmapped(view.place, "no_place", "says neither bizLocation nor readPoint")
    return view.facility


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _declared(view: View, said: Said) -> Iterator[dict[str, Any]]:
    profile = view.own.get("profile") or said.profile
    if profile is None:
        raise Unmapped(
            view.place,
            "profile_missing",
            "does not say which temperatures its lots need: name a profile with --profile",
        )
    own = _own_lots(view)
    lots = [_declared_lot(thing, own) for thing in view.things("epcList", "quantityList")]
    yield _known(
        kind="consignment_declared",
        profile=profile,
        lots=lots,
        imported=view.own.get("imported"),
        origin=view.own.get("origin"),
        importer=view.own.get("importer"),
    )


def _own_lots(view: View) -> dict[str, dict[str, Any]]:
    """What our own field says of lots, which the standard has no place for: item and expiry."""
    lots = view.own.get("lots")
    known = [
        own_fields(one, view.checked.scope) for one in (lots if isinstance(lots, list) else []) if isinstance(one, dict)
    ]
    return {str(one.get("lot")): one for one in known}


def _declared_lot(thing: Thing, own: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A lot's item is what our own field says, else its GTIN."""
    if thing.count is None:
        raise Unmapped(thing.place, "quantity_missing", "is declared without a quantity")
    said = own.get(thing.name, {})
    item = said.get("item") or (thing.name.split("/")[1] if thing.name.startswith("01/") else None)
    if item is None:
        raise Unmapped(thing.place, "item_missing", "has no GTIN that could say which item it is of")
    return _known(lot_id=thing.name, item=item, quantity=thing.count, expires_on=said.get("expires"))


def _stepped(view: View, said: Said) -> Iterator[dict[str, Any]]:
    step = view.own.get("step") or STEPS.get(view.event.bizStep or "")
    if step is None:
        raise Unmapped(view.place, "unknown_step", "says no step of a consignment")
    counted = {one["lot_id"]: one for one in _counted(view)}
    for number, lots in enumerate(_each(lots_of(view))):
        here = [counted[lot] for lot in lots if lot in counted] if lots else list(counted.values())
        body = _known(kind="step_reported", step=step, facility=_facility(view), to_area=view.own.get("toArea"))
        yield body | {"lot_ids": lots, "quantities": here} if lots or not number else body


def _handed(view: View, said: Said) -> Iterator[dict[str, Any]]:
    """EPCIS has one time for a handover: it is both parties', unless our own fields tell them apart."""
    own, at = view.own, view.event.eventTime.isoformat()
    yield _known(
        kind="custody_handed",
        from_party=view.party("source"),
        to_party=view.party("destination"),
        given_at=own.get("givenAt", at),
        taken_at=own.get("takenAt", at),
        seal_given=own.get("sealGiven"),
        seal_found=own.get("sealFound"),
        facility=view.facility,
        driver_id=own.get("driver"),
        vehicle=own.get("vehicle"),
        lot_ids=lots_of(view),
        quantities=_counted(view),
    )


def _tested(view: View, said: Said) -> Iterator[dict[str, Any]]:
    sample = next((one.bizTransaction for one in view.event.bizTransactionList if one.type == "testres"), None)
    if sample is None:
        raise Unmapped(view.place, "sample_missing", "names no test result (bizTransaction of type testres)")
    yield {
        "kind": "lab_reported",
        "sample_id": name_of(sample),
        "laboratory": view.own.get("laboratory") or _facility(view),
        "result": _RESULTS.get(view.event.disposition or "", view.event.disposition),
        "sampled_at": view.own.get("sampledAt", view.event.eventTime.isoformat()),
        "lot_ids": lots_of(view),
    }


def _disinfected(view: View, said: Said) -> Iterator[dict[str, Any]]:
    yield _known(
        kind="lots_disinfected",
        batch_id=view.own.get("batch"),
        facility=_facility(view),
        agent=view.own.get("agent"),
        lot_ids=lots_of(view),
    )


def _observed(view: View, said: Said) -> Iterator[dict[str, Any]]:
    for lots in _each(lots_of(view)):
        yield {"kind": "lots_observed", "facility": _facility(view), "lot_ids": lots}


def _gone(view: View) -> list[dict[str, Any]]:
    """Lots with quantities, of events that take them away: a single object is one."""
    things = [*view.things("epcList", "quantityList"), *view.things("childEPCs", "childQuantityList")]
    for thing in things:
        if thing.count is None:
            raise Unmapped(thing.place, "quantity_missing", "is taken away without a quantity")
    return [{"lot_id": thing.name, "quantity": thing.count} for thing in things]


def _destroyed(view: View, said: Said) -> Iterator[dict[str, Any]]:
    yield {
        "kind": "lots_destroyed",
        "quantities": _gone(view),
        "facility": _facility(view),
        "reason": view.own.get("reason") or view.event.disposition or "destroyed",
    }


def _returned(view: View, said: Said) -> Iterator[dict[str, Any]]:
    yield {
        "kind": "lots_returned",
        "quantities": _gone(view),
        "to_party": view.party("destination"),
        "reason": view.own.get("reason") or "returned",
    }


def _aggregated(view: View, said: Said) -> Iterator[dict[str, Any]]:
    event = view.event
    assert isinstance(event, AggregationEvent | AssociationEvent)
    children = [thing.name for thing in view.things("childEPCs", "childQuantityList")] or list(view.inside)
    if not children:
        raise Unmapped(
            view.place, "no_children", "takes out all children, and no event before it says which: name them"
        )
    for chunk in _each(children):
        parent = name_of(event.parentID or "")
        yield {"kind": "lots_aggregated", "action": event.action.lower(), "parent_id": parent, "child_ids": chunk}


def _transformed(view: View, said: Said) -> Iterator[dict[str, Any]]:
    inputs = view.things("inputEPCList", "inputQuantityList")
    outputs = view.things("outputEPCList", "outputQuantityList")
    if not inputs or not outputs:
        raise Unmapped(view.place, "half_transformation", "names only inputs or only outputs: give both in one event")
    for thing in inputs:
        if thing.count is None:
            raise Unmapped(thing.place, "quantity_missing", "is used up without a quantity")
    own = _own_lots(view)
    yield _known(
        kind="lots_transformed",
        inputs=[{"lot_id": thing.name, "quantity": thing.count} for thing in inputs],
        outputs=[_declared_lot(thing, own) for thing in outputs],
        facility=view.facility,
    )


def _waived(view: View, said: Said) -> Iterator[dict[str, Any]]:
    yield _known(kind="check_waived", check_id=view.own.get("check"), reason=view.own.get("reason"))


def _certified(view: View, said: Said) -> Iterator[dict[str, Any]]:
    """Certificates come by `certificates` for every event; an event of our own may have nothing else."""
    return iter(())


BUILDERS: Final[dict[str, Builder]] = {
    "consignment_declared": _declared,
    "step_reported": _stepped,
    "certificate_issued": _certified,
    "custody_handed": _handed,
    "lab_reported": _tested,
    "lots_disinfected": _disinfected,
    "lots_aggregated": _aggregated,
    "lots_transformed": _transformed,
    "lots_observed": _observed,
    "lots_returned": _returned,
    "lots_destroyed": _destroyed,
    "check_waived": _waived,
    "temperature_read": _certified,
}
"""By our own word for what an event reports."""
