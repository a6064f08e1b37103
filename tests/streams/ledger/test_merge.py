"""R9: waiting messages of several sources go by time; a source known to have more is waited for."""

from hypothesis import given
from hypothesis import strategies as st

from streams.ledger.merge import Merger
from tests.streams.ledger.kit import Sent


def put(merger: Merger, topic: str, stamps: list[int], end: int | None = None) -> None:
    merger.add(topic, [Sent(n, stamp, b"") for n, stamp in enumerate(stamps)], len(stamps) if end is None else end)


def test_older_goes_first_and_ties_go_by_declaration() -> None:
    merger = Merger(["a", "b"])
    put(merger, "b", [1, 5, 9])
    put(merger, "a", [5, 7])
    assert [(topic, message.timestamp) for topic, message in merger.take(10)] == [
        ("b", 1), ("a", 5), ("b", 5), ("a", 7), ("b", 9),
    ]  # fmt: skip


def test_a_source_known_to_have_messages_is_waited_for() -> None:
    merger = Merger(["a", "b"])
    merger.start("b", 0, 3)
    put(merger, "a", [5, 7])
    assert merger.take(10) == [] and merger.awaited() == ["b"]
    put(merger, "b", [6], end=3)
    assert [message.timestamp for _, message in merger.take(10)] == [5, 6]
    assert [message.timestamp for _, message in merger.take(10, patient=False)] == [7]


def test_repeats_are_dropped() -> None:
    merger = Merger(["a"])
    put(merger, "a", [1, 2, 3])
    put(merger, "a", [1, 2, 3, 4])
    assert [message.timestamp for _, message in merger.take(10)] == [1, 2, 3, 4]


def test_what_lies_beyond_the_horizon_is_not_taken_until_the_next_look() -> None:
    merger = Merger(["a", "b"], by_horizon=True)
    put(merger, "a", [200])
    assert merger.beyond() and merger.take(10) == []
    assert merger.look({"a": 1, "b": 1})
    assert not merger.beyond() and merger.awaited() == ["b"] and merger.take(10) == []
    put(merger, "b", [30, 300], end=2)
    assert [message.timestamp for _, message in merger.take(10)] == [30, 200]
    assert merger.beyond() and merger.take(10) == []
    assert not merger.look({"a": 1, "b": 2})
    assert [message.timestamp for _, message in merger.take(10)] == [300]


@given(st.lists(st.lists(st.integers(0, 50), max_size=8), min_size=1, max_size=4), st.data())
def test_order_within_a_source_is_kept_and_nothing_is_lost(sources: list[list[int]], data: st.DataObject) -> None:
    merger = Merger([str(n) for n in range(len(sources))])
    for number, stamps in enumerate(sources):
        put(merger, str(number), stamps)
    taken: list[tuple[str, int]] = []
    while merger:
        taken += [(topic, message.offset) for topic, message in merger.take(data.draw(st.integers(1, 5)))]
    for number, stamps in enumerate(sources):
        assert [offset for topic, offset in taken if topic == str(number)] == list(range(len(stamps)))
