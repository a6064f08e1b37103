"""What each kind of record says, in the standard's fields and, where it has none, in our own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import singledispatch
from typing import Any, Final

from pydantic import BaseModel

from schemas import consignment as c
from schemas.temperature import TemperatureRead
from streams.epcis.identifier import RESOLVER, Level, read_key
from streams.epcis.names import CONSIGNMENT, LOT, PARTY, PLACE, PREFIX, SAMPLE, own_uri, uri_of

Json = dict[str, Any]

_STEPS: Final = {
    "cleared": "other",
    "warehoused": "receiving",
    "released": "departing",
    "transported": "transporting",
    "stored": "storing",
    "issued": "dispensing",
}
"""The business step nearest to a consignment's step; our own field says which it is."""
_RESULTS: Final = {"negative": "conformant", "positive": "non_conformant", "inconclusive": "unknown"}


@singledispatch
def body_of(report: BaseModel) -> Json:
    """The fields of a report's event besides those that every event has."""
    raise TypeError(type(report))


def _own(**fields: Any) -> Json:
    """Fields of our own, those that say something."""
    return {f"{PREFIX}:{name}": _plain(value) for name, value in fields.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def _place(facility: str | None) -> Json:
    return {"bizLocation": {"id": uri_of(facility, PLACE)}} if facility else {}


def _objects(
    report: c.ConsignmentMessage | TemperatureRead, lots: Sequence[str], quantities: Sequence[c.LotQuantity] = ()
) -> Json:
    """Lots, with quantities where they are known; none named: the consignment itself stands for all of them."""
    amounts = {one.lot_id: one.quantity for one in quantities}
    single = [lot for lot in lots if _is_instance(lot)]
    classes = dict.fromkeys([*(lot for lot in lots if not _is_instance(lot)), *amounts])
    epcs = [uri_of(lot, LOT) for lot in single] if lots else [own_uri(report.consignment_id, CONSIGNMENT)]
    listed = [_element(lot, amounts.get(lot)) for lot in classes if lot not in single]
    return ({"epcList": epcs} if epcs else {}) | ({"quantityList": listed} if listed else {})


def _element(lot: str, quantity: int | None) -> Json:
    return {"epcClass": uri_of(lot, LOT)} | ({} if quantity is None else {"quantity": quantity})


def _is_instance(lot: str) -> bool:
    try:
        key = read_key(RESOLVER + lot)
    except ValueError:
        return False
    return key is not None and key.level is Level.INSTANCE


def _amounts(quantities: Sequence[c.LotQuantity | c.DeclaredLot], single: str, many: str) -> Json:
    """Quantities that are all there is of what an event names: single objects are one each."""
    ones = [one for one in quantities if one.quantity == 1 and _is_instance(one.lot_id)]
    rest = [_element(one.lot_id, one.quantity) for one in quantities if one not in ones]
    found: Json = {single: [uri_of(one.lot_id, LOT) for one in ones]} if ones else {}
    return found | ({many: rest} if rest else {})


def _items(lots: Sequence[c.DeclaredLot]) -> Json:
    return _own(lots=[_own(lot=lot.lot_id, item=lot.item, expires=lot.expires_on) for lot in lots])


@body_of.register
def _(report: c.ConsignmentDeclared) -> Json:
    return {
        "action": "ADD",
        "bizStep": "commissioning",
        **_amounts(report.lots, "epcList", "quantityList"),
        **_items(report.lots),
        **_own(profile=report.profile, imported=report.imported, origin=report.origin, importer=report.importer),
    }


@body_of.register
def _(report: c.StepReported) -> Json:
    objects = _objects(report, report.lot_ids, report.quantities)
    own = _own(step=report.step.value, toArea=report.to_area)
    return {"bizStep": _STEPS[report.step.value], **objects, **_place(report.facility), **own}


@body_of.register
def _(report: c.CertificateIssued) -> Json:
    details = {
        "gs1:certificationIdentification": report.certificate_id,
        "gs1:certificationStandard": report.type.value,
        "gs1:certificationAgency": report.issuer,
        "gs1:certificationStartDate": report.valid_from.isoformat(),
        **({"gs1:certificationEndDate": report.valid_until.isoformat()} if report.valid_until else {}),
        **_own(province=report.province),
    }
    info = uri_of(report.certificate_id, "certificate")
    return {"certificationInfo": [info], "gs1:certification": [details], **_objects(report, report.lot_ids)}


@body_of.register
def _(report: c.CustodyHanded) -> Json:
    return {
        "bizStep": "receiving",
        "sourceList": [{"type": "possessing_party", "source": uri_of(report.from_party, PARTY)}],
        "destinationList": [{"type": "possessing_party", "destination": uri_of(report.to_party, PARTY)}],
        **_objects(report, report.lot_ids, report.quantities),
        **_place(report.facility),
        **_own(givenAt=report.given_at, takenAt=report.taken_at),
        **_own(sealGiven=report.seal_given, sealFound=report.seal_found),
        **_own(driver=report.driver_id, vehicle=report.vehicle),
    }


@body_of.register
def _(report: c.LabReported) -> Json:
    sample = {"type": "testres", "bizTransaction": uri_of(report.sample_id, SAMPLE)}
    return {
        "bizStep": "inspecting",
        "disposition": _RESULTS[report.result.value],
        "bizTransactionList": [{"bizTransaction": own_uri(report.consignment_id, CONSIGNMENT)}, sample],
        **_objects(report, report.lot_ids),
        **_own(laboratory=report.laboratory, sampledAt=report.sampled_at),
    }


@body_of.register
def _(report: c.LotsDisinfected) -> Json:
    own = _own(batch=report.batch_id, agent=report.agent)
    return {"bizStep": "other", **_objects(report, report.lot_ids), **_place(report.facility), **own}


@body_of.register
def _(report: c.LotsAggregated) -> Json:
    single = [uri_of(child, LOT) for child in report.child_ids if _is_instance(child)]
    classes = [{"epcClass": uri_of(child, LOT)} for child in report.child_ids if not _is_instance(child)]
    return {
        "type": "AggregationEvent",
        "action": report.action.upper(),
        "bizStep": "packing" if report.action == "add" else "unpacking",
        "parentID": uri_of(report.parent_id, LOT),
        **({"childEPCs": single} if single else {}),
        **({"childQuantityList": classes} if classes else {}),
    }


@body_of.register
def _(report: c.LotsTransformed) -> Json:
    return {
        "type": "TransformationEvent",
        **_amounts(report.inputs, "inputEPCList", "inputQuantityList"),
        **_amounts(report.outputs, "outputEPCList", "outputQuantityList"),
        **_items(report.outputs),
        **_place(report.facility),
    }


@body_of.register
def _(report: c.LotsObserved) -> Json:
    return _objects(report, report.lot_ids) | _place(report.facility)


@body_of.register
def _(report: c.LotsReturned) -> Json:
    return {
        "bizStep": "shipping",
        "disposition": "returned",
        "destinationList": [{"type": "possessing_party", "destination": uri_of(report.to_party, PARTY)}],
        **_amounts(report.quantities, "epcList", "quantityList"),
        **_own(reason=report.reason),
    }


@body_of.register
def _(report: c.LotsDestroyed) -> Json:
    return {
        "action": "DELETE",
        "bizStep": "destroying",
        "disposition": "destroyed",
        **_amounts(report.quantities, "epcList", "quantityList"),
        **_place(report.facility),
        **_own(reason=report.reason),
    }


@body_of.register
def _(report: c.CheckWaived) -> Json:
    return _objects(report, ()) | _own(check=report.check_id, reason=report.reason)


@body_of.register
def _(report: TemperatureRead) -> Json:
    return {"bizStep": "sensor_reporting", **_objects(report, report.lot_ids)}
