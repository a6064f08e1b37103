"""The tables that a step fills, in their order: of which stages, and from which decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_STOCK_MOVES: Final = frozenset(
    {
        "lot_recorded", "lot_counted", "lot_written_off", "lot_transferred_out", "lot_held", "lot_freed", "lot_expired",
        "allocation_made", "allocation_released", "line_delivered", "dispatch_ordered", "transfer_reserved",
        "transfer_released",
    }
)  # fmt: skip
_NEED_MOVES: Final = frozenset(
    {
        "need_opened", "need_amended", "need_replanned", "need_overdue", "need_reopened", "need_closed",
        "allocation_made", "allocation_released", "line_delivered", "dispatch_ordered", "requester_recorded",
    }
)  # fmt: skip
_BREACHES: Final = frozenset({"breach_opened", "breach_extended", "breach_shortened", "breach_withdrawn"})


@dataclass(frozen=True, slots=True)
class Made:
    """A table: a step that has none of its decisions (`types`; none: it is made of all) leaves it out.

    `stages`: whose ledgers it is about; none: all. `only_with`: decisions or things of `MARKS` without which a step has
    no row for it either; none: every step has.
    """

    table: str
    stages: frozenset[str] = frozenset()
    types: frozenset[str] = field(default=frozenset())
    only_with: frozenset[str] = field(default=frozenset())

    @property
    def spans(self) -> bool:
        """Whether its rows are spans, which are taken back where they end; others say what came once and for all."""
        return self.table.endswith("_spans") or self.table == "ledger_heads"

    def is_of(self, stage: str) -> bool:
        """Whether it is about the stage's ledger."""
        return not self.stages or stage in self.stages

    def concerns(self, stage: str, found: frozenset[str]) -> bool:
        """Whether a step of the stage with such decisions and marks in it changes the table."""
        needed = self.types | self.only_with
        return self.is_of(stage) and (not needed or bool(needed & found))


MARKS: Final = {
    "DECISION": "decision_count > 0",
    "REFUSAL": "kind = 'rejected'",
    "LATE": "kind = 'decided' AND dateDiff('second', occurred_at, at) > 3600",
    "STOCK REPORT": """kind = 'decided'
        AND event_kind IN ('stock_received', 'stock_counted', 'stock_written_off', 'stock_transferred')""",
}
"""What accepted records of a step may be, beside the decisions in them, as conditions on ledger_records."""


def _supply(table: str, *types: str, only_with: str = "") -> Made:
    return Made(table, frozenset({"supply"}), frozenset(types), frozenset({only_with} - {""}))


def _coldchain(table: str, *types: str) -> Made:
    return Made(table, frozenset({"coldchain"}), frozenset(types))


TABLES: Final = (
    _supply("requester_facts", "requester_recorded", "requester_left"),
    _supply("supply_areas", "need_opened", "lot_recorded", "requester_recorded"),
    _supply("decision_subjects", only_with="DECISION"),
    _supply("need_spans", *_NEED_MOVES),
    _supply("need_setbacks", "need_reopened"),
    _supply("dispatch_spans", "dispatch_ordered", "dispatch_closed", "dispatch_recalled", "line_delivered"),
    _supply("lot_spans", *_STOCK_MOVES),
    _supply("price_facts", "price_recorded"),
    _supply("reserve_facts", "floor_set", "plan_set"),
    _supply("facility_spans", only_with="STOCK REPORT"),
    Made("late_reports", frozenset({"supply", "coldchain"}), only_with=frozenset({"LATE", "fact_recorded"})),
    _coldchain(
        "consignment_spans",
        *("fact_recorded", "step_reached", "consignment_closed", "warning_raised", "check_failed"),
        *("breach_opened", "breach_withdrawn"),
    ),
    _coldchain(
        "coldchain_spans",
        *("check_failed", "check_mended", "hold_ordered", "hold_withdrawn", "inspection_recorded", *_BREACHES),
    ),
    _coldchain("logger_facts", "reading_recorded", "gap_found", "warning_raised", "sensor_flagged"),
    Made(
        "alert_spans",
        frozenset({"alerts"}),
        frozenset(
            {"alert_raised", "alert_changed", "alert_acknowledged", "alert_escalated", "alert_handed_over",
             "alert_muted", "alert_resolved"}
        ),
    ),
    Made("refusals", only_with=frozenset({"REFUSAL"})),
    Made("ledger_heads"),
)  # fmt: skip
"""In the order in which a step fills them: need_spans reads requester_facts, need_setbacks reads need_spans. What
ledger_heads holds is in all others too: up to there everything is known."""
