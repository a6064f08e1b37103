"""The alert stage over what the real supply stage decides: its records are read as they are, and few ticks are made."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

from deploy.city import load_city
from deploy.settings import load_settings
from deploy.simulation.load import mixed, opening
from schemas.topics import ALERT_MESSAGES, ROSTER, STOCK, SUPPLY_LEDGER
from streams.ledger.clock import ReplayedClock
from streams.ledger.draft import Drafter
from streams.ledger.fold import Folded
from streams.ledger.keys import partition_of
from streams.ledger.stage import Stage
from streams.stages import STAGES
from tests.streams.ledger.kit import Sent

SHAPE = {"households": 1_000, "lots": 200, "seed": 4, "open_needs": 300}
START = datetime(2022, 4, 1, 8, tzinfo=UTC)


def stage(name: str) -> Stage:
    return STAGES[name](load_city(load_settings()))


@cache
def supply_ledger() -> tuple[tuple[int, bytes], ...]:
    """Partition 0 of a district's morning and the three days after it: timestamp and record."""
    drafter = Drafter(Folded.empty(stage("supply"), 0), ReplayedClock(), "w1", "test")
    offsets: Counter[str] = Counter()
    found = [(0, value) for value in drafter.opened().values]  # a replayed clock has met nothing yet: 1970
    load = [*opening(**SHAPE, start=START), *mixed(4_000, **SHAPE, start=START)]
    for topic, key, value, stamp in load:
        if key is None or partition_of(key, 4) == 0:
            drafter.message(topic, Sent(offsets[topic], stamp, value))
            offsets[topic] += 1
            found += [(stamp, record) for record in drafter.collect().values]
    stock = next(
        json.loads(value) for topic, key, value, _ in load if topic == STOCK.name and partition_of(key, 4) == 0
    )
    for hour in range(1, 73):
        until = START + timedelta(hours=hour)
        if hour == 20:  # who reported stock reports once more on the next day
            again = json.dumps(stock | {"event_id": "again", "occurred_at": until.isoformat()}).encode()
            drafter.message(STOCK.name, Sent(offsets[STOCK.name], int(until.timestamp() * 1000), again))
        drafter.tick(until, 100_000)
        found += [(int(until.timestamp() * 1000), record) for record in drafter.collect().values]
    return tuple(found)


def alerted() -> tuple[Folded, list[bytes]]:
    folded = Folded.empty(stage("alerts"), 0)
    drafter = Drafter(folded, ReplayedClock(), "w1", "test")
    values = drafter.opened().values
    drafter.messages((SUPPLY_LEDGER.name, Sent(n, stamp, value)) for n, (stamp, value) in enumerate(supply_ledger()))
    return folded, values + drafter.collect().values


def test_what_the_supply_stage_decides_becomes_alerts() -> None:
    folded, values = alerted()
    decided = [one for value in values for one in json.loads(value)["decisions"]]
    raised = Counter(one["kind"] for one in decided if one["type"] == "alert_raised")
    assert {"need_at_risk", "need_overdue", "cover_low", "duty_uncovered", "facility_quiet"} <= set(raised)
    overdue = {
        one["need_id"]
        for _, value in supply_ledger()
        for one in json.loads(value)["decisions"]
        if one["type"] == "need_overdue"
    }
    told = {one["detail"]["need_id"] for one in decided if one.get("kind") == "need_overdue"}
    assert told == overdue
    assert len(told) > 50
    assert len(folded.state.pending) == 0


def test_the_fold_of_its_ledger_is_its_state() -> None:
    folded, values = alerted()
    again = Folded.empty(stage("alerts"), 0)
    for offset, value in enumerate(values):
        assert again.take(offset, value) is None
    dump = folded.stage.decider.dump
    assert dump(again.state) == dump(folded.state)


def test_what_the_stage_itself_rejects_becomes_an_alert_and_folds_to_the_same_state() -> None:
    folded = Folded.empty(stage("alerts"), 0)
    drafter = Drafter(folded, ReplayedClock(), "w1", "test")
    values, stamp = drafter.opened().values, int(START.timestamp() * 1000)
    for number, (topic, value) in enumerate(((ROSTER, b"{"), (ALERT_MESSAGES, b'{"kind": "alert_acknowledge"}'))):
        drafter.message(topic.name, Sent(0, stamp + number, value))
        values += drafter.collect().values
    drafter.tick(START + timedelta(seconds=1), 100)
    values += drafter.collect().values
    assert [json.loads(value)["kind"] for value in values[:5]].count("rejected") == 2
    raised = [one for value in values for one in json.loads(value)["decisions"] if one["type"] == "alert_raised"]
    assert {one["subject"] for one in raised if one["kind"] == "dead_letters"} == {
        "alerts:duty.roster.v1/0", "alerts:alerts.messages.v1/0",
    }  # fmt: skip
    again = Folded.empty(stage("alerts"), 0)
    for offset, value in enumerate(values):
        assert again.take(offset, value) is None
    assert folded.stage.decider.dump(again.state) == folded.stage.decider.dump(folded.state)


def test_ticks_are_few() -> None:
    _, values = alerted()
    kinds = Counter(json.loads(value)["kind"] for value in values)
    assert kinds["decided"] == len(supply_ledger())
    assert kinds["ticked"] < 2 * kinds["decided"]
    ticks = {event["at"] for value in values if (event := json.loads(value)["event"]) and "at" in event}
    assert not any("1970-01-01T00:00:01" < at < START.isoformat()[:10] for at in ticks)  # none before the first event
