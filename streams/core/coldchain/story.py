"""A consignment as the checks see it: what was reported and stands, in order of the time at which it happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schemas.consignment import (
    CertificateIssued,
    CheckWaived,
    ConsignmentDeclared,
    CustodyHanded,
    LabReported,
    LotQuantity,
    LotsAggregated,
    LotsDestroyed,
    LotsDisinfected,
    LotsObserved,
    LotsReturned,
    LotsTransformed,
    Step,
    StepReported,
)
from streams.core.coldchain.lineage import FOREVER, Lineage
from streams.core.coldchain.steps import rank
from streams.core.instants import to_us

Lots = frozenset[str]


class Taken(NamedTuple):
    """A report that was taken: `at`, the stage's time then (None: before the first tick); `stands`: not withdrawn."""

    fact: Any
    at: int | None
    stands: bool = True


class Visit(NamedTuple):
    """Lots came to a step. `whole`: the report named none, so all of the consignment did."""

    at: int
    step: Step
    event_id: str
    facility: str | None
    lots: Lots
    whole: bool


class Departure(NamedTuple):
    """Units of a lot left; None: all that was left of it."""

    at: int
    units: int | None


@dataclass(slots=True, eq=False)
class Story:
    """Reports by kind, each in order of (time, event id). `units`: by own lot, how many there were; `made_at`: when."""

    consignment_id: str
    declared: ConsignmentDeclared
    steps: list[StepReported] = field(default_factory=list)
    certificates: list[CertificateIssued] = field(default_factory=list)
    handovers: list[CustodyHanded] = field(default_factory=list)
    samples: list[LabReported] = field(default_factory=list)
    disinfected: list[LotsDisinfected] = field(default_factory=list)
    aggregated: list[LotsAggregated] = field(default_factory=list)
    transformed: list[LotsTransformed] = field(default_factory=list)
    observed: list[LotsObserved] = field(default_factory=list)
    departed: list[LotsReturned | LotsDestroyed] = field(default_factory=list)
    waived: dict[str, CheckWaived] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    units: dict[str, int] = field(default_factory=dict)
    made_at: dict[str, int] = field(default_factory=dict)
    lineage: Lineage = field(default_factory=Lineage)
    named: set[str] = field(default_factory=set)
    """Lots and packages that relations are told of, here or elsewhere."""
    visits: list[Visit] = field(default_factory=list)
    _routes: dict[str, list[Visit]] = field(default_factory=dict)
    _concerned: dict[Lots, Lots] = field(default_factory=dict)
    _gone: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, consignment_id: str, taken: Iterable[Taken]) -> Story:
        """Tell it from what was taken; its declaration must be there."""
        standing = sorted((one for one in taken if one.stands), key=_when)
        declared = next(one.fact for one in standing if isinstance(one.fact, ConsignmentDeclared))
        story = cls(consignment_id, declared, taken=standing)
        shelves = story._shelves()
        for one in standing:
            shelf = shelves.get(type(one.fact))
            if shelf is not None:
                shelf.append(one.fact)
            elif isinstance(one.fact, CheckWaived):
                story.waived[one.fact.check_id] = one.fact
        story._count()
        story.lineage = Lineage.of(story.units, story.transformed, story.aggregated, story.disinfected)
        story.named = {*story.units, *story.lineage.made, *story.lineage.sources, *story.lineage.packed}
        story.visits = sorted(story._all_visits(), key=lambda visit: (visit.at, rank(visit.step), visit.event_id))
        return story

    def _shelves(self) -> dict[type, list[Any]]:
        return {
            StepReported: self.steps,
            CertificateIssued: self.certificates,
            CustodyHanded: self.handovers,
            LabReported: self.samples,
            LotsDisinfected: self.disinfected,
            LotsAggregated: self.aggregated,
            LotsTransformed: self.transformed,
            LotsObserved: self.observed,
            LotsReturned: self.departed,
            LotsDestroyed: self.departed,
        }

    def _count(self) -> None:
        for lot in self.declared.lots:
            self.units[lot.lot_id] = lot.quantity
        declared = set(self.units)
        for report in self.transformed:
            at = to_us(report.occurred_at)
            for lot in report.outputs:
                if lot.lot_id not in declared:
                    self.units[lot.lot_id] = self.units.get(lot.lot_id, 0) + lot.quantity
                    self.made_at.setdefault(lot.lot_id, at)

    def _all_visits(self) -> Iterator[Visit]:
        for report in self.steps:
            yield self._visit(report, report.step, report.facility, report.quantities)
        for sample in self.samples:
            yield self._visit(sample, Step.TESTED, None)
        for treatment in self.disinfected:
            yield self._visit(treatment, Step.DISINFECTED, treatment.facility)

    def _visit(self, report: Any, step: Step, facility: str | None, quantities: Iterable[LotQuantity] = ()) -> Visit:
        at, lots = to_us(report.occurred_at), self.concerned(report.lot_ids, quantities)
        return Visit(at, step, report.event_id, facility, lots, not report.lot_ids and not quantities)

    def here(self, visit: Visit) -> list[str]:
        """The lots of a visit that were there then: made before, and something left of them."""
        return sorted(lot_id for lot_id in visit.lots if self.is_there(lot_id, visit.at))

    def is_there(self, lot_id: str, at: int) -> bool:
        """Whether a lot was made by then, and not all of it gone before."""
        gone = self.gone_at(lot_id)
        return self.made_at.get(lot_id, at) <= at and (gone is None or at <= gone)

    @property
    def lots(self) -> Lots:
        """Lots that were declared or made here."""
        return self.lineage.own

    def concerned(self, lot_ids: Iterable[str], quantities: Iterable[LotQuantity] = ()) -> Lots:
        """Own lots that a report is about: those named, in packages too; none named: all."""
        named = frozenset((*lot_ids, *(line.lot_id for line in quantities)))
        if not named:
            return self.lots
        known = self._concerned.get(named)
        if known is None:
            known = self._concerned[named] = frozenset(self.lineage.unpacked(named) & self.lots)
        return known

    def route(self, lot_id: str) -> list[Visit]:
        """The steps of a lot, and before it was made those of what it was made of, in order of time."""
        known = self._routes.get(lot_id)
        if known is None:
            known = self._routes[lot_id] = sorted(
                self._way(lot_id, FOREVER, frozenset()), key=lambda visit: (visit.at, rank(visit.step), visit.event_id)
            )
        return known

    def _way(self, lot_id: str, until: int, seen: Lots) -> set[Visit]:
        made_at = self.made_at.get(lot_id, -1)
        way = {
            visit
            for visit in self.visits
            if visit.at < until and lot_id in visit.lots and self.is_there(lot_id, visit.at)
        }
        for source in self.lineage.sources.get(lot_id, set()) & self.lots - seen:
            way |= self._way(source, min(made_at, until), seen | {lot_id})
        return way

    def departures(self, lot_id: str) -> list[Departure]:
        """When units of a lot left, in order of time."""
        left: list[Departure] = []
        for report in self.departed:
            left += _units(to_us(report.occurred_at), lot_id, report.quantities)
        for transformed in self.transformed:
            left += _units(to_us(transformed.occurred_at), lot_id, transformed.inputs)
        for step in self.steps:
            if step.step is Step.ISSUED and lot_id in self.concerned(step.lot_ids, step.quantities):
                at = to_us(step.occurred_at)
                left += _units(at, lot_id, step.quantities) or [Departure(at, None)]
        return sorted(left, key=lambda departure: departure.at)

    def gone_at(self, lot_id: str) -> int | None:
        """When nothing was left of a lot; None: something is."""
        if lot_id not in self._gone:
            self._gone[lot_id] = self._left_at(lot_id)
        return self._gone[lot_id]

    def _left_at(self, lot_id: str) -> int | None:
        left = self.units[lot_id]
        for departure in self.departures(lot_id):
            left = 0 if departure.units is None else left - departure.units
            if left <= 0:
                return departure.at
        return None

    def all_gone_at(self, lots: Lots | None = None) -> int | None:
        """When nothing was left of all these lots (None: of the consignment)."""
        latest = -1
        for lot_id in self.lots if lots is None else lots:
            at = self.gone_at(lot_id) if lot_id in self.units else None
            if at is None:
                return None
            latest = max(latest, at)
        return latest


def _when(taken: Taken) -> tuple[int, str]:
    return to_us(taken.fact.occurred_at), taken.fact.event_id


def _units(at: int, lot_id: str, lines: Iterable[LotQuantity]) -> list[Departure]:
    return [Departure(at, line.quantity) for line in lines if line.lot_id == lot_id]
