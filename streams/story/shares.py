"""What each need of a request got, and the recorded reasons: the fold of its own decisions, as a trail gives them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from streams.trail import Step

Place = tuple[int, int]
"""Offset of a record in its partition, and the place of a decision in it."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a need stood: units asked and got, and what its turn depends on."""

    asked: int
    people: int
    need_class: str
    got: int = 0
    overdue: bool = False
    ended: str | None = None

    @property
    def lacking(self) -> int:
        """Units that it asked for and has not; none once it has ended."""
        return 0 if self.ended else max(0, self.asked - self.got)


@dataclass(slots=True)
class Given:
    """What one record gave a need. `kept`: units of it that were not taken back, and did not get lost on the way."""

    place: Place
    at: dt.datetime
    units: int
    kept: int
    rule: str
    limit: str
    more: int


@dataclass(slots=True)
class Share:
    """One need of a request. `stands`: how it stood from each place on."""

    need_id: str
    request_id: str
    requester_id: str
    area: str
    item: str
    partition: int
    reported_at: dt.datetime
    given: list[Given] = field(default_factory=list)
    stands: list[tuple[Place, Stand]] = field(default_factory=list)

    @property
    def now(self) -> Stand:
        """How it stands in the end."""
        return self.stands[-1][1]

    @property
    def last(self) -> Given | None:
        """What gave it the newest units that it kept; where it kept none, the newest at all."""
        kept = [one for one in self.given if one.kept] or self.given
        return kept[-1] if kept else None

    @property
    def fill(self) -> float:
        """Units got of units asked."""
        return min(1.0, self.now.got / self.now.asked)

    def before(self, offset: int) -> Stand | None:
        """How it stood in that record when units were shared; None: nobody had asked yet."""
        first = next((one.place for one in self.given if one.place[0] == offset), (offset + 1, 0))
        stands = [stand for place, stand in self.stands if place < first]
        return stands[-1] if stands else None

    def kept_of(self, offset: int) -> int:
        """Units that one record gave it for good."""
        return sum(one.kept for one in self.given if one.place[0] == offset)


def shares(steps: Iterable[Step]) -> list[Share]:
    """Every need that was opened in these steps of the supply ledger, in their order."""
    fold = _Fold()
    for step in sorted((step for step in steps if step.stage == "supply"), key=lambda one: (one.partition, one.offset)):
        for number, decision in enumerate(step.decisions):
            fold.take(step, (step.offset, number), decision)
    return list(fold.shares.values())


class _Fold:
    """Names of needs and allocations hold for their partition."""

    def __init__(self) -> None:
        self.shares: dict[tuple[int, str], Share] = {}
        self._given: dict[tuple[int, str], Given] = {}

    def take(self, step: Step, place: Place, one: dict[str, Any]) -> None:
        """One decision."""
        if one["type"] == "need_opened":
            self._open(step, place, one)
            return
        share = self.shares.get((step.partition, one.get("need_id", "")))
        if share is None:
            return
        match one["type"]:
            case "allocation_made":
                self._give(share, step, place, one)
            case "allocation_released":
                self._take_back(share, place, one, one["quantity"])
            case "line_delivered":
                self._take_back(share, place, one, one["returned"] + one["damaged"] + one["lost"])
            case "need_overdue":
                _stand(share, place, overdue=True)
            case "need_closed":
                _stand(share, place, ended=one["reason"])
            case "need_amended":
                _stand(share, place, asked=one["quantity"], people=one.get("people") or share.now.people)
            case "need_replanned":
                people = one.get("people") or share.now.people
                _stand(share, place, need_class=one["need_class"], people=people)

    def _open(self, step: Step, place: Place, one: dict[str, Any]) -> None:
        share = Share(
            need_id=one["need_id"],
            request_id=one["request_id"],
            requester_id=one["requester_id"],
            area=one["area"],
            item=one["item"],
            partition=step.partition,
            reported_at=dt.datetime.fromisoformat(one["reported_at"]),
        )
        share.stands.append((place, Stand(one["quantity"], one.get("people", 1), one["need_class"])))
        self.shares[step.partition, share.need_id] = share

    def _give(self, share: Share, step: Step, place: Place, one: dict[str, Any]) -> None:
        units, rule = one["quantity"], one["rule"]
        given = Given(place, step.at, units, units, rule, one.get("limit", "asked"), one.get("more", 0))
        share.given.append(given)
        self._given[step.partition, one["allocation_id"]] = given
        _stand(share, place, got=share.now.got + units)

    def _take_back(self, share: Share, place: Place, one: dict[str, Any], units: int) -> None:
        given = self._given.get((share.partition, one["allocation_id"]))
        if given is not None and units:
            given.kept -= units
            _stand(share, place, got=share.now.got - units)


def _stand(share: Share, place: Place, **changed: Any) -> None:
    share.stands.append((place, replace(share.now, **changed)))
