"""From the alert ledger to what people are told: accepted records only, silences kept, history not told again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.alert import AlertSeverity
from schemas.errors import BaogongError
from sinks.alerts.address import wants
from sinks.alerts.config import Receiver, ReceiverKind
from sinks.alerts.notice import Notice, take
from sinks.alerts.outbox import Outbox, Told
from sinks.alerts.reader import Reader
from tests.sinks.alerts.kit import notice
from tests.sinks.clickhouse.book import START, Book, iso

HOOK = Receiver(name="hook", type=ReceiverKind.WEBHOOK, url="http://hooks.example/")
CRITICAL = Receiver(
    name="pager",
    type=ReceiverKind.WEBHOOK,
    url="http://hooks.example/",
    severities=frozenset({AlertSeverity.CRITICAL}),
    places=("sh/pd",),
)


class Record(NamedTuple):
    offset: int
    value: bytes


def raised(number: int = 1, episode: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "alert_raised", "alert_id": f"al{number}", "kind": "need_overdue", "subject": "a:r:rice",
        "place": "sh/pd/a1", "severity": "critical", "level": "grid", "owner": None, "episode": episode,
        "flapping": False, "silenced": False, "since": iso(START), "at": iso(START), "detail": {}, **more,
    }  # fmt: skip


def said(what: str, number: int = 1, episode: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": f"alert_{what}", "alert_id": f"al{number}", "episode": episode, "at": iso(START), **more}


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def read(outbox: Outbox, book: Book) -> None:
    reader = Reader(outbox, [HOOK, CRITICAL])
    start = reader.start(0)
    reader.take(0, [Record(offset, value) for offset, value in enumerate(book.values)][start:])


def ids(outbox: Outbox, receiver: str = "hook") -> list[str]:
    return [one.alert_id for one in outbox.due(receiver, 100)]


def book(*decisions: dict[str, Any]) -> Book:
    return Book(stage="alerts").opened().ticked(*decisions)


def test_each_receiver_is_told_what_it_wants(outbox: Outbox) -> None:
    read(outbox, book(raised(1), raised(2, severity="warning"), raised(3, place="sh/mh/b1"), raised(4, place=None)))
    assert ids(outbox) == ["al1", "al2", "al3", "al4"]
    assert ids(outbox, "pager") == ["al1"]
    assert wants(CRITICAL, notice(1, place="sh/pd"))
    assert not wants(CRITICAL, notice(1, place="sh/pdx"))


def test_a_record_that_does_not_count_is_not_told(outbox: Outbox) -> None:
    late = Book(stage="alerts").opened().ticked(raised(9))
    true = book(raised(1))
    true.values.append(late.values[-1])
    read(outbox, true)
    assert ids(outbox) == ["al1"]


def test_reading_goes_on_where_it_stopped(outbox: Outbox) -> None:
    ledger = book(raised(1))
    read(outbox, ledger)
    outbox.settle(HOOK, [Told("al1", 1, True)])
    ledger.ticked(raised(2))
    read(outbox, ledger)
    read(outbox, ledger)
    assert ids(outbox) == ["al2"]


def test_an_outbox_of_another_ledger_is_said(outbox: Outbox) -> None:
    read(outbox, book(raised(1)))
    with pytest.raises(BaogongError, match="another alert ledger"):
        read(outbox, book(raised(2), raised(3)))


def test_a_silenced_alert_is_told_when_the_silence_ends(outbox: Outbox) -> None:
    ledger = book(raised(1, silenced=True), said("escalated", level="city", owner=None))
    read(outbox, ledger)
    assert ids(outbox) == []
    ledger.ticked(said("muted", silenced=False))
    read(outbox, ledger)
    assert ids(outbox) == ["al1"]


def test_a_silence_holds_back_changes_but_not_the_end(outbox: Outbox) -> None:
    ledger = book(raised(1))
    read(outbox, ledger)
    outbox.settle(HOOK, [Told("al1", 1, True)])
    ledger.ticked(said("muted", silenced=True), said("escalated", level="city", owner="boss"))
    read(outbox, ledger)
    assert ids(outbox) == []
    ledger.ticked(said("resolved", reason="fact"))
    read(outbox, ledger)
    assert ids(outbox) == ["al1"]


def test_what_is_due_and_then_silenced_is_not_told(outbox: Outbox) -> None:
    ledger = book(raised(1))
    read(outbox, ledger)
    ledger.ticked(said("muted", silenced=True))
    read(outbox, ledger)
    assert ids(outbox) == []


def test_the_ends_of_silenced_episodes_are_not_told_for_an_episode_that_was(outbox: Outbox) -> None:
    ledger = book(raised(1))
    read(outbox, ledger)
    outbox.settle(HOOK, [Told("al1", 1, True)])
    ledger.ticked(said("resolved", reason="fact"))
    read(outbox, ledger)
    assert ids(outbox) == ["al1"]
    outbox.settle(HOOK, [Told("al1", 2, False)])
    for episode in (2, 3, 7):
        ledger.ticked(raised(1, episode, silenced=True))
        read(outbox, ledger)
        ledger.ticked(said("resolved", 1, episode, reason="fact"))
        read(outbox, ledger)
        assert ids(outbox) == []


def test_a_later_episode_that_a_receiver_does_not_want_is_not_told(outbox: Outbox) -> None:
    ledger = book(raised(1))
    read(outbox, ledger)
    outbox.settle(CRITICAL, [Told("al1", 1, True)])
    ledger.ticked(said("resolved", reason="fact"))
    read(outbox, ledger)
    outbox.settle(CRITICAL, [Told("al1", 2, False)])
    ledger.ticked(raised(1, 4, severity="warning"))
    read(outbox, ledger)
    assert ids(outbox, "pager") == []
    ledger.ticked(said("changed", 1, 4, severity="critical", detail={}))
    read(outbox, ledger)
    assert ids(outbox, "pager") == ["al1"]


def test_the_end_of_what_a_receiver_never_heard_of_is_not_told(outbox: Outbox) -> None:
    ledger = book(raised(1), raised(2))
    read(outbox, ledger)
    ledger.ticked(said("resolved", reason="fact"))
    read(outbox, ledger)
    assert ids(outbox) == ["al2"]


def test_a_severity_that_sank_below_what_a_receiver_wants_is_told_and_so_is_the_end(outbox: Outbox) -> None:
    ledger = book(raised(1))
    read(outbox, ledger)
    outbox.settle(CRITICAL, [Told("al1", 1, True)])
    ledger.ticked(said("changed", severity="warning", detail={}))
    read(outbox, ledger)
    assert ids(outbox, "pager") == ["al1"]
    outbox.settle(CRITICAL, [Told("al1", 2, True)])
    ledger.ticked(said("muted", silenced=True), said("resolved", reason="fact"))
    read(outbox, ledger)
    assert ids(outbox, "pager") == ["al1"]


def test_of_history_only_what_is_open_is_told(outbox: Outbox) -> None:
    read(outbox, book(raised(1), raised(2), said("resolved", 1, reason="fact")))
    assert ids(outbox) == ["al2"]


def test_what_is_said_of_an_earlier_episode_changes_nothing() -> None:
    first = take(None, raised(episode=1))
    second = take(first, raised(episode=2))
    assert isinstance(second, Notice)
    assert take(second, said("acknowledged", episode=1, by="x", comment="y")) is None
    third = take(second, said("acknowledged", episode=2, by="x", comment="y"))
    assert third is not None
    assert (third.acknowledged_by, third.ended_at, third.revision) == ("x", None, 3)
