"""A trace down from a consignment and a trace up from each lot and household meet, whatever happened to the goods.

Each trace finds its records by asking, so this holds only if both ask for enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.lineage.graph import How, Kind, Node, lot, request_of
from tests.streams.lineage.ledgers import Ledgers

CONSIGNMENTS = [f"C{number}" for number in range(3)]
LOTS = [*(f"L{number}" for number in range(6)), "P0", "P1"]
REQUESTS = [f"r{number}" for number in range(4)]
"""Request rN is of household hM, M being half of N; areas 0 and 1 use the same names."""
some_lots = st.lists(st.sampled_from(LOTS), min_size=1, max_size=3, unique=True)
consignment, one_lot = st.sampled_from(CONSIGNMENTS), st.sampled_from(LOTS)
partition = st.integers(0, 1)
HAPPENINGS = st.one_of(
    st.tuples(st.just("declared"), consignment, some_lots),
    st.tuples(st.just("packed"), consignment, one_lot, some_lots, st.sampled_from(["add", "delete"])),
    st.tuples(st.just("made"), consignment, some_lots, some_lots),
    st.tuples(st.just("withdrawn"), st.integers(0, 30)),
    st.tuples(st.just("received"), partition, one_lot, st.none() | consignment, st.none() | one_lot, some_lots),
    st.tuples(st.just("moved"), partition, one_lot, one_lot),
    st.tuples(st.just("given"), partition, st.sampled_from(REQUESTS), one_lot),
)


class Edge(NamedTuple):
    source: Node
    target: Node
    how: How
    report: tuple[str, str]


def household(request: str) -> str:
    return f"h{int(request[1:]) // 2}"


def write(happenings: list[Any]) -> Ledgers:
    ledgers, events = Ledgers(), list[tuple[str, str]]()
    for number, (kind, *told) in enumerate(happenings):
        event = f"e{number}"
        if kind in ("declared", "packed", "made"):
            events.append((told[0], event))
        match kind, told:
            case "declared", [name, goods]:
                ledgers.declared(name, goods, event)
            case "packed", [name, parent, children, action]:
                ledgers.packed(parent, *children, consignment=name, event=event, action=action)
            case "made", [name, inputs, outputs]:
                ledgers.made(inputs, outputs, consignment=name, event=event)
            case "withdrawn", [which] if which < len(events):
                ledgers.withdrawn(*events[which])
            case "received", [place, name, papers, split, moved]:
                more = {"from_lot_id": split, "moved_from": [] if split else moved, "consignment_id": papers}
                ledgers.received(name, place, **more)
            case "moved", [place, name, to]:
                ledgers.moved(name, to, place)
            case "given", [place, request, name]:
                ledgers.asked(request, household(request), place)
                ledgers.given(request, name, place)
    return ledgers


def edges(happenings: list[Any]) -> Iterator[Edge]:
    """What became what, read off the happenings themselves."""
    for number, (kind, *told) in enumerate(happenings):
        report = (str(told[0]), f"e{number}")
        match kind, told:
            case "declared", [name, goods]:
                yield from (Edge(Node(Kind.CONSIGNMENT, name), lot(one), How.DECLARED, report) for one in goods)
            case "packed", [name, parent, children, _]:
                for one in children:
                    yield Edge(lot(one), lot(parent), How.PACKED, report)
                    yield Edge(lot(parent), lot(one), How.UNPACKED, report)
            case "made", [name, inputs, outputs]:
                yield from (Edge(lot(one), lot(new), How.MADE, report) for one in inputs for new in outputs)
            case "received", [_, name, papers, split, moved]:
                if papers:
                    yield Edge(Node(Kind.CONSIGNMENT, papers), lot(name), How.RECEIVED, ("", ""))
                if split:
                    yield Edge(lot(split), lot(name), How.SPLIT, ("", ""))
                else:
                    yield from (Edge(lot(one), lot(name), How.MOVED, ("", "")) for one in moved)
            case "moved", [_, name, to]:
                yield Edge(lot(name), lot(to), How.MOVED, ("", ""))
            case "given", [place, request, name]:
                node = request_of(f"{request}:fish", place)
                yield Edge(lot(name), node, How.GIVEN, ("", ""))
                yield Edge(node, Node(Kind.HOUSEHOLD, household(request)), How.ASKED, ("", ""))


def standing(happenings: list[Any]) -> list[Edge]:
    reports = [(told[0], f"e{number}") for number, (kind, *told) in enumerate(happenings)
               if kind in ("declared", "packed", "made")]  # fmt: skip
    gone, known = set(), 0
    for kind, *told in happenings:
        known += kind in ("declared", "packed", "made")
        if kind == "withdrawn" and told[0] < known:
            gone.add(reports[told[0]])
    return [edge for edge in edges(happenings) if edge.source != edge.target and edge.report not in gone]


def reach(start: Node, known: list[Edge]) -> set[Node]:
    """What became of a thing, one link after another; never into a package and out of it again at once."""
    seen: set[tuple[Node, How | None]] = {(start, None)}
    waiting = list(seen)
    while waiting:
        node, came = waiting.pop()
        for edge in known:
            if edge.source == node and not (came is How.PACKED and edge.how is How.UNPACKED):
                state = (edge.target, edge.how)
                if state not in seen:
                    seen.add(state)
                    waiting.append(state)
    return {node for node, _ in seen} - {start}


@settings(max_examples=150, deadline=None)
@given(st.lists(HAPPENINGS, min_size=3, max_size=14))
def test_down_and_up_meet(happenings: list[Any]) -> None:
    ledgers, known = write(happenings), standing(happenings)
    down = {}
    for name in CONSIGNMENTS:
        hunt = ledgers.hunt(Kind.CONSIGNMENT, name)
        down[name] = hunt.lineage.down(hunt.subjects)
        assert down[name] == reach(Node(Kind.CONSIGNMENT, name), known)
    ends = [*(lot(name) for name in LOTS), *(Node(Kind.HOUSEHOLD, name) for name in ("h0", "h1"))]
    for end in ends:
        hunt = ledgers.hunt(end.kind, end.name)
        up = hunt.lineage.up(hunt.subjects)
        for name, became in down.items():
            assert (end in became) == (Node(Kind.CONSIGNMENT, name) in up), (name, end)


@settings(max_examples=100, deadline=None)
@given(st.lists(HAPPENINGS, min_size=3, max_size=14), st.randoms(use_true_random=False))
def test_the_order_of_records_is_no_matter(happenings: list[Any], chance: Any) -> None:
    ledgers = write(happenings)
    first = ledgers.whole()
    records = list(ledgers.records.items())
    chance.shuffle(records)
    ledgers.records = dict(records)
    other = ledgers.whole()
    for source, targets in first.links.items():
        for target in targets:
            assert first.said(source, target) == other.said(source, target)
