"""A consignment's story goes out as a document and comes back as the same records."""

from __future__ import annotations

import datetime as dt
import json
from typing import get_args

import pytest

from schemas.consignment import ColdChainMessage
from streams.epcis.check import check
from streams.epcis.export import stories, story
from streams.epcis.mapping.facts import Said
from streams.epcis.mapping.records import records
from tests.streams.epcis.kit import every_kind, fact
from tests.streams.epcis.official import official_schema

CREATED = dt.datetime(2022, 4, 3, tzinfo=dt.UTC)


def _back(reports):
    verdict = check(json.dumps(story("c", reports, CREATED), ensure_ascii=False).encode())
    assert [str(problem) for problem in verdict.all_problems] == []
    found = list(records(verdict, Said()))
    assert [str(problem) for one in found for problem in (*one.refused, *one.kept_out)] == []
    return [message for one in found for message in one.messages]


def _by_id(reports):
    return {report.event_id: report.model_dump() for report in reports}


def test_every_kind_comes_back_word_for_word():
    reports = every_kind()
    assert {type(report) for report in reports} == set(get_args(get_args(ColdChainMessage)[0]))
    assert _by_id(_back(reports)) == _by_id(reports)


def test_what_was_withdrawn_is_told_with_its_declaration():
    events = story("c", every_kind(), CREATED)["epcisBody"]["eventList"]
    declared = [one for one in events if "errorDeclaration" in one]
    assert len(declared) == 3
    again = [one for one in events if one["eventID"] == "urn:baogong:event:e-lots_observed-20"]
    assert ["errorDeclaration" in one for one in again] == [False, True]
    assert {**again[1], "errorDeclaration": None} == {**again[0], "errorDeclaration": None}


def test_readings_are_gathered_by_logger():
    reports = [fact("temperature_read", n, logger_id="l1", celsius=1.5) for n in range(1200)]
    events = story("c", reports, CREATED)["epcisBody"]["eventList"]
    assert [len(one["sensorElementList"][0]["sensorReport"]) for one in events] == [500, 500, 200]
    assert len(_back(reports)) == 1200


def test_a_long_story_goes_on_in_further_documents():
    reports = every_kind() + [fact("temperature_read", n, logger_id="l1", celsius=1.5) for n in range(40, 3000)]
    parts = list(stories("c", reports, CREATED, limit=200_000))
    assert len(parts) > 2
    assert all(check(json.dumps(part).encode()).accepted for part in parts)
    events = [event for part in parts for event in part["epcisBody"]["eventList"]]
    assert events == story("c", reports, CREATED)["epcisBody"]["eventList"]
    assert [*stories("c", reports, CREATED)] == [story("c", reports, CREATED)]


def test_the_official_schema_accepts_it():
    validator = official_schema()
    document = json.loads(json.dumps(story("c", every_kind(), CREATED)))
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("number", range(len(every_kind())))
def test_each_record_alone_is_a_valid_story(number):
    report = every_kind()[number]
    back = _back([report])
    assert report.event_id in {one.event_id for one in back}
