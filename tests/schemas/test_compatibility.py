"""What was valid stays valid: today's contracts against the released ones, and the comparison itself."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.compatibility import breaks
from schemas.contract import topic_schema
from schemas.errors import BaogongError
from schemas.generate import RELEASED, incompatible, main, release
from schemas.topics import DECLARED, REQUESTS, Topic

Json = dict[str, Any]


def test_messages_written_to_released_contracts_are_still_understood() -> None:
    assert incompatible() == []


def test_every_topic_with_models_is_released() -> None:
    assert {path.stem for path in RELEASED.iterdir()} == {topic.name for topic in DECLARED}


def record(**fields: Json) -> Json:
    return {"type": "object", "properties": fields, "required": sorted(fields), "additionalProperties": False}


TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0, "maximum": 10}
TIER: Json = {"type": "string", "enum": ["sealed", "controlled"]}
KINDS: Json = {
    "oneOf": [
        record(kind={"const": "filed", "type": "string"}, n=COUNT),
        record(kind={"const": "cancelled", "type": "string"}),
    ]
}
OPEN = {"type": "object"}

BROKEN = [
    (record(a=TEXT, b=TEXT), record(a=TEXT), "message.b: the field was removed"),
    (record(a=TEXT), record(a=TEXT, b=TEXT), "message.b: a new field is required"),
    (record(a=TEXT) | {"required": []}, record(a=TEXT), "message.a: the field is required now"),
    (record(a=TEXT), record(a=COUNT), "message.a: the type string is no longer allowed"),
    (record(a={}), record(a=TEXT), "message.a: the type any type is no longer allowed"),
    (record(a={"type": "number"}), record(a={"type": "integer"}), "message.a: the type number is no longer allowed"),
    (record(a=TIER), record(a=TIER | {"enum": ["sealed"]}), "message.a: ['controlled'] are no longer allowed"),
    (record(a=TEXT), record(a=TIER), "message.a: only ['sealed', 'controlled'] are allowed now"),
    (record(a=COUNT), record(a=COUNT | {"maximum": 9}), "message.a: maximum is tightened from 10 to 9"),
    (record(a=COUNT), record(a=COUNT | {"minimum": 1}), "message.a: minimum is tightened from 0 to 1"),
    (record(a=COUNT), record(a=COUNT | {"exclusiveMinimum": 0}), "exclusiveMinimum is tightened from none to 0"),
    (record(a=TEXT), record(a=TEXT | {"maxLength": 5}), "message.a: maxLength is tightened from none to 5"),
    (record(a=TEXT), record(a=TEXT | {"pattern": "^a$"}), "message.a: pattern changed from none to ^a$"),
    (record(a=TEXT), record(a=TEXT | {"format": "date"}), "message.a: format changed from none to date"),
    (record(a={"type": "array"}), record(a={"type": "array", "uniqueItems": True}), "uniqueItems changed"),
    (record(a={"type": "array", "items": COUNT}), record(a={"type": "array", "items": TEXT}), "message.a[]: the type"),
    (record(a={"type": "array"}), record(a={"type": "array", "items": TEXT}), "message.a[]: the type any type"),
    (record(a={"anyOf": [TEXT, {"type": "null"}]}), record(a=TEXT), "message.a: the type null is no longer allowed"),
    (KINDS, {"oneOf": KINDS["oneOf"][:1]}, "message: kind 'cancelled' was removed"),
    (
        KINDS,
        {"oneOf": [record(kind={"const": "filed"}, n=TEXT), KINDS["oneOf"][1]]},
        "message(kind 'filed').n: the type integer is no longer allowed",
    ),
    (record(a=TEXT | {"default": ""}), record(a=TEXT | {"default": "x"}), "message.a: the default changed"),
    (record(a=TEXT), record(a=TEXT | {"dependentRequired": {}}), "'dependentRequired' is a keyword that this check"),
    (OPEN, record(), "message: fields of any name were allowed and are not now"),
    (OPEN, OPEN | {"additionalProperties": TEXT}, "message.*: the type any type is no longer allowed"),
    (
        {"$ref": "#/$defs/A", "$defs": {"A": record(a=COUNT)}},
        {"$ref": "#/$defs/B", "$defs": {"B": record(a=TEXT)}},
        "message.a: the type integer",
    ),
]

KEPT = [
    (record(a=TEXT), record(a=TEXT, b=TEXT) | {"required": ["a"]}),
    (record(a=TEXT), record(a=TEXT) | {"required": []}),
    (record(a=TEXT, b=TEXT), record(a=TEXT) | {"additionalProperties": True}),
    (record(a={"type": "integer"}), record(a={"type": "number"})),
    (record(a=TIER), record(a=TIER | {"enum": ["precaution", "sealed", "controlled"]})),
    (record(a={"const": "x"}), record(a={"enum": ["x", "y"]})),
    (record(a={"const": "x", "type": "string"}), record(a=TEXT | {"maxLength": 5})),
    (record(a=COUNT), record(a={"type": "integer", "maximum": 11})),
    (record(a=TEXT | {"pattern": "^a$"}), record(a=TEXT | {"description": "words"})),
    (record(a=TEXT), record(a={"anyOf": [TEXT, {"type": "null"}]})),
    (record(a=TEXT), record(a=TEXT | {"default": ""}) | {"required": []}),
    ({"oneOf": KINDS["oneOf"][:1]}, KINDS),
    (KINDS["oneOf"][0], KINDS),
    (record(), OPEN),
    (
        {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"inner": {"$ref": "#/$defs/A"}}}}},
        {"$ref": "#/$defs/B", "$defs": {"B": {"properties": {"inner": {"$ref": "#/$defs/B"}}}}},
    ),
]


@pytest.mark.parametrize(("old", "new", "words"), BROKEN, ids=[words for _, _, words in BROKEN])
def test_a_break_is_named_with_its_place(old: Json, new: Json, words: str) -> None:
    (sentence,) = breaks(old, new)
    assert words in sentence


@pytest.mark.parametrize(("old", "new"), KEPT)
def test_a_change_that_keeps_old_messages_valid_passes(old: Json, new: Json) -> None:
    assert breaks(old, new) == []


@pytest.mark.parametrize("topic", DECLARED, ids=lambda topic: topic.name)
def test_a_contract_takes_over_from_itself(topic: Topic) -> None:
    assert breaks(topic_schema(topic), topic_schema(topic)) == []


def narrowed(schema: Json) -> Iterator[tuple[str, Json]]:
    """The schema narrowed at one place, once for every place and limit that it has."""
    for place, keyword in _places(schema, ()):
        changed = copy.deepcopy(schema)
        node: Any = changed
        for part in place:
            node = node[part]
        if keyword in ("maximum", "maxLength", "maxItems"):
            node[keyword] -= 1
        elif keyword in ("minimum", "minLength", "minItems", "exclusiveMinimum"):
            node[keyword] += 1
        elif keyword == "enum":
            node[keyword] = node[keyword][:-1]
        elif keyword == "pattern":
            node[keyword] = "^narrow$"
        elif keyword == "properties":
            node[keyword].popitem()
        else:
            node[keyword] = [*node.get(keyword, ()), "new_field"]
        yield "/".join(map(str, (*place, keyword))), changed


def _places(node: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(node, dict):
        words = {"maximum", "maxLength", "maxItems", "minimum", "minLength", "minItems", "exclusiveMinimum", "pattern"}
        if "type" in node and isinstance(node["type"], str):
            yield from ((place, keyword) for keyword in sorted(node.keys() & (words | {"enum", "properties"})))
            if node["type"] == "object":
                yield place, "required"
        for key, value in node.items():
            yield from _places(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, (*place, index))


def alone(name: str, schema: Json) -> Json:
    """One model of the contract by its name; the contract itself without one."""
    return {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]} if name else schema


@pytest.mark.parametrize("topic", DECLARED, ids=lambda topic: topic.name)
def test_narrowing_any_limit_of_a_real_contract_is_a_break(topic: Topic) -> None:
    schema = topic_schema(topic)
    models = schema.get("$defs", {})
    itself = {keyword: value for keyword, value in schema.items() if keyword != "$defs"}
    cases = 0
    for name, model in {**models, "": itself}.items():
        for place, changed in narrowed(model):
            after = {**schema, "$defs": {**models, name: changed}} if name else {**changed, "$defs": models}
            assert breaks(alone(name, schema), alone(name, after)), f"{name}/{place}"
            cases += 1
    assert cases > 10


@pytest.mark.parametrize("topic", DECLARED, ids=lambda topic: topic.name)
def test_every_model_of_a_real_contract_is_reached(topic: Topic) -> None:
    schema = topic_schema(topic)
    for name in schema.get("$defs", {}):
        after = {**schema, "$defs": {**schema["$defs"], name: {"type": "boolean"}}}
        assert breaks(schema, after), name


def test_a_release_is_refused_where_old_messages_would_break(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release(tmp_path)
    path = tmp_path / f"{REQUESTS.name}.json"
    old = json.loads(path.read_bytes())
    old["$defs"]["RequestCancelled"]["properties"]["urgent"] = {"type": "boolean"}
    path.write_text(json.dumps(old), encoding="utf-8")
    with pytest.raises(
        BaogongError, match=r"supply\.requests\.v1 message\(kind 'request_cancelled'\)\.urgent: the field"
    ):
        release(tmp_path)
    assert json.loads(path.read_bytes()) == old
    assert main(["--release", "--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_topic_that_is_gone_is_a_break(tmp_path: Path) -> None:
    (tmp_path / "rumours.v1.json").write_text("{}", encoding="utf-8")
    assert incompatible(tmp_path) == ["rumours.v1: the topic was removed"]


def test_a_release_brings_the_released_contracts_up_to_date(tmp_path: Path) -> None:
    assert release(tmp_path) == [topic.name for topic in DECLARED]
    assert incompatible(tmp_path) == []
