"""What the demo claims, each claim compared with what the simulated district knows by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from deploy.simulation.alerts import check_alerts
from deploy.simulation.claims import Check, same
from deploy.simulation.coldchain_checks import check_coldchain
from deploy.simulation.coldchain_path import Traced
from deploy.simulation.runner import DayRun
from deploy.simulation.summary import Summary
from schemas.ledger import RecordKind
from schemas.topics import COLDCHAIN_HOLDS, LEDGERS, PARTITIONS, ROSTER, SOURCES, TRANSFERS_LEDGER
from sinks.clickhouse.client import Client

_CONSERVED: Final = """
SELECT count(), countIf(
    received + counted != available + held + expired + reserved + in_transit + delivered + written_off + transferred_out
    OR least(available, held, expired, reserved, in_transit, delivered, written_off, transferred_out) < 0)
FROM lots"""
_TOPICS: Final = """
SELECT source_topic, sum(messages) FROM source_positions WHERE stage = %(stage)s GROUP BY source_topic"""
_DECISIONS: Final = "SELECT type, count() FROM decisions FINAL WHERE stage = %(stage)s GROUP BY type"
_OUTCOMES: Final = "SELECT state, count() FROM dispatches WHERE state != 'out' GROUP BY state"
_MOVING: Final = "SELECT sum(accepted_records) FROM ledger_partitions WHERE stage = 'transfers'"
_SET_ASIDE: Final = "SELECT count() FROM rows_set_aside FINAL"
_OVERFILLED: Final = """
SELECT count() FROM needs WHERE delivered > quantity
    AND need_id NOT IN (SELECT need_id FROM decisions FINAL WHERE type = 'need_amended')"""
NAMES: Final = {"supply": "supply stage", "coldchain": "cold-chain stage"}
"""Stages as people read them."""


def check(run: DayRun, summary: Summary, traced: Traced | None, client: Client) -> list[Check]:
    """Every claim about the day, apart from the verdict of verify."""
    return [
        *(one for stage in run.follower.chains for one in _stage(stage, run, summary, client)),
        *_ledgers(run, client),
        *_supply(run, summary, client),
        *check_coldchain(run, summary, traced, client),
        *check_alerts(_to_be_read(run, client), client),
    ]


def expected_records(run: DayRun, stage: str) -> dict[str, int]:
    """Messages that must have a record in a stage's ledger, by topic: what was published, and what the relay told."""
    sent = {topic.name: run.sent.by_topic[topic.name] for topic in SOURCES[stage]}
    sent[COLDCHAIN_HOLDS.name] = run.follower.chains["coldchain"].told * PARTITIONS
    return {topic: count for topic, count in sent.items() if count}


def _to_be_read(run: DayRun, client: Client) -> dict[str, int]:
    """What the alert stage reads, by topic: accepted records of the ledgers, and the roster.

    The district does not follow the transfers ledger: how long that is, ClickHouse says.
    """
    accepted = {LEDGERS[stage].name: each.records - each.fenced for stage, each in run.follower.chains.items()}
    accepted[TRANSFERS_LEDGER.name] = int(client.rows(_MOVING)[0][0])
    return accepted | {ROSTER.name: run.sent.by_topic[ROSTER.name]}


def _stage(stage: str, run: DayRun, summary: Summary, client: Client) -> Iterator[Check]:
    """A stage's messages, records, rows and decisions."""
    chains, sent, name = run.follower.chains[stage], expected_records(run, stage), NAMES[stage]
    decided, rejected = chains.kinds[RecordKind.DECIDED], chains.kinds[RecordKind.REJECTED]
    words = f"{sum(sent.values()):,} messages on {len(sent)} topics"
    yield same(f"{name}: one record for every message", sent, dict(chains.taken), words)
    yield same(
        f"{name}: messages = decided + rejected",
        sum(sent.values()),
        decided + rejected,
        f"{decided:,} + {rejected:,}",
    )
    rows = summary.ledgers[stage].records if stage in summary.ledgers else 0
    yield same(f"{name}: ClickHouse has every record", chains.records, rows, f"{rows:,} records")
    counted = _counts(client, _TOPICS, {"stage": stage})
    yield same(f"{name}: ClickHouse has the same by topic", sent, counted, "equal")
    tally = run.tally.decisions[stage]
    yield same(
        f"{name}: ClickHouse has the same decisions",
        dict(tally),
        _counts(client, _DECISIONS, {"stage": stage}),
        f"{tally.total():,} decisions of {len(tally)} types",
    )


def _ledgers(run: DayRun, client: Client) -> Iterator[Check]:
    """What holds for both stages together."""
    refused: Counter[str] = Counter()
    for chains in run.follower.chains.values():
        refused += chains.refused
    broken = sum((run.sent.broken & refused).values())
    yield same("every message broken on purpose was refused", run.sent.broken.total(), broken)
    yield same("ClickHouse set no row aside", 0, int(client.rows(_SET_ASIDE)[0][0]))


def _supply(run: DayRun, summary: Summary, client: Client) -> Iterator[Check]:
    """Requests, dispatches, needs and lots."""
    sent, (lots, unequal) = run.sent, (int(figure) for figure in client.rows(_CONSERVED)[0])
    yield same("every request is known, once", len(sent.request_ids), summary.requests.filed)
    yield same("every dispatch is known to its courier", len(run.couriers.orders), summary.deliveries.ordered)
    yield same(
        "every confirmation closed its dispatch once",
        dict(Counter(sent.confirmed.values())),
        _counts(client, _OUTCOMES),
        f"{len(sent.confirmed):,} confirmations",
    )
    yield same("no need got more than it ever asked for", 0, int(client.rows(_OVERFILLED)[0][0]))
    yield same("units of every lot are accounted for", 0, unequal, f"{lots:,} lots")
    given = f"{len(run.guard.given):,} of {run.guard.looked_at:,} looked at"
    yield same("no unit of a held lot was set aside or sent out", [], run.guard.given, given)


def _counts(client: Client, sql: str, params: dict[str, Any] | None = None) -> dict[str, int]:
    return {str(name): int(count) for name, count in client.rows(sql, params)}
