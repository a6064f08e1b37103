"""Invalid documents of every sort, made from valid ones: each is refused at its place and for its rule alone."""

from __future__ import annotations

import pytest

from streams.epcis.problem import path
from tests.streams.epcis.kit import (
    AT,
    CONTEXT,
    LOT,
    PALLET,
    PIECE,
    STORE,
    broken,
    changed,
    document,
    event,
    reading,
    sensed,
)

EVENT = ("epcisBody", "eventList", 0)
E = "$.epcisBody.eventList[0]"
Q = f"{E}.quantityList[0]"
R = f"{E}.sensorElementList[0].sensorReport[0]"
REPORT = (*EVENT, "sensorElementList", 0, "sensorReport", 0)
QUANTITY = (*EVENT, "quantityList", 0)
ELEMENT = (*EVENT, "sensorElementList", 0)
SEEN = document(event(epcList=[PIECE], readPoint={"id": STORE}, bizStep="shipping", disposition="in_transit"))
COUNTED = document(event(quantityList=[{"epcClass": LOT, "quantity": 20, "uom": "KGM"}]))
SENSED = document(sensed(reading()))
PACKED = document(event("AggregationEvent", action="ADD", parentID=PALLET, childEPCs=[PIECE]))
FIXED = document(event("AssociationEvent", action="ADD", parentID=STORE, childEPCs=[PIECE]))
TRADED = document(event("TransactionEvent", epcList=[PIECE], bizTransactionList=[{"bizTransaction": "urn:x:po:1"}]))
MADE = document(
    event("TransformationEvent", inputEPCList=[PIECE], outputQuantityList=[{"epcClass": LOT, "quantity": 2}])
)
WRONG = document(event(epcList=[PIECE], eventID="urn:x:1", errorDeclaration={"declarationTime": AT}))
VALID = [SEEN, COUNTED, SENSED, PACKED, FIXED, TRADED, MADE, WRONG]

TYPES = [
    (changed(SEEN, *EVENT, name, to=value), path((*EVENT, name)), code)
    for name, value, code in (
        ("eventTime", 1648773000, "wrong_type"),
        ("eventTime", "2022-04-01", "not_a_time"),
        ("eventTime", "2022-04-01T25:00:00Z", "not_a_time"),
        ("eventTime", "2022-04-01 08:30:00+08:00", "not_a_time"),
        ("eventTime", "2022-04-01T08:30:00+24:00", "not_a_time"),
        ("eventTime", None, "null_value"),
        ("recordTime", "2022-04-01T08:30", "not_a_time"),
        ("eventTimeZoneOffset", 8, "wrong_type"),
        ("eventTimeZoneOffset", "Asia/Shanghai", "not_an_offset"),
        ("eventTimeZoneOffset", "Z", "not_an_offset"),
        ("eventTimeZoneOffset", "+08", "not_an_offset"),
        ("eventTimeZoneOffset", "+08:60", "not_an_offset"),
        ("eventTimeZoneOffset", "+٠٨:٠٠", "not_an_offset"),
        ("action", "observe", "not_in_vocabulary"),
        ("action", ["OBSERVE"], "not_in_vocabulary"),
        ("bizStep", "shiping", "not_in_vocabulary"),
        ("bizStep", "Shipping", "not_in_vocabulary"),
        ("bizStep", "", "not_in_vocabulary"),
        ("bizStep", "https://ref.gs1.org/cbv/BizStep-shiping", "not_in_vocabulary"),
        ("bizStep", ["shipping"], "wrong_type"),
        ("disposition", "shipping", "not_in_vocabulary"),
        ("disposition", "cbv:Disp-lost", "not_in_vocabulary"),
        ("disposition", "urn:epcglobal:cbv:disp:in_transit", "not_in_vocabulary"),
        ("readPoint", STORE, "wrong_type"),
        ("epcList", PIECE, "wrong_type"),
        ("quantityList", {"epcClass": LOT}, "wrong_type"),
        ("sensorElementList", {}, "wrong_type"),
        ("errorDeclaration", True, "wrong_type"),
        ("childEPCs", [PIECE], "unknown_field"),
        ("inputEPCList", [PIECE], "unknown_field"),
        ("transformationID", "urn:x:1", "unknown_field"),
        ("temperature", -18, "unknown_field"),
        ("ext:seal", "S1", "prefix_undeclared"),
        ("@context", 7, "wrong_type"),
    )
]
MISSING = [
    (changed(SEEN, *EVENT, "eventTimeZoneOffset", drop=True), f"{E}.eventTimeZoneOffset", "missing"),
    (changed(SEEN, *EVENT, "action", drop=True), f"{E}.action", "missing"),
    (changed(SEEN, *EVENT, "type", drop=True), f"{E}.type", "missing"),
    (changed(SEEN, *EVENT, "readPoint", to={}), f"{E}.readPoint.id", "missing"),
    (changed(SEEN, "creationDate", drop=True), "$.creationDate", "missing"),
    (changed(SEEN, "epcisBody", drop=True), "$.epcisBody", "missing"),
    (changed(SEEN, "epcisBody", to={}), "$.epcisBody.eventList", "missing"),
    (changed(SEEN, "type", drop=True), "$.type", "unknown_type"),
    (changed(SEEN, "@context", to="https://schema.org/"), "$['@context']", "context_missing"),
    (changed(SEEN, "@context", to=[]), "$['@context']", "context_missing"),
    (changed(COUNTED, *QUANTITY, "epcClass", drop=True), f"{Q}.epcClass", "missing"),
    (
        changed(WRONG, *EVENT, "errorDeclaration", to={"reason": "incorrect_data"}),
        f"{E}.errorDeclaration.declarationTime",
        "missing",
    ),
    (changed(TRADED, *EVENT, "bizTransactionList", drop=True), f"{E}.bizTransactionList", "missing"),
    (
        changed(TRADED, *EVENT, "bizTransactionList", 0, to={"type": "po"}),
        f"{E}.bizTransactionList[0].bizTransaction",
        "missing",
    ),
    (changed(SEEN, *EVENT, "sourceList", to=[{"source": STORE}]), f"{E}.sourceList[0].type", "missing"),
    (
        changed(SEEN, *EVENT, "destinationList", to=[{"type": "location"}]),
        f"{E}.destinationList[0].destination",
        "missing",
    ),
    (changed(SENSED, *ELEMENT, "sensorReport", drop=True), f"{E}.sensorElementList[0].sensorReport", "missing"),
    (changed(MADE, *EVENT, "outputQuantityList", drop=True), E, "no_inputs_or_outputs"),
    (
        changed(changed(MADE, *EVENT, "outputQuantityList", drop=True), *EVENT, "inputEPCList", to=[]),
        E,
        "no_inputs_or_outputs",
    ),
    (
        changed(changed(PACKED, *EVENT, "action", to="DELETE"), *EVENT, "parentID", drop=True),
        f"{E}.parentID",
        "parent_missing",
    ),
    (changed(FIXED, *EVENT, "childEPCs", to=[]), E, "no_children"),
]
_INSTANCE_URIS = (
    ("https://id.gs1.org/01/06901234000017/21/77", "identifier_syntax"),  # check digit
    ("https://id.gs1.org/01/0690123400002/21/77", "identifier_syntax"),  # the check digit of 13 digits
    ("https://shop.example/01/06901234000017/21/77", "identifier_syntax"),  # a link on a resolver of one's own
    ("https://id.gs1.org/00/069012340000000017", "identifier_syntax"),
    ("https://id.gs1.org/01/06901234000016/21/", "identifier_syntax"),
    ("https://id.gs1.org/21/77", "identifier_syntax"),
    ("https://id.gs1.org/01/06901234000016", "class_for_instance"),
    ("https://id.gs1.org/01/06901234000016/10/AB1", "class_for_instance"),
    ("urn:epc:id:sgtin:6901234.00001.77", "identifier_syntax"),  # 12 digits
    ("urn:epc:id:sgtin:6901234.000001", "identifier_syntax"),  # no serial
    ("urn:epc:id:sgtin:6901234.000001.", "identifier_syntax"),
    ("urn:epc:id:sgtin:6901234-000001-77", "identifier_syntax"),
    ("urn:epc:id:sscc:6901234.000000001", "identifier_syntax"),
    ("urn:epc:id:gtin:6901234.000001", "identifier_syntax"),
    ("urn:epc:tag:sgtin-96:3.6901234.000001.77", "identifier_syntax"),
    ("urn:epc:class:lgtin:6901234.000001.AB1", "class_for_instance"),
    ("urn:epc:idpat:sgtin:6901234.000001.*", "class_for_instance"),
    ("06901234000016", "not_a_uri"),
    ("(01)06901234000016(21)77", "not_a_uri"),
    ("https://id.gs1.org/01/06901234000016/21/a b", "not_a_uri"),
    ("", "not_a_uri"),
    (77, "wrong_type"),
)
IDENTIFIERS = [
    *((changed(SEEN, *EVENT, "epcList", to=[uri]), f"{E}.epcList[0]", code) for uri, code in _INSTANCE_URIS),
    (
        changed(COUNTED, *QUANTITY, "epcClass", to="urn:epc:class:lgtin:6901234.00001.A"),
        f"{Q}.epcClass",
        "identifier_syntax",
    ),
    (changed(COUNTED, *QUANTITY, "epcClass", to=PALLET), f"{Q}.epcClass", "instance_for_class"),
    (changed(PACKED, *EVENT, "parentID", to="urn:epc:id:sscc:6901234.1"), f"{E}.parentID", "identifier_syntax"),
    (changed(PACKED, *EVENT, "childEPCs", to=[PIECE, PIECE]), f"{E}.childEPCs", "doubled_item"),
    (
        changed(SEEN, *EVENT, "bizLocation", to={"id": "https://id.gs1.org/414/6901234000017"}),
        f"{E}.bizLocation.id",
        "identifier_syntax",
    ),
    (
        changed(MADE, *EVENT, "transformationID", to="urn:epc:id:gdti:6901234.1.1"),
        f"{E}.transformationID",
        "identifier_syntax",
    ),
    (changed(WRONG, *EVENT, "eventID", to="ni:///sha-256;zz?ver=CBV2.0"), f"{E}.eventID", "event_hash"),
    (
        changed(WRONG, *EVENT, "eventID", to="urn:uuid:12345678-1234-1234-1234-12345678901"),
        f"{E}.eventID",
        "event_uuid",
    ),
    (
        changed(WRONG, *EVENT, "errorDeclaration", "correctiveEventIDs", to=["e 2"]),
        f"{E}.errorDeclaration.correctiveEventIDs[0]",
        "not_a_uri",
    ),
]
QUANTITIES = [
    (changed(COUNTED, *QUANTITY, name, to=value), path((*QUANTITY, name)), code)
    for name, value, code in (
        ("quantity", 0, "quantity_not_positive"),
        ("quantity", -0.5, "quantity_not_positive"),
        ("quantity", "20 kg", "wrong_type"),
        ("quantity", [20], "wrong_type"),
        ("quantity", None, "null_value"),
        ("uom", "kgm", "not_a_uom"),
        ("uom", "KILO", "not_a_uom"),
        ("uom", 7, "wrong_type"),
        ("ex:weight", 7, "unknown_field"),
    )
]
SENSORS = [
    (changed(SENSED, *REPORT, name, to=value), path((*REPORT, at)), code)
    for name, value, at, code in (
        ("type", "temperature", "type", "not_in_vocabulary"),
        ("type", "gs1:MT-Temperature", "type", "not_in_vocabulary"),
        ("type", "ext:Warmth", "type", "prefix_undeclared"),
        ("value", None, "value", "null_value"),
        ("value", [-18.5], "value", "wrong_type"),
        ("value", True, "value", "wrong_type"),
        ("uom", "P1", "uom", "uom_of_another_type"),
        ("uom", "C", "uom", "not_a_uom"),
        ("uom", "XYZ", "uom", "uom_of_another_type"),
        ("type", "RelativeHumidity", "uom", "uom_of_another_type"),
        ("type", "Count", "uom", "uom_of_another_type"),
        ("stringValue", "cold", "stringValue", "values_doubled"),
        ("booleanValue", False, "booleanValue", "values_doubled"),
        ("booleanValue", "false", "booleanValue", "wrong_type"),
        ("uriValue", "cold", "uriValue", "not_a_uri"),
        ("percRank", 50, "percValue", "percentile_incomplete"),
        ("time", "2022-04-01T08:00:00", "time", "not_a_time"),
        ("time", "2022-04-01T01:00:00Z", "time", "sensor_after_event"),
        ("time", "2099-01-01T00:00:00+08:00", "time", "sensor_after_event"),
        ("startTime", AT, "startTime", "unknown_field"),
        ("deviceID", "logger 1", "deviceID", "not_a_uri"),
        ("exception", "TOO_WARM", "exception", "not_in_vocabulary"),
        ("epcis:value", 4, "epcis:value", "doubled_field"),
    )
] + [
    (
        document(sensed(reading(time=None), meta={"startTime": AT, "endTime": "2022-04-01T08:00:00+08:00"})),
        f"{E}.sensorElementList[0].sensorMetadata.endTime",
        "period_reversed",
    ),
    (
        document(sensed(reading(time=None), meta={"startTime": "2022-04-01T08:00:00+08:00"})),
        f"{E}.sensorElementList[0].sensorMetadata.endTime",
        "period_open",
    ),
    (
        document(sensed(reading(), meta={"startTime": "2022-04-01T08:01:00+08:00", "endTime": AT})),
        f"{R}.time",
        "time_outside_period",
    ),
    (document(sensed(reading(), meta={"uom": "CEL"})), f"{E}.sensorElementList[0].sensorMetadata.uom", "unknown_field"),
    (document(sensed()), f"{E}.sensorElementList[0].sensorReport", "empty_list"),
]
CASES = [*TYPES, *MISSING, *IDENTIFIERS, *QUANTITIES, *SENSORS]


@pytest.mark.parametrize("good", VALID)
def test_what_the_cases_are_made_of_is_accepted(good):
    assert broken(good) == []


@pytest.mark.parametrize(("bad", "at", "code"), CASES, ids=[f"{code}-{n}" for n, (_, _, code) in enumerate(CASES)])
def test_it_is_refused_at_its_place_and_for_its_rule(bad, at, code):
    assert (at, code) in broken(bad)


def test_one_mistake_is_told_once():
    told = [(at, code) for bad, at, code in CASES if len(broken(bad)) != 1]
    assert told == [(f"{R}.value", "null_value")]  # without its value a report says nothing, and its unit neither


def test_an_event_that_is_repeated_as_wrong_may_have_two_values():
    wrong = changed(SENSED, *REPORT, "stringValue", to="cold")
    assert broken(changed(wrong, *EVENT, "errorDeclaration", to={"declarationTime": AT})) == []


def test_a_context_of_the_standard_is_named_in_any_of_its_forms():
    for named in (CONTEXT, [CONTEXT], [{"ex": "https://ns.example.com/"}, CONTEXT], CONTEXT.replace("2.0.0/", "")):
        assert broken(changed(SEEN, "@context", to=named)) == []
