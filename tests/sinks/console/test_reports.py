"""Reports that the console keeps: made once, one at a time, the newest ahead of who asks."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator

import pytest

from schemas.errors import BaogongError
from sinks.clickhouse.client import connect
from sinks.console import reports as module
from sinks.console.reports import Reports
from sinks.console.store import Store
from sinks.report import known_until
from streams.core.alerts.settings import AlertSettings

Made = list[dt.datetime]


@pytest.fixture
def store(city_url: str) -> Iterator[Store]:
    found = Store(city_url)
    yield found
    found.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """The times of all reports that were made."""
    found, build = [], module.build_of

    def counted(*asked):  # type: ignore[no-untyped-def]
        report = build(*asked)
        found.append(report.as_of)
        return report

    monkeypatch.setattr(module, "build_of", counted)
    return found


def wait(true: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_report_of_a_time_is_made_once_for_all_who_ask(store: Store, made: Made, city_url: str) -> None:
    reports = Reports(store, AlertSettings())
    with connect(city_url) as client:
        at = known_until(client) - dt.timedelta(minutes=5)
    found = []
    asking = [threading.Thread(target=lambda: found.append(reports.of(at, ()))) for _ in range(5)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert made == [at] and len(found) == 5 and len({id(each) for each in found}) == 1
    assert found[0].as_of == at and found[0].areas is None


def test_what_is_not_known_yet_is_no_report(store: Store, city_url: str) -> None:
    reports = Reports(store, AlertSettings())
    reports.newest(())
    with connect(city_url) as client:
        at = known_until(client) + dt.timedelta(seconds=1)
    with pytest.raises(BaogongError, match="not known in full yet"):
        reports.of(at, ())


def test_the_newest_report_is_made_ahead_for_those_who_asked(
    store: Store, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.05)
    reports = Reports(store, AlertSettings())
    known = [dt.datetime(2022, 4, 1, 12, minute, tzinfo=dt.UTC) for minute in range(3)]
    now = [known[0]]
    monkeypatch.setattr(module, "known_until", lambda _client: now[0])
    area = ("sh/pd/a1",)
    with reports.ahead():
        wait(lambda: () in reports._newest)
        assert reports.newest(()).as_of == known[0] and len(made) == 1, "that of all areas was there"
        assert reports.newest(area).areas == area and len(made) == 2
        now[0] = known[1]
        wait(lambda: [each.report.as_of for each in reports._newest.values()] == [known[1], known[1]])
        time.sleep(0.3)
        assert len(made) == 4, "nothing new is known: none is made"
        monkeypatch.setattr(module, "ASKED_WITHIN", 0.0)
        now[0] = known[2]
        wait(lambda: len(made) == 5)
        time.sleep(0.2)
        assert len(made) == 5, "nobody asks for that of the area any more"
    now[0] = known[0] + dt.timedelta(seconds=30)
    assert reports.newest(()).as_of == now[0], "without it, it is made when it is asked for"


def test_a_clickhouse_that_is_away_is_waited_for(store: Store, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.05)
    right, tries = module.known_until, []

    def away(client):  # type: ignore[no-untyped-def]
        tries.append(1)
        if len(tries) < 3:
            raise BaogongError("away")
        return right(client)

    monkeypatch.setattr(module, "known_until", away)
    reports = Reports(store, AlertSettings())
    with reports.ahead():
        wait(lambda: len(made) == 1)
    assert len(tries) >= 3


def test_only_the_choices_asked_for_last_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_AHEAD", 2)
    reports = Reports(store, AlertSettings())
    for area in ("a1", "a2", "a3"):
        reports.newest((area,))
    assert sorted(reports._newest) == [("a2",), ("a3",)]


def test_nothing_is_made_ahead_while_somebody_waits(
    store: Store, city_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)
    go, tables, alone = threading.Event(), store.tables, []
    with connect(city_url) as client:
        known = known_until(client)
    ticking = (known - dt.timedelta(seconds=number) for number in range(10**6, 0, -1))
    monkeypatch.setattr(module, "known_until", lambda _client: next(ticking))

    def asked(statements):  # type: ignore[no-untyped-def]
        wanted = list(statements)
        if len(wanted) == 1:
            alone.append(1)
        else:
            assert go.wait(20)
        return tables(wanted)

    monkeypatch.setattr(store, "tables", asked)
    reports = Reports(store, AlertSettings())
    with reports.ahead():
        wait(lambda: len(alone) > 5)
        asking = threading.Thread(target=reports.of, args=(known - dt.timedelta(days=20), ()))
        asking.start()
        time.sleep(0.3)
        before = len(alone)
        time.sleep(0.3)
        assert len(alone) == before
        go.set()
        asking.join()
        wait(lambda: len(alone) > before)
