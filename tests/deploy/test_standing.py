"""What counts as unhealthy: parts that are missing, and what waits without moving. Lag that shrinks does not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from deploy.standing import PartitionStanding, Standing, judge
from streams.ledger.accept import Head
from streams.ledger.findings import Message
from tests.streams.ledger.scribe import honest


def standing(
    seq: int = 5,
    waiting: int = 0,
    end: int = 6,
    rows: int | None = 6,
    workers: int = 1,
    problem: str | None = None,
    relayed: int | None = None,
) -> Standing:
    one = PartitionStanding("supply", Head("supply", 0, seq), end, rows, relayed, lag={"t": waiting})
    return Standing((one,), {"supply": ("host",) * workers}, {}, problem)


def problems(first: Standing, second: Standing | None = None) -> list[str]:
    return judge(first, lambda: second or first, 0.0)[1]


def never() -> Standing:
    pytest.fail("nothing waits, so there is no second look")


def test_nothing_waiting_is_healthy_at_once() -> None:
    assert judge(standing(), never, 0.0)[1] == []
    assert problems(standing(rows=None)) == []


def test_lag_that_shrinks_is_healthy() -> None:
    assert problems(standing(waiting=9), standing(seq=6, waiting=8)) == []
    assert problems(standing(rows=4), standing(rows=5)) == []
    assert problems(standing(relayed=4), standing(relayed=5)) == []
    assert problems(standing(relayed=6)) == []


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (lambda: standing(waiting=9), "9 messages wait in supply partition 0 and none was decided"),
        (lambda: standing(rows=4), "ClickHouse lacks 2 records of supply partition 0 and got none"),
        (
            lambda: standing(relayed=4),
            "The relay has not looked at 2 records of supply partition 0 and moved on by none",
        ),
        (lambda: standing(workers=0), "No worker of stage supply is running"),
        (lambda: standing(seq=-1, end=0, rows=0), "No worker has opened supply partition 0 yet"),
        (lambda: standing(problem="ClickHouse is away."), "ClickHouse is away."),
    ],
)
def test_what_is_missing_or_stands_still_is_said(first: Callable[[], Standing], words: str) -> None:
    found = problems(first(), first())
    assert len(found) == 1
    assert words in found[0]


def test_a_standing_goes_on_over_records() -> None:
    one = PartitionStanding("supply", Head("supply", 0))
    scribe = honest()
    for offset, value in enumerate([*scribe.values, b"no record"]):
        one.take(Message(offset, 0, None, value))
    assert (one.head.seq, one.head.hash, one.fenced, one.rejected, one.worker) == (13, scribe.prev, 3, 1, "w2")
    assert one.last_tick is not None
    ticks = [json.loads(value)["event"]["at"] for value in scribe.values if b'"ticked"' in value]
    assert one.last_tick.isoformat() == ticks[-1]
