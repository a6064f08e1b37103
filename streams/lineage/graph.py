"""Where goods came from and what became of them: one graph over consignments, lots, requests and households.

Pure. `learn` fills it. A link leads from what goods were to what they became: what lies
up of a thing is where it came from, what lies down of it is what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

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
    """Was in this package."""
    MADE = "made"
    SPLIT = "split"
    MOVED = "moved"
    GIVEN = "given"
    """Reserved for, sent to or handed over for this request."""
    ASKED = "asked"
    """This request's household."""


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
    """`how`: units by what it says (0: not said). `rests`: reports that it rests on; None: the supply ledger itself."""

    how: dict[How, int] = field(default_factory=dict)
    rests: set[tuple[str, str] | None] = field(default_factory=set)
    portions: dict[str, Portion] = field(default_factory=dict)


class Lineage:
    """The graph, as far as it was told of. `about`: what is known of nodes themselves."""

    def __init__(self) -> None:
        self.links: dict[Node, dict[Node, Link]] = {}
        self.back: dict[Node, set[Node]] = {}
        self.about: dict[Node, dict[str, Any]] = {}
        self.withdrawn: set[tuple[str, str] | None] = set()
        self.reported: set[str] = set()
        """Consignments of which reports were seen."""
        self.duties: dict[str, list[tuple[int, int, Decision]]] = {}
        """Contact duties: what was decided about each, by offset and place in the record."""

    def up(self, starts: Iterable[Node]) -> set[Node]:
        """Where things came from, themselves left out."""
        return _reached(starts, self.before)

    def down(self, starts: Iterable[Node]) -> set[Node]:
        """What became of things, themselves left out."""
        return _reached(starts, self.after)

    def before(self, node: Node) -> list[Node]:
        """What stands directly up of a node."""
        return sorted(other for other in self.back.get(node, ()) if self.stands(other, node))

    def after(self, node: Node) -> list[Node]:
        """What stands directly down of it."""
        return sorted(other for other in self.links.get(node, ()) if self.stands(node, other))

    def stands(self, source: Node, target: Node) -> bool:
        """Whether there is a link that does not rest on withdrawn reports alone."""
        link = self.links.get(source, {}).get(target)
        return link is not None and not link.rests <= self.withdrawn

    def named(self, kind: Kind, name: str) -> list[Node]:
        """The nodes of a name: several requests where several areas use it."""
        found = sorted(node for node in {*self.links, *self.back, *self.about} if node[:2] == (kind, name))
        return found or [Node(kind, name)]

    def link(
        self, source: Node, target: Node, how: How, units: int = 0, rests: tuple[str, str] | None = None
    ) -> Link | None:
        """Say that one became the other; nothing becomes itself."""
        if source == target:
            return None
        link = self.links.setdefault(source, {}).setdefault(target, Link())
        self.back.setdefault(target, set()).add(source)
        link.how[how] = units or link.how.get(how, 0)
        link.rests.add(rests)
        return link

    def tell(self, node: Node, **about: Any) -> None:
        """Say something about a node."""
        self.about.setdefault(node, {}).update((name, value) for name, value in about.items() if value is not None)


def _reached(starts: Iterable[Node], nearest: Callable[[Node], Iterable[Node]]) -> set[Node]:
    begun = set(starts)
    reached, waiting = set[Node](), list(begun)
    while waiting:
        for other in nearest(waiting.pop()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached - begun


def lot(name: str) -> Node:
    """The node of a lot or package."""
    return Node(Kind.LOT, name)


def request_of(need_id: str, partition: int) -> Node:
    """The node of the request that a need is part of."""
    return Node(Kind.REQUEST, need_id.rpartition(":")[0], partition)
