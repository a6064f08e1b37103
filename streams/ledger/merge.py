"""R9, order when behind: waiting messages of several sources of a partition are merged by their timestamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol


class SourceMessage(Protocol):
    """What a Kafka client's record offers."""

    @property
    def offset(self) -> int:
        """Offset in its source partition."""

    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970, as its publisher or broker set it."""

    @property
    def value(self) -> bytes | None:
        """Bytes as they came."""


class Merger:
    """Buffers of one ledger partition's sources. Order inside a source is kept; between sources the older goes first.

    A source is waited for when it is known to have messages (its end is beyond what came) and none is buffered.
    """

    def __init__(self, topics: Sequence[str]) -> None:
        self._rank = {topic: rank for rank, topic in enumerate(topics)}
        self._buffers: dict[str, deque[SourceMessage]] = {topic: deque() for topic in topics}
        self._received: dict[str, int] = dict.fromkeys(topics, 0)
        self._ends: dict[str, int] = dict.fromkeys(topics, 0)

    def start(self, topic: str, position: int, end: int) -> None:
        """A source is read from `position` on; it is known to reach to `end`."""
        self._buffers[topic].clear()
        self._received[topic], self._ends[topic] = position, end

    def add(self, topic: str, messages: Iterable[SourceMessage], end: int) -> None:
        """Messages of a source came, in its order; `end` is its end as now known."""
        buffer = self._buffers[topic]
        for message in messages:
            if message.offset >= self._received[topic]:
                buffer.append(message)
                self._received[topic] = message.offset + 1
        self._ends[topic] = max(self._ends[topic], end)

    def __len__(self) -> int:
        return sum(len(buffer) for buffer in self._buffers.values())

    def awaited(self) -> list[str]:
        """Sources that are known to have messages of which none is here."""
        return [
            topic for topic, buffer in self._buffers.items() if not buffer and self._received[topic] < self._ends[topic]
        ]

    def ends(self) -> dict[str, int]:
        """The end of each source as now known."""
        return dict(self._ends)

    def take(self, limit: int, *, patient: bool = True) -> list[tuple[str, SourceMessage]]:
        """At most `limit` messages in order. `patient`: none from when a source runs dry that is known to have more."""
        taken: list[tuple[str, SourceMessage]] = []
        live = [topic for topic, buffer in self._buffers.items() if buffer]
        if patient and self.awaited():
            return taken
        while live and len(taken) < limit:
            topic = live[0] if len(live) == 1 else min(live, key=self._order)
            buffer = self._buffers[topic]
            taken.append((topic, buffer.popleft()))
            if not buffer:
                live.remove(topic)
                if patient and self._received[topic] < self._ends[topic]:
                    break
        return taken

    def _order(self, topic: str) -> tuple[int, int]:
        return (self._buffers[topic][0].timestamp, self._rank[topic])
