"""EPCIS documents as `publish` takes them: event by event, with place and reason; no Kafka."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.errors import BaogongError
from streams.publish.build import Laid
from tests.streams.epcis.kit import AT, LOT, PALLET, PIECE, STORE, changed, document, event, reading, sensed
from tests.streams.publish.kit import dry, messages, planned, read, reasons

HERE = {"bizLocation": {"id": STORE}}
GOOD, OTHER = event(epcList=[PIECE], **HERE), event(epcList=[PALLET], **HERE)
C1 = {"laid": Laid("c1"), "profiles": frozenset(["frozen"]), "profile": "frozen"}
E = "$.epcisBody.eventList"


def text(*events: object, **fields: object) -> str:
    return json.dumps(document(*events, **fields), indent=1)


def test_a_bad_event_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    bad = event(epcList=[PIECE], bizStep="floating", **HERE)
    found = read(tmp_path, text(GOOD, bad, OTHER), name="day.jsonld", **C1)
    assert [one.kind for one in messages(found)] == ["lots_observed", "lots_observed"]
    lines = text(GOOD, bad, OTHER).split("\n")
    ((line, field, code),) = reasons(found)
    assert (field, code) == (f"{E}[1].bizStep", "not_in_vocabulary")
    assert "ObjectEvent" in lines[line]  # the line on which the event's brace opens, before its type


def test_what_the_city_does_not_know_is_refused_where_it_stands(tmp_path: Path) -> None:
    later = reading(-18, time="2022-04-20T00:00:00+08:00")
    future = sensed(reading(-18), later, eventTime="2022-04-20T00:00:00+08:00", action="OBSERVE")
    found = read(tmp_path, text(future, GOOD), name="day.jsonld", **C1)
    assert [one.kind for one in messages(found)] == ["temperature_read", "lots_observed"]
    (told,) = reasons(found)
    assert told[1:] == (f"{E}[0].sensorElementList[0].sensorReport[1]", "in_the_future")
    (report,) = dry(planned(tmp_path, text(future, GOOD), name="day.jsonld", **C1)).files
    assert (report.lines, report.in_messages, len(report.refusals), report.messages) == (2, 1, 1, 2)


def test_a_part_that_is_refused_after_one_that_counts_is_told_too(tmp_path: Path) -> None:
    made = event("TransformationEvent", inputEPCList=[PIECE], **{"b:report": "lots_transformed"},
                 outputQuantityList=[{"epcClass": "https://lots.example/9", "quantity": 2}],
                 **{"b:lots": [{"b:lot": "https://lots.example/9", "b:item": "gold"}]})  # fmt: skip
    context = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"b": "urn:baogong:epcis:"}]
    found = read(tmp_path, text(made, **{"@context": context}), name="day.jsonld", **C1)
    assert messages(found) == []
    assert [(field, code) for _, field, code in reasons(found)] == [(f"{E}[0]", "unknown_item")]


def test_an_unknown_profile(tmp_path: Path) -> None:
    born = event(action="ADD", bizStep="commissioning", quantityList=[{"epcClass": LOT, "quantity": 3}])
    found = read(tmp_path, text(born, GOOD), name="day.jsonld", **(C1 | {"profile": "lukewarm"}))
    assert len(messages(found)) == 1
    assert [(field, code) for _, field, code in reasons(found)] == [(f"{E}[0]", "unknown_profile")]


@pytest.mark.parametrize("value", [400, -280, "NaN"])
def test_a_temperature_that_none_is(tmp_path: Path, value: object) -> None:
    said = text(sensed(reading(-18), reading("VALUE"), reading(-17)), GOOD).replace('"VALUE"', str(value))
    found = read(tmp_path, said, name="day.jsonld", **C1)
    place = f"{E}[0].sensorElementList[0].sensorReport[1]"
    assert [field.startswith(place) for _, field, _ in reasons(found)] == [True]
    kinds = [one.kind for one in messages(found)]
    assert kinds == (["lots_observed"] if value == "NaN" else ["temperature_read", "temperature_read", "lots_observed"])


@pytest.mark.parametrize(
    ("broken", "field", "code"),
    [
        (changed(document(GOOD), "@context", drop=True), "$['@context']", "context_missing"),
        (changed(document(GOOD), "schemaVersion", to="1.2"), "$.schemaVersion", "schema_version"),
    ],
)
def test_a_broken_envelope_is_refused_whole(tmp_path: Path, broken: object, field: str, code: str) -> None:
    found = read(tmp_path, json.dumps(broken), name="day.jsonld", **C1)
    assert messages(found) == []
    assert (1, field, code) in reasons(found)


def test_the_same_document_again_has_the_same_ids(tmp_path: Path) -> None:
    said = text(GOOD, sensed(reading()), {**GOOD, "eventTime": AT.replace(":30:", ":31:")})
    first, again = (messages(read(tmp_path, said, name="day.jsonld", **C1)) for _ in range(2))
    assert [one.event_id for one in first] == [one.event_id for one in again]
    (report,) = dry(planned(tmp_path, text(GOOD, GOOD), name="day.jsonld", **C1)).files
    assert (report.messages, report.repeated) == (1, 1)


def test_a_json_file_is_known_by_what_it_says(tmp_path: Path) -> None:
    assert len(messages(read(tmp_path, text(GOOD), name="day.json", **C1))) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "is empty: there is nothing to publish"),
        ('<?xml version="1.0"?><epcis:EPCISDocument/>', "is XML: only the JSON/JSON-LD form"),
        ("\ufeff\n<epcis:EPCISDocument/>", "is XML: only the JSON/JSON-LD form"),
        ("<epcis:EPCISDocument>" + " " * (50 * 2**20), "is XML: only the JSON/JSON-LD form"),
        ('{"a": "' + "x" * (50 * 2**20) + '"}', "has 50 MiB, and a JSON document may have 32: split it"),
        ('{"名": 1}'.encode("gb18030"), "it is not UTF-8, which JSON needs"),
    ],
    ids=["empty", "xml", "xml-bom", "xml-large", "large", "gb18030"],
)
def test_a_file_that_is_no_document_is_one_sentence(tmp_path: Path, data: str | bytes, words: str) -> None:
    with pytest.raises(BaogongError, match=words) as error:
        planned(tmp_path, data, name="day.jsonld")
    assert str(error.value).count("\n") == 0


def test_flags_of_loggers_are_not_for_documents(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match="an EPCIS document names its own"):
        planned(tmp_path, text(GOOD), name="day.jsonld", laid=Laid("c1", "l1"))
