"""The models take what is said and nothing else: no guesses, no silent conversions, no failures but a refusal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.base import Identifier, Instant, ItemCode, Model, PlaceCode, SomeUnits, Text, Units
from schemas.contract import adapter, decisions, models, name_of
from schemas.generate import example_folder
from schemas.hold import HoldPlaced
from schemas.household import ContactRecorded, Members
from schemas.topics import CONTACTS, DECLARED, DELIVERIES, HOLDS, LEDGERS, REQUESTS, Topic

Json = dict[str, Any]
PUBLISHED = [topic for topic in DECLARED if topic not in LEDGERS.values()]


def example(topic: Topic, name: str) -> Json:
    value: Json = json.loads((example_folder(topic) / f"{name}.json").read_bytes())
    return value


def refused(topic: Topic, value: Any) -> list[tuple[tuple[Any, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        adapter(topic).validate_json(value if isinstance(value, bytes) else json.dumps(value))
    return [(error["loc"], error["type"]) for error in caught.value.errors()]


def taken(kind: Any, value: Any) -> bool:
    try:
        TypeAdapter(kind).validate_json(json.dumps(value), strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", ["a", "req-42", "需求-42", "x" * 128, "hh:1", "🍚"])
def test_an_identifier_is_any_word(name: str) -> None:
    assert taken(Identifier, name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "a\tb", "a\n", "\na", "a\u3000b", "a\u00a0b", "a\x00", "a\x1f", "a\x7f", "x" * 129, 7, None],
)
def test_an_identifier_has_no_white_space_or_control_character(name: Any) -> None:
    assert not taken(Identifier, name)


@pytest.mark.parametrize("code", ["jiangcheng/beihu/liulin", "310115", "a.b_c-d/1"])
def test_a_place_is_codes_joined_by_slashes(code: str) -> None:
    assert taken(PlaceCode, code)


@pytest.mark.parametrize("code", ["", "/a", "-a", "柳林", "a b", "a\n", "a" * 65, "../a"])
def test_a_place_is_nothing_else(code: str) -> None:
    assert not taken(PlaceCode, code)


def test_an_item_code_has_no_colon_since_it_ends_a_need_id() -> None:
    assert taken(ItemCode, "rice")
    assert taken(ItemCode, "大米")
    assert not taken(ItemCode, "rice:white")


@pytest.mark.parametrize(("text", "good"), [("", True), ("两行\n字", True), ("a\x00", False), ("字" * 501, False)])
def test_words_from_people_are_short_and_without_control_characters(text: str, good: bool) -> None:
    assert taken(Text, text) is good


@pytest.mark.parametrize("count", [-1, 0.5, 1.0, "1", True, 10**12 + 1, 10**14, 10**400])
def test_a_count_is_a_whole_number_within_reason(count: Any) -> None:
    assert not taken(Units, count)
    assert not taken(SomeUnits, count)


def test_some_is_at_least_one() -> None:
    assert taken(Units, 0)
    assert taken(SomeUnits, 1)
    assert not taken(SomeUnits, 0)
    assert taken(SomeUnits, 10**12)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e2", "1.", "0x10", "١"])
def test_what_is_no_integer_in_json_is_no_count(word: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Units).validate_json(word, strict=True)


@pytest.mark.parametrize(
    "time",
    [
        "2022-04-14T08:03:00",
        "2022-04-14",
        "08:03",
        1649894580,
        1649894580.5,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1969-12-31T23:59:59Z",
        "2022-02-30T00:00:00Z",
        "",
        None,
    ],
)
def test_a_time_without_offset_or_out_of_reach_is_refused(time: Any) -> None:
    assert not taken(Instant, time)


@given(st.integers(0, 7_258_118_399), st.integers(-14 * 60, 14 * 60))
def test_arithmetic_on_any_time_that_is_taken_does_not_overflow(seconds: int, minutes: int) -> None:
    time = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    parsed = TypeAdapter(Instant).validate_json(json.dumps(time.isoformat()))
    assert parsed == time
    assert parsed.astimezone(UTC) + timedelta(days=365) > parsed


def test_a_request_says_nothing_of_who_lives_where() -> None:
    """Personal data has a model of its own; every other message refuses its fields."""
    personal = ContactRecorded.model_fields.keys() & {"name", "phone", "door"}
    assert len(personal) == 3
    for topic in PUBLISHED:
        for path in sorted(example_folder(topic).glob("*.json")) if topic is not CONTACTS else ():
            value = json.loads(path.read_bytes())
            for field in personal:
                errors = refused(topic, {**value, field: "示例"})
                assert [(place[-1], code) for place, code in errors] == [(field, "extra_forbidden")], path.name


def test_no_decision_and_no_other_message_has_a_field_for_personal_data() -> None:
    named = {
        field
        for topic in DECLARED
        for model in (*models(topic), *(decisions(topic) if topic in LEDGERS.values() else ()))
        for field in model.model_fields
        if model is not ContactRecorded
    }
    assert not named & {"name", "phone", "door", "address", "id_number"}


@pytest.mark.parametrize("topic", PUBLISHED, ids=lambda topic: topic.name)
def test_a_message_without_any_one_of_its_needed_fields_is_refused(topic: Topic) -> None:
    for path in sorted(example_folder(topic).glob("*.json")):
        value = json.loads(path.read_bytes())
        model = next(model for model in models(topic) if name_of(model) == value["kind"])
        for field in [name for name, about in model.model_fields.items() if about.is_required() and name != "kind"]:
            errors = refused(topic, {key: kept for key, kept in value.items() if key != field})
            assert [(place[-1], code) for place, code in errors] == [(field, "missing")], f"{path.name} {field}"


def test_a_message_is_frozen() -> None:
    event = adapter(REQUESTS).validate_python(
        adapter(REQUESTS).validate_json(json.dumps(example(REQUESTS, "request_filed")))
    )
    with pytest.raises(ValidationError, match="frozen"):
        event.request_id = "another"


def test_an_unknown_quantity_stays_unknown() -> None:
    event = adapter(REQUESTS).validate_json(json.dumps(example(REQUESTS, "request_filed.minimal")))
    assert event.lines[0].quantity is None


def test_unknown_members_are_nobody_not_somebody() -> None:
    assert Members().total == 0
    assert Members(infants=1, children=2, adults=3, elderly=4).total == 10


def test_a_request_may_not_name_an_item_twice_even_without_quantity() -> None:
    value = {**example(REQUESTS, "request_filed"), "lines": [{"item": "rice"}, {"item": "rice"}]}
    with pytest.raises(ValidationError, match="add the quantities into one line"):
        adapter(REQUESTS).validate_json(json.dumps(value))


def test_a_hold_names_lots_or_a_consignment() -> None:
    value = example(HOLDS, "hold_placed.lots")
    with pytest.raises(ValidationError, match="lot_ids or a consignment_id"):
        HoldPlaced.model_validate_json(json.dumps({**value, "lot_ids": []}))


def test_a_confirmation_has_at_most_a_thousand_lines() -> None:
    value = example(DELIVERIES, "delivery_confirmed")
    lines = [{"allocation_id": f"alloc-{n}", "delivered": 1} for n in range(1001)]
    assert refused(DELIVERIES, {**value, "lines": lines}) == [(("lines",), "too_long")]
    assert len(adapter(DELIVERIES).validate_json(json.dumps({**value, "lines": lines[:1000]})).lines) == 1000


def test_a_hold_names_at_most_a_thousand_lots() -> None:
    value = {**example(HOLDS, "hold_placed.lots"), "lot_ids": [f"lot-{n}" for n in range(1001)]}
    assert refused(HOLDS, value) == [(("hold_placed", "lot_ids"), "too_long")]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x00",
        b"\xff\xfe",
        b"{",
        b"null",
        b"[]",
        b"42",
        b'"request_filed"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"kind":"request_filed","lines":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"kind":' + b"9" * 100_000 + b"}",
        b'{"kind":["request_filed"]}',
        b'{"kind":"\\ud800"}',
        b'{"kind":"request_filed","event_id":"\\u0000"}',
        b'{"kind":"request_filed"}{"kind":"request_filed"}',
        b"\xef\xbb\xbf{}",
        b'{"kind":"request_filed","note":"' + b"a" * 1_000_000 + b'"}',
    ],
    ids=lambda value: value[:24].decode("latin-1") or "empty",
)
@pytest.mark.parametrize("topic", DECLARED, ids=lambda topic: topic.name)
def test_poison_is_refused_and_nothing_worse(topic: Topic, value: bytes) -> None:
    refused(topic, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.data())
def test_an_example_with_any_one_value_replaced_is_read_as_it_stands_or_refused(data: st.DataObject) -> None:
    topic = data.draw(st.sampled_from(PUBLISHED))
    path = data.draw(st.sampled_from(sorted(example_folder(topic).glob("*.json"))))
    value = json.loads(path.read_bytes())
    field = data.draw(st.sampled_from(sorted(value)))
    value[field] = data.draw(JSON)
    try:
        event: BaseModel = adapter(topic).validate_json(json.dumps(value))
    except ValidationError:
        return
    assert adapter(topic).validate_json(adapter(topic).dump_json(event)) == event


def test_every_model_refuses_unknown_fields_and_conversions_and_is_frozen() -> None:
    """A misspelt setting on one model would switch strictness off unseen."""

    def below(model: type[BaseModel]) -> set[type[BaseModel]]:
        return {model, *(found for child in model.__subclasses__() for found in below(child))}

    everywhere = {model for model in below(Model) if model.__module__.startswith("schemas.")}
    assert {model for topic in DECLARED for model in models(topic)} <= everywhere
    for model in everywhere:
        config = model.model_config
        assert (config["extra"], config["strict"], config["frozen"]) == ("forbid", True, True), model
