"""Names met before, as 64-bit digests: event ids by the day they came (to be forgotten), other names for ever.

Two names share a digest once in 2**64: among ten million names, one more is taken for known with odds of 1 in 10**12.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b

from streams.core.instants import DAY

_to_int = int.from_bytes


@cache
def _of_kind(kind: str) -> blake2b:
    return blake2b(f"{kind} ".encode(), digest_size=8)


def name(kind: str, name_id: str) -> int:
    """A name of some kind as 64 bits, the same in any process."""
    digest = _of_kind(kind).copy()  # half the price of a new one
    digest.update(name_id.encode())
    return _to_int(digest.digest(), "little")


class Memory:
    """What has been met. `days`: names to be forgotten, by UTC day (0: before the first tick)."""

    __slots__ = ("days", "for_ever", "passing")

    def __init__(self, days: Iterable[tuple[int, Iterable[int]]] = (), for_ever: Iterable[int] = ()) -> None:
        self.days = {day: array("Q", names) for day, names in days}
        self.passing: set[int] = set()
        for names in self.days.values():
            self.passing.update(names)
        self.for_ever = set(for_ever)

    def knows(self, kind: str, name_id: str) -> bool:
        """Met before, and not forgotten."""
        digest = name(kind, name_id)
        return digest in self.passing or digest in self.for_ever

    def keep(self, kind: str, name_id: str) -> None:
        """Remember for ever."""
        self.for_ever.add(name(kind, name_id))

    def note(self, kind: str, name_id: str, now: int | None) -> None:
        """Remember until the day is forgotten."""
        digest = name(kind, name_id)
        if digest in self.passing:
            return
        self.passing.add(digest)
        day = 0 if now is None else now // DAY
        names = self.days.get(day)
        if names is None:
            names = self.days[day] = array("Q")
        names.append(digest)

    def date(self, now: int) -> None:
        """The first tick: what was noted before it came today."""
        if 0 in self.days:
            self.days[now // DAY] = self.days.pop(0)

    def oldest(self) -> int | None:
        """The oldest day with names."""
        return min(self.days, default=None)

    def forget(self, before: int) -> None:
        """Forget the days before this one."""
        for day in [day for day in self.days if day < before]:
            self.passing.difference_update(self.days.pop(day))
