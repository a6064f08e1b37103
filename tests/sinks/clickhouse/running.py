"""Runs the sink for tests: in this process until it has caught up, or in one of its own that can be killed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from schemas.topics import Topic
from sinks.clickhouse import follower, queue, session
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.sink import run_sink
from sinks.clickhouse.status import SinkStatus
from streams.ledger.accept import Head
from streams.ledger.record import digest, read_header


@dataclass
class Running:
    """A sink in a thread of this process."""

    status: SinkStatus = field(default_factory=SinkStatus)
    error: BaseException | None = None

    def wait_for(self, topic: Topic, ends: dict[int, int], timeout: float = 30.0) -> None:
        """Until ClickHouse has acknowledged everything below `ends`."""
        deadline = time.monotonic() + timeout
        while any(self.status.positions.get((topic.name, partition), 0) < end for partition, end in ends.items()):
            if self.error is not None:
                raise self.error
            assert time.monotonic() < deadline, f"sink is at {self.status}"
            time.sleep(0.02)


@contextmanager
def running(kafka: str, url: str, topic: Topic) -> Iterator[Running]:
    """A sink that copies one ledger topic as long as the block runs."""
    state, stop, runner = Running(), asyncio.Event(), asyncio.Runner()
    loop = runner.get_loop()

    def work() -> None:
        try:
            with runner:
                runner.run(run_sink(kafka, url, stop, state.status, ledgers={"supply": topic}))
        except BaseException as error:  # handed to the test
            state.error = error

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield state
    finally:
        with suppress(RuntimeError):  # it ended by itself and closed its loop
            loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=60)
        assert not thread.is_alive(), "the sink did not stop"


def copy(kafka: str, url: str, topic: Topic, ends: dict[int, int]) -> SinkStatus:
    """Run the sink until everything below `ends` is in ClickHouse."""
    with running(kafka, url, topic) as state:
        state.wait_for(topic, ends)
    return state.status


def child_main(kafka: str, url: str, topic: str, chunk: int) -> None:
    """What a sink process does."""
    follower.CHUNK = queue.CHUNK = session.CHUNK = chunk  # type: ignore[misc]
    one = Topic(topic, "", "", None, "test", ())
    asyncio.run(run_sink(kafka, url, asyncio.Event(), ledgers={"supply": one}))


def assert_equal(url: str, books: dict[int, list[bytes]]) -> None:
    """ClickHouse holds each ledger row by row, as acceptance judges it, with exactly its decisions."""
    with connect(url, strings_as_bytes=True) as client:
        for partition, values in books.items():
            _assert_partition(client, partition, values)


def _assert_partition(client: Client, partition: int, values: list[bytes]) -> None:
    found = client.rows(
        "SELECT offset, value, hash, accepted, fence, seq, decision_count FROM ledger_records FINAL "
        "WHERE partition = %(partition)s ORDER BY offset",
        {"partition": partition},
    )
    decided = client.rows(
        "SELECT offset, count() FROM decisions FINAL WHERE partition = %(partition)s GROUP BY offset",
        {"partition": partition},
    )
    head, decisions = Head("supply", partition), dict(decided)
    assert [row[0] for row in found] == list(range(len(values)))
    for value, (offset, held, record_hash, accepted, fence, seq, count) in zip(values, found, strict=True):
        header = read_header(value)
        reason = head.judge(header)
        if reason is None and header is not None:
            head.take(header, digest(value))
        assert held == value and record_hash.decode() == digest(value)
        assert (accepted, fence.decode()) == (reason is None, reason or "")
        assert seq == (None if header is None else header.seq)
        assert decisions.pop(offset, 0) == (count if accepted else 0)
    assert decisions == {}
