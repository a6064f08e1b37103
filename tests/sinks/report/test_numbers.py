"""The report of the town's third day has the numbers that its ledgers have by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sinks.clickhouse.client import Client
from sinks.report import Report, build
from tests.sinks.clickhouse.coldbook import hour
from tests.sinks.report.town import A1, A2, EVIL

STEP = dt.timedelta(microseconds=1)


def rows(report: Report, key: str, *columns: str) -> list[tuple[Any, ...]]:
    section = report.section(key)
    names = columns or tuple(column.name for column in section.columns)
    return [tuple(row[name] for name in names) for row in section.dicts()]


def test_the_third_day_by_hand(town_client: Client) -> None:
    report = build(town_client)
    assert (report.as_of, report.since, report.areas) == (hour(72) - STEP, hour(48) - STEP, None)
    assert report.behind == ()
    for check in (
        _needs,
        _groups,
        _items,
        _backlog,
        _stock,
        _prices,
        _deliveries,
        _coldchain,
        _facilities,
        _alerts,
        _rest,
    ):
        check(report)


def _needs(report: Report) -> None:
    counts = ("asked", "filled", "withdrawn", "open_needs", "open_change", "overdue_needs", "overdue_change",
              "life_threatening", "requesters_waiting", "oldest_hours")  # fmt: skip
    assert rows(report, "needs", *counts) == [(3, 1, 1, 3, 1, 1, 0, 1, 2, 42.0)]
    assert rows(report, "needs_area", "area", *counts) == [
        (A1, 3, 0, 1, 3, 2, 1, 0, 1, 2, 42.0),
        (A2, 0, 1, 0, 0, -1, 0, 0, 0, 0, None),
    ]
    why = ("on_the_way", "set_aside", "next_share", "at_floor", "stock_held", "stock_expired", "no_stock")
    assert rows(report, "needs_area", *why)[0] == (1, 0, 0, 0, 1, 0, 1)
    assert rows(report, "setbacks") == [(A1, "not_home", 1, 1)]


def _groups(report: Report) -> None:
    assert rows(report, "needs_group", "area", "special_group", "asked", "withdrawn", "open_needs", "no_stock") == [
        (A1, "dialysis", 2, 1, 1, 0),
        (A1, "infant", 2, 1, 1, 0),
        (A1, "institution", 1, 0, 2, 1),
        (A2, "none", 0, 0, 0, 0),
    ]


def _items(report: Report) -> None:
    assert rows(report, "needs_item") == [
        (A1, "frozen_fish", 3, 0, 1, 0, 0, 3, 0),
        (A1, "milk", 0, 0, 1, 0, 0, 8, 1),
        (A1, "rice", 6, 0, 1, 6, 0, 0, 0),
        (A2, "rice", 0, 7, 0, 0, 0, 0, 0),
    ]


def _backlog(report: Report) -> None:
    found = rows(report, "backlog_age")
    assert [row for row in found if row[3] or row[4]] == [
        (A1, 8, 24, 2, 1, 1),
        (A1, 24, 48, 1, 0, 1),
        (A2, 4, 8, 0, 1, -1),
    ]
    assert [row[1:3] for row in found if row[0] == A1] == [(0, 4), (4, 8), (8, 24), (24, 48), (48, 72), (72, None)]


def _stock(report: Report) -> None:
    may = dt.date(2022, 5, 1)
    assert rows(report, "stock") == [
        (A1, "frozen_fish", 1, 0, 9, 0, 0, 0, 0, 0, 0.0, None, False, None),
        (A1, "rice", 1, 7, 0, 0, 0, 6, 4, 0, 4.25, 1.6, False, may),
        (A2, "rice", 1, 38, 0, 0, 0, 0, 0, 0, 3.0, 12.7, False, may),
    ]


def _prices(report: Report) -> None:
    assert rows(report, "prices") == [(A1, "rice", 650, hour(53), 1, 650, 650, 510, 27.5)]


def _deliveries(report: Report) -> None:
    assert rows(report, "deliveries") == [(A1, 2, 0, 0, 0, 1, 100.0, 1, 1, 0), (A2, 1, 1, 0, 0, 0, 0.0, 0, 0, 0)]
    assert rows(report, "failures") == [(A1, "failed", "not_home", EVIL, 1, 4, 1, 1)]


def _coldchain(report: Report) -> None:
    assert rows(report, "coldchain") == [
        ("chilled", "declared", 1, 0, 0, 0, 0, 0),
        ("frozen", "declared", 1, 0, 0, 1, 1, 1),
    ]
    assert rows(report, "checks") == [
        ("temperature_breach", "hold", 1, 1, 1, 0, 1, 20.0),
        ("certificate_missing", "hold", 0, -1, 0, 1, 0, 0.0),
    ]
    assert rows(report, "breaches") == [("c1", "g1", "hot", -18.0, -8.0, hour(51), hour(56), 300.0)]
    assert rows(report, "temperature") == [("frozen", 1, 4, 2, 0, 0, 1, 0)]
    assert rows(report, "findings") == [("market-1", 1, 1, 0, 0, hour(40))]


def _facilities(report: Report) -> None:
    assert rows(report, "facilities") == [
        (A1, "w1", 0, 0, None, hour(0), 72.0, "missing"),
        (A2, "w9", 0, 0, None, hour(0), 72.0, "missing"),
        (A1, "w2", 1, 1, 30.0, hour(53), 19.0, "late"),
        ("", "keeper-9", 0, 1, 50.0, None, None, "late"),
    ]


def _alerts(report: Report) -> None:
    assert rows(report, "alerts") == [
        ("", "dead_letters", "warning", 1, 1, 1, 1, 0, 16.0),
        (A1, "need_overdue", "critical", 1, 0, 0, 0, 0, 34.0),
        (A1, "delivery_overdue", "warning", 0, 0, 0, 1, 1, 0.0),
    ]
    assert rows(report, "alerts_open") == [
        ("critical", "need_overdue", "al1", f"{A1}/c1/g1", "grid", "o1", "officer-1", hour(38), 34.0),
        ("warning", "dead_letters", "supply:supply.requests.v1/0", "", "district", "o2", "", hour(56), 16.0),
    ]


def _rest(report: Report) -> None:
    assert rows(report, "refused") == [("supply.requests.v1", "absurd_quantity", 1, EVIL)]
    assert rows(report, "positions", "stage", "partition", "refused_since", "fenced_since") == [
        ("alerts", 0, 0, 0), ("coldchain", 0, 0, 0), ("supply", 0, 1, 0), ("supply", 1, 0, 0),
    ]  # fmt: skip


def test_what_stands_and_what_moved_add_up(town_client: Client) -> None:
    """Open before + asked - filled - withdrawn = open, by area and of all; an open need has one reason and one age."""
    for until in (20.0, 45.0, 50.5, 56.5, 71.0):
        report = build(town_client, hour(until))
        lines = [report.section("needs").one(), *report.section("needs_area").dicts()]
        for line in lines:
            number = {name: value for name, value in line.items() if isinstance(value, int)}
            moved = number["asked"] - number["filled"] - number["withdrawn"]
            assert number["open_change"] == moved, line
            reasons = ("on_the_way", "set_aside", "next_share", "at_floor", "stock_held", "stock_expired", "no_stock")
            assert sum(number[name] for name in reasons) == number["open_needs"], line
        total, *areas = lines
        for name in ("asked", "filled", "open_needs", "open_change", "overdue_needs"):
            assert total[name] == sum(line[name] for line in areas)  # type: ignore[misc]
        assert sum(row[3] for row in rows(report, "backlog_age")) == total["open_needs"]
        assert sum(row[4] for row in rows(report, "needs_item")) == total["open_needs"]


def test_a_report_about_an_area_knows_nothing_of_another(town_client: Client) -> None:
    whole, second = build(town_client), build(town_client, areas=[A2])
    text = "\n".join(str(value) for section in second.sections for row in section.rows for value in row)
    for secret in (A1, "w1", "w2", "c1", "c2", "market-1", EVIL, "r3:milk", "frozen"):
        assert secret not in text.split("\n"), secret
    assert rows(second, "needs", "filled", "open_needs") == [(1, 0)]
    assert {section.key for section in whole.sections} - {section.key for section in second.sections} == {
        "findings", "refused",
    }  # fmt: skip
    assert rows(build(town_client, areas=["sh/pd"]), "needs") == rows(whole, "needs")
    assert rows(build(town_client, areas=["sh/p"]), "needs", "asked", "open_needs") == [(0, 0)]
    first = build(town_client, areas=[A1])
    assert rows(first, "breaches", "consignment_id") == [("c1",)]
    assert rows(first, "coldchain", "profile") == [("frozen",)]
    assert rows(first, "alerts", "area", "kind") == [(A1, "need_overdue"), (A1, "delivery_overdue")]
