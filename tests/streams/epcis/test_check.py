"""Every rule: the document that keeps it is accepted, the one that breaks it is refused there and for that."""

import json

import pytest

from streams.epcis.check import check
from streams.epcis.text import DEPTH, LIMIT
from tests.streams.epcis.kit import (
    AT,
    CONTEXT,
    LOT,
    PALLET,
    PIECE,
    STORE,
    broken,
    changed,
    checked,
    document,
    event,
    reading,
    sensed,
)

EVENT = ("epcisBody", "eventList", 0)
E = "$.epcisBody.eventList[0]"
S = f"{E}.sensorElementList[0]"
SENSED = document(sensed(reading()))
LOTS = document(event(quantityList=[{"epcClass": LOT, "quantity": 200.5, "uom": "KGM"}]))
PACKED = document(event("AggregationEvent", action="ADD", parentID=PALLET, childEPCs=[PIECE]))
FIXED = document(event("AssociationEvent", action="ADD", parentID=STORE, childEPCs=[PIECE]))
TRADED = document(event("TransactionEvent", epcList=[PIECE], bizTransactionList=[{"bizTransaction": "urn:x:po:1"}]))
MADE = document(
    event("TransformationEvent", inputEPCList=[PIECE], outputQuantityList=[{"epcClass": LOT, "quantity": 2}])
)
BORN = document(event(action="ADD", epcList=[PIECE], ilmd={"ex:batch": "1"}))
WRONG = document(event(epcList=[PIECE], eventID="urn:x:1", errorDeclaration={"declarationTime": AT}))
PERIOD = {"startTime": "2022-04-01T07:00:00+08:00", "endTime": "2022-04-01T08:10:00+08:00"}
SUMMED = document(sensed(reading(None, minValue=-19, meanValue=-18.5, maxValue=-18, time=None), meta=PERIOD))


@pytest.mark.parametrize(
    "good",
    [SENSED, LOTS, PACKED, FIXED, TRADED, MADE, BORN, WRONG, SUMMED, {"@context": CONTEXT} | event(epcList=[PIECE])],
)
def test_what_keeps_the_rules_is_accepted(good):
    assert broken(good) == []


REPORT = (*EVENT, "sensorElementList", 0, "sensorReport", 0)
META = (*EVENT, "sensorElementList", 0, "sensorMetadata")
LATER = "2022-04-01T08:30:00.001+08:00"
CASES = [
    # envelope
    (changed(LOTS, "schemaVersion", to="1.2"), "$.schemaVersion", "schema_version"),
    (changed(LOTS, "schemaVersion", drop=True), "$.schemaVersion", "missing"),
    (changed(LOTS, "creationDate", to="2022-04-01"), "$.creationDate", "not_a_time"),
    (changed(LOTS, "type", to="EpcisDocument"), "$.type", "unknown_type"),
    (changed(LOTS, "epcisBody", "eventList", to={}), "$.epcisBody.eventList", "wrong_type"),
    (changed(LOTS, "note", to="x"), "$.note", "unknown_field"),
    (changed(LOTS, "sender", to=None), "$.sender", "null_value"),
    (
        changed(LOTS, "epcisHeader", to={"epcisMasterData": {"vocabularyList": [{}]}}),
        "$.epcisHeader.epcisMasterData.vocabularyList[0].type",
        "missing",
    ),
    # context
    (changed(LOTS, "@context", drop=True), "$['@context']", "context_missing"),
    (changed(LOTS, "@context", to=[{"ex": "https://ns.example.com/"}]), "$['@context']", "context_missing"),
    (changed(LOTS, "@context", to=[CONTEXT, CONTEXT]), "$['@context'][1]", "doubled_item"),
    (changed(LOTS, "@context", to=[CONTEXT, {"ex": "no uri"}]), "$['@context'][1].ex", "context_prefix"),
    (changed(LOTS, "@context", to=[CONTEXT, "no uri"]), "$['@context'][1]", "context_uri"),
    (
        changed(LOTS, "@context", to=[CONTEXT, {"cbv": "https://x.example/"}]),
        "$['@context'][1].cbv",
        "context_redefined",
    ),
    (
        changed(LOTS, "@context", to=[CONTEXT, {"action": "https://x.example/"}]),
        "$['@context'][1].action",
        "context_redefined",
    ),
    (changed(LOTS, *EVENT, "my:field", to=1), f"{E}['my:field']", "prefix_undeclared"),
    (changed(LOTS, *EVENT, "ex:field", to={"my:field": 1}), f"{E}['ex:field']['my:field']", "prefix_undeclared"),
    (changed(LOTS, *EVENT, "bizStep", to="my:step"), f"{E}.bizStep", "prefix_undeclared"),
    (changed(BORN, *EVENT, "ilmd", to={"my:batch": 1}), f"{E}.ilmd['my:batch']", "prefix_undeclared"),
    (changed(BORN, *EVENT, "ilmd", to={"batch": 1}), f"{E}.ilmd.batch", "unknown_field"),
    # doubled
    (changed(LOTS, *EVENT, "epcis:action", to="ADD"), f"{E}['epcis:action']", "doubled_field"),
    (
        changed(LOTS, *EVENT, "https://ref.gs1.org/epcis/action", to="ADD"),
        f"{E}['https://ref.gs1.org/epcis/action']",
        "doubled_field",
    ),
    (changed(LOTS, *EVENT, "epcis:bizStep", to="x"), f"{E}['epcis:bizStep']", "standard_field_prefixed"),
    (changed(BORN, *EVENT, "epcList", to=[PIECE, PIECE]), f"{E}.epcList", "doubled_item"),
    (
        changed(BORN, *EVENT, "epcList", to=[PIECE, "urn:epc:id:sgtin:6901234.000001.77"]),
        f"{E}.epcList[1]",
        "doubled_item",
    ),
    # every event
    (changed(LOTS, *EVENT, "eventTime", drop=True), f"{E}.eventTime", "missing"),
    (changed(LOTS, *EVENT, "eventTime", to="2022-04-01T08:30:00"), f"{E}.eventTime", "not_a_time"),
    (changed(LOTS, *EVENT, "eventTime", to="2022-02-30T08:30:00Z"), f"{E}.eventTime", "not_a_time"),
    (changed(LOTS, *EVENT, "recordTime", to="yesterday"), f"{E}.recordTime", "not_a_time"),
    (changed(LOTS, *EVENT, "eventTimeZoneOffset", to="8:00"), f"{E}.eventTimeZoneOffset", "not_an_offset"),
    (changed(LOTS, *EVENT, "eventTimeZoneOffset", to="+14:30"), f"{E}.eventTimeZoneOffset", "not_an_offset"),
    (changed(LOTS, *EVENT, "type", to="ObjektEvent"), f"{E}.type", "unknown_type"),
    (changed(LOTS, *EVENT, "type", to="epcis:ObjectEvent"), f"{E}.type", "unknown_type"),
    (changed(LOTS, *EVENT, to=7), E, "wrong_type"),
    (changed(LOTS, *EVENT, "eventID", to="ni:///sha-256;12?ver=CBV2.0"), f"{E}.eventID", "event_hash"),
    (changed(LOTS, *EVENT, "eventID", to="urn:uuid:1234"), f"{E}.eventID", "event_uuid"),
    (changed(LOTS, *EVENT, "eventID", to="no uri"), f"{E}.eventID", "not_a_uri"),
    (changed(LOTS, *EVENT, "certificationInfo", to=[{"a": 1}]), f"{E}.certificationInfo[0]", "wrong_type"),
    (changed(LOTS, *EVENT, "bizStep", to="transforming"), f"{E}.bizStep", "not_in_vocabulary"),
    (changed(LOTS, *EVENT, "bizStep", to="cbv:BizStep-transforming"), f"{E}.bizStep", "not_in_vocabulary"),
    (changed(LOTS, *EVENT, "bizStep", to="https://ref.gs1.org/cbv/Disp-active"), f"{E}.bizStep", "not_in_vocabulary"),
    (changed(LOTS, *EVENT, "bizStep", to="urn:epcglobal:cbv:bizstep:shipping"), f"{E}.bizStep", "not_in_vocabulary"),
    (changed(LOTS, *EVENT, "disposition", to="in_transport"), f"{E}.disposition", "not_in_vocabulary"),
    (changed(LOTS, *EVENT, "action", to="CREATE"), f"{E}.action", "not_in_vocabulary"),
    (
        changed(LOTS, *EVENT, "sourceList", to=[{"type": "place", "source": "urn:x:1"}]),
        f"{E}.sourceList[0].type",
        "not_in_vocabulary",
    ),
    (
        changed(LOTS, *EVENT, "bizTransactionList", to=[{"type": "order", "bizTransaction": "urn:x:1"}]),
        f"{E}.bizTransactionList[0].type",
        "not_in_vocabulary",
    ),
    (
        changed(LOTS, *EVENT, "bizTransactionList", to=[{"bizTransaction": "urn:x:1", "ex:a": 1}]),
        f"{E}.bizTransactionList[0]['ex:a']",
        "unknown_field",
    ),
    (changed(LOTS, *EVENT, "persistentDisposition", to={"set": []}), f"{E}.persistentDisposition.set", "empty_list"),
    (changed(LOTS, *EVENT, "persistentDisposition", to={}), f"{E}.persistentDisposition", "nothing_set"),
    (
        changed(LOTS, *EVENT, "persistentDisposition", to={"set": ["damaged"], "unset": ["damaged"]}),
        f"{E}.persistentDisposition",
        "set_and_unset",
    ),
    (
        changed(LOTS, *EVENT, "readPoint", to={"id": "urn:epc:id:sgln:6901234.0001.0"}),
        f"{E}.readPoint.id",
        "identifier_syntax",
    ),
    # error declarations
    (changed(WRONG, *EVENT, "errorDeclaration", to={}), f"{E}.errorDeclaration.declarationTime", "missing"),
    (
        changed(WRONG, *EVENT, "errorDeclaration", "reason", to="typo"),
        f"{E}.errorDeclaration.reason",
        "not_in_vocabulary",
    ),
    (
        changed(
            WRONG,
            *EVENT,
            "errorDeclaration",
            to={"declarationTime": AT, "reason": "did_not_occur", "correctiveEventIDs": ["urn:x:2"]},
        ),
        f"{E}.errorDeclaration.correctiveEventIDs",
        "correction_of_nothing",
    ),
    (
        changed(WRONG, *EVENT, "errorDeclaration", "correctiveEventIDs", to=["urn:x:1"]),
        f"{E}.errorDeclaration.correctiveEventIDs",
        "corrects_itself",
    ),
    # objects
    (document(event()), E, "no_objects"),
    (document(event(sensorElementList=[{"sensorReport": [reading()]}])), E, "no_objects"),
    (changed(BORN, *EVENT, "action", to="OBSERVE"), f"{E}.ilmd", "ilmd_not_allowed"),
    (changed(BORN, *EVENT, "epcList", to=[LOT]), f"{E}.epcList[0]", "class_for_instance"),
    (changed(BORN, *EVENT, "epcList", to=["urn:epc:id:sgtin:6901234.0001.1"]), f"{E}.epcList[0]", "identifier_syntax"),
    (changed(BORN, *EVENT, "parentID", to=PALLET), f"{E}.parentID", "unknown_field"),
    (changed(PACKED, *EVENT, "parentID", drop=True), f"{E}.parentID", "parent_missing"),
    (changed(PACKED, *EVENT, "childEPCs", to=[]), E, "no_children"),
    (changed(PACKED, *EVENT, "childEPCs", to=[PALLET]), f"{E}.parentID", "own_parent"),
    (changed(PACKED, *EVENT, "ilmd", to={}), f"{E}.ilmd", "unknown_field"),
    (changed(FIXED, *EVENT, "parentID", drop=True), f"{E}.parentID", "missing"),
    (changed(FIXED, *EVENT, "childEPCs", drop=True), E, "no_children"),
    (changed(TRADED, *EVENT, "bizTransactionList", to=[]), f"{E}.bizTransactionList", "empty_list"),
    (changed(TRADED, *EVENT, "epcList", drop=True), E, "no_objects"),
    (changed(MADE, *EVENT, "inputEPCList", drop=True), E, "no_inputs_or_outputs"),
    (changed(MADE, *EVENT, "action", to="ADD"), f"{E}.action", "unknown_field"),
    # quantities
    (changed(LOTS, *EVENT, "quantityList", 0, "quantity", to="twenty"), f"{E}.quantityList[0].quantity", "wrong_type"),
    (changed(LOTS, *EVENT, "quantityList", 0, "quantity", to=True), f"{E}.quantityList[0].quantity", "wrong_type"),
    (
        changed(LOTS, *EVENT, "quantityList", 0, "quantity", to=-1),
        f"{E}.quantityList[0].quantity",
        "quantity_not_positive",
    ),
    (changed(LOTS, *EVENT, "quantityList", 0, "uom", drop=True), f"{E}.quantityList[0].quantity", "quantity_not_whole"),
    (
        changed(LOTS, *EVENT, "quantityList", 0, "quantity", drop=True),
        f"{E}.quantityList[0].quantity",
        "uom_without_quantity",
    ),
    (changed(LOTS, *EVENT, "quantityList", 0, "uom", to="kg"), f"{E}.quantityList[0].uom", "not_a_uom"),
    (changed(LOTS, *EVENT, "quantityList", 0, "weight", to=5), f"{E}.quantityList[0].weight", "unknown_field"),
    (
        changed(LOTS, *EVENT, "quantityList", 0, "epcClass", to=PIECE),
        f"{E}.quantityList[0].epcClass",
        "instance_for_class",
    ),
    # sensors
    (changed(SENSED, *REPORT, "type", to="Wärme"), f"{S}.sensorReport[0].type", "not_in_vocabulary"),
    (
        changed(SENSED, *REPORT, "type", to="https://gs1.org/voc/Warmth"),
        f"{S}.sensorReport[0].type",
        "not_in_vocabulary",
    ),
    (changed(SENSED, *REPORT, "type", drop=True), f"{S}.sensorReport[0].type", "missing"),
    (changed(SENSED, *REPORT, "exception", to="ALARM"), f"{S}.sensorReport[0].exception", "not_in_vocabulary"),
    (changed(SENSED, *REPORT, "component", to="w"), f"{S}.sensorReport[0].component", "not_in_vocabulary"),
    (changed(SENSED, *REPORT, "uom", to="KGM"), f"{S}.sensorReport[0].uom", "uom_of_another_type"),
    (changed(SENSED, *REPORT, "uom", to="°C"), f"{S}.sensorReport[0].uom", "not_a_uom"),
    (changed(SENSED, *REPORT, "uom", drop=True), f"{S}.sensorReport[0].uom", "uom_missing"),
    (changed(SENSED, *REPORT, "value", to="-18"), f"{S}.sensorReport[0].value", "wrong_type"),
    (changed(SENSED, *REPORT, to={"type": "Temperature"}), f"{S}.sensorReport[0]", "nothing_measured"),
    (
        changed(SENSED, *REPORT, to={"type": "Temperature", "booleanValue": True, "uom": "CEL"}),
        f"{S}.sensorReport[0].uom",
        "uom_without_value",
    ),
    (changed(SENSED, *REPORT, "time", to=LATER), f"{S}.sensorReport[0].time", "sensor_after_event"),
    (changed(SENSED, *REPORT, "percRank", to=50), f"{S}.sensorReport[0].percValue", "percentile_incomplete"),
    (changed(SENSED, *REPORT, "sDev", to=-1), f"{S}.sensorReport[0].sDev", "deviation_negative"),
    (changed(SENSED, *REPORT, "hexBinaryValue", to="xyz"), f"{S}.sensorReport[0].hexBinaryValue", "not_hex"),
    (changed(SENSED, *META, to={"time": AT}), f"{S}.sensorReport[0].time", "sensor_attribute_doubled"),
    (
        document(sensed(reading(deviceID="urn:x:1"), meta={"deviceID": "urn:x:1"})),
        f"{S}.sensorReport[0].deviceID",
        "sensor_attribute_doubled",
    ),
    (
        document(sensed(reading(microorganism="urn:x:1", chemicalSubstance="urn:x:2"))),
        f"{S}.sensorReport[0].chemicalSubstance",
        "substance_and_organism",
    ),
    (changed(SUMMED, *META, "time", to=AT), f"{S}.sensorMetadata.time", "time_and_period"),
    (changed(SUMMED, *META, "endTime", drop=True), f"{S}.sensorMetadata.endTime", "period_open"),
    (
        changed(SUMMED, *META, "endTime", to="2022-04-01T06:59:59+08:00"),
        f"{S}.sensorMetadata.endTime",
        "period_reversed",
    ),
    (changed(SUMMED, *META, "endTime", to=LATER), f"{S}.sensorMetadata.endTime", "sensor_after_event"),
    (
        changed(SUMMED, *REPORT, "time", to="2022-04-01T06:00:00+08:00"),
        f"{S}.sensorReport[0].time",
        "time_outside_period",
    ),
    (changed(SUMMED, *REPORT, "maxValue", to=-18.7), f"{S}.sensorReport[0].maxValue", "statistics_reversed"),
    (changed(SENSED, *EVENT, "sensorElementList", 0, "sensorReport", to=[]), f"{S}.sensorReport", "empty_list"),
    (changed(SENSED, *EVENT, "sensorElementList", 0, "type", to="x"), f"{S}.type", "unknown_field"),
]


@pytest.mark.parametrize(("bad", "path", "code"), CASES, ids=[f"{code}-{n}" for n, (_, _, code) in enumerate(CASES)])
def test_what_breaks_a_rule_is_refused_there_and_for_that(bad, path, code):
    assert (path, code) in broken(bad)


def test_an_error_declaration_may_repeat_the_wrong_event_word_for_word():
    wrong = changed(SENSED, *META, to={"time": AT})
    again = changed(wrong, *EVENT, "errorDeclaration", to={"declarationTime": AT})
    assert [code for _, code in broken(wrong)] == ["sensor_attribute_doubled"]
    assert broken(again) == []
    assert [remark.code for remark in checked(again).remarks] == ["sensor_attribute_doubled"]


def test_one_id_stands_for_one_event():
    first, other = event(epcList=[PIECE], eventID="urn:x:1"), event(epcList=[PALLET], eventID="urn:x:1")
    declared = first | {"errorDeclaration": {"declarationTime": AT}}
    assert broken(document(first, first)) == []
    assert broken(document(first, declared)) == []
    assert broken(document(first, other)) == [("$.epcisBody.eventList[1].eventID", "event_id_reused")]


def test_a_query_answer_is_a_document_too():
    found = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [event(action="GIVE", epcList=[PIECE])]}}
    answer = {"@context": CONTEXT, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": found}}
    path = "$.epcisBody.queryResults.resultsBody.eventList[0].action"
    assert broken(answer) == [(path, "not_in_vocabulary")]


def test_a_vendors_own_event_needs_its_prefix():
    own = event("ex:Thaw", action=None)
    assert broken(document(own)) == []
    assert broken(document(own | {"type": "my:Thaw"})) == [(f"{E}.type", "prefix_undeclared")]


def test_a_bare_event_needs_its_own_context():
    assert broken(event(epcList=[PIECE])) == [("$['@context']", "context_missing")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'<?xml version="1.0"?><epcis:EPCISDocument/>', "xml"),
        (b"\xef\xbb\xbf\n<a/>", "xml"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "xml"),
        ("{}".encode("utf-16"), "not_utf8"),
        (b'{"type": "\xff"}', "not_utf8"),
        (b'{"type": ', "not_json"),
        (b'{"a": 1} {"b": 2}', "not_json"),
        (b"[1]", "not_an_object"),
        (b" " * (LIMIT + 1), "too_large"),
        (b'{"a":' * (DEPTH + 2) + b"1" + b"}" * (DEPTH + 2), "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b"<a>" + b" " * (LIMIT + 1), "xml"),
    ],
)  # fmt: skip
def test_what_is_no_json_document_is_refused_whole(data, code):
    assert [problem.code for problem in check(data).all_problems][:1] == [code]


def test_a_byte_order_mark_is_no_harm():
    assert check(b"\xef\xbb\xbf" + json.dumps(LOTS).encode()).accepted


@pytest.mark.parametrize(
    ("old", "new", "path", "code"),
    [
        ('"action"', '"action": "ADD", "action"', f"{E}.action", "doubled_key"),
        ("-18.5", "NaN", f"{S}.sensorReport[0].value", "not_a_number"),
        ("-18.5", "-Infinity", f"{S}.sensorReport[0].value", "not_a_number"),
        ("-18.5", "1e999", f"{S}.sensorReport[0].value", "not_a_number"),
        ("-18.5", "9" * 5000, f"{S}.sensorReport[0].value", "not_a_number"),
    ],
)
def test_flaws_of_json_itself_have_their_place(old, new, path, code):
    verdict = check(json.dumps(SENSED).replace(old, new, 1).encode())
    assert (path, code) in [(problem.path, problem.code) for problem in verdict.all_problems]


def test_problems_belong_to_their_events():
    bad = changed(SENSED, *REPORT, "uom", to="KGM")["epcisBody"]["eventList"][0]
    verdict = checked(document(event(epcList=[PIECE]), bad))
    assert verdict.problems == []
    assert [len(one.problems) for one in verdict.events] == [0, 1]


def test_a_field_that_cannot_be_read_does_not_hide_what_else_is_wrong():
    bad = changed(changed(BORN, *EVENT, "bizStep", to="shiping"), *EVENT, "action", to="OBSERVE")
    assert broken(bad) == [(f"{E}.bizStep", "not_in_vocabulary"), (f"{E}.ilmd", "ilmd_not_allowed")]
    assert broken(changed(BORN, *EVENT, "epcList", to="x")) == [(f"{E}.epcList", "wrong_type")]
