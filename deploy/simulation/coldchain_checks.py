"""What the demo claims of the cold chain, compared with what the district planned, said, and read in the ledgers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Final

from deploy.simulation.claims import Check, same
from deploy.simulation.coldchain import cargo, expected, mended, warm
from deploy.simulation.coldchain_path import Traced
from deploy.simulation.coldchain_summary import ColdChain
from deploy.simulation.runner import DayRun
from deploy.simulation.summary import Summary
from schemas.consignment import Step
from schemas.request import NeedClass
from schemas.topics import PARTITIONS
from sinks.clickhouse.client import Client
from streams.core.supply import SupplySettings

_TAKEN: Final = "SELECT hold_id, taken_by FROM coldchain_holds"
_HELD: Final = """
SELECT arrayJoin(lots_met) FROM coldchain_holds WHERE consignment_id = %(name)s OR check_id IN
    (SELECT check_id FROM checks WHERE consignment_id = %(name)s)"""
_HANDED_ANYWAY: Final = """
SELECT count(), countIf(delivered > 0) FROM deliveries WHERE (dispatch_id, lot_id) IN (
    SELECT dispatch_id, arrayJoin(JSONExtract(body, 'lot_ids', 'Array(String)')) AS lot_id FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'dispatch_recalled')
    AND lot_id IN (SELECT arrayJoin(lots_met) FROM coldchain_holds)"""


def check_coldchain(run: DayRun, summary: Summary, traced: Traced | None, client: Client) -> Iterator[Check]:
    """Every claim about consignments, verdicts, what they stopped, and whom they reached."""
    yield from _consignments(run, summary.coldchain)
    yield from _holds(run, summary.coldchain, client)
    yield from _needs(run, summary.coldchain)
    yield from _households(run, summary.coldchain)
    if traced is not None:
        yield from _traced(run, traced)


def _consignments(run: DayRun, found: ColdChain) -> Iterator[Check]:
    order = list(Step)
    furthest = (max(steps, key=order.index) for steps in run.sent.steps.values())
    stages = {stage.step: stage.consignments for stage in found.stages}
    yield same(
        "every consignment is at the step last reported",
        dict(Counter(step.value for step in furthest)),
        stages,
        f"{sum(stages.values()):,} consignments",
    )
    planned = expected(run.district)
    failed = {(each.rule, each.subject): each.checks for each in found.failed}
    yield same("what went wrong on purpose failed its check, no other", dict(planned), failed,
               f"{sum(failed.values()):,} checks")  # fmt: skip
    yield same("checks failed: ledger and ClickHouse", dict(run.stopped.failed), failed,
               f"{sum(failed.values()):,} checks")  # fmt: skip
    standing = {(each.rule, each.subject): each.standing for each in found.failed if each.standing}
    yield same("checks of what was mended ended, no others", dict(planned - mended(run.district)), standing,
               f"{sum(failed.values()) - sum(standing.values()):,} ended")  # fmt: skip


def _holds(run: DayRun, found: ColdChain, client: Client) -> Iterator[Check]:
    stopped = run.stopped
    taken = {str(hold_id): int(partitions) for hold_id, partitions in client.rows(_TAKEN)}
    yield same("relay: every partition took every hold ordered", dict.fromkeys(stopped.holds, PARTITIONS),
               taken, f"{len(taken):,} holds, {PARTITIONS} partitions each")  # fmt: skip
    voyage = warm(run.district)
    if voyage is not None:
        wanted = sorted(lot.id for lot in cargo(run.district, voyage))
        held = sorted(str(row[0]) for row in client.rows(_HELD, {"name": voyage.consignment_id}))
        yield same("every lot of the consignment that warmed up is held", wanted, held, f"{len(held):,} lots")
    yield same("lots held: ledger and ClickHouse", len(stopped.lots), found.lots_held)
    yield same("units un-reserved: ledger and ClickHouse", stopped.unreserved, found.unreserved)
    yield same("dispatches recalled: ledger and ClickHouse", len(stopped.recalled), found.recalled)
    lines, anyway = (int(figure) for figure in client.rows(_HANDED_ANYWAY)[0])
    yield same("nothing that was recalled was handed over", 0, anyway, f"{lines:,} lines of bags brought back")


def _needs(run: DayRun, found: ColdChain) -> Iterator[Check]:
    reopened = sorted((need.partition, need.need_id) for need in found.reopened)
    yield same("needs re-opened: ledger and ClickHouse", sorted(run.stopped.reopened), reopened, f"{len(reopened):,}")
    replanned = sorted((need.partition, need.need_id) for need in found.reopened if need.replanned)
    yield same("needs re-planned: ledger and ClickHouse", sorted(run.stopped.replanned), replanned,
               f"{len(replanned):,}")  # fmt: skip
    hours = SupplySettings().clock_hours
    clocks = {need.need_id: (need.reported_at, need.due_at) for need in found.reopened}
    old = {
        need.need_id: (at, at + dt.timedelta(hours=hours[NeedClass(need.need_class)]))
        for need in found.reopened
        if (at := run.sent.reported.get(need.request_id)) is not None
    }
    yield same("needs re-opened keep the clock of their first report", old, clocks, f"{len(clocks):,} clocks")


def _households(run: DayRun, found: ColdChain) -> Iterator[Check]:
    voyage = warm(run.district)
    if voyage is None:
        return
    lots = {lot.id for lot in cargo(run.district, voyage)}
    handed = {f"{who} {lot}": units for (who, lot), units in run.couriers.handed.items() if units and lot in lots}
    duties = [duty for duty in found.duties if duty.lot_id in lots]
    listed: Counter[str] = Counter()
    for duty in duties:
        listed[f"{duty.requester_id} {duty.lot_id}"] += duty.quantity
    words = f"{sum(listed.values()):,} units, {len({duty.requester_id for duty in duties}):,} households"
    yield same("whoever got units of it, by the couriers, has a contact duty", handed, dict(listed), words)
    called = {duty.duty_id for duty in duties} & run.callers.called
    contacted = {duty.duty_id for duty in duties if duty.state == "contacted"}
    yield same("contacted is who was called on, nobody else", sorted(called), sorted(contacted), f"{len(contacted):,}")


def _traced(run: DayRun, traced: Traced) -> Iterator[Check]:
    voyage = warm(run.district)
    lots = {lot.id for lot in cargo(run.district, voyage)} if voyage is not None else set()
    got = sorted({who for (who, lot), units in run.couriers.handed.items() if units and lot in lots})
    yield same("traced down: its lots are those shipped", sorted(lots), list(traced.lots),
               f"{len(traced.lots):,} lots")  # fmt: skip
    yield same("traced down: its households are those the couriers say", got, list(traced.households),
               f"{len(got):,} households")  # fmt: skip
    if traced.handed is not None:
        yield same("traced up: from the household to the consignment", True,
                   traced.consignment_id in traced.back, f"{traced.handed.requester_id}")  # fmt: skip
