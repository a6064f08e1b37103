"""What a run came to, counted from its decisions: fill, fairness, waits, what expired."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.supply import (
    AllocationMade,
    AllocationReleased,
    LineDelivered,
    LotExpired,
    LotRecorded,
    LotTransferredOut,
    NeedAmended,
    NeedClosed,
    NeedOpened,
    NeedOverdue,
    NeedReplanned,
    NeedSubstituted,
)
from streams.lab.moving import Moving


@dataclass(slots=True)
class Story:
    """One need: what it asked, what it has, when it first got something and when it was full."""

    need_id: str
    requester_id: str
    area: str
    item: str
    need_class: str
    asked: int
    people: int
    reported_at: dt.datetime
    got: int = 0
    full_at: dt.datetime | None = None
    overdue: bool = False
    gone: bool = False
    """Cancelled or amended away: it counts no more."""

    @property
    def fill(self) -> float:
        return min(1.0, self.got / self.asked)


@dataclass
class Ledger:
    """Listens to a run."""

    needs: dict[str, Story] = field(default_factory=dict)
    lots: dict[str, LotRecorded] = field(default_factory=dict)
    moved: Counter[str] = field(default_factory=Counter)
    expired: int = 0

    def seen(self, now: dt.datetime, decisions: Sequence[Any]) -> None:
        """Count one record."""
        for one in decisions:
            match one:
                case NeedOpened():
                    self.needs[one.need_id] = Story(
                        one.need_id, one.requester_id, one.area, one.item, one.need_class.value, one.quantity,
                        one.people, one.reported_at,
                    )  # fmt: skip
                case AllocationMade():
                    self._get(one.need_id, one.quantity, now)
                case AllocationReleased():
                    self._get(one.need_id, -one.quantity, now)
                case LineDelivered():
                    self._get(one.need_id, -(one.returned + one.damaged + one.lost), now)
                case NeedOverdue():
                    self.needs[one.need_id].overdue = True
                case NeedReplanned():
                    self.needs[one.need_id].need_class = one.need_class.value
                case LotRecorded():
                    self.lots[one.lot_id] = one
                case LotExpired():
                    self.expired += one.quantity
                case LotTransferredOut():
                    self.moved[one.lot_id] += one.quantity
                case NeedAmended() | NeedClosed() | NeedSubstituted():
                    self._end(one)

    def of(self, item: str) -> Ledger:
        """What was heard of one item; expired units are not told apart."""
        return Ledger(
            {name: need for name, need in self.needs.items() if need.item == item},
            {name: lot for name, lot in self.lots.items() if lot.item == item},
        )

    def _get(self, need_id: str, units: int, now: dt.datetime) -> None:
        need = self.needs[need_id]
        need.got += units
        need.full_at = (need.full_at or now) if need.got >= need.asked else None

    def _end(self, one: NeedAmended | NeedClosed | NeedSubstituted) -> None:
        need = self.needs[one.need_id]
        if isinstance(one, NeedAmended):
            need.asked = one.quantity
        elif isinstance(one, NeedClosed):
            need.gone = one.reason not in ("delivered",)


@dataclass(frozen=True)
class Figures:
    """`smallest`: the smallest fill of each pool (item and area) that had stock, averaged over their needs; with
    transfers, of each pool whose item any area had.

    `gini` is that of fills; `nothing` the share of needs that got nothing, `empty` their number,
    `unreachable` those of them for which no stock of their pool ever came, or none after them; `recipients` the share
    of requesters that got something; `waits`: hours from the first report until full, by class: median, 95th
    percentile, longest; who was never full has waited until the end. `moved`, `unit_km`: what the lab's own transfers
    between areas came to, in units and in units times kilometres (None: it made none).
    """

    policy: str
    needs: int
    asked: int
    given: int
    fill: float
    smallest: float
    lowest_tenth: float
    nothing: float
    empty: int
    unreachable: float
    recipients: float
    gini: float
    overdue: int
    expired: int
    waits: dict[str, tuple[float, float, float]]
    seconds: float
    transfers: int | None = None
    moved: int | None = None
    unit_km: int | None = None


def figures(policy: str, ledger: Ledger, until: dt.datetime, seconds: float, moving: Moving | None = None) -> Figures:
    """The figures of one run that ended at a time; `moving`: its transfers."""
    needs = [need for need in ledger.needs.values() if not need.gone]
    fills = sorted(need.fill for need in needs)
    asked, given = sum(need.asked for need in needs), sum(min(need.got, need.asked) for need in needs)
    served = {need.requester_id for need in needs if need.got}
    return Figures(
        policy=policy,
        needs=len(needs),
        asked=asked,
        given=given,
        fill=given / asked if asked else 1.0,
        smallest=_smallest(needs, ledger.lots.values(), anywhere=moving is not None),
        lowest_tenth=_mean(fills[: max(1, len(fills) // 10)]),
        nothing=sum(not need.got for need in needs) / max(1, len(needs)),
        empty=sum(not need.got for need in needs),
        unreachable=_unreachable(needs, ledger.lots.values(), anywhere=moving is not None) / max(1, len(needs)),
        recipients=len(served) / max(1, len({need.requester_id for need in needs})),
        gini=gini(fills),
        overdue=sum(need.overdue for need in needs),
        expired=ledger.expired,
        waits=_waits(needs, until),
        seconds=seconds,
        transfers=None if moving is None else moving.transfers,
        moved=None if moving is None else moving.moved,
        unit_km=None if moving is None else moving.unit_km,
    )


def _smallest(needs: Iterable[Story], lots: Iterable[LotRecorded], *, anywhere: bool) -> float:
    stocked = {("" if anywhere else lot.area, lot.item) for lot in lots}
    pools = defaultdict[tuple[str, str], list[float]](list)
    for need in needs:
        if ("" if anywhere else need.area, need.item) in stocked:
            pools[need.area, need.item].append(need.fill)
    return _mean([min(fills) for fills in pools.values() for _ in fills])


def _unreachable(needs: Iterable[Story], lots: Iterable[LotRecorded], *, anywhere: bool) -> int:
    last: dict[tuple[str, str], dt.datetime] = {}
    for lot in lots:
        pool = ("" if anywhere else lot.area, lot.item)
        last[pool] = max(lot.received_at, last.get(pool, lot.received_at))
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    empty = (need for need in needs if not need.got)
    return sum(need.reported_at > last.get(("" if anywhere else need.area, need.item), never) for need in empty)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def gini(ordered: Sequence[float]) -> float:
    """Gini coefficient of values in ascending order: 0, all have the same; near 1, one has all."""
    total = sum(ordered)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, 1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def _waits(needs: Iterable[Story], until: dt.datetime) -> dict[str, tuple[float, float, float]]:
    hours = defaultdict[str, list[float]](list)
    for need in needs:
        hours[need.need_class].append(((need.full_at or until) - need.reported_at).total_seconds() / 3600)
    return {kind: _three(sorted(waits)) for kind, waits in sorted(hours.items())}


def _three(waits: list[float]) -> tuple[float, float, float]:
    last = len(waits) - 1
    return waits[last // 2], waits[round(last * 0.95)], waits[last]
