"""Which rows are written next, with which others, and when. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiokafka import TopicPartition

from sinks.clickhouse.follower import BATCH_BYTES, CHUNK, Batch, Follower

IDLE: Final = 0.2
LINGER: Final = 0.8
"""Parts of chunks are written when no row has come for IDLE seconds, or the oldest has waited for LINGER seconds, and
then those of all partitions as one insert: sixteen of a few rows each cost the server four times as much one by one."""
CATCHING_UP: Final = 4.0
"""The same for a partition that is more than a chunk behind: whole chunks are worth waiting for."""
WAITING_BYTES: Final = 64 << 20
"""Bytes of rows in memory above which no more are read."""
TOGETHER: Final = 50
"""Partitions in one insert at most: a server refuses a block of more than 100 of a table's partitions."""


class Queue:
    """The followers of a session, and which of them have a batch that is being written: one at a time each.

    Times are seconds of the clock that `take` is given.
    """

    def __init__(self, followers: Mapping[TopicPartition, Follower]) -> None:
        self._followers = followers
        self._writing: set[TopicPartition] = set()
        self._arrived = 0.0

    @property
    def crowded(self) -> bool:
        """Whether nothing more is to be read until rows are written."""
        return sum(follower.size for follower in self._followers.values()) > WAITING_BYTES

    def arrived(self, now: float) -> None:
        """Rows came."""
        self._arrived = now

    def seconds(self, now: float) -> float:
        """Until something is to be written, as far as is known: not positive when something is."""
        due = self._due()
        return due[0][0] - now if due else IDLE

    def cut(self, now: float) -> dict[TopicPartition, Batch]:
        """The batches that are to be written as one insert; none while nothing is due. They are being written then."""
        found: dict[TopicPartition, Batch] = {}
        rows = size = 0
        for when, where in self._due():
            each = self._followers[where]
            if when > now + (LINGER if found else 0.0) or len(found) == TOGETHER:
                break
            if not found or (rows + each.rows <= CHUNK and size + each.size <= BATCH_BYTES):
                rows, size = rows + each.rows, size + each.size
                found[where] = each.cut()
        self._writing.update(found)
        return found

    def wrote(self, batches: Mapping[TopicPartition, Batch]) -> None:
        """They are in."""
        self._writing.difference_update(batches)
        for where, batch in batches.items():
            self._followers[where].wrote(batch)

    def _due(self) -> list[tuple[float, TopicPartition]]:
        """When the waiting rows of each partition should be written, soonest first."""
        crowded = self.crowded
        free = [(where, each) for where, each in self._followers.items() if where not in self._writing]
        due = [(self._when(each, crowded), where) for where, each in free]
        return sorted((when, where) for when, where in due if when is not None)

    def _when(self, follower: Follower, crowded: bool) -> float | None:
        since = follower.since()
        if since is None or follower.full():
            return since
        if follower.behind > CHUNK and not crowded:
            return since + CATCHING_UP
        return min(since + LINGER, self._arrived + IDLE)
