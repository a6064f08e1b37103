"""What is put in order only when it is read is the same as what is kept in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.supply.ordered import ordered, read_seldom

STEPS = st.lists(st.tuples(st.sampled_from("artu"), st.integers(0, 9)), max_size=40)


@given(STEPS)
def test_whatever_is_done_in_whatever_order(steps: list[tuple[str, int]]) -> None:
    lazy, kept = read_seldom([4]), ordered([4])
    for what, key in steps:
        if what == "a" and key not in kept:
            lazy.add(key)
            kept.add(key)
        elif what == "r" and key in kept:
            lazy.remove(key)
            kept.remove(key)
        elif what == "u":
            more = [one for one in (key, key + 20) if one not in kept]
            lazy.update(more)
            kept.update(more)
        elif what == "t":
            assert list(lazy.irange(key, 9)) == list(kept.irange(key, 9))
        assert (len(lazy), key in lazy) == (len(kept), key in kept)
    assert list(lazy) == list(kept)
    assert not kept or lazy[0] == kept[0]


def test_what_is_not_in_cannot_be_taken_out() -> None:
    with pytest.raises(ValueError, match="not in list"):
        read_seldom([1]).remove(2)
