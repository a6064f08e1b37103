"""Stored examples: every version ever written still parses, every kind has one, every rule has a bad one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.contract import STAGES, adapter, decisions, members, models, name_of, topic_schema
from schemas.generate import EXAMPLES, decision_folder, example_folder
from schemas.ledger import GENESIS, LedgerRecord, RecordKind
from schemas.topics import BY_NAME, DECLARED, LEDGERS, Topic

INVALID = EXAMPLES / "invalid"
SAID_IN_WORDS_ONLY = {"value_error", "timezone_aware", "date_parsing", "json_invalid", "finite_number"}
"""Codes of rules that JSON Schema can't say (or says as a `format`, which a validator need not assert).

`finite_number`: NaN and Infinity are no JSON at all, though Python's parser takes them.
"""
LIMITS_OF_TIME = {"time_out_of_reach", "time_after_all_time", "date_written_as_digits"}
INTEGER_BY_VALUE = {"exponent"}
"""JSON Schema takes 1e3 for the integer 1000; the models want digits."""


def stored(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def kind_in(path: Path) -> str:
    """`request_filed.minimal.json` is a `request_filed`."""
    return path.name.split(".")[0]


MESSAGES = [(topic, path) for topic in DECLARED for path in stored(example_folder(topic))]
DECISIONS = [(topic, path) for topic in LEDGERS.values() for path in stored(decision_folder(topic))]
BAD = sorted(INVALID.glob("*/*.json"))


def ids(case: Any) -> str | None:
    return f"{case.parent.parent.name}-{case.stem}" if isinstance(case, Path) else None


@pytest.mark.parametrize(("topic", "path"), MESSAGES, ids=ids)
def test_a_stored_message_parses_and_fits_its_json_schema(topic: Topic, path: Path) -> None:
    event = adapter(topic).validate_json(path.read_bytes())
    Draft202012Validator(topic_schema(topic)).validate(json.loads(path.read_bytes()))
    if topic.name not in STAGES and len(models(topic)) > 1:
        assert event.kind == kind_in(path)


@pytest.mark.parametrize(("topic", "path"), MESSAGES, ids=ids)
def test_a_message_written_by_the_models_is_read_as_the_same(topic: Topic, path: Path) -> None:
    reader = adapter(topic)
    event = reader.validate_json(path.read_bytes())
    assert reader.validate_json(reader.dump_json(event)) == event


@pytest.mark.parametrize(("topic", "path"), DECISIONS, ids=ids)
def test_a_stored_decision_parses(topic: Topic, path: Path) -> None:
    reader: TypeAdapter[Any] = TypeAdapter(STAGES[topic.name][1])
    decision = reader.validate_json(path.read_bytes())
    assert decision.type == kind_in(path)
    assert reader.validate_json(reader.dump_json(decision)) == decision


@pytest.mark.parametrize("topic", DECLARED, ids=lambda topic: topic.name)
def test_every_kind_of_message_has_an_example_and_every_example_a_kind(topic: Topic) -> None:
    found = {kind_in(path) for path in stored(example_folder(topic))}
    if topic.name in STAGES:
        found = {json.loads(path.read_bytes())["kind"] for path in stored(example_folder(topic))}
        assert found == set(RecordKind)
    else:
        assert found == {name_of(model) for model in models(topic)}


@pytest.mark.parametrize("topic", LEDGERS.values(), ids=lambda topic: topic.name)
def test_every_decision_has_an_example_and_every_example_a_decision(topic: Topic) -> None:
    assert {kind_in(path) for path in stored(decision_folder(topic))} == {name_of(model) for model in decisions(topic)}


def test_no_example_lies_where_nothing_reads_it() -> None:
    homes = {example_folder(topic) for topic in DECLARED} | {decision_folder(topic) for topic in LEDGERS.values()}
    strays = [path for path in EXAMPLES.rglob("*") if path.is_file() and path not in BAD and path.parent not in homes]
    assert strays == []
    assert [path.name for path in INVALID.iterdir() if path.name not in BY_NAME] == []


@pytest.mark.parametrize("topic", LEDGERS.values(), ids=lambda topic: topic.name)
def test_every_ledger_has_its_stage_declared(topic: Topic) -> None:
    assert topic.name in STAGES


@pytest.mark.parametrize("topic", LEDGERS.values(), ids=lambda topic: topic.name)
def test_stored_records_are_a_chain_of_bytes_as_they_lie_in_kafka(topic: Topic) -> None:
    prev = GENESIS
    for seq, path in enumerate(stored(example_folder(topic))):
        value = path.read_bytes()
        record = LedgerRecord.model_validate_json(value)
        assert (record.seq, record.prev) == (seq, prev), f"{path.name} has to continue with seq {seq} and prev {prev}"
        prev = hashlib.sha256(value).hexdigest()


def told(path: Path) -> tuple[Topic, bytes, list[Any], str]:
    sample = json.loads(path.read_bytes())
    value = sample["raw"] if "raw" in sample else json.dumps(sample["message"])
    return BY_NAME[path.parent.name], value.encode(), sample["breaks"]["place"], sample["breaks"]["code"]


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_bad_message_is_refused_at_its_place(path: Path) -> None:
    topic, value, place, code = told(path)
    with pytest.raises(ValidationError) as caught:
        adapter(topic).validate_json(value)
    first = caught.value.errors()[0]
    assert (list(first["loc"]), first["type"]) == (place, code)


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_json_schema_refuses_what_the_models_refuse(path: Path) -> None:
    topic, value, _, code = told(path)
    if code in SAID_IN_WORDS_ONLY or path.stem in LIMITS_OF_TIME | INTEGER_BY_VALUE:
        return
    assert not Draft202012Validator(topic_schema(topic)).is_valid(json.loads(value))


def validated(model: type[BaseModel]) -> bool:
    """Whether the model has rules of its own, in code."""
    found = model.__pydantic_decorators__
    return bool(found.model_validators or found.field_validators or found.validators or found.root_validators)


@pytest.mark.parametrize("topic", DECLARED, ids=lambda topic: topic.name)
def test_every_validator_has_a_bad_sample_that_fails(topic: Topic) -> None:
    refused = {
        place[0] if len(models(topic)) > 1 else name_of(models(topic)[0])
        for path in stored(INVALID / topic.name)
        for _, _, place, code in [told(path)]
        if code == "value_error"
    }
    assert refused == {name_of(model) for model in models(topic) if "kind" in model.model_fields and validated(model)}


def test_decisions_have_no_rules_in_code() -> None:
    """They are made by the stage alone; a rule in code would need a bad sample of its own here."""
    assert [model for topic in LEDGERS.values() for model in members(STAGES[topic.name][1]) if validated(model)] == []


KEYWORDS = {
    "pattern": "string_pattern_mismatch",
    "minLength": "string_too_short",
    "maxLength": "string_too_long",
    "minimum": "greater_than_equal",
    "exclusiveMinimum": "greater_than",
    "maximum": "less_than_equal",
    "minItems": "too_short",
    "maxItems": "too_long",
    "enum": "enum",
    "required": "missing",
    "additionalProperties": "extra_forbidden",
}


def test_every_kind_of_limit_in_the_contracts_has_a_bad_sample() -> None:
    codes = {told(path)[3] for path in BAD}
    text = "".join(json.dumps(topic_schema(topic)) for topic in DECLARED)
    assert {code for keyword, code in KEYWORDS.items() if f'"{keyword}":' in text} - codes == set()
