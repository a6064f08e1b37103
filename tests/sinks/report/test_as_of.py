"""A report of a past time is what the report of that time was, however late the rest came to be known."""

from __future__ import annotations

import datetime as dt

import pytest

from schemas.errors import BaogongError
from sinks.clickhouse import queries
from sinks.clickhouse.client import Client
from sinks.report import Report, build, known_until
from tests.sinks.clickhouse.coldbook import hour
from tests.sinks.report.town import A2, EVIL, load_until, town

HOURS = (2.0, 20.0, 30.0, 39.0, 42.0, 44.0, 50.0, 53.0, 54.0, 56.0, 58.0, 60.0, 72.0)


def test_the_past_is_what_was_reported_live_then(client: Client) -> None:
    """The ledgers come in bit by bit; each live report comes out again, to the last figure, when all is there."""
    live: list[Report] = []
    for until in HOURS:
        load_until(client, town(), until)
        live.append(build(client))
    assert len({report.as_of for report in live}) == len(HOURS)
    assert [build(client, report.as_of) for report in live] == live
    assert (
        len({report.model_copy(update={"as_of": hour(0), "since": hour(0)}).section("needs").rows for report in live})
        > 5
    )


def test_what_was_sent_while_a_worker_was_away_was_not_known_then(town_client: Client) -> None:
    """s2 was asked for at hour 41 and decided at 44: the report of 43 lacks it, and says which partition was away."""
    away, back = build(town_client, hour(43)), build(town_client, hour(44))
    assert [row["open_needs"] for row in away.section("needs_area").dicts() if row["area"] == A2] == []
    assert [row["open_needs"] for row in back.section("needs_area").dicts() if row["area"] == A2] == [1]
    assert [row["oldest_hours"] for row in back.section("needs_area").dicts() if row["area"] == A2] == [3.0]
    behind = [(one.stage, one.partition, one.known_until) for one in away.behind]
    assert ("supply", 1, hour(39)) in behind
    assert ("supply", 1) not in [(one.stage, one.partition) for one in back.behind]


@pytest.mark.parametrize("until", [39.5, 41.5, 43, 44, 58.5, 60.5, 71])
def test_the_console_means_the_same_by_a_time(town_client: Client, until: float) -> None:
    """What was decided after an outage was not known before, on no page; clocks run from when it was sent."""
    report = build(town_client, hour(until))
    asked = {"as_of": hour(until), "areas": [], "place": ""}
    needs = report.section("needs").one()
    board = queries.run(town_client, "console_board", asked).dicts()
    assert sum(row["open_needs"] for row in board) == needs["open_needs"]
    assert sum(row["overdue_needs"] for row in board) == needs["overdue_needs"]
    counts = queries.run(town_client, "console_alert_counts", asked).dicts()
    assert sum(row["open_alerts"] for row in counts) == len(report.section("alerts_open").rows)
    page = {**asked, "only": "moving", "consignment": "", "limit": 100, "skip": 0}
    moving = queries.run(town_client, "console_consignments", page).rows
    assert len(moving) == sum(row["consignments"] for row in report.section("coldchain").dicts())  # type: ignore[misc]
    stock = queries.run(town_client, "console_items", {**asked, "today": hour(until).date()}).dicts()
    reported = {(row["area"], row["item"]): row["reserved"] for row in report.section("stock").dicts()}
    assert {(row["area"], row["item"]): row["reserved_units"] for row in stock if row["lot_count"]} == reported


def test_a_report_waits_for_the_partitions_that_work_and_not_for_those_that_do_not(client: Client) -> None:
    load_until(client, town(), 44)
    assert known_until(client) == hour(44) - dt.timedelta(microseconds=1), "the others ended hours ago"
    load_until(client, town(), 72)
    assert known_until(client) == hour(72) - dt.timedelta(microseconds=1)


def test_a_time_that_is_not_known_yet_is_refused(town_client: Client) -> None:
    with pytest.raises(BaogongError, match=r"2022-04-04T08:00:00Z is not known in full yet.*2022-04-04T07:59:59Z"):
        build(town_client, hour(72))
    with pytest.raises(BaogongError, match="begins before it ends"):
        build(town_client, hour(50), since=hour(50))
    with pytest.raises(ValueError, match="no area"):
        build(town_client, areas=[])


def test_nothing_to_report_is_said(client: Client) -> None:
    with pytest.raises(BaogongError, match="nothing to report"):
        build(client)


def test_a_report_before_the_first_record_is_empty(town_client: Client) -> None:
    report = build(town_client, hour(-1))
    assert report.section("needs").one()["asked"] == 0
    assert [section.key for section in report.sections if section.rows] == ["needs"]


def test_an_area_that_is_no_word_of_sql_stays_one(town_client: Client) -> None:
    assert build(town_client, areas=[EVIL, "') OR 1 = 1 --"]).section("needs").one()["asked"] == 0
