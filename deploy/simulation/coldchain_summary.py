"""What a supervisor reads of the cold chain: every figure is an SQL question on the views in ClickHouse."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from schemas.consignment import Step
from sinks.clickhouse.client import Client

_STAGES: Final = "SELECT step, count(), sum(lots), countIf(held) FROM consignments GROUP BY step"
_FAILED: Final = """
SELECT c.rule, if(c.consignment_id = '', c.premises_id, c.consignment_id) AS subject, count(),
    countIf(c.state = 'failed'), arrayUniq(arrayFlatten(groupArray(h.lots_met))), min(c.failed_at),
    if(countIf(c.state = 'failed') = 0, max(c.mended_at), NULL), countIf(h.hold_id != '')
FROM checks AS c LEFT JOIN coldchain_holds AS h ON h.check_id = c.check_id
GROUP BY c.rule, subject ORDER BY min(c.failed_at), c.rule, subject"""
_MINE: Final = "mine AS (SELECT arrayJoin(lots_met) AS lot_id FROM coldchain_holds)"
_RECALLED: Final = """
recalled AS (
    SELECT dispatch_id, called_back FROM decisions FINAL
    ARRAY JOIN JSONExtract(body, 'lot_ids', 'Array(String)') AS called_back
    WHERE stage = 'supply' AND type = 'dispatch_recalled' AND called_back IN (SELECT lot_id FROM mine))"""
_HELD: Final = f"""
WITH {_MINE}, {_RECALLED}
SELECT (SELECT uniqExact(lot_id) FROM mine),
    (SELECT sum(-reserved) FROM lot_movements
     WHERE movement = 'allocation_released' AND reason = 'hold' AND lot_id IN (SELECT lot_id FROM mine)),
    (SELECT uniqExact(dispatch_id) FROM recalled)"""
_REOPENED: Final = f"""
WITH {_MINE}, {_RECALLED},
lost AS (
    SELECT partition, offset, need_id FROM lot_movements
    WHERE lot_id IN (SELECT lot_id FROM mine) AND (movement = 'allocation_released' AND reason = 'hold'
        OR movement = 'line_delivered' AND on_shelf > 0 AND (dispatch_id, lot_id) IN (SELECT * FROM recalled))),
reopened AS (
    SELECT partition, need_id, min((offset, idx)) AS place FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'need_reopened'
        AND (partition, offset, need_id) IN (SELECT partition, offset, need_id FROM lost)
    GROUP BY partition, need_id),
given AS (
    SELECT partition, need_id, max((offset, idx)) AS place FROM lot_movements
    WHERE movement = 'allocation_made' AND lot_id NOT IN (SELECT lot_id FROM mine)
        AND (partition, need_id) IN (SELECT partition, need_id FROM reopened)
    GROUP BY partition, need_id)
SELECT r.partition, r.need_id, n.request_id, g.need_id != '' AND g.place > r.place, n.state = 'delivered',
    n.need_class, n.reported_at, n.due_at
FROM reopened AS r
INNER JOIN needs AS n ON n.partition = r.partition AND n.need_id = r.need_id
LEFT JOIN given AS g ON g.partition = r.partition AND g.need_id = r.need_id
ORDER BY r.partition, r.need_id"""
_DUTIES: Final = """
SELECT duty_id, consignment_id, requester_id, lot_id, quantity, state FROM contact_duties
WHERE hold_id IN (SELECT hold_id FROM coldchain_holds) ORDER BY duty_id"""
STATES: Final = ("contacted", "open", "overdue", "lifted")
"""What a contact duty can be."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Consignments whose furthest step is this one."""

    step: str
    consignments: int
    lots: int
    held: int
    """Consignments of which a lot at least is held."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Checks of one rule that failed for a consignment, or at premises."""

    rule: str
    subject: str
    checks: int
    standing: int
    lots_held: int
    """Lots of supply areas that it held."""
    since: dt.datetime
    ended: dt.datetime | None
    orders_hold: bool


@dataclass(frozen=True, slots=True)
class Reopened:
    """A need that lost units to a hold; `replanned`: given units of other lots since; `filled`: delivered in full."""

    partition: int
    need_id: str
    request_id: str
    replanned: bool
    filled: bool
    need_class: str
    reported_at: dt.datetime
    due_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """A household (or institution) that had received units of a held lot, and whether its area has contacted it."""

    duty_id: str
    consignment_id: str
    requester_id: str
    lot_id: str
    quantity: int
    state: str


@dataclass(frozen=True, slots=True)
class ColdChain:
    """The day's cold chain as ClickHouse tells it."""

    stages: tuple[Stage, ...]
    failed: tuple[Failed, ...]
    lots_held: int
    unreserved: int
    recalled: int
    reopened: tuple[Reopened, ...]
    duties: tuple[Duty, ...]

    def by_state(self) -> dict[str, int]:
        """Contact duties by state."""
        return {state: sum(duty.state == state for duty in self.duties) for state in STATES}

    @property
    def households(self) -> int:
        """How many had received something that was held."""
        return len({duty.requester_id for duty in self.duties})


def ask_coldchain(client: Client) -> ColdChain:
    """Put all questions; raises BaogongError where ClickHouse does not answer."""
    by_step = {str(step): (int(n), int(lots), int(held)) for step, n, lots, held in client.rows(_STAGES)}
    lots_held, unreserved, recalled = (int(figure or 0) for figure in client.rows(_HELD)[0])
    return ColdChain(
        stages=tuple(Stage(step.value, *by_step[step.value]) for step in Step if step.value in by_step),
        failed=tuple(_failed(row) for row in client.rows(_FAILED)),
        lots_held=lots_held,
        unreserved=unreserved,
        recalled=recalled,
        reopened=tuple(Reopened(row[0], row[1], row[2], bool(row[3]), bool(row[4]), *row[5:])
                       for row in client.rows(_REOPENED)),
        duties=tuple(Duty(*row) for row in client.rows(_DUTIES)),
    )  # fmt: skip


def _failed(row: tuple[Any, ...]) -> Failed:
    rule, subject, checks, standing, lots, since, ended, holds = row
    return Failed(str(rule), str(subject), int(checks), int(standing), int(lots), since, ended, bool(holds))


def plain(found: ColdChain) -> dict[str, Any]:
    """The same for JSON: needs and duties as counts."""
    return {
        "stages": [_line(stage) for stage in found.stages],
        "failed": [_line(failed) for failed in found.failed],
        "lots_held": found.lots_held,
        "units_unreserved": found.unreserved,
        "dispatches_recalled": found.recalled,
        "needs_reopened": len(found.reopened),
        "needs_replanned": sum(need.replanned for need in found.reopened),
        "needs_filled_since": sum(need.filled for need in found.reopened),
        "households_reached": found.households,
        "contact_duties": found.by_state(),
    }


def _line(line: Stage | Failed) -> dict[str, Any]:
    fields = dataclasses.asdict(line)
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in fields.items()}
