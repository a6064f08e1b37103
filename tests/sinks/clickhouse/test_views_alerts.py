"""Views of the alert ledger, by hand: alerts with their story, silences, the roster, owners of needs, looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sinks.clickhouse import migrations
from sinks.clickhouse.client import Client, connect
from sinks.clickhouse.migrations import available, migrate
from streams.core.decider import Fact
from tests.sinks.clickhouse.book import START, Book, iso, load, request
from tests.streams.core.alerts.scene import Scene, lot

pytestmark = pytest.mark.servers
MESSAGES, ROSTER, SUPPLY = "alerts.messages.v1", "duty.roster.v1", "supply.ledger.v1"


def raised(number: int, episode: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "alert_raised", "alert_id": f"al{number}", "kind": "need_overdue", "subject": f"r{number}:rice",
        "place": "sh/pd/a1/c1/g1", "severity": "critical", "level": "grid", "owner": "grid1", "episode": episode,
        "flapping": False, "silenced": False, "since": iso(START), "at": iso(START), "detail": {"item": "rice"}, **more,
    }  # fmt: skip


def said(what: str, number: int, episode: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": f"alert_{what}", "alert_id": f"al{number}", "episode": episode, "at": iso(START), **more}


def duty(name: str, place: str, level: str, hours: float, **more: Any) -> dict[str, Any]:
    line = {
        "kind": "duty_assigned", "event_id": f"d-{name}", "occurred_at": iso(START), "source": "office",
        "duty_id": name, "place": place, "level": level, "person": name, "starts_at": iso(START),
        "ends_at": iso(START + timedelta(hours=hours)), "cancelled": False, **more,
    }  # fmt: skip
    return {"type": "duty_recorded", "duty": line}


def test_an_alert_is_a_row_with_its_story(client: Client) -> None:
    book = Book(stage="alerts").opened().ticked(raised(1), raised(2, place=None, level="city", owner=None))
    book.at(1).ticked(
        said("escalated", 1, level="community", owner="com1"), said("changed", 2, severity="warning", detail={"n": 2})
    )
    book.at(2).decided(MESSAGES, {"kind": "alert_acknowledge"}, said("acknowledged", 1, by="com1", comment="今晚送到"))
    book.at(3).ticked(said("handed_over", 1, owner="com2"), said("resolved", 2, reason="fact"))
    book.at(4).ticked(said("muted", 1, silenced=True))
    book.at(4).ticked(raised(2, 2, place=None, level="city", owner=None, flapping=True))
    load(client, book)
    load(client, book)  # the same rows again
    rows = client.rows(
        "SELECT alert_id, episode, state, severity, level, owner, acknowledged_by, comment, flapping, "
        "resolved_at IS NULL, detail, length(comments), silenced FROM alerts ORDER BY alert_id, episode"
    )
    assert rows == [
        ("al1", 1, "acknowledged", "critical", "community", "com2", "com1", "今晚送到", 0, 1, '{"item":"rice"}', 1, 1),
        ("al2", 1, "resolved", "warning", "city", "", "", "", 0, 0, '{"n":2}', 0, 0),
        ("al2", 2, "raised", "critical", "city", "", "", "", 1, 1, '{"item":"rice"}', 0, 0),
    ]
    assert client.rows("SELECT count() FROM open_alerts") == [(2,)]
    assert client.rows("SELECT what, comment FROM alert_history WHERE alert_id = 'al1' ORDER BY offset, idx") == [
        ("raised", ""), ("escalated", ""), ("acknowledged", "今晚送到"), ("handed_over", ""), ("muted", ""),
    ]  # fmt: skip


class Written(Scene):
    """What the alert stage decides in a scene, in the order of its ledger."""

    def __init__(self) -> None:
        self.book = Book(stage="alerts").opened()
        super().__init__()

    def _apply(self, fact: Fact) -> None:
        super()._apply(fact)
        if fact.ticked_at is not None:
            self.book.now = fact.ticked_at
            self.book.ticked(*self.decider.decisions.dump_python(fact.decisions, mode="json"))


def test_an_alert_that_is_raised_again_after_a_long_rest_is_open(client: Client) -> None:
    def counted(delta: int) -> dict[str, Any]:
        return {"type": "lot_counted", "lot_id": "l1", "delta": delta}

    floor = {"type": "floor_set", "area": "sh/pd/a1", "item": "rice", "quantity": 10}
    scene = Written()
    scene.reads(floor, lot("l1", 9), when=START).reads(counted(5), when=START + timedelta(hours=1))
    scene.reads(counted(-5), when=START + timedelta(hours=26))
    load(client, scene.book)
    rows = client.rows("SELECT episode, state, raised_at FROM alerts WHERE kind = 'reserve_low' ORDER BY episode")
    assert rows == [(1, "resolved", START), (2, "raised", START + timedelta(hours=26))]
    assert client.rows("SELECT episode, subject FROM open_alerts WHERE kind = 'reserve_low'") == [(2, "sh/pd/a1:rice")]


def test_a_silence_stands_until_its_end_or_until_it_is_taken_back(client: Client) -> None:
    def silenced(name: str, hours: float) -> dict[str, Any]:
        until = iso(START + timedelta(hours=hours))
        return {
            "type": "alert_silenced", "silence_id": name, "alert_kind": "price_jump", "subject": None,
            "place": "sh/pd/a1", "until": until, "by": "boss", "comment": "drill",
        }  # fmt: skip

    for partition in (0, 1):
        book = Book(stage="alerts", partition=partition).opened().ticked()
        book.decided(MESSAGES, {"kind": "alert_silence"}, silenced("s1", 9))
        book.decided(MESSAGES, {"kind": "alert_silence"}, silenced("s2", 9))
        book.decided(MESSAGES, {"kind": "alert_silence"}, silenced("s3", 1))
        book.at(1).decided(MESSAGES, {"kind": "alert_unsilence"}, {"type": "alert_unsilenced", "silence_id": "s2"})
        load(client, book.at(2).ticked())
    rows = client.rows("SELECT silence_id, kind, subject, place, by, active FROM silences ORDER BY silence_id")
    assert rows == [
        ("s1", "price_jump", "", "sh/pd/a1", "boss", 1),
        ("s2", "price_jump", "", "sh/pd/a1", "boss", 0),
        ("s3", "price_jump", "", "sh/pd/a1", "boss", 0),
    ]


def test_every_open_need_has_whoever_is_on_duty_nearest(client: Client) -> None:
    supply = Book().opened().ticked()
    supply.decided("supply.requests.v1", {"kind": "request_filed"}, *request("r1", START))
    load(client, supply.at(1).ticked())
    alerts = Book(stage="alerts").opened().ticked()
    for line in (
        duty("boss", "sh", "city", 99), duty("district", "sh/pd", "district", 99),
        duty("community", "sh/pd/a1", "community", 99), duty("gone", "sh/pd/a1", "community", 0.5),
        duty("other", "sh/pd/a2", "grid", 99), duty("cut", "sh/pd/a1", "grid", 99, cancelled=True),
    ):  # fmt: skip
        alerts.decided(ROSTER, {"kind": "duty_assigned"}, line)
    load(client, alerts.at(1).ticked())
    assert client.rows("SELECT need_id, owner FROM need_owners") == [("r1:rice", "community")]
    alerts.decided(ROSTER, {"kind": "duty_assigned"}, duty("community", "sh/pd/a1", "community", 99, cancelled=True))
    load(client, alerts)
    assert client.rows("SELECT need_id, owner FROM need_owners") == [("r1:rice", "district")]
    assert client.rows("SELECT duty_id FROM duty WHERE active ORDER BY duty_id") == [
        ("boss",),
        ("district",),
        ("other",),
    ]


def test_a_roster_from_before_its_table_is_taken_over(empty_database: str) -> None:
    """What the ledger said before the migration that made the table is in it after."""
    number = next(one.number for one in available() if one.name.endswith("_duty.sql"))
    book = Book(stage="alerts").opened().ticked()
    for name in ("a", "b"):
        book.decided(ROSTER, {"kind": "duty_assigned"}, duty(name, "sh/pd", "district", 9))
    with connect(empty_database) as client:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(migrations, "available", lambda: available()[: number - 1])
            migrate(client)
        load(client, book)
        migrate(client)
        load(client, book)
        rows = client.rows("SELECT duty_id, place, person, cancelled FROM duty_lines FINAL ORDER BY duty_id")
        assert rows == [("a", "sh/pd", "a", False), ("b", "sh/pd", "b", False)]
        assert client.rows("SELECT duty_id FROM duty WHERE active ORDER BY duty_id") == [("a",), ("b",)]


def test_a_look_at_a_household_has_a_row(client: Client) -> None:
    look = {
        "type": "look_recorded",
        "by": "auditor1",
        "requester_id": "h1",
        "area": "sh/pd/a1",
        "page": "needs",
        "at": iso(START),
    }
    load(client, Book(stage="alerts").opened().ticked().decided(MESSAGES, {"kind": "household_viewed"}, look))
    assert client.rows("SELECT by, requester_id, area, page FROM looks") == [("auditor1", "h1", "sh/pd/a1", "needs")]
