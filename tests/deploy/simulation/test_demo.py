"""A small day on the real stack: what the summary says is what happened, and a claim that is false is noticed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.city import load_city
from deploy.local.stack import Stack
from deploy.settings import Settings, load_settings
from deploy.simulation.checks import check
from deploy.simulation.claims import Check, insist
from deploy.simulation.coldchain import cargo, warm
from deploy.simulation.coldchain_path import trace
from deploy.simulation.fairness import check_fairness, fairness
from deploy.simulation.follow import Follower
from deploy.simulation.report import as_json
from deploy.simulation.runner import DayRun, Moment
from deploy.simulation.summary import Summary, ask
from deploy.simulation.verdict import verified
from deploy.simulation.world import make_district
from schemas.errors import BaogongError
from schemas.item import load_catalogue
from schemas.topics import STOCK
from sinks.clickhouse.client import Client, connect
from streams.publish.producer import Publisher
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow]


class Day:
    """A day that was played, with everything that can be asked about it."""

    def __init__(self, run: DayRun, stack: Stack, client: Client, moments: list[Moment]) -> None:
        self.run, self.stack, self.client, self.moments = run, stack, client, moments
        self.summary: Summary = ask(client)
        voyage = warm(run.district)
        self.traced = None if voyage is None else trace(stack.kafka, stack.clickhouse, voyage.consignment_id)

        self.fair = fairness(run, stack.kafka, load_city(load_settings()))

    def checks(self, summary: Summary | None = None) -> dict[str, Check]:
        found = check(self.run, summary or self.summary, self.traced, self.client)
        return {one.name: one for one in (*found, *check_fairness(self.fair, self.client))}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    district = make_district(load_catalogue(Path("deploy/items.toml")), 150, 6, seed=5)
    settings = Settings(data=tmp_path_factory.mktemp("day") / "data")
    moments: list[Moment] = []
    with started(settings, "replayed") as stack, Follower(stack.kafka, stack.check) as follower:
        run = DayRun(district, 5, follower)
        with Publisher(stack.kafka) as publisher:
            run.play(publisher, speed=0, watch=moments.append)
        stack.drain()
        run.read_rest()
        with connect(stack.clickhouse) as client:
            yield Day(run, stack, client, moments)


def test_every_claim_holds(day: Day) -> None:
    insist([*day.checks().values(), verified(day.stack.kafka, day.stack.clickhouse)])


def test_the_summary_adds_up(day: Day) -> None:
    asked, sent = day.summary.requests, day.summary.deliveries
    assert asked.filed == sum(
        (asked.filled, asked.partly_filled, asked.under_way, asked.unmet, asked.withdrawn, asked.refused)
    )
    assert asked.filed > 100 and asked.filled > asked.filed / 2
    assert sent.ordered == sum(sent.by_outcome.values()) + sent.out > 100
    assert sent.by_outcome["failed"] == sum(sent.failures.values())
    rejected = sum(ledger.rejected for ledger in day.summary.ledgers.values())
    assert sum(one.messages for one in day.summary.rejected) == rejected
    missing = sum(line.missing for line in day.summary.items)
    assert missing == sum(line.units for line in day.summary.unmet) > 0
    assert all(ledger.records == ledger.accepted for ledger in day.summary.ledgers.values())


def test_the_whole_day_was_shown_in_order(day: Day) -> None:
    times = [moment.now for moment in day.moments]
    assert times == sorted(times) and len(times) > 75
    assert day.run.busy_seconds <= day.run.wall_seconds


def test_json_tells_the_same(day: Day) -> None:
    plain = as_json(day.run, day.summary, day.traced, day.fair, [])
    assert json.loads(json.dumps(plain))["coldchain"]["lots_held"] == day.summary.coldchain.lots_held
    assert plain["requests"]["filed"] == day.summary.requests.filed
    assert plain["published"]["messages"] == day.run.sent.records


def test_the_rationed_item_reaches_more_than_first_come_first_served_would(day: Day) -> None:
    decided, other = day.fair.rationed
    assert decided.needs == other.needs > 20
    assert decided.nothing < other.nothing and decided.recipients > other.recipients
    assert decided.given >= other.given * 0.97, "what came back from a door, and is not given again by the end"
    assert decided.gini < other.gini


def test_units_that_clickhouse_does_not_know_would_be_noticed(day: Day) -> None:
    changed = replace(day.fair, everything=(replace(day.fair.everything[0], given=1), day.fair.everything[1]))
    assert [one.holds for one in check_fairness(changed, day.client)] == [False]


def test_a_message_that_was_lost_would_be_noticed(day: Day) -> None:
    day.run.sent.by_topic[STOCK.name] += 1
    try:
        failed = [name for name, one in day.checks().items() if not one.holds]
    finally:
        day.run.sent.by_topic[STOCK.name] -= 1
    assert failed == [
        "supply stage: one record for every message",
        "supply stage: messages = decided + rejected",
        "supply stage: ClickHouse has the same by topic",
    ]


def test_a_record_that_the_alert_stage_did_not_read_would_be_noticed(day: Day) -> None:
    day.run.follower.chains["supply"].records += 1
    try:
        failed = [name for name, one in day.checks().items() if not one.holds]
    finally:
        day.run.follower.chains["supply"].records -= 1
    assert "alert stage: one record for every record it reads" in failed


def test_everybody_on_duty_was_told(day: Day) -> None:
    told = {line.kind: line for line in day.summary.alerts}
    assert told["need_overdue"].raised > told["need_overdue"].over > 0
    assert all(line.raised == line.over + line.open and sum(line.levels) == line.open for line in told.values())


def test_a_row_that_is_missing_would_be_noticed(day: Day) -> None:
    ledgers = dict(day.summary.ledgers)
    ledgers["coldchain"] = replace(ledgers["coldchain"], records=ledgers["coldchain"].records - 1)
    checks = day.checks(replace(day.summary, ledgers=ledgers))
    name = "cold-chain stage: ClickHouse has every record"
    assert not checks[name].holds
    with pytest.raises(BaogongError, match=rf"1 of \d+ claims did not hold: {name}"):
        insist(list(checks.values()))


def test_what_was_stopped_was_received_recalled_and_traced(day: Day) -> None:
    found = day.summary.coldchain
    assert found.lots_held and found.recalled and found.reopened and found.duties
    assert day.traced is not None and day.traced.handed is not None
    assert day.traced.consignment_id in day.traced.back


def test_a_household_that_was_forgotten_would_be_noticed(day: Day) -> None:
    found = day.summary.coldchain
    voyage = warm(day.run.district)
    assert voyage is not None
    lots = {lot.id for lot in cargo(day.run.district, voyage)}
    gone = next(duty for duty in found.duties if duty.lot_id in lots)
    kept = tuple(duty for duty in found.duties if duty is not gone)
    checks = day.checks(replace(day.summary, coldchain=replace(found, duties=kept)))
    assert not checks["whoever got units of it, by the couriers, has a contact duty"].holds


def test_a_check_that_failed_by_itself_would_be_noticed(day: Day) -> None:
    found = day.summary.coldchain
    more = replace(found.failed[0], rule="seal_mismatch")
    checks = day.checks(replace(day.summary, coldchain=replace(found, failed=(*found.failed, more))))
    assert not checks["what went wrong on purpose failed its check, no other"].holds
