"""Minimum-cost flow from spare stock to shortages by HiGHS, exact: two linear programmes over one network.

The first finds how many units of each rank can be filled at most, the most pressing rank first. The second moves so
many at the least kilometres and, among equals, the soonest to expire. A network's corner solutions are whole numbers
where its bounds are, and all costs are whole numbers below 2**53; what comes out is rounded, and checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from highspy import HighsLp, HighsModelStatus, MatrixFormat, _core

_FAR: Final = 1e30


class Arc(NamedTuple):
    """From a group of lots of one area to a place that lacks something; `cost` of one unit."""

    group: int
    place: int
    cost: int


class Network(NamedTuple):
    """`groups`: units of lots; `most`: by area, its groups and the units that it can spare of them together.

    `wanted`: by place, units by rank.
    """

    groups: Sequence[int]
    most: Sequence[tuple[Sequence[int], int]]
    wanted: Sequence[Mapping[int, int]]
    arcs: Sequence[Arc]


def solve(network: Network) -> tuple[list[int], list[dict[int, int]]]:
    """Units on each arc, and units filled by place and rank."""
    if not network.arcs:
        return [], [{} for _ in network.wanted]
    programme = _Programme(network)
    filled = programme.run()
    return programme.run(programme.by_rank(filled))


class _Programme:
    """Columns: the arcs, then what is filled by place and rank. Rows: groups, areas, places, ranks."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._fills = [(place, rank) for place, wanted in enumerate(network.wanted) for rank in sorted(wanted)]
        self._ranks = sorted({rank for _, rank in self._fills})
        self._lower, self._upper = self._bounds()

    def by_rank(self, result: tuple[list[int], list[dict[int, int]]]) -> list[int]:
        """Units filled of each rank."""
        return [sum(filled.get(rank, 0) for filled in result[1]) for rank in self._ranks]

    def run(self, totals: Sequence[int] | None = None) -> tuple[list[int], list[dict[int, int]]]:
        """Without totals: fill the most. With them: fill so many units of each rank at the least cost."""
        arcs = self._network.arcs
        if totals is None:
            weights = [0] * len(arcs) + [self._ranks.index(rank) - len(self._ranks) for _, rank in self._fills]
            totals_low, totals_high = [0.0] * len(self._ranks), [_FAR] * len(self._ranks)
        else:
            weights = [arc.cost for arc in arcs] + [0] * len(self._fills)
            totals_low = totals_high = [float(total) for total in totals]
        model = self._model(weights)
        model.row_lower_ = np.array([*self._lower, *totals_low])
        model.row_upper_ = np.array([*self._upper, *totals_high])
        return self._read(_solution(model))

    def _bounds(self) -> tuple[list[float], list[float]]:
        network = self._network
        upper = [*map(float, network.groups), *(float(most) for _, most in network.most)]
        return [0.0] * len(upper) + [0.0] * len(network.wanted), upper + [0.0] * len(network.wanted)

    def _model(self, weights: Sequence[int]) -> HighsLp:
        network, model = self._network, HighsLp()
        wanted = [network.wanted[place][rank] for place, rank in self._fills]
        model.num_col_ = len(network.arcs) + len(self._fills)
        model.num_row_ = len(self._lower) + len(self._ranks)
        model.col_cost_ = np.array(weights, dtype=np.float64)
        model.col_lower_ = np.zeros(model.num_col_)
        model.col_upper_ = np.array(
            [float(network.groups[arc.group]) for arc in network.arcs] + list(map(float, wanted))
        )
        starts, rows, values = [0], list[int](), list[float]()
        for column in self._columns():
            rows += [row for row, _ in column]
            values += [value for _, value in column]
            starts.append(len(rows))
        model.a_matrix_.format_ = MatrixFormat.kColwise
        model.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        model.a_matrix_.index_ = np.array(rows, dtype=np.int32)
        model.a_matrix_.value_ = np.array(values)
        return model

    def _columns(self) -> list[list[tuple[int, float]]]:
        """The rows in which each column stands."""
        network = self._network
        area_of = {group: area for area, (groups, _) in enumerate(network.most) for group in groups}
        areas = len(network.groups)
        places = areas + len(network.most)
        ranks = places + len(network.wanted)
        arcs = [
            [(arc.group, 1.0), (areas + area_of[arc.group], 1.0), (places + arc.place, 1.0)] for arc in network.arcs
        ]
        fills = [[(places + place, -1.0), (ranks + self._ranks.index(rank), 1.0)] for place, rank in self._fills]
        return arcs + fills

    def _read(self, values: Sequence[float]) -> tuple[list[int], list[dict[int, int]]]:
        """Whole numbers, and proof that they are what was asked for."""
        whole = [round(value) for value in values]
        if any(abs(value - rounded) > 1e-4 for value, rounded in zip(values, whole, strict=True)):
            raise ArithmeticError("a flow that is no whole number")
        arcs = self._network.arcs
        flows, filled = whole[: len(arcs)], [dict[int, int]() for _ in self._network.wanted]
        for (place, rank), units in zip(self._fills, whole[len(arcs) :], strict=True):
            if units:
                filled[place][rank] = units
        self._check(flows, filled)
        return flows, filled

    def _check(self, flows: Sequence[int], filled: Sequence[Mapping[int, int]]) -> None:
        network = self._network
        out, into = [0] * len(network.groups), [0] * len(network.wanted)
        for arc, units in zip(network.arcs, flows, strict=True):
            out[arc.group] += units
            into[arc.place] += units
        wrong = (
            any(units < 0 for units in flows)
            or any(units > there for units, there in zip(out, network.groups, strict=True))
            or any(sum(out[group] for group in groups) > most for groups, most in network.most)
            or any(units != sum(got.values()) for units, got in zip(into, filled, strict=True))
            or any(got[rank] > wanted[rank] for got, wanted in zip(filled, network.wanted, strict=True) for rank in got)
        )
        if wrong:
            raise ArithmeticError("a flow that breaks its bounds")


def _solution(model: HighsLp) -> list[float]:
    """HiGHS in one thread and with a seed, so that the same model has the same answer.

    The bare solver: the class around it writes a banner where Python can't catch it.
    """
    solver: Any = _core._Highs()
    for name, value in (("output_flag", False), ("parallel", "off"), ("random_seed", 0), ("solver", "simplex")):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != HighsModelStatus.kOptimal:
        raise ArithmeticError(f"HiGHS found no optimum: {solver.getModelStatus()}")
    return list(solver.getSolution().col_value)
