"""Ordered collections of sortedcontainers (which ships no types), typed as far as they are used here.

`ordered`: kept in order. `read_seldom`: put in order when it is read, since many keys come and go unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from sortedcontainers import SortedList  # type: ignore[import-untyped]

K = TypeVar("K")


class Ordered(Protocol[K]):
    """Keys in their own order; adding and removing cost O(log n)."""

    def add(self, value: K) -> None:
        """Put in a key that is not in yet."""
        ...

    def update(self, values: Iterable[K]) -> None:
        """Put in keys that are not in yet; many at once cost less than one by one."""
        ...

    def remove(self, value: K) -> None:
        """Take out a key; ValueError where it is not in."""
        ...

    def irange(self, minimum: Any, maximum: Any) -> Iterator[K]:
        """Keys between two, which may be beginnings of keys."""
        ...

    def __iter__(self) -> Iterator[K]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> K: ...

    def __contains__(self, value: object) -> bool: ...


def ordered(keys: Iterable[K] = ()) -> Ordered[K]:
    """An ordered collection of these keys."""
    made: Ordered[K] = SortedList(keys)
    return made


class _ReadSeldom(Generic[K]):
    """Keys that came since it was read last lie beside the others: a key that goes unread costs next to nothing."""

    __slots__ = ("_new", "_sorted")

    def __init__(self, keys: Iterable[K] = ()) -> None:
        self._new: set[K] = set(keys)
        self._sorted: Ordered[K] | None = None

    def _settled(self) -> Ordered[K]:
        if self._sorted is None:
            self._sorted = ordered(self._new)
        elif self._new:
            self._sorted.update(self._new)
        self._new.clear()
        return self._sorted

    def add(self, value: K) -> None:
        self._new.add(value)

    def update(self, values: Iterable[K]) -> None:
        self._new.update(values)

    def remove(self, value: K) -> None:
        if value in self._new:
            self._new.remove(value)
        else:
            self._settled().remove(value)

    def irange(self, minimum: Any, maximum: Any) -> Iterator[K]:
        return self._settled().irange(minimum, maximum)

    def __iter__(self) -> Iterator[K]:
        return iter(self._settled())

    def __len__(self) -> int:
        return len(self._new) + (0 if self._sorted is None else len(self._sorted))

    def __getitem__(self, index: int) -> K:
        return self._settled()[index]

    def __contains__(self, value: object) -> bool:
        return value in self._new or (self._sorted is not None and value in self._sorted)


def read_seldom(keys: Iterable[K] = ()) -> Ordered[K]:
    """An ordered collection of these keys, for those that are added and removed more often than read."""
    return _ReadSeldom(keys)
