"""What the demo claims, each claim compared with what the simulated district knows by itself."""

from __future__ import annotations

from collections import Counter
from typing import Final

from deploy.simulation.claims import Check, same
from deploy.simulation.runner import DayRun
from deploy.simulation.summary import Summary
from schemas.ledger import RecordKind
from sinks.clickhouse.client import Client

_CONSERVED: Final = """
SELECT count(), countIf(
    received + counted != available + held + expired + reserved + in_transit + delivered + written_off + transferred_out
    OR least(available, held, expired, reserved, in_transit, delivered, written_off, transferred_out) < 0)
FROM lots"""
_TOPICS: Final = "SELECT source_topic, sum(messages) FROM source_positions WHERE stage = 'supply' GROUP BY source_topic"
_DECISIONS: Final = "SELECT type, count() FROM decisions FINAL WHERE stage = 'supply' GROUP BY type"
_OUTCOMES: Final = "SELECT state, count() FROM dispatches WHERE state != 'out' GROUP BY state"
_SET_ASIDE: Final = "SELECT count() FROM rows_set_aside FINAL"
_OVERFILLED: Final = """
SELECT count() FROM needs WHERE delivered > quantity
    AND need_id NOT IN (SELECT need_id FROM decisions FINAL WHERE type = 'need_amended')"""


def check(run: DayRun, summary: Summary, client: Client) -> list[Check]:
    """Every claim about the day, apart from the verdict of verify."""
    sent, chains, ledger = run.sent, run.follower.chains, summary.ledger
    refused = sum((sent.broken & chains.refused).values())
    lots, unequal = (int(figure) for figure in client.rows(_CONSERVED)[0])
    decided, rejected = chains.kinds[RecordKind.DECIDED], chains.kinds[RecordKind.REJECTED]
    return [
        same(
            "every message has exactly one accepted record",
            dict(sent.by_topic),
            dict(chains.taken),
            f"{sent.records:,} messages on {len(sent.by_topic)} topics",
        ),
        same("published = decided + rejected", sent.records, decided + rejected, f"{decided:,} + {rejected:,}"),
        same("every message broken on purpose was refused", sum(sent.broken.values()), refused),
        same("ClickHouse has every ledger record", chains.records, ledger.records, f"{ledger.records:,} records"),
        same("ClickHouse set no row aside", 0, int(client.rows(_SET_ASIDE)[0][0])),
        same("ClickHouse counts the same messages by topic", dict(sent.by_topic), _counts(client, _TOPICS), "equal"),
        same(
            "ClickHouse counts the same decisions by type",
            dict(run.tally.decisions),
            _counts(client, _DECISIONS),
            f"{run.tally.decisions.total():,} decisions of {len(run.tally.decisions)} types",
        ),
        same("every request is known, once", len(sent.request_ids), summary.requests.filed),
        same("every dispatch is known to its courier", len(run.couriers.orders), summary.deliveries.ordered),
        same(
            "every confirmation closed its dispatch once",
            dict(Counter(sent.confirmed.values())),
            _counts(client, _OUTCOMES),
            f"{len(sent.confirmed):,} confirmations",
        ),
        same("no need got more than it ever asked for", 0, int(client.rows(_OVERFILLED)[0][0])),
        same("units of every lot are accounted for", 0, unequal, f"{lots:,} lots"),
    ]


def _counts(client: Client, sql: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in client.rows(sql)}
