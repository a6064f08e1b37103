"""A limit is out of range beyond its value, and at it too where the profile says so."""

from __future__ import annotations

from itertools import permutations
from math import nextafter

import pytest

from schemas.temperature import BreachKind
from streams.core.temperature import Range
from tests.streams.core.temperature.logger import limit, profile

HOT, COLD = BreachKind.HOT, BreachKind.COLD


@pytest.mark.parametrize(
    ("kind", "inclusive", "celsius", "out"),
    [
        ("hot", True, 8.0, HOT),
        ("hot", True, nextafter(8.0, 0), None),
        ("hot", False, 8.0, None),
        ("hot", False, nextafter(8.0, 9), HOT),
        ("cold", True, 8.0, COLD),
        ("cold", True, nextafter(8.0, 9), None),
        ("cold", False, 8.0, None),
        ("cold", False, nextafter(8.0, 0), COLD),
    ],
)
def test_boundary(kind: str, inclusive: bool, celsius: float, out: BreachKind | None) -> None:
    bounds = Range.of(profile(limit(kind, 8.0, 60, inclusive)))
    assert bounds.out(celsius) is out
    assert bounds.bounds[0].out(celsius) is (out is not None)


def test_the_strictest_limit_of_a_kind_says_what_is_out() -> None:
    bounds = Range.of(
        profile(limit("hot", 25.0, 0), limit("hot", 8.0, 60), limit("cold", -5.0, 0), limit("cold", 2.0, 60))
    )
    assert [bounds.out(value) for value in (7.9, 8.0, 2.1, 2.0)] == [None, HOT, None, COLD]


def test_no_profile_no_limits() -> None:
    assert Range.of(None).out(199.0) is None
    assert Range.of(None).bounds == ()


def test_a_limit_named_twice_counts_once() -> None:
    assert len(Range.of(profile(limit("hot", 8.0, 60), limit("hot", 8.0, 60), limit("hot", 8.0, 30))).bounds) == 2


def test_keys_of_limits_can_be_part_of_an_id() -> None:
    keys = [bound.key for bound in Range.of(profile(limit("cold", -0.5, 60), limit("hot", -0.25, 0, False))).bounds]
    assert keys == ["cold.-0.5i.60m", "hot.-0.25x.0m"]


@pytest.mark.parametrize(
    ("values", "worst"),
    [
        ((9.0, 12.0), 12.0),  # further out
        ((1.0, 9.0), 9.0),  # 2 above against 1 below
        ((-3.0, 9.0), -3.0),  # 5 below against 1 above
        ((4.0, 6.0), 6.0),  # both in range: the higher
        ((5.0, 2.0), 2.0),  # at an inclusive limit is out, in range is not
        ((0.0, 10.0), 10.0),  # as far out on both sides: the higher
        ((8.0, 5.0, -1.0), -1.0),
    ],
)
def test_the_worst_value_in_whatever_order(values: tuple[float, ...], worst: float) -> None:
    bounds = Range.of(profile(limit("hot", 8.0, 60), limit("cold", 2.0, 60)))
    for order in permutations(values):
        first, *rest = order
        for value in rest:
            first = bounds.worst(first, value)
        assert first == worst
