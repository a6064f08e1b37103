"""Where goods came from and what became of them: one graph over consignments, lots, requests and households.

Pure. `learn` fills it. A link leads from what goods were to what they became: what lies up of a thing is where it came
from, what lies down of it is what became of it. What was ever put into a package became part of it, and what lies in a
package came out of it; but what lay beside a thing did not become of it. What one thing has down of it has that thing
up of it, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

Decision = Mapping[str, Any]


class Kind(StrEnum):
    """What a node is."""

    CONSIGNMENT = "consignment"
    LOT = "lot"
    """A lot, or a package (托盘, 集装箱) of lots."""
    REQUEST = "request"
    HOUSEHOLD = "household"
    """A household or institution."""


class Node(NamedTuple):
    """A thing by its name. `partition`: of requests only, since another area may use the same id."""

    kind: Kind
    name: str
    partition: int = -1


class How(StrEnum):
    """What a link says."""

    DECLARED = "declared"
    RECEIVED = "received"
    """Came into an area's stock as this lot."""
    PACKED = "packed"
    """Went into this package."""
    UNPACKED = "unpacked"
    """Came out of the package, or lies in it."""
    MADE = "made"
    SPLIT = "split"
    MOVED = "moved"
    GIVEN = "given"
    """Reserved for, sent to or handed over for this request."""
    ASKED = "asked"
    """This request's household."""


Report = tuple[str, str]
"""Consignment and event id of a report."""
LEDGER: Final[Report] = ("", "")
"""What the supply ledger says rests on no report."""


@dataclass(slots=True)
class Portion:
    """Units of a lot for a need: one allocation, and what became of it."""

    allocation_id: str
    need_id: str
    item: str
    made: int = 0
    released: int = 0
    reasons: set[str] = field(default_factory=set)
    dispatch_id: str | None = None
    carried: int = 0
    ended: bool = False
    delivered: int = 0
    returned: int = 0
    damaged: int = 0
    lost: int = 0
    delivered_at: str | None = None

    @property
    def reserved(self) -> int:
        """Still waiting in the warehouse."""
        return self.made - self.released if self.dispatch_id is None else 0

    @property
    def in_transit(self) -> int:
        """On the way."""
        return 0 if self.ended else self.carried


@dataclass(slots=True)
class Link:
    """`said`: what it says, and for each of that the reports that say so, with units (0: not said)."""

    said: dict[How, dict[Report, int]] = field(default_factory=dict)
    portions: dict[str, Portion] = field(default_factory=dict)

    def standing(self, withdrawn: Set[Report]) -> dict[How, int]:
        """What it says still, with units: of one consignment's reports their sum, of several consignments the most,
        since each of them is sent the same report."""
        stands: dict[How, int] = {}
        for how, reports in self.said.items():
            counted: dict[str, int] = {}
            for report, units in reports.items():
                if report not in withdrawn:
                    counted[report[0]] = counted.get(report[0], 0) + units
            if counted:
                stands[how] = max(counted.values())
        return stands


class Lineage:
    """The graph, as far as it was told of. `about`: what is known of nodes themselves."""

    def __init__(self) -> None:
        self.links: dict[Node, dict[Node, Link]] = {}
        self.back: dict[Node, set[Node]] = {}
        self.about: dict[Node, dict[str, Any]] = {}
        self.withdrawn: set[Report] = set()
        self.reported: set[str] = set()
        """Consignments of which reports were seen."""
        self.duties: dict[str, list[tuple[int, int, Decision]]] = {}
        """Contact duties: what was decided about each, by offset and place in the record."""

    def up(self, starts: Iterable[Node]) -> set[Node]:
        """Where things came from, themselves left out."""
        begun = set(starts)
        return {source for source, _ in self.ways(begun, down=False)} - begun

    def down(self, starts: Iterable[Node]) -> set[Node]:
        """What became of things, themselves left out."""
        begun = set(starts)
        return {target for _, target in self.ways(begun, down=True)} - begun

    def ways(self, starts: Iterable[Node], *, down: bool) -> dict[tuple[Node, Node], dict[How, int]]:
        """The links, source and target, on ways down (or up) of any start; with what they say, as `said` has it."""
        waiting = [(node, False) for node in starts]
        seen, found = set(waiting), dict[tuple[Node, Node], dict[How, int]]()
        while waiting:
            node, by_package = waiting.pop()
            for other, packs in self.next(node, down=down, by_package=by_package):
                source, target = (node, other) if down else (other, node)
                found[source, target] = self.said(source, target)
                if (other, packs) not in seen:
                    seen.add((other, packs))
                    waiting.append((other, packs))
        return found

    def next(self, node: Node, *, down: bool, by_package: bool = False) -> Iterator[tuple[Node, bool]]:
        """What stands directly down (or up) of a node, each with whether it is a package (or lay in one) alone.

        `by_package`: the node was come to as a package, by a thing in it, so its other contents are left out.
        """
        goes_in, comes_out = (How.PACKED, How.UNPACKED) if down else (How.UNPACKED, How.PACKED)
        for other in sorted(self.links.get(node, ()) if down else self.back.get(node, ())):
            said = set(self.said(node, other) if down else self.said(other, node))
            if by_package:
                said.discard(comes_out)
            if said:
                yield other, said == {goes_in}

    def before(self, node: Node) -> list[Node]:
        """What stands directly up of a node."""
        return [other for other, _ in self.next(node, down=False)]

    def after(self, node: Node) -> list[Node]:
        """What stands directly down of it."""
        return [other for other, _ in self.next(node, down=True)]

    def said(self, source: Node, target: Node) -> dict[How, int]:
        """What stands of a link, withdrawn reports left out, with units (0: not said); nothing where there is none."""
        link = self.links.get(source, {}).get(target)
        return {} if link is None else link.standing(self.withdrawn)

    def named(self, kind: Kind, name: str) -> list[Node]:
        """The nodes of a name: several requests where several areas use it."""
        found = sorted(node for node in {*self.links, *self.back, *self.about} if node[:2] == (kind, name))
        return found or [Node(kind, name)]

    def link(self, source: Node, target: Node, how: How, units: int = 0, report: Report = LEDGER) -> Link | None:
        """Say that one became the other; nothing becomes itself."""
        if source == target:
            return None
        link = self.links.setdefault(source, {}).setdefault(target, Link())
        self.back.setdefault(target, set()).add(source)
        reports = link.said.setdefault(how, {})
        reports[report] = max(units, reports.get(report, 0))
        return link

    def tell(self, node: Node, **about: Any) -> None:
        """Say something about a node."""
        self.about.setdefault(node, {}).update((name, value) for name, value in about.items() if value is not None)


def lot(name: str) -> Node:
    """The node of a lot or package."""
    return Node(Kind.LOT, name)


def request_of(need_id: str, partition: int) -> Node:
    """The node of the request that a need is part of."""
    return Node(Kind.REQUEST, need_id.rpartition(":")[0], partition)
