"""Spans: what was so from when until when, made from decisions in steps, so that any moment can be asked for at once.

A step takes a range of offsets of one ledger partition and inserts, by one INSERT SELECT a table, what follows from the
spans so far and the decisions in the range. It is planned first: the plan's token is its first offset, so of several
makers the first one's plan counts, and all make the same. An insert's token is its step: it has effect once.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sinks.clickhouse.client import Client
from sinks.clickhouse.queries.literal import literal

STEP: Final = 20_000
"""Records in one step at most: a step is one block a table, so that it is there whole or not at all."""
TABLES: Final = {
    "requester_facts": ("supply",),
    "decision_subjects": ("supply",),
    "need_spans": ("supply",),
    "dispatch_spans": ("supply",),
    "lot_spans": ("supply",),
    "ledger_minutes": (),
}
"""In the order in which a step fills them, with the stages that they are about; none: all."""
_ONE_BLOCK: Final = {
    "max_threads": 1,
    "max_insert_threads": 1,
    "max_block_size": 10_000_000,
    "min_insert_block_size_rows": 10_000_000,
    "min_insert_block_size_bytes": 4 << 30,
    "optimize_on_insert": 0,
    "async_insert": 0,
}
_PARAMETER: Final = re.compile(r"\{(\w+):(\w+)\}")
_ENDS: Final = """
    SELECT stage, partition, max(offset) + 1 FROM ledger_records GROUP BY stage, partition ORDER BY stage, partition"""
_DECIDED: Final = """
    SELECT
        (SELECT sum(decision_count) FROM ledger_records FINAL
            WHERE stage = {stage:String} AND partition = {partition:UInt32} AND accepted
                AND offset >= {lo:UInt64} AND offset < {hi:UInt64}),
        (SELECT count() FROM decisions FINAL
            WHERE stage = {stage:String} AND partition = {partition:UInt32}
                AND offset >= {lo:UInt64} AND offset < {hi:UInt64})"""


@dataclass(frozen=True, slots=True)
class Step:
    """Offsets `lo` up to, not including, `hi` of a ledger partition."""

    stage: str
    partition: int
    lo: int
    hi: int


class SpanMaker:
    """Brings the spans of one ClickHouse up to its ledgers; several may run at once."""

    def __init__(self, client: Client, step: int = STEP) -> None:
        self._client, self._step = client, step
        self._done: dict[tuple[str, int], int] = {}

    def catch_up(self) -> int:
        """Make every span that the ledgers allow; returns how many records that took. Raises as Client does."""
        made = 0
        while steps := self._run_round():
            made += steps
        return made

    def keep(self, stop: threading.Event, pause: float = 0.5) -> None:
        """Catch up again and again until `stop` is set."""
        while not stop.is_set():
            self.catch_up()
            stop.wait(pause)

    def _run_round(self) -> int:
        made = 0
        for stage, partition, end in self._client.rows(_ENDS):
            lo = self._position(stage, partition)
            hi = min(end, lo + self._step)
            if lo < hi and self._decided(Step(stage, partition, lo, hi)):
                step = self._plan(Step(stage, partition, lo, hi))
                self._run(step)
                made += step.hi - step.lo
        return made

    def _position(self, stage: str, partition: int) -> int:
        """Where the next step begins: after the last plan, which is run again in case its maker ended in the middle."""
        known = self._done.get((stage, partition))
        if known is not None:
            return known
        sql = "SELECT lo, hi FROM span_plans WHERE stage = {stage:String} AND partition = {partition:UInt32} "
        sql += "ORDER BY lo DESC LIMIT 1"
        found = self._client.rows(_fill(sql, {"stage": stage, "partition": partition}))
        for lo, hi in found:
            self._run(Step(stage, partition, lo, hi))
        return self._done.setdefault((stage, partition), 0)

    def _plan(self, wanted: Step) -> Step:
        where = {"stage": wanted.stage, "partition": wanted.partition, "lo": wanted.lo}
        data: list[list[Any]] = [[wanted.stage], [wanted.partition], [wanted.lo], [wanted.hi]]
        token = f"plan/{wanted.stage}/{wanted.partition}/{wanted.lo}"
        self._client.insert("span_plans", ("stage", "partition", "lo", "hi"), data, token)
        sql = "SELECT hi FROM span_plans WHERE stage = {stage:String} AND partition = {partition:UInt32} "
        ((hi,), *_) = self._client.rows(_fill(sql + "AND lo = {lo:UInt64}", where))
        return Step(wanted.stage, wanted.partition, wanted.lo, hi)

    def _decided(self, step: Step) -> bool:
        """Whether all decisions of the range are there: they come a moment after their records."""
        ((told, there),) = self._client.rows(_fill(_DECIDED, _params(step)))
        return bool(told == there)

    def _run(self, step: Step) -> None:
        for table, stages in TABLES.items():
            if not stages or step.stage in stages:
                sql, columns = _insert(table)
                token = f"{table}/{step.stage}/{step.partition}/{step.lo}"
                self._client.rows(
                    f"INSERT INTO {table} ({columns}) {_fill(sql, _params(step))}",
                    None,
                    insert_deduplication_token=token,
                    **_ONE_BLOCK,
                )
        self._done[step.stage, step.partition] = step.hi


@cache
def _insert(table: str) -> tuple[str, str]:
    """The SELECT of a table's step and the columns that it fills."""
    text = (files(__name__) / f"{table}.sql").read_text(encoding="utf-8")
    return text, ", ".join(_COLUMNS[table].split())


_COLUMNS: Final = {
    "requester_facts": "partition requester_id offset idx at here area grid tier groups members institution registered",
    "decision_subjects": "partition subject id at offset idx type event_kind area item dispatch need body",
    "need_spans": "partition need_id request_id requester_id area grid item need_class mode tier groups state quantity "
    "reserved in_transit delivered last_change last_reason reported_at due_at valid_from valid_until offset idx sign",
    "dispatch_spans": "partition dispatch_id requester_id area grid team mode units outcome failure ordered_at "
    "deadline valid_from valid_until sign",
    "lot_spans": "partition lot_id area item warehouse temperature origin consignment_id expires_on received shelf "
    "reserved in_transit delivered written_off transferred_out held expired valid_from valid_until offset sign",
    "ledger_minutes": "stage partition minute kind event_kind source_topic rejection_code records decisions bytes "
    "last_at last_offset",
}


def _params(step: Step) -> dict[str, Any]:
    return {"stage": step.stage, "partition": step.partition, "lo": step.lo, "hi": step.hi}


def _fill(sql: str, params: dict[str, Any]) -> str:
    return _PARAMETER.sub(lambda found: literal(params[found[1]], found[2]), sql)
