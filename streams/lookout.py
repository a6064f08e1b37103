"""What lies at the broker and is not fetched: for how long a worker's reading has stood still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from faust.types import TP


@dataclass(frozen=True, slots=True)
class Place:
    """Of a source partition: the offset that is read next, and where it ends at the broker."""

    position: int
    end: int


class Lookout:
    """Looks now and then at what is to be read. A source that is read to its end stands still rightly."""

    def __init__(self) -> None:
        self._stood: dict[TP, tuple[int, float]] = {}

    def look(self, now: float, places: Mapping[TP, Place]) -> None:
        """`places`: of all source partitions that are to be read now; `now` in monotonic seconds."""
        stood = {}
        for tp, place in places.items():
            if place.position < place.end:
                position, since = self._stood.get(tp, (-1, now))
                stood[tp] = (place.position, since if position == place.position else now)
        self._stood = stood

    def stood(self, now: float, seconds: float) -> TP | None:
        """A source partition with messages of which none was fetched for longer than so many seconds."""
        found = [(since, tp) for tp, (_, since) in tuple(self._stood.items()) if now - since > seconds]
        return min(found)[1] if found else None
