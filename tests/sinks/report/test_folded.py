"""Every table of the report is what a fold over all decisions gives, at any time, however spans are cut into steps."""

from __future__ import annotations

import datetime as dt

import pytest

from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from sinks.report import Report, build
from tests.sinks.clickhouse.book import load
from tests.sinks.clickhouse.coldbook import hour
from tests.sinks.report.folding import folded
from tests.sinks.report.town import A1, A2, town

TIMES = (0.0, 38.5, 43.0, 44.0, 52.0, 55.5, 58.5, 71.5)


def differences(client: Client, report: Report) -> list[str]:
    """Keys of the tables that differ from the fold."""
    return [
        section.key
        for section in report.sections
        if [tuple(row) for row in section.rows] != [tuple(row) for row in folded(client, report, section.key)]
    ]


@pytest.mark.parametrize("step", [7, 50_000])
def test_the_report_is_the_fold_of_the_ledgers(client: Client, step: int) -> None:
    for book in town():
        load(client, book, book.stage)
    SpanMaker(client, step).catch_up()
    seen = 0
    for until in TIMES if step > 7 else TIMES[1::3]:
        for areas in (None, [A1] if TIMES.index(until) % 2 else [A2]):
            report = build(client, hour(until), areas, since=hour(until) - dt.timedelta(hours=20))
            assert differences(client, report) == [], (until, areas)
            for section in report.sections:
                asked_again = client.table(section.question.sql)[2]
                assert [tuple(row) for row in section.rows] == asked_again, section.key
            seen += sum(len(section.rows) for section in report.sections)
    assert seen > (350 if step > 7 else 150)
