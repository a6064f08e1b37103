"""R9, order when behind: waiting messages of several sources of a partition are merged by their timestamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
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

    `by_horizon`: only what lies before the horizon is taken: the ends of all sources at one moment. Sources are fetched
    one by one, so the newer of two messages may come here first; but whoever sent it after the older one was
    acknowledged has both of them before the same horizon, or only the older one.
    """

    def __init__(self, topics: Sequence[str], *, by_horizon: bool = False) -> None:
        self._horizon: dict[str, int] | None = dict.fromkeys(topics, 0) if by_horizon else None
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

    def look(self, ends: Mapping[str, int]) -> bool:
        """The ends of all sources as they are now; says whether there are messages that were not known of."""
        grown = any(end > self._ends[topic] for topic, end in ends.items())
        for topic, end in ends.items():
            self._ends[topic] = max(self._ends[topic], end)
        if self._horizon is not None:
            self._horizon = dict(ends)
        return grown

    def beyond(self) -> bool:
        """Whether there are messages, and none of them lies before the horizon."""
        return len(self) > 0 and not any(self._takeable(topic) for topic in self._buffers)

    def __len__(self) -> int:
        return sum(len(buffer) for buffer in self._buffers.values())

    def waiting(self, topic: str) -> int:
        """Messages of a source that are here."""
        return len(self._buffers[topic])

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
        live = [topic for topic in self._buffers if self._takeable(topic)]
        if patient and self.awaited():
            return taken
        while live and len(taken) < limit:
            topic = live[0] if len(live) == 1 else min(live, key=self._order)
            buffer = self._buffers[topic]
            taken.append((topic, buffer.popleft()))
            if not self._takeable(topic):
                live.remove(topic)
                if not buffer and patient and self._received[topic] < self._ends[topic]:
                    break
        return taken

    def _takeable(self, topic: str) -> bool:
        buffer = self._buffers[topic]
        return bool(buffer) and (self._horizon is None or buffer[0].offset < self._horizon[topic])

    def _order(self, topic: str) -> tuple[int, int]:
        return (self._buffers[topic][0].timestamp, self._rank[topic])
