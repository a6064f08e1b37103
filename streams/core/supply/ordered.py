"""Ordered collections of sortedcontainers (which ships no types), typed as far as they are used here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

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
