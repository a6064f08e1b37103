"""Given an event, then these records: the mapping of docs/epcis.md, case by case."""

from __future__ import annotations

import pytest

from schemas.consignment import Step
from streams.epcis.mapping.facts import Said
from streams.epcis.mapping.records import records
from tests.streams.epcis.kit import (
    AT,
    LOGGER,
    LOT,
    LOT_ID,
    PALLET,
    PIECE,
    STORE,
    checked,
    document,
    event,
    mapped,
    messages,
    reading,
    sensed,
)

PALLET_ID, STORE_ID, PIECE_ID = "00/069012340000000016", "414/6901234000016", "01/06901234000016/21/77"
HERE = {"bizLocation": {"id": STORE}}
NOWHERE = Said()


@pytest.mark.parametrize(
    ("biz_step", "step"),
    [
        ("storing", Step.STORED),
        ("stocking", Step.STORED),
        ("departing", Step.TRANSPORTED),
        ("shipping", Step.TRANSPORTED),
        ("transporting", Step.TRANSPORTED),
        ("cbv:BizStep-transporting", Step.TRANSPORTED),
        ("dispensing", Step.ISSUED),
        ("retail_selling", Step.ISSUED),
    ],
)
def test_business_steps_that_are_steps(biz_step, step):
    (said,) = messages(event(bizStep=biz_step, quantityList=[{"epcClass": LOT, "quantity": 5}], **HERE))
    assert (said.kind, said.step, said.facility, said.lot_ids) == ("step_reported", step, STORE_ID, (LOT_ID,))
    assert [(one.lot_id, one.quantity) for one in said.quantities] == [(LOT_ID, 5)]


@pytest.mark.parametrize("biz_step", ["arriving", "receiving", "unloading", "inspecting", "holding", None])
def test_other_steps_say_where_it_was(biz_step):
    (said,) = messages(event(bizStep=biz_step, epcList=[PIECE], **HERE))
    assert (said.kind, said.facility, said.lot_ids) == ("lots_observed", STORE_ID, (PIECE_ID,))


def test_our_own_field_says_what_the_standard_has_no_word_for():
    context = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"b": "urn:baogong:epcis:"}]
    own = {"b:report": "step_reported", "b:step": "warehoused", "b:source": "customs"}
    (said,) = messages(event(bizStep="receiving", epcList=[PIECE], **HERE, **own), **{"@context": context})
    assert (said.kind, said.step, said.source) == ("step_reported", Step.WAREHOUSED, "customs")


def test_a_commissioning_declares_lots():
    born = event(action="ADD", bizStep="commissioning", quantityList=[{"epcClass": LOT, "quantity": 2, "uom": "KGM"}])
    (said,) = messages(born, said=Said("c1", profile="frozen"))
    (lot,) = said.lots
    assert (said.kind, said.profile, lot.lot_id) == ("consignment_declared", "frozen", LOT_ID)
    assert (lot.item, lot.quantity) == ("06901234000016", 2000)
    (refused,) = mapped(born)
    assert [problem.code for problem in refused.refused] == ["profile_missing"]


@pytest.mark.parametrize(
    ("quantity", "uom", "count"),
    [(12, None, 12), (2, "KGM", 2000), (0.5, "TNE", 500_000), (1.25, "LTR", 1250), (7, "XBX", 7)],
)
def test_units_are_counted_in_their_smallest(quantity, uom, count):
    element = {"epcClass": LOT, "quantity": quantity} | ({"uom": uom} if uom else {})
    (said,) = messages(event(bizStep="storing", quantityList=[element], **HERE))
    assert said.quantities[0].quantity == count


def test_a_fraction_of_what_is_not_divided_further_is_refused():
    element = {"epcClass": LOT, "quantity": 0.5, "uom": "XBX"}
    (found,) = mapped(event(bizStep="storing", quantityList=[element], **HERE))
    assert [(one.path, one.code) for one in found.refused] == [
        ("$.epcisBody.eventList[0].quantityList[0].quantity", "fraction")
    ]


def test_aggregation_adds_and_takes_out():
    put = event(
        "AggregationEvent", action="ADD", parentID=PALLET, childEPCs=[PIECE], childQuantityList=[{"epcClass": LOT}]
    )
    out = event("AggregationEvent", action="DELETE", parentID=PALLET)
    first, second = messages(put, out)
    assert (first.kind, first.action, first.parent_id) == ("lots_aggregated", "add", PALLET_ID)
    assert first.child_ids == second.child_ids == (PIECE_ID, LOT_ID)
    assert second.action == "delete"
    (alone,) = mapped(out)
    assert [problem.code for problem in alone.refused] == ["no_children"]


def test_a_logger_is_fixed_to_a_container_and_its_readings_find_the_consignment():
    fixed = event("AssociationEvent", action="ADD", parentID=PALLET, childEPCs=[LOGGER])
    sold = event("TransactionEvent", action="ADD", epcList=[PALLET],
                 bizTransactionList=[{"type": "bol", "bizTransaction": "urn:x:bol:7"}])  # fmt: skip
    read = sensed(reading(deviceID=LOGGER), epcList=None)
    found = mapped(fixed, sold, read, said=NOWHERE)
    assert [[message.kind for message in one.messages] for one in found] == [
        ["lots_aggregated"],
        [],
        ["temperature_read"],
    ]
    assert {message.consignment_id for one in found for message in one.messages} == {"urn:x:bol:7"}
    assert [one.code for one in found[1].kept_out] == ["nothing_to_record"]


def test_a_transformation_uses_up_and_makes():
    other = "urn:epc:class:lgtin:6901234.000002.Z"
    made = event("TransformationEvent", inputQuantityList=[{"epcClass": LOT, "quantity": 3}], inputEPCList=[PIECE],
                 outputQuantityList=[{"epcClass": other, "quantity": 9}])  # fmt: skip
    (said,) = messages(made)
    assert [(one.lot_id, one.quantity) for one in said.inputs] == [(PIECE_ID, 1), (LOT_ID, 3)]
    assert [(one.item, one.quantity) for one in said.outputs] == [("06901234000023", 9)]


def test_a_handover_names_both_parties():
    ends = {
        "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:6901234.00001"}],
        "destinationList": [{"type": "possessing_party", "destination": "https://x.example/b"}],
    }
    (said,) = messages(event(bizStep="receiving", epcList=[PIECE], **ends, **HERE))
    assert (said.kind, said.from_party, said.to_party) == ("custody_handed", "417/6901234000016", "https://x.example/b")
    assert said.given_at == said.taken_at == said.occurred_at


@pytest.mark.parametrize(
    ("disposition", "result"), [("conformant", "negative"), ("non_conformant", "positive"), ("unknown", "inconclusive")]
)
def test_a_test_result(disposition, result):
    sample = [{"type": "testres", "bizTransaction": "urn:x:s1"}]
    (said,) = messages(event(disposition=disposition, epcList=[PIECE], bizTransactionList=sample, **HERE))
    assert (said.kind, said.sample_id, said.result, said.laboratory) == ("lab_reported", "urn:x:s1", result, STORE_ID)


def test_destroyed_and_returned():
    gone = event(action="DELETE", bizStep="destroying", quantityList=[{"epcClass": LOT, "quantity": 4}], **HERE)
    back = event(
        bizStep="shipping",
        disposition="returned",
        epcList=[PIECE],
        destinationList=[{"type": "owning_party", "destination": "urn:x:importer"}],
    )
    destroyed, returned = messages(gone, back)
    assert (destroyed.kind, destroyed.quantities[0].quantity) == ("lots_destroyed", 4)
    assert (returned.kind, returned.to_party, returned.quantities[0].lot_id) == (
        "lots_returned",
        "urn:x:importer",
        PIECE_ID,
    )


def test_a_certificate_in_the_words_of_gs1():
    certificate = {
        "gs1:certificationIdentification": "K-1",
        "gs1:certificationStandard": "nucleic_acid_test",
        "gs1:certificationAgency": "CDC",
        "gs1:certificationStartDate": "2022-04-01",
        "gs1:certificationEndDate": "2022-04-08",
    }
    observed, said = messages(event(epcList=[PIECE], **{"gs1:certification": [certificate]}, **HERE))
    assert observed.kind == "lots_observed"
    assert (said.kind, said.certificate_id, said.type, said.lot_ids) == (
        "certificate_issued", "K-1", "nucleic_acid_test", (PIECE_ID,),
    )  # fmt: skip
    assert said.valid_from.isoformat() == "2022-04-01T00:00:00+08:00"
    (bare,) = mapped(event(epcList=[PIECE], certificationInfo="https://x.example/cert/1", **HERE))
    assert [one.code for one in bare.kept_out] == ["kept_out"]


@pytest.mark.parametrize(
    ("value", "uom", "celsius"), [(-18.25, "CEL", -18.25), (0, "FAH", -17.777778), (255.15, "KEL", -18.0)]
)
def test_temperatures_are_degrees_celsius(value, uom, celsius):
    (said,) = messages(sensed(reading(value, uom=uom, deviceID=LOGGER)))
    assert (said.kind, said.celsius, said.logger_id) == ("temperature_read", celsius, "8004/6901234L1")
    assert (said.lot_ids, said.occurred_at.isoformat()) == ((PALLET_ID,), "2022-04-01T08:00:00+08:00")


def test_a_reading_takes_device_and_time_from_where_they_stand():
    meta = {"deviceID": LOGGER, "time": "2022-04-01T07:00:00Z"[:-1] + "+08:00"}
    (of_meta,) = messages(sensed(reading(time=None), meta=meta))
    assert (of_meta.logger_id, of_meta.occurred_at.hour) == ("8004/6901234L1", 7)
    (of_place,) = messages(sensed(reading(time=None)))
    assert (of_place.logger_id, of_place.occurred_at.isoformat()) == (STORE_ID, "2022-04-01T08:30:00+08:00")
    (whose,) = mapped(sensed(reading(), readPoint=None))
    assert [one.code for one in whose.refused] == ["no_device"]


def test_what_is_no_reading_is_kept_out_and_said():
    others = [
        {"type": "RelativeHumidity", "value": 80, "uom": "P1"},
        reading(None, minValue=-19, maxValue=-18),
        reading(-18, exception="ERROR_CONDITION"),
    ]
    (found,) = mapped(sensed(reading(-18.5), *others))
    assert [message.celsius for message in found.messages] == [-18.5]
    assert [one.path.rpartition("[")[2] for one in found.kept_out] == ["1]", "2]", "3]"]


def test_four_hundred_degrees_are_refused_and_the_rest_goes_on():
    (found,) = mapped(sensed(reading(-18.5), reading(400), reading(-18.0)))
    assert [message.celsius for message in found.messages] == [-18.5, -18.0]
    assert [one.path for one in found.refused] == ["$.epcisBody.eventList[0].sensorElementList[0].sensorReport[1]"]


def test_an_event_with_a_mistake_does_not_keep_the_others_back():
    good, bad = event(epcList=[PIECE], **HERE), event(epcList=[PIECE], bizStep="floating", **HERE)
    found = mapped(good, bad, good | {"eventTime": AT.replace("30", "31")})
    assert [len(one.messages) for one in found] == [1, 0, 1]
    assert [one.code for one in found[1].refused] == ["not_in_vocabulary"]


def test_an_error_declaration_withdraws_what_the_event_said():
    said = event(epcList=[PIECE], eventID="urn:x:1", **HERE)
    wrong = {"declarationTime": AT, "reason": "incorrect_data", "correctiveEventIDs": ["urn:x:2"]}
    right = event(epcList=[PALLET], eventID="urn:x:2", **HERE)
    first, second = messages(said, right)
    (withdrawn,) = messages(said | {"errorDeclaration": wrong})
    assert (withdrawn.kind, withdrawn.withdrawn_event_id) == ("report_withdrawn", first.event_id)
    assert (withdrawn.corrected_by, withdrawn.reason) == ((second.event_id,), "incorrect_data")


def test_an_event_without_an_id_is_known_by_what_it_says():
    said = event(epcList=[PIECE], **HERE)
    (first,) = messages(said)
    (withdrawn,) = messages(said | {"errorDeclaration": {"declarationTime": AT}, "recordTime": AT})
    assert withdrawn.withdrawn_event_id == first.event_id


def test_readings_are_withdrawn_one_by_one():
    said = sensed(reading(-18.5), reading(-18.0, time="2022-04-01T08:05:00+08:00"))
    ids = [message.event_id for message in messages(said)]
    again = messages(said | {"errorDeclaration": {"declarationTime": AT}})
    assert [message.withdrawn_event_id for message in again] == ids


def test_the_same_document_says_the_same_ids():
    said = [event(epcList=[PIECE], **HERE), sensed(reading(), reading(-1, time="2022-04-01T08:01:00+08:00"))]
    assert [one.event_id for one in messages(*said)] == [one.event_id for one in messages(*said)]
    assert len({one.event_id for one in messages(*said)}) == 3


BOL, ORDER = {"type": "bol", "bizTransaction": "urn:x:bol:7"}, {"type": "po", "bizTransaction": "urn:x:po:9"}
OTHER_BOL = BOL | {"bizTransaction": "urn:x:bol:8"}


@pytest.mark.parametrize(
    ("fields", "homes"),
    [
        ({"bizTransactionList": [ORDER]}, ["urn:x:po:9"]),
        ({"bizTransactionList": [ORDER, BOL]}, ["urn:x:bol:7"]),
        ({"bizTransactionList": [BOL, OTHER_BOL]}, ["urn:x:bol:7", "urn:x:bol:8"]),
        ({"bizTransactionList": [ORDER, {"bizTransaction": "urn:epc:id:ginc:6901234.C7"}]}, ["401/6901234C7"]),
        ({"bizTransactionList": [BOL, {"bizTransaction": "urn:baogong:consignment:%E5%86%B71"}]}, ["冷1"]),
        ({"epcList": [PALLET]}, [PALLET_ID]),
        ({}, []),
    ],
)
def test_where_an_event_belongs(fields, homes):
    (found,) = mapped(event(**({"epcList": [PIECE]} | fields), **HERE), said=NOWHERE)
    assert [message.consignment_id for message in found.messages] == homes
    assert [one.code for one in found.refused] == ([] if homes else ["no_consignment"])


def test_an_event_of_two_consignments_goes_to_each_under_an_id_of_its_own():
    both = event(epcList=[PIECE], bizTransactionList=[BOL, OTHER_BOL], **HERE)
    first, second = messages(both, said=NOWHERE)
    assert (first.consignment_id, second.consignment_id) == ("urn:x:bol:7", "urn:x:bol:8")
    assert first.event_id != second.event_id


def test_an_order_that_always_goes_with_one_waybill_is_that_consignment():
    shipped = event(epcList=[PIECE], bizTransactionList=[ORDER], **HERE)
    received = event(epcList=[PALLET], bizTransactionList=[ORDER, BOL], **HERE)
    assert {one.consignment_id for one in messages(shipped, received, said=NOWHERE)} == {"urn:x:bol:7"}


def test_the_call_names_the_consignment_where_the_document_does_not_name_one_of_ours():
    (said,) = messages(event(epcList=[PIECE], bizTransactionList=[BOL], **HERE), said=Said("c9"))
    assert said.consignment_id == "c9"


def test_who_says_so():
    told = event(epcList=[PIECE], **HERE)
    assert messages(told, said=Said("c1", source="clerk"))[0].source == "clerk"
    assert messages(told, sender="urn:epc:id:pgln:6901234.00001")[0].source == "417/6901234000016"
    assert messages(told)[0].source == STORE_ID


def test_many_lots_become_several_records():
    pieces = [f"https://id.gs1.org/01/06901234000016/21/{n}" for n in range(450)]
    said = messages(event(epcList=pieces, **HERE))
    assert [len(one.lot_ids) for one in said] == [200, 200, 50]
    assert len({one.event_id for one in said}) == 3


def test_a_vendors_own_event_is_refused():
    (found,) = mapped(event("ex:Thaw", action=None))
    assert [one.code for one in found.refused] == ["vendor_event"]


def test_mapping_never_raises_for_what_our_own_fields_hold():
    context = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"b": "urn:baogong:epcis:"}]
    for report in ("consignment_declared", "step_reported", "lab_reported", "check_waived", "lots_disinfected", "x", 7):
        for junk in (None, 7, "x y", [], {}, [{}], {"a": []}):
            names = ("consignment", "profile", "lots", "step", "batch", "check", "source", "sampledAt", "toArea")
            own = {f"b:{name}": junk for name in names} | {"b:report": report}
            raw = document(event(epcList=[PIECE], **HERE, **own), **{"@context": context})
            assert all(one.messages or one.refused for one in records(checked(raw), Said("c1")))
