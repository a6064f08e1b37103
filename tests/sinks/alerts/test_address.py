"""Who is told of what: the whole table, and that over any story nobody is left with what is over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alert import AlertSeverity
from sinks.alerts.address import to_tell
from sinks.alerts.config import Receiver, ReceiverKind
from sinks.alerts.notice import Notice
from sinks.alerts.outbox import Outbox, Told
from streams.ledger.accept import Head
from tests.sinks.alerts.kit import notice

HEAD = Head("alerts", 0)
PAGER = Receiver(
    name="pager",
    type=ReceiverKind.WEBHOOK,
    url="http://hooks.example/",
    severities=frozenset({AlertSeverity.CRITICAL}),
)
ENDED = "2022-04-01T09:00:00Z"
WANTED = {True: AlertSeverity.CRITICAL, False: AlertSeverity.WARNING}


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path / "outbox.db")
    yield opened
    opened.close()


def put(outbox: Outbox, *notices: Notice) -> None:
    outbox.take(HEAD, 1, "", notices, [PAGER])


def due(outbox: Outbox) -> list[tuple[str, int]]:
    return [(one.alert_id, one.revision) for one in outbox.due("pager", 100)]


def hear(outbox: Outbox, what: str) -> None:
    """The receiver comes to know of al1, by its first revisions, in one of the ways in which it may."""
    first = notice(1)
    if what == "nothing":
        return
    put(outbox, first)
    offered = outbox.offer(PAGER, [first])
    match what:
        case "it is open":
            outbox.settle(PAGER, [Told("al1", 1, True)])
        case "perhaps: no answer came":
            pass
        case "nothing: it was away":
            outbox.retract(PAGER, offered)
        case "nothing: it refused it":
            outbox.retract(PAGER, offered)
            outbox.settle(PAGER, [Told("al1", 1, True, "HTTP 400")])
        case "it is open; a change it refused":
            outbox.settle(PAGER, [Told("al1", 1, True)])
            put(outbox, notice(1, revision=2))
            outbox.settle(PAGER, [Told("al1", 2, True, "HTTP 400")])
        case "it is over":
            outbox.settle(PAGER, [Told("al1", 1, True)])
            put(outbox, notice(1, revision=2, ended_at=ENDED))
            outbox.settle(PAGER, [Told("al1", 2, False)])


STANDS = ("it is open", "perhaps: no answer came", "it is open; a change it refused")
DOES_NOT = ("nothing", "nothing: it was away", "nothing: it refused it", "it is over")


ROWS = [
    # stands there, open now, wanted, quiet: told
    # what it may take for open: each change while nothing holds it back, and the end, come what may
    (True, True, True, False, True),
    (True, True, False, False, True),  # its severity sank below what it asked for: that must be heard
    (True, True, True, True, False),
    (True, True, False, True, False),
    (True, False, True, False, True),
    (True, False, False, False, True),
    (True, False, True, True, True),
    (True, False, False, True, True),
    # what it does not know, or knows to be over: only what it asked for, and no end
    (False, True, True, False, True),
    (False, True, False, False, False),
    (False, True, True, True, False),
    (False, True, False, True, False),
    (False, False, True, False, False),
    (False, False, False, False, False),
    (False, False, True, True, False),
    (False, False, False, True, False),
]


def test_the_table_is_whole() -> None:
    assert sorted(row[:4] for row in ROWS) == sorted(product((False, True), repeat=4))


@pytest.mark.parametrize(("stands", "now_open", "wanted", "quiet", "told"), ROWS)
def test_the_table(stands: bool, now_open: bool, wanted: bool, quiet: bool, told: bool, tmp_path: Path) -> None:
    later = notice(1, revision=9, episode=5, severity=WANTED[wanted], quiet=quiet, ended_at=None if now_open else ENDED)
    assert to_tell(later, wanted=wanted, stands=stands) is told
    for number, heard in enumerate(STANDS if stands else DOES_NOT):
        outbox = Outbox(tmp_path / f"outbox{number}.db")
        hear(outbox, heard)
        put(outbox, later)
        assert due(outbox) == ([("al1", 9)] if told else []), heard
        outbox.close()


def test_what_waits_for_a_receiver_waits_no_longer_when_it_is_silenced(outbox: Outbox) -> None:
    put(outbox, notice(1), notice(2))
    put(outbox, notice(1, revision=2, quiet=True))
    assert due(outbox) == [("al2", 1)]
    put(outbox, notice(1, revision=3))
    assert due(outbox) == [("al2", 1), ("al1", 3)]


def test_silenced_episodes_after_one_that_was_told_are_not_heard_of(outbox: Outbox) -> None:
    hear(outbox, "it is over")
    for episode, revision in ((2, 3), (3, 5), (4, 7)):
        put(outbox, notice(1, revision=revision, episode=episode, quiet=True))
        put(outbox, notice(1, revision=revision + 1, episode=episode, quiet=True, ended_at=ENDED))
        assert due(outbox) == []


def test_what_is_raised_and_over_while_a_receiver_is_away_is_not_told(outbox: Outbox) -> None:
    put(outbox, *(notice(number) for number in range(300)))
    offered = outbox.offer(PAGER, outbox.due("pager", 100))
    outbox.retract(PAGER, offered)
    put(outbox, *(notice(number, revision=2, ended_at=ENDED) for number in range(299)))
    assert due(outbox) == [("al299", 1)]
    assert outbox.forget("2022-05-01T00:00:00Z") == 299  # nor does it lie there for ever


def test_posts_without_an_answer_bring_one_post_of_ends_at_most(outbox: Outbox) -> None:
    put(outbox, *(notice(number) for number in range(300)))
    for _ in range(5):
        outbox.offer(PAGER, outbox.due("pager", 100))
        put(outbox, *(notice(number, revision=2, ended_at=ENDED) for number in range(300)))
    assert len(due(outbox)) == 100


@pytest.mark.parametrize("taken", [True, False])
def test_an_end_that_comes_while_the_beginning_is_on_its_way(outbox: Outbox, taken: bool) -> None:
    put(outbox, notice(1))
    offered = outbox.offer(PAGER, outbox.due("pager", 100))
    put(outbox, notice(1, revision=2, ended_at=ENDED))
    if taken:
        outbox.settle(PAGER, [Told("al1", 1, True)])
    else:
        outbox.retract(PAGER, offered)
    assert due(outbox) == ([("al1", 2)] if taken else [])


def test_a_process_that_ends_in_the_middle_of_a_post_tells_the_end_of_what_it_posted(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    put(outbox, notice(1))
    outbox.offer(PAGER, outbox.due("pager", 100))
    outbox.close()
    again = Outbox(tmp_path / "outbox.db")
    put(again, notice(1, revision=2, ended_at=ENDED))
    assert due(again) == [("al1", 2)]
    again.close()


def test_an_episode_that_comes_while_the_end_of_the_last_is_on_its_way_is_asked_about_anew(outbox: Outbox) -> None:
    hear(outbox, "it is open")
    put(outbox, notice(1, revision=2, ended_at=ENDED))
    put(outbox, notice(1, revision=3, episode=2, severity=AlertSeverity.WARNING))
    assert due(outbox) == [("al1", 3)]  # it still takes the first one for open
    outbox.settle(PAGER, [Told("al1", 2, False)])
    assert due(outbox) == []


def test_what_is_told_again_is_what_a_receiver_took(outbox: Outbox) -> None:
    put(outbox, *(notice(number) for number in range(1, 5)))
    outbox.offer(PAGER, outbox.due("pager", 100))
    outbox.settle(PAGER, [Told("al1", 1, True), Told("al2", 1, True), Told("al3", 1, True, "HTTP 400")])
    put(outbox, notice(2, revision=2, ended_at=ENDED))
    assert [one.alert_id for one in outbox.standing("pager")] == ["al1"]


NEW = PAGER.model_copy(update={"name": "new"})
WIDER = PAGER.model_copy(update={"severities": frozenset(AlertSeverity)})
NARROWER = PAGER.model_copy(update={"places": ("sh/mh",)})


def test_a_receiver_that_is_new_is_told_of_what_is_open(outbox: Outbox) -> None:
    put(
        outbox,
        notice(1),
        notice(2, quiet=True),
        notice(3, severity=AlertSeverity.WARNING),
        notice(4, ended_at=ENDED),
    )
    outbox.settle(PAGER, [Told("al1", 1, True)])
    outbox.address([PAGER, NEW])
    assert [one.alert_id for one in outbox.due("new", 10)] == ["al1"]
    assert due(outbox) == []  # who was told before is not told again


def test_a_receiver_that_asks_for_more_is_told_of_it(outbox: Outbox) -> None:
    put(outbox, notice(1), notice(2, severity=AlertSeverity.WARNING))
    outbox.settle(PAGER, [Told("al1", 1, True)])
    outbox.address([WIDER])
    assert due(outbox) == [("al2", 1)]


def test_more_that_is_asked_for_is_told_though_an_earlier_episode_was(outbox: Outbox) -> None:
    hear(outbox, "it is over")
    put(outbox, notice(1, revision=3, episode=2, severity=AlertSeverity.WARNING))
    outbox.address([WIDER])
    assert due(outbox) == [("al1", 3)]


def test_a_receiver_that_asks_for_less_hears_the_end_of_what_it_was_told_of(outbox: Outbox) -> None:
    put(outbox, notice(1), notice(2))
    outbox.settle(PAGER, [Told("al1", 1, True)])
    outbox.address([NARROWER])
    assert due(outbox) == []
    outbox.take(HEAD, 1, "", [notice(number, revision=2, ended_at=ENDED) for number in (1, 2)], [NARROWER])
    assert due(outbox) == [("al1", 2)]


def test_what_a_receiver_refused_is_not_told_again_at_each_start(outbox: Outbox) -> None:
    hear(outbox, "nothing: it refused it")
    outbox.address([PAGER])
    assert due(outbox) == []


def test_what_an_outbox_from_before_keeps_due_is_looked_at_again(outbox: Outbox, tmp_path: Path) -> None:
    """Earlier versions kept silenced alerts due, and the ends of what was never told."""
    put(outbox, notice(1, quiet=True), notice(2, ended_at=ENDED), notice(3))
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as db, db:
        db.executemany("INSERT OR IGNORE INTO due VALUES ('pager', ?)", [("al1",), ("al2",), ("al3",)])
    assert len(due(outbox)) == 3
    outbox.address([PAGER])
    assert due(outbox) == [("al3", 1)]


def test_what_waits_for_a_receiver_that_is_no_longer_named_is_let_go(outbox: Outbox) -> None:
    put(outbox, notice(1), notice(2))
    outbox.settle(PAGER, [Told("al1", 1, True)])
    put(outbox, notice(1, revision=2, ended_at=ENDED))
    outbox.address([NEW])
    assert outbox.waiting("pager") == 0
    assert outbox.forget("2022-05-01T00:00:00Z") == 1


def test_a_receiver_that_is_named_again_hears_the_end_of_what_it_was_told_of(outbox: Outbox) -> None:
    put(outbox, notice(1), notice(2))
    outbox.settle(PAGER, [Told("al1", 1, True), Told("al2", 1, True)])
    outbox.address([NEW])
    outbox.take(HEAD, 1, "", [notice(1, revision=2, ended_at=ENDED), notice(3)], [NEW])
    outbox.address([NEW, PAGER])
    assert due(outbox) == [("al1", 2), ("al3", 1)]


@dataclass
class Outside:
    """A receiver outside: what it heard, which is more than the outbox can know."""

    open: dict[str, bool] = field(default_factory=dict)
    revision: dict[str, int] = field(default_factory=dict)
    ends_unheard_of: int = 0

    def hear(self, notices: list[Notice]) -> None:
        for one in notices:
            over = one.ended_at is not None
            self.ends_unheard_of += over and not self.open.get(one.alert_id, False)
            self.open[one.alert_id], self.revision[one.alert_id] = not over, one.revision


@dataclass
class Story:
    """An outbox, the alerts as they are, and a receiver that fares as it does."""

    path: Path
    now: dict[int, Notice] = field(default_factory=dict)
    receiver: Outside = field(default_factory=Outside)
    sent: tuple[list[Notice], list[str]] | None = None
    unsure: bool = False

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.path)

    def change(self, number: int, **more: Any) -> None:
        before = self.now.get(number)
        if before is None or before.ended_at is not None:
            more = {"episode": 1 if before is None else before.episode + 1, "ended_at": None, **more}
        base = before or notice(number)
        self.now[number] = base.model_copy(update={**more, "revision": 1 if before is None else before.revision + 1})
        put(self.outbox, self.now[number])

    def send(self) -> None:
        if self.sent is None:
            found = self.outbox.due("pager", 2)
            self.sent = (found, self.outbox.offer(PAGER, found))

    def answer(self, how: str) -> None:
        if self.sent is None:
            return
        (found, offered), self.sent = self.sent, None
        if how in ("taken", "taken, the answer lost"):
            self.receiver.hear(found)
        if how == "taken":
            self.outbox.settle(PAGER, [Told(one.alert_id, one.revision, one.ended_at is None) for one in found])
        if how == "away":
            self.outbox.retract(PAGER, offered)
        self.unsure |= how in ("lost", "taken, the answer lost")

    def crash(self, heard: bool) -> None:
        """The process ends, perhaps between a post and the note of it."""
        if self.sent is not None:
            self.unsure = True
            self.receiver.hear(self.sent[0] if heard else [])
        self.outbox.close()
        self.outbox, self.sent = Outbox(self.path), None
        before = due(self.outbox)
        self.outbox.address([PAGER])
        assert due(self.outbox) == before


steps = st.one_of(
    st.tuples(
        st.just("change"),
        st.integers(1, 3),
        st.fixed_dictionaries(
            {"severity": st.sampled_from(list(WANTED.values())), "quiet": st.booleans()},
            optional={"ended_at": st.just(ENDED)},
        ),
    ),
    st.just(("send",)),
    st.tuples(st.just("crash"), st.booleans()),
    st.tuples(st.just("answer"), st.sampled_from(["taken", "away", "lost", "taken, the answer lost"])),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(steps, max_size=40))
def test_over_any_story_a_receiver_ends_with_what_is_so(story: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        told = Story(Path(folder) / "outbox.db")
        for step in story:
            match step:
                case ("change", number, more):
                    told.change(number, **more)
                case ("send",):
                    told.send()
                case ("answer", how):
                    told.answer(how)
                case ("crash", heard):
                    told.crash(heard)
        told.answer("taken")
        while told.outbox.waiting("pager"):
            told.send()
            told.answer("taken")
        told.outbox.close()
    for one in told.now.values():
        heard_open = told.receiver.open.get(one.alert_id, False)
        if one.ended_at is not None:
            assert not heard_open
        elif not one.quiet and one.severity is AlertSeverity.CRITICAL:
            assert told.receiver.revision[one.alert_id] == one.revision
            assert heard_open
    assert told.unsure or told.receiver.ends_unheard_of == 0
