"""When a worker's reading stands still, and when it only has nothing to read."""

from __future__ import annotations

from faust.types import TP

from streams.lookout import Lookout, Place

A, B = TP("a", 0), TP("b", 0)


def after(*looks: dict[TP, Place]) -> Lookout:
    """Ten seconds between two looks."""
    lookout = Lookout()
    for number, places in enumerate(looks):
        lookout.look(10.0 * number, places)
    return lookout


def test_messages_of_which_none_is_fetched_are_told() -> None:
    lookout = after(
        {A: Place(5, 5), B: Place(0, 9)}, {A: Place(5, 7), B: Place(4, 9)}, {A: Place(5, 8), B: Place(8, 9)}
    )
    assert lookout.stood(25.0, 14.0) == A
    assert lookout.stood(25.0, 15.0) is None, "not longer than since the first look that saw it"


def test_the_one_that_stands_longest_is_named() -> None:
    lookout = after({B: Place(1, 2)}, {A: Place(1, 2), B: Place(1, 2)})
    assert lookout.stood(60.0, 5.0) == B


def test_whoever_reads_to_the_end_or_goes_on_does_not_stand() -> None:
    assert after({A: Place(5, 5)}, {A: Place(5, 5)}).stood(100.0, 0.0) is None
    assert after({A: Place(5, 9)}, {A: Place(6, 10)}).stood(10.0, 5.0) is None


def test_a_rest_ends_the_count() -> None:
    """Nothing is to be read amid a rebalance, nor where there is no room."""
    assert after({A: Place(5, 9)}, {}, {A: Place(5, 9)}).stood(25.0, 6.0) is None
