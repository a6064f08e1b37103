"""What is written next: soonest due first, small parts together, one batch of a partition at a time."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from sinks.clickhouse import follower as follower_module
from sinks.clickhouse import queue as module
from sinks.clickhouse.follower import Follower
from sinks.clickhouse.position import Held
from sinks.clickhouse.queue import CATCHING_UP, IDLE, LINGER, Queue
from streams.ledger.accept import Head
from tests.sinks.clickhouse.book import needs_book

CHUNK = 16
BOOKS = [needs_book(60, number).values for number in range(4)]
PLACES = [TopicPartition("supply.ledger.v1", number) for number in range(4)]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (follower_module, module):
        monkeypatch.setattr(each, "CHUNK", CHUNK)


class Line:
    """A queue over four partitions, and rows that come."""

    def __init__(self) -> None:
        self.followers = {
            where: Follower(
                "supply", where.topic, where.partition, Held(Head("supply", where.partition), 0, -1, None)
            )
            for where in PLACES
        }  # fmt: skip
        self.queue = Queue(self.followers)
        self.taken = [0, 0, 0, 0]

    def come(self, number: int, rows: int, now: float) -> None:
        start = self.taken[number]
        self.taken[number] = end = min(start + rows, 60)
        found = [(offset, 1000 + offset, BOOKS[number][offset]) for offset in range(start, end)]
        self.followers[PLACES[number]].take(found, now)
        self.queue.arrived(now)

    def cut(self, now: float) -> dict[int, tuple[int, int]]:
        """Offsets by partition; they are written at once."""
        batches = self.queue.cut(now)
        self.queue.wrote(batches)
        return {where.partition: (batch.lo, batch.hi) for where, batch in batches.items()}


def test_small_parts_of_all_partitions_go_together() -> None:
    line = Line()
    for number in range(3):
        line.come(number, 3, now=10.0 + number / 100)
    assert line.cut(10.1) == {} and line.queue.seconds(10.1) == pytest.approx(10.02 + IDLE - 10.1)
    assert line.cut(10.3) == {0: (0, 2), 1: (0, 2), 2: (0, 2)}
    assert line.cut(99.0) == {}


def test_while_rows_come_anywhere_the_oldest_waits_so_long_and_no_longer() -> None:
    line = Line()
    line.come(0, 2, now=10.0)
    for step in range(1, 9):
        line.come(1, 1, now=10.0 + step / 10)
        assert (line.cut(10.0 + step / 10) == {}) == (step / 10 < LINGER)
    assert line.cut(10.0 + LINGER + IDLE) == {}


def test_no_more_than_a_chunk_goes_together_and_a_whole_one_goes_alone() -> None:
    line = Line()
    line.come(0, CHUNK, now=10.0)
    line.come(1, 10, now=10.1)
    line.come(2, 10, now=10.1)
    line.come(3, 4, now=10.1)
    assert line.cut(20.0) == {0: (0, CHUNK - 1)}
    assert line.cut(20.0) == {1: (0, 9), 3: (0, 3)}
    assert line.cut(20.0) == {2: (0, 9)}


def test_bytes_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    monkeypatch.setattr(module, "BATCH_BYTES", 1)
    line.come(0, 2, now=10.0)
    line.come(1, 2, now=10.0)
    assert [line.cut(20.0), line.cut(20.0)] == [{0: (0, 1)}, {1: (0, 1)}]


def test_no_more_partitions_than_a_server_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    monkeypatch.setattr(module, "TOGETHER", 3)
    for number in range(4):
        line.come(number, 1, now=10.0 + number / 100)
    assert [set(line.cut(20.0)), set(line.cut(20.0))] == [{0, 1, 2}, {3}]


def test_one_that_catches_up_waits_for_its_chunk_and_is_not_taken_along() -> None:
    line = Line()
    line.followers[PLACES[0]].end = 1000
    line.come(0, 5, now=10.0)
    line.come(1, 5, now=10.0)
    assert line.cut(10.0 + IDLE) == {1: (0, 4)}
    assert line.cut(9.99 + CATCHING_UP) == {}
    assert line.cut(10.0 + CATCHING_UP) == {0: (0, 4)}


def test_one_that_catches_up_does_not_wait_while_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    monkeypatch.setattr(module, "WAITING_BYTES", 10)
    line.followers[PLACES[0]].end = 1000
    line.come(0, 5, now=10.0)
    assert line.queue.crowded
    assert line.cut(10.0 + IDLE) == {0: (0, 4)}
    assert not line.queue.crowded


def test_a_partition_has_one_batch_at_a_time() -> None:
    line = Line()
    line.come(0, 3, now=10.0)
    first = line.queue.cut(11.0)
    line.come(0, 3, now=11.0)
    line.come(1, 3, now=11.0)
    assert line.cut(12.0) == {1: (0, 2)}
    assert line.cut(12.0) == {}
    line.queue.wrote(first)
    assert line.cut(12.0) == {0: (3, 5)}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30), st.floats(0.01, 2.0)), max_size=30))
def test_whatever_comes_is_written_once_and_in_order(arrivals: list[tuple[int, int, float]]) -> None:
    line, now, written = Line(), 0.0, [0, 0, 0, 0]

    def write() -> None:
        for number, (lo, hi) in line.cut(now).items():
            assert lo == written[number] and lo // CHUNK == hi // CHUNK
            written[number] = hi + 1

    for number, rows, pause in arrivals:
        line.come(number, rows, now)
        now += pause
        write()
    now += LINGER
    while line.queue.seconds(now) <= 0:
        write()
    assert written == line.taken
