"""A message of the simulation on its way to Kafka: when, where, which bytes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from schemas.base import Model
from schemas.topics import Topic

CHINA: Final = dt.timezone(dt.timedelta(hours=8))
"""Beijing time, in which the district lives."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message. `key` is its area, consignment or premises; None: it goes to every partition.

    `valid` False: broken on purpose.
    """

    at: dt.datetime
    topic: Topic
    key: str | None
    value: bytes
    valid: bool = True

    @property
    def timestamp_ms(self) -> int:
        """Its Kafka timestamp: when it is sent; the event may be older."""
        return round(self.at.timestamp() * 1000)

    @property
    def copies(self) -> int:
        """How many Kafka records it becomes."""
        return self.topic.partitions if self.key is None else 1


def post(topic: Topic, message: Any, at: dt.datetime | None = None) -> Post:
    """A report, sent when it happens, or later; on a topic without a key it goes to every partition."""
    key = getattr(message, topic.key) if topic.key else None
    return Post(at or message.occurred_at, topic, key, encode(message))


def encode(message: Model) -> bytes:
    """The JSON of a message, the same in any process: sets are sorted, what is None is left out."""
    fields = message.model_dump(mode="json", exclude_none=True)
    if "groups" in fields:
        fields["groups"] = sorted(fields["groups"])
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def in_order(posts: Iterable[Post]) -> list[Post]:
    """By time; those of the same moment stay as they were."""
    return sorted(posts, key=lambda each: each.at)


def moment(day: dt.date, hours: float) -> dt.datetime:
    """So many hours after the day's midnight in Beijing time, on the second; more than 24 is the next day."""
    midnight = dt.datetime.combine(day, dt.time(), CHINA)
    return midnight + dt.timedelta(seconds=round(hours * 3600))
