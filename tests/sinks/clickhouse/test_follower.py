"""Batches: in order, complete, the same after a restart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BaogongError
from sinks.clickhouse import follower as module
from sinks.clickhouse.follower import Batch, Follower
from sinks.clickhouse.position import Held
from streams.ledger.accept import Head
from tests.sinks.clickhouse.book import needs_book

BOOK = needs_book(60)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 16)


def fresh() -> Follower:
    return Follower("supply", "supply.ledger.v1", 0, Held(Head("supply", 0), 0, -1, None))


def feed(follower: Follower, start: int, end: int, now: float = 0.0) -> None:
    follower.take([(offset, 1000 + offset, BOOK.values[offset]) for offset in range(start, end)], now)


def cut_all(follower: Follower) -> list[Batch]:
    batches = []
    while follower.rows:
        batches.append(follower.cut())
        follower.wrote(batches[-1])
    return batches


def test_no_batch_crosses_a_chunk() -> None:
    follower = fresh()
    feed(follower, 0, 60)
    assert [(batch.lo, batch.hi) for batch in cut_all(follower)] == [(0, 15), (16, 31), (32, 47), (48, 59)]
    assert follower.written == 60 and follower.size == 0 and follower.behind == 0


def test_a_part_of_a_chunk_is_followed_by_its_rest() -> None:
    follower = fresh()
    feed(follower, 0, 5)
    first = follower.cut()
    follower.wrote(first)
    feed(follower, 5, 20)
    assert (first.lo, first.hi) == (0, 4)
    assert [(batch.lo, batch.hi) for batch in cut_all(follower)] == [(5, 15), (16, 19)]


@given(st.lists(st.integers(1, 59), max_size=6).map(sorted))
def test_however_it_comes_every_row_is_in_one_batch(cuts: list[int]) -> None:
    follower, rows = fresh(), []
    for start, end in zip([0, *cuts], [*cuts, 60], strict=True):
        feed(follower, start, end)
        rows += [row for batch in cut_all(follower) for row in batch.rows]
    assert [row.value for row in rows] == BOOK.values
    assert all(row.accepted for row in rows)


def test_repeated_offsets_are_taken_once() -> None:
    follower = fresh()
    feed(follower, 0, 10)
    feed(follower, 4, 12)
    assert [row.offset for row in follower.cut().rows] == list(range(12))


def test_the_chain_goes_on_from_the_head_that_it_is_given() -> None:
    before, head = fresh(), Head("supply", 0)
    feed(before, 0, 30)
    for row in [row for batch in cut_all(before) for row in batch.rows]:
        head.seq, head.hash = int(row.seq or 0), row.hash
        if row.source_topic:
            head.positions[row.source_topic] = int(row.source_offset or 0)
    after = Follower("supply", "supply.ledger.v1", 0, Held(head, 30, 29, None))
    feed(after, 30, 60)
    assert all(row.accepted for batch in cut_all(after) for row in batch.rows)


def test_the_wrong_head_fences() -> None:
    follower = Follower("supply", "supply.ledger.v1", 0, Held(Head("supply", 0), 30, 29, None))
    feed(follower, 30, 40)
    assert {row.fence for batch in cut_all(follower) for row in batch.rows} == {"broken_chain"}


def test_rows_are_due_since_the_oldest_came() -> None:
    follower = fresh()
    assert follower.since() is None
    feed(follower, 0, 5, now=1.0)
    feed(follower, 5, 18, now=2.0)
    assert follower.since() == 1.0 and follower.full()
    follower.cut()
    assert follower.since() == 2.0 and not follower.full()


def test_a_batch_ends_at_its_byte_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 2 * len(BOOK.values[1]))
    follower = fresh()
    feed(follower, 0, 10)
    assert follower.full() and len(follower.cut().rows) < 10
    cut_all(follower)
    assert follower.size == 0


def test_an_offset_that_kafka_lacks_is_told_with_the_batch() -> None:
    follower = fresh()
    feed(follower, 0, 3)
    feed(follower, 5, 8)
    batch = follower.cut()
    assert batch.missing == [3, 4] and (batch.lo, batch.hi) == (0, 7)
    assert [row.fence for row in batch.rows[3:]] == ["broken_chain"] * 3


def test_a_large_hole_stops_the_sink() -> None:
    follower = fresh()
    with pytest.raises(BaogongError, match="lacks offsets 0 to 4999"):
        follower.take([(5000, 0, BOOK.values[0])], 0.0)
