"""The cold chain (冷链) of the day for the eye: consignments, checks that failed, what was stopped, whom it reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from deploy.simulation.coldchain_path import Traced
from deploy.simulation.coldchain_summary import ColdChain, Failed
from deploy.simulation.post import CHINA
from deploy.simulation.tables import table
from deploy.simulation.world import area_title
from schemas.consignment import Step

_STEPS: Final = {
    Step.DECLARED: "申报",
    Step.CLEARED: "通关",
    Step.WAREHOUSED: "监管仓",
    Step.TESTED: "检测",
    Step.DISINFECTED: "消毒",
    Step.RELEASED: "出仓",
    Step.TRANSPORTED: "运输",
    Step.STORED: "入库",
    Step.ISSUED: "发放",
}
RULES: Final = {
    "certificate_missing": "缺少证明 certificate missing",
    "certificate_expired": "证明过期 certificate expired",
    "warehouse_bypassed": "未经监管仓 warehouse bypassed",
    "seal_mismatch": "铅封不符 seal mismatch",
    "custody_gap": "交接中断 custody gap",
    "step_out_of_order": "环节错序 step out of order",
    "temperature_breach": "温度超限 temperature breach",
    "temperature_unknown": "温度不明 temperature unknown",
    "test_positive": "检测阳性 test positive",
    "quantity_mismatch": "数量不符 quantity mismatch",
    "report_late": "迟报 report late",
    "two_places": "同时两地 two places at once",
    "driver_untested": "司机未检 driver untested",
    "finding_overdue": "逾期未改 finding overdue",
    "held_elsewhere": "原料封存 held elsewhere",
}
"""Rules in few words."""
_CONTACT: Final = {
    "contacted": "已告知 contacted",
    "open": "待告知 still to contact",
    "overdue": "逾期 overdue",
    "lifted": "已解封 hold lifted",
}


def render_coldchain(found: ColdChain, traced: Traced | None) -> RenderableType:
    """The section of the summary."""
    parts = [_stages(found), _failed(found.failed), _stopped(found)]
    if traced is not None:
        parts.append(_traced(traced))
    return Group(*(Padding(part, (0, 0, 1 if part is not parts[-1] else 0, 0)) for part in parts))


def _stages(found: ColdChain) -> RenderableType:
    by_step = {stage.step: stage for stage in found.stages}
    grid = table(
        "冷链 Cold chain: consignments by the furthest step", "", *(f"{step}\n{zh}" for step, zh in _STEPS.items())
    )
    rows = [("批次 consignments", "consignments"), ("批号 their lots", "lots"), ("其中封存 held", "held")]
    for name, what in rows:
        figures = [getattr(by_step[step], what) if step in by_step else 0 for step in _STEPS]
        grid.add_row(name, *(Text(f"{figure:,}", style="" if figure else "dim") for figure in figures))
    return grid


def _failed(lines: Sequence[Failed]) -> RenderableType:
    grid = table(
        "检查不合格 Checks that failed",
        "rule", "of", "failed\n不合格", "standing\n未消除", "lots held\n封存批号", "since\n发现", "ended\n解除",
        wide=2,
    )  # fmt: skip
    for line in lines:
        standing = Text(f"{line.standing:,}", style="bold red" if line.standing else "")
        lots = f"{line.lots_held:,}" if line.orders_hold else "-"
        grid.add_row(
            RULES.get(line.rule, line.rule), line.subject, f"{line.checks:,}", standing, lots, _clock(line.since),
            "-" if line.ended is None else _clock(line.ended),
        )  # fmt: skip
    return grid


def _stopped(found: ColdChain) -> RenderableType:
    grid = table("封存之后 What the holds did", "", "", wide=2)
    grid.show_header = False
    replanned, filled = (sum(getattr(need, what) for need in found.reopened) for what in ("replanned", "filled"))
    grid.add_row("封存 held", f"{found.lots_held:,} lots in the warehouses of areas")
    grid.add_row("释放 un-reserved", f"{found.unreserved:,} units that were set aside for somebody")
    grid.add_row("召回 recalled", f"{found.recalled:,} dispatches on their way")
    grid.add_row(
        "重开 re-opened",
        f"{len(found.reopened):,} needs, with the clock of their first report: {replanned:,} re-planned from other "
        f"stock, {filled:,} filled by now",
    )
    states = ", ".join(f"{_CONTACT[state]} {count:,}" for state, count in found.by_state().items() if count)
    reached = f"{found.households:,} households and institutions had received units before"
    grid.add_row(
        "已送达 had received", f"{reached}\n{len(found.duties):,} contact duties: {states}" if states else reached
    )
    return grid


def _traced(traced: Traced) -> RenderableType:
    grid = table("追溯 One consignment, traced to its households and back", "", "", wide=2)
    grid.show_header = False
    for name, words in _path(traced):
        grid.add_row(name, words)
    return grid


def _path(traced: Traced) -> Iterator[tuple[str, str]]:
    yield "冷链批次 consignment", traced.consignment_id
    if (breach := traced.breach) is not None:
        yield (
            "温度超限 breach",
            f"over {breach.limit_c:g} °C from {_clock(breach.start)}, a breach at {_clock(breach.alarm_at)}, "
            f"{breach.peak_c:g} °C at worst",
        )
    yield "→ 批号 lots", f"{len(traced.lots):,} in the stock of areas"
    yield "→ 需求 requests", f"{traced.requests:,} were given units of it, or promised some"
    yield "→ 住户 households", f"{len(traced.households):,} have received some, such as:"
    if (one := traced.handed) is not None:
        yield "   批号 lot", f"{one.lot_id}, {area_title(one.area)}"
        yield "   派单 dispatch", f"{one.dispatch_id}, {one.team}"
        told = f"; {_CONTACT[one.contact]}" if one.contact else ""
        said = f": {one.outcome}" if one.outcome else ""
        units = f"{one.delivered:,} unit{'s' * (one.delivered != 1)} at {_clock(one.delivered_at)}"
        yield "   住户 household", f"{one.requester_id}, {units}{told}{said}"
        yield "← 溯源 and back", f"what it received came from {', '.join(traced.back)}"


def _clock(at: dt.datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M}"
