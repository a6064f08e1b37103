"""Who has, or was to get, what: from small ledgers, without servers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from rich.console import Console

from deploy.trace.exposure import exposure
from deploy.trace.report import show
from deploy.trace.search import Story
from deploy.trace.telling import way
from deploy.trace.words import Words
from streams.lineage.graph import Kind
from streams.trail import Subject
from tests.streams.lineage.ledgers import Ledgers

DUE = "2022-04-01T12:00:00+00:00"


def story(ledgers: Ledgers, subject: Subject, name: str) -> Story:
    hunt = ledgers.hunt(Kind(subject.value), name)
    return Story(subject, name, (), (), hunt, {}, "here")


def given_out() -> Ledgers:
    """L1 of C0 is set aside for h1 and taken back for a hold, is on its way to h2 and recalled; h3 has some of L9."""
    ledgers = Ledgers()
    ledgers.declared("C0", ["L1"])
    ledgers.received("L1", area="a1", partition=0)
    ledgers.received("L9", area="a1", partition=0)
    for number in (1, 2, 3):
        ledgers.asked(f"r{number}", f"h{number}")
        ledgers.given(f"r{number}", "L9" if number == 3 else "L1")
    ledgers.add("supply", {"type": "lot_held", "lot_id": "L1", "hold_id": "H1", "reason": "too warm"})
    ledgers.add("supply", {"type": "allocation_released", **ledgers.line("r1", "L1"), "reason": "hold"})
    ordered = {
        "type": "dispatch_ordered",
        "dispatch_id": "D2",
        "requester_id": "h2",
        "lines": [ledgers.line("r2", "L1")],
    }
    ledgers.add("supply", ordered)
    ledgers.add("supply", {"type": "dispatch_recalled", "dispatch_id": "D2", "lot_ids": ["L1"], "reason": "too warm"})
    return ledgers


def test_what_was_taken_back_and_what_is_on_its_way() -> None:
    one, two = exposure(story(given_out(), Subject.CONSIGNMENT, "C0"))
    told = ("requester_id", "delivered", "in_transit", "reserved", "taken_back", "taken_back_for", "recalled", "held")
    assert [one[name] for name in told] == ["h1", 0, 0, 0, 3, ["hold"], [], True]
    assert [two[name] for name in told] == ["h2", 0, 3, 0, 0, [], ["D2"], True]
    assert one["consignment_ids"] == ["C0"] and one["holds"] == {"H1": "too warm"}


def test_a_household_sees_its_own_alone_and_held_comes_first() -> None:
    ledgers = given_out()
    (three,) = exposure(story(ledgers, Subject.HOUSEHOLD, "h3"))
    assert (three["lot_id"], three["held"], three["reserved"], three["consignment_ids"]) == ("L9", False, 3, [])
    ledgers.asked("r4", "h3")
    ledgers.given("r4", "L1")
    assert [row["lot_id"] for row in exposure(story(ledgers, Subject.HOUSEHOLD, "h3"))] == ["L1", "L9"]


def test_a_lot_is_not_held_once_every_hold_ended() -> None:
    ledgers = given_out()
    ledgers.add("supply", {"type": "lot_freed", "lot_id": "L1", "hold_id": "H1", "free": True})
    assert {row["held"] for row in exposure(story(ledgers, Subject.LOT, "L1"))} == {False}


def duty(name: str, *later: str) -> list[dict[str, Any]]:
    place = {"duty_id": name, "requester_id": "h2", "lot_id": "L1"}
    more = {
        "raised": {"type": "contact_duty_raised", **place, "due_at": DUE},
        "overdue": {"type": "contact_overdue", **place, "due_at": DUE},
        "contacted": {"type": "contact_duty_ended", **place, "reason": "contacted"},
        "lifted": {"type": "contact_duty_ended", **place, "reason": "lifted"},
    }
    return [{"type": "contact_duty_opened", **place, "due_at": DUE}, *(more[one] for one in later)]


@pytest.mark.parametrize(
    ("said", "state", "due"),
    [
        ([], None, None),
        ([duty("d1")], "open", DUE),
        ([duty("d1", "overdue")], "overdue", DUE),
        ([duty("d1", "contacted")], "contacted", None),
        ([duty("d1", "contacted", "raised")], "open", DUE),
        ([duty("d1", "lifted")], "lifted", None),
        ([duty("d1", "contacted"), duty("d2")], "open", DUE),
        ([duty("d2", "overdue"), duty("d1")], "overdue", DUE),
    ],
)
def test_the_most_pressing_contact_duty_is_told(said: list[Any], state: str | None, due: str | None) -> None:
    ledgers = given_out()
    for decisions in said:
        for decision in decisions:
            ledgers.add("supply", decision)
    row = next(row for row in exposure(story(ledgers, Subject.LOT, "L1")) if row["requester_id"] == "h2")
    assert (row["contact"], row["contact_due_at"]) == (state, due)


def test_links_say_how_and_how_much() -> None:
    links = way(story(given_out(), Subject.LOT, "L1"), down=False)["links"]
    assert [(link["from"]["id"], link["to"]["id"], link["how"]) for link in links] == [("C0", "L1", {"declared": 10})]


def test_long_answers_are_cut_in_the_terminal_and_say_so() -> None:
    ledgers = Ledgers()
    for number in range(100):
        ledgers.asked(f"r{number:03}", f"h{number:03}")
        ledgers.given(f"r{number:03}", "L1")
    told = story(ledgers, Subject.LOT, "L1")
    console = Console(width=200)
    with console.capture() as capture:
        show(told, {}, Words("en", dt.UTC), console)
    shown = capture.get()
    assert "88 more: see --json" in shown and "60 more: see --json" in shown
    assert len(exposure(told)) == 100
