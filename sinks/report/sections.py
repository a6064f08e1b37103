"""The tables of the report, in their order: which question fills each, and what its columns are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sinks.report.model import Column, Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """One table to come. `citywide`: it knows no areas, so a report about some areas leaves it out.

    `part`: its question takes these rows out of parts/needs_parts.sql, which is asked once for all tables of needs;
    of these, those in which one of `some` is not 0. `by_age`: a row becomes one for each age of its needs.
    """

    key: str
    columns: tuple[Column, ...]
    citywide: bool = False
    part: str = ""
    some: tuple[str, ...] = ()
    by_age: bool = False

    @property
    def question(self) -> str:
        """Name of the question."""
        return f"report_{self.key}"


def _columns(spec: str) -> tuple[Column, ...]:
    """`name:kind`, one a word; an exclamation mark after it: alarming."""
    found = ([*word.rstrip("!").split(":"), word] for word in spec.split())
    return tuple(Column(name=name, kind=Kind(kind), alarming=word.endswith("!")) for name, kind, word in found)


_COUNTS: Final = """
    asked:number filled:number withdrawn:number open_needs:number open_change:change overdue_needs:number!
    overdue_change:change life_threatening:number! requesters_waiting:number oldest_hours:hours on_the_way:number
    set_aside:number next_share:number at_floor:number stock_held:number stock_expired:number no_stock:number!
"""

PLANS: Final = (
    Plan("needs", _columns(_COUNTS), part="all"),
    Plan("needs_area", _columns("area:area" + _COUNTS), part="area"),
    Plan("needs_group", _columns("area:area special_group:code" + _COUNTS), part="group"),
    Plan(
        "needs_item",
        _columns(
            "area:area item:item asked_units:units delivered_units:units open_needs:number units_on_the_way:units "
            "units_set_aside:units units_missing:units! overdue_needs:number!"
        ),
        part="item",
        some=("asked_units", "delivered_units", "open_needs"),
    ),
    Plan("setbacks", _columns("area:area reason:code times:number needs:number")),
    Plan(
        "backlog_age",
        _columns(
            "area:area age_from_hours:number age_to_hours:number open_needs:number open_before:number "
            "open_change:change"
        ),
        part="area",
        by_age=True,
    ),
    Plan(
        "stock",
        _columns(
            "area:area item:item lots:number available:units held:units expired:units reserved:units in_transit:units "
            "reserve_floor:units reserve_plan:units per_day:rate cover_days:days below_floor:flag! next_expiry:date"
        ),
    ),
    Plan(
        "prices",
        _columns(
            "area:area item:item last_fen:money last_at:time observations:number lowest_fen:money highest_fen:money "
            "median_before_fen:money change_percent:percent"
        ),
    ),
    Plan(
        "deliveries",
        _columns(
            "area:area ordered:number delivered:number short:number damaged:number failed:number! "
            "failed_percent:percent out:number overdue:number! recalled:number"
        ),
    ),
    Plan(
        "failures",
        _columns(
            "area:area outcome:code failure:code team:text dispatches:number returned_units:number "
            "damaged_units:number lost_units:number!"
        ),
    ),
    Plan(
        "coldchain",
        _columns(
            "profile:code step:code consignments:number new_consignments:number closed_consignments:number "
            "on_hold:number! with_failing_checks:number! with_new_breaches:number!"
        ),
    ),
    Plan(
        "checks",
        _columns(
            "rule:code severity:code failing_checks:number! failing_change:change newly_failed:number mended:number "
            "consignments:number oldest_hours:hours"
        ),
    ),
    Plan(
        "breaches",
        _columns(
            "consignment_id:text logger_id:text kind:code limit_c:celsius peak_c:celsius started_at:time ended_at:time "
            "minutes:minutes"
        ),
    ),
    Plan(
        "temperature",
        _columns(
            "profile:code loggers:number readings:number out_of_range:number! late_readings:number gaps:number! "
            "warnings:number! sensor_flags:number!"
        ),
    ),
    Plan(
        "findings",
        _columns(
            "premises_id:text open_findings:number overdue:number! reported:number mended:number next_deadline:time"
        ),
        citywide=True,
    ),
    Plan(
        "facilities",
        _columns(
            "area:area source:text stock_reports:number late_reports:number! worst_hours_late:hours "
            "last_stock_report_at:time quiet_for_hours:hours state:code"
        ),
    ),
    Plan(
        "alerts",
        _columns(
            "area:area kind:code severity:code open_alerts:number! unacknowledged:number! escalated:number! "
            "raised_since:number resolved_since:number oldest_hours:hours"
        ),
    ),
    Plan(
        "alerts_open",
        _columns(
            "severity:code kind:code subject:text area:area level:code owner:text acknowledged_by:text since:time "
            "hours:hours"
        ),
    ),
    Plan("refused", _columns("topic:text code:code messages:number! example:text"), citywide=True),
    Plan(
        "positions",
        _columns(
            "stage:code partition:number records_since:number refused_since:number fenced_since:number head_seq:number "
            "head_hash:text known_until:time"
        ),
    ),
)
