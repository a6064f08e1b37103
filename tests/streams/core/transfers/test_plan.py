"""The plan is the exact optimum: against a slow flow in whole numbers that shares no code with it."""

from __future__ import annotations

from collections import Counter
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.transfers.plan import Move, Shortage, Spare, SpareLot, plan

AREAS = tuple("abcdef")
TODAY = 738_000


def km_of(ways: dict[tuple[str, str], int | None]):
    return lambda source, destination: ways.get((source, destination), ways.get((destination, source)))


def arrives(km: int) -> int:
    return TODAY + km // 10


Cost = tuple[int, ...]
NOTHING: Cost = (0, 0, 0, 0, 0, 0)


def add(one: Cost, other: Cost, sign: int = 1) -> Cost:
    return tuple(a + sign * b for a, b in zip(one, other, strict=True))


class Residual:
    """A network of units and costs, edge and its opposite side by side."""

    def __init__(self) -> None:
        self.nodes, self.edges = {"s": 0, "t": 1}, []

    def edge(self, tail, head, units, cost=NOTHING):
        ends = [self.nodes.setdefault(name, len(self.nodes)) for name in (tail, head)]
        self.edges += [[*ends, units, cost], [*reversed(ends), 0, add(NOTHING, cost, -1)]]

    def shortest(self) -> tuple[Cost | None, list[int]]:
        """By Bellman-Ford: the cost of the cheapest way from s to t, and the edge by which each node is reached."""
        best, came = [None] * len(self.nodes), [-1] * len(self.nodes)
        best[0] = NOTHING
        for _ in range(len(self.nodes)):
            for number, (tail, head, units, cost) in enumerate(self.edges):
                if units and best[tail] is not None:
                    there = add(best[tail], cost)
                    if best[head] is None or there < best[head]:
                        best[head], came[head] = there, number
        return best[1], came

    def push(self, came) -> None:
        """One unit along the way."""
        at = 1
        while at:
            self.edges[came[at]][2] -= 1
            self.edges[came[at] ^ 1][2] += 1
            at = self.edges[came[at]][0]


def network_of(shortages, spares, km) -> Residual:
    network = Residual()
    days = sorted({lot.expires or 10**9 for spare in spares for lot in spare.lots})
    for spare in spares:
        network.edge("s", ("area", spare.area), spare.quantity)
        for lot in spare.lots:
            network.edge(("area", spare.area), ("lot", spare.area, lot.lot_id), lot.quantity)
            for place in {one.area for one in shortages} - {spare.area}:
                way, last = km(spare.area, place), lot.expires or 10**9
                if way is not None and arrives(way) <= last:
                    cost = (0, 0, 0, 0, way, days.index(last))
                    network.edge(("lot", spare.area, lot.lot_id), ("place", place), 10**6, cost)
    for one in shortages:
        network.edge(("place", one.area), "t", one.quantity, (*(-(rank == one.rank) for rank in range(4)), 0, 0))
    return network


def optimum(shortages, spares, km) -> Cost:
    """The least of (minus units by rank, unit-kilometres, unit-days), lexicographically: one unit path after another.

    Successive shortest paths over tuples: exact, and as slow as can be.
    """
    network, total = network_of(shortages, spares, km), NOTHING
    while True:
        best, came = network.shortest()
        if best is None or best >= NOTHING:
            return total
        network.push(came)
        total = add(total, best)


def cost_of(moves: list[Move], spares) -> Cost:
    last = {(spare.area, lot.lot_id): lot.expires or 10**9 for spare in spares for lot in spare.lots}
    days = sorted(set(last.values()))
    found = list(NOTHING)
    for move in moves:
        found[move.rank] -= move.quantity
        found[4] += move.quantity * move.km
        found[5] += move.quantity * days.index(last[move.source, move.lot_id])
    return tuple(found)


@st.composite
def cities(draw):
    numbers = count()
    ways = {
        (one, other): draw(st.one_of(st.none(), st.integers(0, 40))) for one in AREAS for other in AREAS if one < other
    }
    spares = []
    for area in draw(st.lists(st.sampled_from(AREAS), unique=True, max_size=4)):
        lots = tuple(
            SpareLot(
                f"l{next(numbers)}", draw(st.integers(1, 9)), draw(st.sampled_from((None, *range(TODAY, TODAY + 5))))
            )
            for _ in range(draw(st.integers(1, 3)))
        )
        spares.append(Spare(area, draw(st.integers(0, 15)), lots))
    places = draw(st.lists(st.tuples(st.sampled_from(AREAS), st.integers(0, 3)), unique=True, max_size=5))
    return [Shortage(area, rank, draw(st.integers(1, 9))) for area, rank in places], spares, ways


@settings(max_examples=300, deadline=None)
@given(cities())
def test_a_plan_is_the_exact_optimum_and_keeps_within_everything(city):
    shortages, spares, ways = city
    km = km_of(ways)
    moves = plan(shortages, spares, km, arrives)
    lots, areas, wanted = Counter(), Counter(), Counter()
    for move in moves:
        assert move.quantity > 0 and move.source != move.destination
        assert move.km == km(move.source, move.destination)
        lots[move.source, move.lot_id] += move.quantity
        areas[move.source] += move.quantity
        wanted[move.destination, move.rank] += move.quantity
    for spare in spares:
        assert areas[spare.area] <= spare.quantity
        for lot in spare.lots:
            assert lots[spare.area, lot.lot_id] <= lot.quantity
    assert all(wanted[one.area, one.rank] <= one.quantity for one in shortages)
    last = {(spare.area, lot.lot_id): lot.expires for spare in spares for lot in spare.lots}
    assert all((last[m.source, m.lot_id] or 10**9) >= arrives(m.km) for m in moves)
    assert cost_of(moves, spares) == optimum(shortages, spares, km)


@settings(max_examples=60, deadline=None)
@given(cities(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_known_does_not_matter(city, chance):
    shortages, spares, ways = city
    before = plan(shortages, spares, km_of(ways), arrives)
    chance.shuffle(shortages)
    chance.shuffle(spares)
    spares = [spare._replace(lots=tuple(chance.sample(spare.lots, len(spare.lots)))) for spare in spares]
    assert plan(shortages, spares, km_of(ways), arrives) == before


def test_the_nearest_gives_first_and_the_most_pressing_gets_first():
    ways = {("a", "b"): 5, ("a", "c"): 30, ("b", "c"): 8}
    spares = [Spare("a", 10, (SpareLot("la", 10, None),)), Spare("c", 4, (SpareLot("lc", 9, None),))]
    moves = plan([Shortage("b", 3, 20), Shortage("b", 0, 3)], spares, km_of(ways), arrives)
    assert sum(move.quantity for move in moves if move.rank == 0) == 3
    assert sum(move.quantity for move in moves) == 14
    assert plan([Shortage("b", 3, 8)], spares, km_of(ways), arrives) == [Move("a", "b", "la", 3, 8, 5)]


def test_what_expires_on_the_way_is_not_sent_and_what_expires_soon_goes_first():
    lots = (SpareLot("gone", 9, TODAY), SpareLot("soon", 4, TODAY + 1), SpareLot("late", 9, TODAY + 9))
    moves = plan([Shortage("b", 2, 6)], [Spare("a", 20, lots)], km_of({("a", "b"): 10}), arrives)
    assert moves == [Move("a", "b", "late", 2, 2, 10), Move("a", "b", "soon", 2, 4, 10)]
    assert plan([Shortage("b", 2, 6)], [Spare("a", 20, lots)], km_of({}), arrives) == []
