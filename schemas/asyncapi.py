"""The AsyncAPI 3.0 document: every topic as a channel with its messages, its one writer and its readers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from schemas.contract import STAGES, Json, component_schemas, models, name_of
from schemas.topics import Topic

VERSION: Final = "3.0.0"
KAFKA_BINDING: Final = "0.5.0"
BYTES: Final = "RejectedBytes"
"""Name of the message that is bytes as they came, on dead-letter topics."""
_INTEGERS: Final = frozenset({"retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes"})


def document(topics: Sequence[Topic], examples: Mapping[str, Iterable[Json]]) -> Json:
    """The whole document; `examples` are message values by the name of their model."""
    messages = {model.__name__: _message(topic, model, examples) for topic in topics for model in models(topic)}
    if any(not models(topic) for topic in topics):
        messages[BYTES] = _bytes_message()
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "baogong",
            "version": "1",
            "description": (
                "保供: requests, stock and deliveries of a city in lockdown, and the ledger of what was decided. "
                "Values are UTF-8 JSON. A channel's version is the last part of its address; docs/contracts.md says "
                "how it changes. Operations are named participant.action.address."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {name: operation for topic in topics for name, operation in _operations(topic)},
        "components": {
            "messages": dict(sorted(messages.items())),
            "schemas": component_schemas("#/components/schemas/{model}", topics),
        },
    }


def _names(topic: Topic) -> list[str]:
    return [model.__name__ for model in models(topic)] or [BYTES]


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "title": topic.title,
        "description": _channel_words(topic),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _names(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {key: _setting(key, value) for key, value in sorted(topic.broker_config.items())},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _channel_words(topic: Topic) -> str:
    keyed = f"Keyed by `{topic.key}`." if topic.key else "Not keyed by a field: the writer chooses the partition."
    readers = ", ".join(topic.readers) or "no stage"
    return f"{topic.title}. {keyed} Written by {topic.writer}, read by {readers}."


def _setting(key: str, value: str) -> Any:
    if key == "cleanup.policy":
        return value.split(",")
    return int(value) if key in _INTEGERS else value


def _operations(topic: Topic) -> Iterable[tuple[str, Json]]:
    for action, who in (("send", topic.writer), *(("receive", reader) for reader in topic.readers)):
        verb = "writes" if action == "send" else "reads"
        yield (
            f"{who}.{action}.{topic.name}",
            {
                "action": action,
                "summary": f"{who} {verb} {topic.name}.",
                "channel": {"$ref": f"#/channels/{topic.name}"},
                "messages": [{"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in _names(topic)],
                "tags": [{"name": who}],
            },
        )


def _message(topic: Topic, model: type[BaseModel], examples: Mapping[str, Iterable[Json]]) -> Json:
    words = inspect.getdoc(model) or ""
    message: Json = {
        "name": model.__name__ if topic.name in STAGES else name_of(model),
        "title": model.__name__,
        "summary": words.split("\n", 1)[0],
        "description": words,
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"kafka": _message_binding(topic)},
    }
    if shown := [{"payload": value} for value in examples.get(model.__name__, ())]:
        message["examples"] = shown
    return message


def _message_binding(topic: Topic) -> Json:
    key = {"key": {"type": "string", "description": f"The message's `{topic.key}`."}} if topic.key else {}
    return {**key, "bindingVersion": KAFKA_BINDING}


def _bytes_message() -> Json:
    return {
        "name": BYTES,
        "title": BYTES,
        "summary": "The bytes of a message that a stage rejected, as they came.",
        "description": "The ledger holds the reason and the coordinates; these bytes need not be JSON at all.",
        "contentType": "application/octet-stream",
    }
