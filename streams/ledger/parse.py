"""Bytes of a source message to an event of the contracts, or Rejected with a reason that repeats none of its values."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.topics import MESSAGE_LIMIT, Topic
from streams.core.decider import Rejected
from streams.ledger.keys import partition_of


class Parser:
    """Parses messages of a stage's plain source topics for one ledger partition."""

    def __init__(self, sources: Iterable[Topic], partition: int) -> None:
        topics = tuple(sources)
        # The validators themselves: the adapter's own method costs as much again as a small message.
        self._validate = {topic.name: _adapter(topic).validator.validate_json for topic in topics}
        self._keys = {topic.name: topic.key for topic in topics if topic.key}
        self._partitions = {topic.name: topic.partitions for topic in topics}
        self._partition = partition

    def parse(self, topic: str, value: bytes | None) -> Any:
        """The event; raises Rejected. Never raises anything else, whatever the bytes."""
        if not value:
            raise Rejected("empty", "The message has no value.")
        if len(value) > MESSAGE_LIMIT:
            raise Rejected("too_large", f"The message is larger than {MESSAGE_LIMIT} bytes.")
        try:
            event = self._validate[topic](value)
        except ValidationError as error:
            raise _rejected(error) from None
        key = self._keys.get(topic)
        if key is not None and _partition_of(getattr(event, key), self._partitions[topic]) != self._partition:
            raise Rejected(
                "wrong_partition", f"The message's {key} belongs to another partition; key it by {key}.", key
            )
        return event


@lru_cache(maxsize=65536)
def _partition_of(name: str, partitions: int) -> int:
    return partition_of(name.encode(), partitions)


@cache
def _adapter(topic: Topic) -> TypeAdapter[Any]:
    return TypeAdapter(topic.model)


def _rejected(error: ValidationError) -> Rejected:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return Rejected(
            "not_json", "The message is not JSON that can be read (RFC 8259 in UTF-8, sensible depth and numbers)."
        )
    place = ".".join(str(part)[:64] for part in first["loc"])[:300]
    known = {"union_tag_invalid": "The kind of message is unknown on this topic.", "extra_forbidden": "Unknown field."}
    return Rejected(f"invalid.{first['type']}"[:100], known.get(first["type"], first["msg"])[:300], place)
