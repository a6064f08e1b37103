"""What a worker fetches: of sources with room, in order, and all that came in a pause at once."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.subscription_state import SubscriptionState
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.transport import MANY, BatchConsumer, BatchThread
from tests.streams.ledger.kit import sent

A, B = TP("a", 0), TP("b", 0)


class App:
    """A stage's app as far as fetching asks it."""

    def __init__(self) -> None:
        self.full: set[TP] = set()

    def has_room(self, tp: TP) -> bool:
        return tp not in self.full


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> BatchConsumer:
    """One whose client has what `answers` lists, call by call; `asked` notes for what it was asked."""
    made: Any = BatchConsumer.__new__(BatchConsumer)
    made.app, made.answers, made.asked, made._thread = App(), [], [], BatchThread.__new__(BatchThread)
    made.thread = made._thread
    made.thread._consumer = SimpleNamespace()

    async def client(_: Any, consumer: Any, active: set[TP], timeout: float | None, most: int | None) -> Any:
        made.asked.append(set(active))
        return made.answers.pop(0) if made.answers else {}

    async def in_thread(_: Any, active: set[TP], timeout: float) -> Any:
        return await made.thread._fetch_records(None, active, timeout)

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", client)
    monkeypatch.setattr(driver.Consumer, "_getmany", in_thread)
    assign(made, A, B)
    found: BatchConsumer = made
    return found


def assign(consumer: Any, *places: TP) -> None:
    """These, by a rebalance; nothing is subscribed to where there are none."""

    async def subscribed() -> SubscriptionState:
        state = SubscriptionState()
        if places:
            state.assign_from_user({TopicPartition(*tp) for tp in places})
        return state

    consumer.thread._consumer._subscription = asyncio.run(subscribed())


def fetch(consumer: Any, *answers: dict[TP, list[Any]]) -> dict[TP, list[int]]:
    consumer.answers[:] = answers
    fetched = asyncio.run(consumer._getmany({A, B}, 1.0))
    return {tp: [record.offset for batch in batches for record in batch.records] for tp, batches in fetched.items()}


def test_after_a_pause_what_was_fetched_ahead_and_what_came_since_go_along(consumer: Any) -> None:
    assert fetch(consumer, {A: [sent(0, b"")]}) == {A: [0]}, "the first after a rest waits for nothing"
    consumer.thread._fetched_at = time.monotonic()
    ahead, since = {A: [sent(1, b"")]}, {A: [sent(2, b""), sent(3, b"")], B: [sent(0, b"")]}
    assert fetch(consumer, ahead, since) == {A: [1, 2, 3], B: [0]}


def test_a_worker_that_is_behind_takes_one_fetch_after_the_other(consumer: Any) -> None:
    many = [sent(number, b"") for number in range(MANY)]
    fetch(consumer, {A: many})
    consumer.thread._fetched_at = time.monotonic()
    assert fetch(consumer, {A: [sent(MANY, b"")]}, {A: [sent(MANY + 1, b"")]}) == {A: [MANY]}


def test_what_has_no_room_stays_at_the_broker_and_the_others_come(consumer: Any) -> None:
    consumer.app.full = {A}
    assert fetch(consumer, {B: [sent(0, b"")]}) == {B: [0]}
    assert consumer.asked == [{B}]
    consumer.app.full = {A, B}
    assert fetch(consumer) == {}
    assert consumer.asked == [{B}], "asked for nothing, the client would give everything"


def test_what_a_rebalance_took_away_since_it_was_fetched_is_dropped(consumer: Any) -> None:
    consumer.answers[:] = [{A: [sent(0, b"")], B: [sent(0, b"")]}]
    assign(consumer, B)
    state = consumer.thread._consumer._subscription.subscription.assignment.state_value(TopicPartition(*B))
    state.highwater = 7
    fetched = asyncio.run(consumer._getmany({A, B}, 1.0))
    assert [(batch.topic, batch.end) for batches in fetched.values() for batch in batches] == [("b", 7)]
    assign(consumer)
    assert fetch(consumer, {A: [sent(0, b"")]}) == {}, "nothing is subscribed to"
