"""A transfer that does not arrive in time is an alert until it does; so is what the transfers stage refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.audit import audit
from deploy.local.stack import Stack
from schemas.topics import ALERT_SOURCES, TRANSFER_STANDINGS, TRANSFERS_LEDGER
from sinks.clickhouse.client import Client
from streams.publish.producer import Publisher
from tests.flow.test_transfers import START, A, B, Clerks, order, soon
from tests.stacks import ruled

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(280)]
SPEED = 160
"""What is ordered must leave within 45 seconds and be there within 70."""
RULES = f"""
[transfers]
round_minutes = 1
keep_hours = 0
escalate_hours = {{ life_threatening = 0, critical = 0, sealed = 0, other = 0 }}
ship_hours = 2
unload_hours = 1
speed_kmh = 120

[transfers.distances]
"{A}" = {{ "{B}" = 9 }}
"""
ALERTS = """
SELECT place, level, JSONExtractInt(detail, 'quantity') FROM alerts
WHERE kind = %(kind)s AND subject = %(subject)s AND (state = 'resolved') = %(over)s"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with ruled(tmp_path_factory.mktemp("transfer-alerts"), RULES, f"scaled:{START.isoformat()}:{SPEED}") as running:
        yield running


def alert(stack: Stack, kind: str, subject: str, *, over: bool = False) -> Any:
    where = {"kind": kind, "subject": subject, "over": over}

    def find(client: Client) -> Any:
        return client.rows(ALERTS, where)

    return soon(stack, find, f"{kind} of {subject} {'is over' if over else 'is told'}", 120)


def test_a_transfer_past_its_deadline_is_told_until_it_arrives(stack: Stack) -> None:
    clerks = Clerks(stack.kafka, SPEED)
    clerks.receive(B, "l1", 100)
    clerks.ask("r1", 30)
    transfer = order(stack, 30, "set_aside", set())
    clerks.ship(transfer, 30)
    order(stack, 30, "on_the_way", set())
    assert alert(stack, "transfer_overdue", f"{A}:{transfer}") == [(A, "community", 30)]
    clerks.receive(A, transfer, 30)
    assert alert(stack, "transfer_overdue", f"{A}:{transfer}", over=True)


def test_what_the_transfers_stage_refuses_is_told(stack: Stack) -> None:
    with Publisher(stack.kafka) as publisher:
        publisher.send(b"{", TRANSFER_STANDINGS, key=A, partition=0)
    assert alert(stack, "dead_letters", "transfers:transfers.standings.v1/0")


def test_the_alerts_read_the_whole_transfers_ledger_and_every_chain_holds(stack: Stack) -> None:
    found = audit(stack.kafka, stack.clickhouse, wait=60)
    assert found.holds, found.failures
    read = {
        report.partition: {source.topic: source.decided for source in report.sources}
        for report in found.reports
        if report.stage == "alerts" and report.store == "kafka"
    }
    assert read[0].keys() == {topic.name for topic in ALERT_SOURCES}
    assert read[0][TRANSFERS_LEDGER.name] > 0
    assert all(TRANSFERS_LEDGER.name not in read[partition] for partition in (1, 2, 3))
