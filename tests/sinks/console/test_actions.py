"""Actions on a real broker: an officer's words on every partition, a look on that of the household's area."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas.alert import AlertAcknowledge, HouseholdViewed
from schemas.errors import BaogongError
from schemas.topics import ALERT_MESSAGES
from sinks.console.actions import KafkaActions, action_id
from streams.ledger.keys import partition_of
from streams.topics import create_topics

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_people_do_arrives(kafka_address: str) -> None:
    create_topics(kafka_address)
    actions, area = KafkaActions(kafka_address), "sh/pd/a1"
    look = HouseholdViewed(kind="household_viewed", event_id=action_id("look", "li", "h1"), occurred_at=NOW,
                           source="li", requester_id="h1", area=area, page="household")  # fmt: skip
    act = AlertAcknowledge(kind="alert_acknowledge", event_id=action_id("ack", "li", "al1"), occurred_at=NOW,
                           source="li", alert_id="al1", comment="已派人")  # fmt: skip
    actions.send(look, act)
    actions.close()
    consumer = KafkaConsumer(bootstrap_servers=kafka_address, enable_auto_commit=False)
    places = [TopicPartition(ALERT_MESSAGES.name, number) for number in range(ALERT_MESSAGES.partitions)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    found: dict[str, set[int]] = {look.event_id: set(), act.event_id: set()}
    while sum(map(len, found.values())) < 1 + len(places):
        polled = consumer.poll(timeout_ms=5000)
        assert polled, f"only {found} arrived"
        for place, messages in polled.items():
            for message in messages:
                name = json.loads(message.value)["event_id"]
                found.setdefault(name, set()).add(place.partition)
    consumer.close()
    assert found[look.event_id] == {partition_of(area.encode(), ALERT_MESSAGES.partitions)}
    assert found[act.event_id] == set(range(ALERT_MESSAGES.partitions))


def test_a_broker_that_is_away_is_said(unused_port: int = 1) -> None:
    actions = KafkaActions(f"127.0.0.1:{unused_port}", timeout=2)
    look = HouseholdViewed(kind="household_viewed", event_id="e", occurred_at=NOW, source="li", requester_id="h1",
                           area="sh/pd", page="household")  # fmt: skip
    with pytest.raises(BaogongError):
        actions.send(look)


def test_two_looks_are_two() -> None:
    assert action_id("look", "li", "h1") != action_id("look", "li", "h1")
