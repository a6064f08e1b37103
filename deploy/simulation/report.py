"""The summary of the day for the eye (rich, Chinese and English) and for machines (JSON)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from deploy.simulation.alerts import render_alerts
from deploy.simulation.claims import Check
from deploy.simulation.coldchain_path import Traced
from deploy.simulation.coldchain_report import render_coldchain
from deploy.simulation.coldchain_summary import plain
from deploy.simulation.fairness import Fairness, plain_fairness, render_fairness
from deploy.simulation.runner import DayRun
from deploy.simulation.summary import AGES, Deliveries, ItemLine, Summary, Unmet
from deploy.simulation.tables import WIDTH, claims, table
from schemas.item import Catalogue

TITLE: Final = "baogong 保供: one lockdown day"
_CLASS_NAMES: Final = {
    "life_threatening": "危及生命 life-threatening",
    "critical": "重点人群 critical group",
    "sealed": "封控 sealed",
    "other": "其他 other",
}
_OUTCOMES: Final = (("delivered", "送达"), ("short", "短少"), ("damaged", "破损"), ("failed", "失败"))


def render(
    run: DayRun, summary: Summary, traced: Traced | None, fair: Fairness, checks: Sequence[Check]
) -> RenderableType:
    """All of it, WIDTH columns wide."""
    parts = (
        _head(run),
        _requests(summary),
        _unmet(summary.unmet),
        _items(summary.items, run.district.catalogue),
        render_fairness(fair, run.district.catalogue),
        _deliveries(summary.deliveries),
        _incidents(summary),
        render_coldchain(summary.coldchain, traced),
        render_alerts(summary.alerts),
        _pipeline(run, summary),
        claims(checks),
    )
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def as_json(
    run: DayRun, summary: Summary, traced: Traced | None, fair: Fairness, checks: Sequence[Check]
) -> dict[str, Any]:
    """The same as plain values; `all_claims_hold` says whether every claim does."""
    district = run.district
    return {
        "all_claims_hold": all(check.holds for check in checks),
        "district": {
            "day": district.day.isoformat(),
            "seed": run.seed,
            "households": len(district.households),
            "institutions": len(district.institutions),
            "areas": len(district.areas),
            "warehouses": sum(len(stores) for stores in district.warehouses.values()),
        },
        "published": {"messages": run.sent.records, "broken_on_purpose": run.sent.broken.total()},
        "seconds": {"day": round(run.wall_seconds, 2), "busy": round(run.busy_seconds, 2)},
        "events_per_second": {"day": rate(run.sent.records, run.wall_seconds), "busy": _busy(run)},
        "ledger_records": {stage: chains.records for stage, chains in run.follower.chains.items()},
        **dataclasses.asdict(summary),
        "fairness": plain_fairness(fair),
        "coldchain": plain(summary.coldchain),
        "traced": None if traced is None else as_text(dataclasses.asdict(traced)),
        "checks": [dataclasses.asdict(check) for check in checks],
    }


def as_text(value: Any) -> Any:
    """The same with moments as ISO 8601 text, wherever they are."""
    match value:
        case dt.datetime():
            return value.isoformat()
        case dict():
            return {name: as_text(each) for name, each in value.items()}
        case list() | tuple():
            return [as_text(each) for each in value]
        case _:
            return value


def picture(report: RenderableType) -> str:
    """The same as an SVG that loads nothing from anywhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(report)
    return re.sub(r"@font-face\s*\{.*?\}\s*", "", console.export_svg(title=TITLE), flags=re.DOTALL)


def rate(count: int, seconds: float) -> int:
    """So many a second; 0 where no time was taken."""
    return round(count / seconds) if seconds > 0 else 0


def _busy(run: DayRun) -> int:
    return rate(run.sent.records, run.busy_seconds)


def _head(run: DayRun) -> RenderableType:
    district = run.district
    size = (
        f"{len(district.households):,} households 户, {len(district.institutions):,} institutions 机构, "
        f"{sum(map(len, district.warehouses.values())):,} warehouses 仓, {len(district.areas)} subdistricts 街道"
    )
    return Text.assemble((TITLE, "bold"), f"  {district.day:%Y-%m-%d}, seed {run.seed}\n", (size, "dim"))


def _requests(summary: Summary) -> RenderableType:
    asked = summary.requests
    names = (
        "filed\n受理", "filled\n满足", "partly filled\n部分", "under way\n在途", "unmet\n未满足",
        "withdrawn\n撤回", "refused\n不受理",
    )  # fmt: skip
    figures = dataclasses.astuple(asked)
    grid = table("需求 Requests", *names, wide=0)
    grid.add_row(*(f"{figure:,}" for figure in figures))
    grid.add_row(*(Text(share(figure, asked.filed), style="dim") for figure in figures))
    return grid


def share(part: int, whole: int) -> str:
    """A part in percent; nothing of nothing is a dash."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _unmet(lines: Sequence[Unmet]) -> RenderableType:
    starts = (0, *AGES)
    ages = [f"{start}-{end} h" for start, end in zip(starts, AGES, strict=False)] + [f"over {AGES[-1]} h"]
    grid = table("无货需求 Open needs without stock, by class and age", "class", *ages, "overdue\n超时", "units\n数量")
    for line in lines:
        overdue = Text(f"{line.overdue:,}", style="bold red" if line.overdue else "")
        grid.add_row(_CLASS_NAMES[line.need_class], *(f"{n:,}" for n in line.needs), overdue, f"{line.units:,}")
    return grid


def _items(lines: Sequence[ItemLine], catalogue: Catalogue) -> RenderableType:
    grid = table(
        "物资 Items, in their units",
        "item", "unit", "asked\n需求", "delivered\n送达", "on its way\n在途", "no stock\n缺货",
        "left\n库存", "held\n冻结", "expired\n过期",
        wide=2,
    )  # fmt: skip
    for line in lines:
        item = catalogue.get(line.item)
        name, unit = (f"{item.name_zh} {item.name_en}", item.unit) if item else (line.item, "")
        missing = Text(f"{line.missing:,}", style="red" if line.missing else "")
        figures = (line.available, line.held, line.expired)
        grid.add_row(
            name, unit, f"{line.asked:,}", f"{line.delivered:,}", f"{line.under_way:,}", missing,
            *(f"{figure:,}" for figure in figures),
        )  # fmt: skip
    return grid


def _deliveries(found: Deliveries) -> RenderableType:
    names = [f"{outcome}\n{chinese}" for outcome, chinese in _OUTCOMES]
    grid = table("配送 Deliveries", "ordered\n派单", *names, "out\n在途", "overdue\n逾期", wide=0)
    ended = [found.by_outcome.get(outcome, 0) for outcome, _ in _OUTCOMES]
    figures = (found.ordered, *ended, found.out, found.overdue)
    grid.add_row(*(f"{figure:,}" for figure in figures))
    grid.add_row(*(Text(share(figure, found.ordered), style="dim") for figure in figures))
    why = ", ".join(f"{reason} {count:,}" for reason, count in found.failures.items())
    return Group(grid, Text(f"failed because: {why}", style="dim")) if why else grid


def _incidents(summary: Summary) -> RenderableType:
    grid = table("异常 What went wrong", "", "", wide=2)
    grid.show_header = False
    for hold in summary.holds:
        state = "still held" if hold.active else "lifted"
        grid.add_row(
            "冻结 hold by people", f"{hold.hold_id}: {hold.lots:,} lot{'s' * (hold.lots != 1)}, {state} ({hold.why})"
        )
    for back in summary.released:
        grid.add_row(
            "释放 taken back", f"{back.units:,} units of {back.allocations:,} reservations, because of {back.reason}"
        )
    if summary.deliveries.recalled:
        grid.add_row(
            "召回 recalled",
            f"{summary.deliveries.recalled:,} dispatches on their way with lots that were held, by anyone",
        )
    for code, count in summary.refused_lines.items():
        grid.add_row("不受理 line refused", f"{count:,} x {code}")
    for refused in summary.rejected:
        grid.add_row("拒收 rejected", f"{refused.messages:,} x {refused.code} on {', '.join(refused.topics)}")
    return grid


def _pipeline(run: DayRun, summary: Summary) -> RenderableType:
    messages = run.sent.records
    grid = table("账本 Ledger", "", "", wide=2)
    grid.show_header = False
    grid.add_row("messages published", f"{messages:,}, of them {run.sent.broken.total():,} broken on purpose")
    for stage, chains in run.follower.chains.items():
        grid.add_row(f"{stage} ledger", f"{chains.records:,} records ({chains.fenced:,} fenced)")
        if (rows := summary.ledgers.get(stage)) is not None:
            rows_of = f"{rows.records:,} records ({rows.fenced:,} fenced), {rows.decisions:,} decisions"
            grid.add_row(f"{stage} rows in ClickHouse", rows_of)
    grid.add_row(
        "throughput",
        f"{rate(messages, run.wall_seconds):,} messages/s over the day ({run.wall_seconds:.1f} s), "
        f"{_busy(run):,}/s while at work, from publish to record",
    )
    return grid
