"""`baogong alerts list` and `duty` over a small city; every command of the group says how it is used."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from deploy.commands.alerts import command
from deploy.duty import Load, in_short, loads, loads_at_hand
from schemas.errors import USAGE, BaogongError
from sinks.clickhouse.client import connect
from streams.topics import create_topics
from tests.databases import Databases
from tests.sinks.clickhouse.book import START, Book, iso, load
from tests.sinks.console.city import AREAS


def call(*arguments: str) -> str:
    return str(CliRunner().invoke(command, [*arguments], catch_exceptions=False, standalone_mode=False).output)


def asked(*arguments: str) -> Any:
    return json.loads(call(*arguments, "--json"))


@pytest.mark.servers
def test_duty_names_whoever_has_the_open_needs_and_flags_those_that_nobody_has(city_url: str) -> None:
    house = ("--clickhouse", city_url)
    found = asked("duty", *house)
    with connect(city_url) as client:
        known = client.rows("SELECT owner, count(), countIf(overdue) FROM need_owners GROUP BY owner ORDER BY owner")
    told = sorted((one["owner"] or "", one["open_needs"], one["overdue_needs"]) for one in found)
    assert told == known and len(known) == 4
    assert found[0]["owner"] is None and all(grid.startswith(AREAS[2:]) for grid in found[0]["where"])
    with connect(city_url) as client:  # the console's tables say the same
        assert [replace(one, where=()) for one in loads(client)] == list(loads_at_hand(client) or ())
    table = call("duty", *house)
    assert "无人值班 nobody" in table and f"nobody is on duty for {found[0]['open_needs']}" in table
    assert {one["owner"] for one in asked("duty", "--place", AREAS[0], *house)} == {"officer-lin", "worker-lin"}
    assert asked("duty", "--place", "jiangcheng/bei", *house) == []  # no place, only the beginning of one
    assert asked("duty", "--place", "jiangcheng/beihu", *house) == found


@pytest.mark.servers
def test_a_list_is_narrowed(city_url: str) -> None:
    house = ("--clickhouse", city_url)
    every = asked("list", *house)
    assert [one["severity"] for one in every] == sorted(one["severity"] for one in every)  # critical first
    assert {one["kind"] for one in asked("list", "--kind", "price_jump", *house)} == {"price_jump"}
    assert {one["owner"] for one in asked("list", "--owner", "officer-9", *house)} == {"officer-9"}
    some = asked("list", "--place", AREAS[1], *house)
    assert 0 < len(some) < len(every) and all(one["place"].startswith(AREAS[1]) for one in some)


@pytest.mark.servers
def test_a_list_that_is_cut_says_how_many_there_are(city_url: str) -> None:
    house = ("--clickhouse", city_url)
    many = len(asked("list", *house, "--limit", "1000"))
    assert many > 2
    for form in ((), ("--json",)):  # the end of standard error, in both
        assert call("list", *house, "--limit", "2", *form).rstrip().endswith(f"2 of {many} alerts; --limit shows more")
    assert call("list", *house, "--limit", "1000").rstrip().endswith(f"\n{many} alerts")
    assert call("list", *house, "--owner", "nobody").rstrip().endswith("0 alerts")


@pytest.mark.servers
def test_only_an_open_alert_can_be_acknowledged(databases: Databases) -> None:
    """Nothing is published for another one: the address of Kafka is none."""
    raised = {
        "type": "alert_raised", "alert_id": "al3", "kind": "delivery_overdue", "subject": "d3", "place": AREAS[0],
        "severity": "warning", "level": "grid", "owner": "o1", "episode": 1, "flapping": False, "silenced": False,
        "since": iso(START), "at": iso(START), "detail": {},
    }  # fmt: skip
    over = {"type": "alert_resolved", "alert_id": "al3", "episode": 1, "reason": "fact", "at": iso(START)}
    book = Book("alerts").opened().ticked(raised).ticked(over)
    with databases.filled(lambda client: load(client, book)) as url:
        for alert, words in (("al-none", "There is no alert al-none"), ("al3", "Alert al3 is over since 2022-")):
            with pytest.raises(BaogongError, match=words) as caught:
                call("ack", alert, "--comment", "x", "--clickhouse", url, "--kafka", "127.0.0.1:1")
            assert caught.value.code == USAGE


@pytest.mark.servers
def test_an_acknowledgement_is_published_unchecked_where_clickhouse_is_away(kafka_address: str, city_url: str) -> None:
    """Whoever has an alert in hand need not wait for a database; it is said that nobody looked."""
    create_topics(kafka_address)
    said = ("--comment", "x", "--by", "li", "--kafka", kafka_address)
    done = call("ack", "al-none", *said, "--clickhouse", "clickhouse://127.0.0.1:1/default")
    assert "published alert_acknowledge al-none" in done and "not known whether" in done
    with connect(city_url) as client:
        ((alert,), *_) = client.rows("SELECT alert_id FROM open_alerts ORDER BY alert_id")
    assert call("ack", alert, *said, "--clickhouse", city_url) == f"published alert_acknowledge {alert}\n"


def test_every_command_has_an_example_and_speaks_json() -> None:
    assert isinstance(command, click.Group)
    for name, inner in command.commands.items():
        told = CliRunner().invoke(command, [name, "--help"]).output
        assert f"Example: baogong alerts {name}" in told and "--json" in told, name
        assert inner.help


def test_a_line_says_how_needs_stand() -> None:
    some = (Load(None, 3, 1, 1), Load("li", 1200, 2, 1))
    assert in_short(some) == "open needs: 1,203, overdue 3; nobody is on duty for 3"
    assert in_short(some[1:]) == "open needs: 1,200, overdue 2; each has somebody on duty"
    assert in_short(()) == "open needs: 0, overdue 0; none waits"
