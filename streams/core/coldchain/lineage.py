"""Who belongs together: what was made of lots, what was packed with them, what was disinfected with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from schemas.consignment import LotsAggregated, LotsDisinfected, LotsTransformed
from streams.core.instants import to_us

FOREVER: Final = 2**62
Stay = tuple[str, int, int]
"""A thing inside a package: what, from, until."""


def closure(start: Iterable[str], following: Mapping[str, Iterable[str]]) -> set[str]:
    """All that is reached from `start`, which is included."""
    reached, waiting = set(start), list(start)
    while waiting:
        for name in following.get(waiting.pop(), ()):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


@dataclass(slots=True, eq=False)
class Lineage:
    """Relations of lots, as far as one consignment was told. `own`: declared or made; others are from elsewhere."""

    own: frozenset[str] = frozenset()
    made: dict[str, set[str]] = field(default_factory=dict)
    """By lot, the lots that were made of it."""
    sources: dict[str, set[str]] = field(default_factory=dict)
    """By lot, what it was made of."""
    packed: dict[str, list[Stay]] = field(default_factory=dict)
    """By package."""
    inside: set[str] = field(default_factory=set)
    """All that ever was in a package."""
    contents: dict[str, list[str]] = field(default_factory=dict)
    """By package, what ever was in it."""
    together: dict[str, set[str]] = field(default_factory=dict)
    """By lot or package, what it met in a package."""
    treated: dict[str, set[str]] = field(default_factory=dict)
    """By lot, what was disinfected with it."""

    @classmethod
    def of(
        cls,
        own: Iterable[str],
        transformed: Iterable[LotsTransformed],
        aggregated: Iterable[LotsAggregated],
        disinfected: Iterable[LotsDisinfected],
    ) -> Lineage:
        """From reports in order of time."""
        lineage = cls(frozenset(own))
        for report in transformed:
            inputs, outputs = ({line.lot_id for line in lines} for lines in (report.inputs, report.outputs))
            for lot_id in inputs:
                lineage.made.setdefault(lot_id, set()).update(outputs - {lot_id})
            for lot_id in outputs:
                lineage.sources.setdefault(lot_id, set()).update(inputs - {lot_id})
        lineage.packed = _stays(aggregated)
        for package, stays in lineage.packed.items():
            lineage.contents[package] = [child for child, _, __ in stays]
            lineage.inside.update(lineage.contents[package])
            for one, other in _meetings(_inside(lineage.packed, package)):
                lineage.together.setdefault(one, set()).add(other)
                lineage.together.setdefault(other, set()).add(one)
        for treatment in disinfected:
            lots = set(lineage.unpacked(treatment.lot_ids) or lineage.own)
            for lot_id in lots:
                lineage.treated.setdefault(lot_id, set()).update(lots)
        return lineage

    def known(self, name: str) -> bool:
        """A lot of this consignment, or a package, or a thing that was in one."""
        return name in self.own or name in self.packed or name in self.inside

    def unpacked(self, names: Iterable[str]) -> set[str]:
        """Lots, with packages replaced by what ever was in them."""
        return {name for name in closure(names, self.contents) if name in self.own or name not in self.packed}

    def descendants(self, lots: Iterable[str]) -> set[str]:
        """Lots and all that was made of them."""
        return closure(lots, self.made)

    def contacts(self, lots: Iterable[str]) -> set[str]:
        """Lots, what was packed with them or with that, and what was disinfected with them; packages left out."""
        start = set(lots)
        met = closure(start, self.together)
        for lot_id in start:
            met |= self.treated.get(lot_id, set())
        return {name for name in met if name in self.own or name not in self.packed}


def _stays(aggregated: Iterable[LotsAggregated]) -> dict[str, list[Stay]]:
    packed: dict[str, list[Stay]] = {}
    for report in aggregated:
        at, stays = to_us(report.occurred_at), packed.setdefault(report.parent_id, [])
        children = set(report.child_ids) - {report.parent_id}
        if report.action == "add":
            stays.extend((child, at, FOREVER) for child in sorted(children))
        else:
            stays[:] = [
                (child, since, at) if child in children and until == FOREVER else (child, since, until)
                for child, since, until in stays
            ]
    return packed


def _inside(packed: Mapping[str, list[Stay]], package: str, around: frozenset[str] = frozenset()) -> Iterator[Stay]:
    """All that was in a package, in packages inside it too, from when until when."""
    for child, since, until in packed.get(package, ()):
        yield child, since, until
        if child not in around:
            for thing, entered, left in _inside(packed, child, around | {package}):
                if max(since, entered) < min(until, left):
                    yield thing, max(since, entered), min(until, left)


def _meetings(stays: Iterable[Stay]) -> Iterator[tuple[str, str]]:
    """Who met whom in a package: one link for each that came while somebody was there, which joins them all."""
    there_until, there = -1, ""
    for thing, since, until in sorted(stays, key=lambda stay: (stay[1], stay[0])):
        if since < there_until and thing != there:
            yield there, thing
        if until > there_until:
            there_until, there = until, thing
