"""When things fall due: a heap in which times that no longer hold are left lying until they come up."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

K = TypeVar("K", str, tuple[str, str])


class Timers(Generic[K]):
    """At most one due time for each name. Setting costs O(log n), asking for the first nothing."""

    __slots__ = ("_due", "heap")

    def __init__(self) -> None:
        self._due: dict[K, int] = {}
        self.heap: list[tuple[int, K]] = []
        """For reading: its first entry always holds, others need not."""

    def set(self, name: K, due: int | None) -> None:
        """From now on `name` is due then; None: never."""
        dues, heap = self._due, self.heap
        known = dues.get(name)
        if known == due:
            return
        if due is None:
            del dues[name]
        else:
            dues[name] = due
            heappush(heap, (due, name))
        if known is not None and (heap[0][1] == name or len(heap) > 2 * len(dues) + 64):
            self._clear()

    def _clear(self) -> None:
        """The top always holds, and at most half of the heap does not."""
        heap, due = self.heap, self._due
        while heap and due.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        if len(heap) > 2 * len(due) + 64:
            self.heap = [(at, name) for name, at in due.items()]
            heapify(self.heap)

    def get(self, name: K) -> int | None:
        """When `name` is due."""
        return self._due.get(name)

    def entries(self) -> Iterator[tuple[K, int]]:
        """Every name with its due time, in no order."""
        yield from self._due.items()

    def __len__(self) -> int:
        return len(self._due)

    def first(self) -> int | None:
        """The earliest due time."""
        return self.heap[0][0] if self.heap else None

    def until(self, last: int) -> Iterator[tuple[int, K]]:
        """What is due up to `last`, in order of time, then name; changes nothing, so it walks down the heap."""
        heap = self.heap
        frontier = [(heap[0], 0)] if heap else []
        before: tuple[int, K] | None = None
        while frontier:
            entry, place = heappop(frontier)
            if entry[0] > last:
                return
            for child in (2 * place + 1, 2 * place + 2):
                if child < len(heap):
                    heappush(frontier, (heap[child], child))
            if entry != before and self._due.get(entry[1]) == entry[0]:
                yield entry
            before = entry
