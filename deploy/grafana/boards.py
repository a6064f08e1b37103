"""What is on each dashboard: panels, the question behind each, and the columns that it answers with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sinks.report.model import Kind
from sinks.report.sections import PLANS
from sinks.report.words import Words

Shape = Literal["stat", "table", "timeseries"]
Types = tuple[tuple[str, str], ...]
"""Column names with a regular expression that their ClickHouse types match."""

_WHOLE: Final = r"Nullable\(U?Int\d+\)|U?Int\d+"
_WORD: Final = r"(LowCardinality\()?String\)?"
_TIME: Final = r"(Nullable\()?DateTime(64\(\d, '\w+'\)|\('\w+'\))\)?"
_BROKEN: Final = r"(Nullable\()?Float64\)?"
_BY_KIND: Final = {
    **dict.fromkeys((Kind.AREA, Kind.ITEM, Kind.CODE, Kind.TEXT), _WORD),
    **dict.fromkeys((Kind.NUMBER, Kind.UNITS, Kind.CHANGE, Kind.MONEY), _WHOLE),
    **dict.fromkeys((Kind.HOURS, Kind.DAYS, Kind.RATE, Kind.MINUTES, Kind.PERCENT, Kind.CELSIUS), _BROKEN),
    Kind.FLAG: "UInt8|Bool",
    Kind.TIME: _TIME,
    Kind.DATE: r"(Nullable\()?Date\)?",
}
_REPORT: Final = {
    plan.question: tuple((column.name, _BY_KIND[column.kind]) for column in plan.columns) for plan in PLANS
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `shown`: columns of a stat, or none for all; `unit`: Grafana's name of one."""

    title: str
    shape: Shape
    question: str
    types: Types
    width: int = 24
    height: int = 8
    shown: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. `consignment`: it asks which one."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    consignment: bool = False


def _report(title: str, name: str, height: int = 8) -> Panel:
    return Panel(title, "table", f"report_{name}", _REPORT[f"report_{name}"], height=height)


def _stat(title: str, name: str, shown: Sequence[str], width: int = 24) -> Panel:
    return Panel(title, "stat", f"report_{name}", _REPORT[f"report_{name}"], width, 5, tuple(shown))


def _line(title: str, name: str, columns: str, types: str = _WHOLE, width: int = 12, unit: str = "") -> Panel:
    """`columns`: after time, labels end in a colon, figures do not."""
    named = tuple((word.rstrip(":"), _WORD if word.endswith(":") else types) for word in columns.split())
    return Panel(title, "timeseries", f"grafana_{name}", (("time", _TIME), *named), width, unit=unit)


def _console(title: str, name: str, columns: str, height: int = 8) -> Panel:
    """A table of the console's; [word] is one of words, time* a time, and others are figures."""
    types = tuple(
        (word.strip("[]*"), _WORD if word.startswith("[") else _TIME if word.endswith("*") else _WHOLE)
        for word in columns.split()
    )
    return Panel(title, "table", f"console_{name}", types, height=height)


HEADS: Final = {
    "owner": Words("值班", "On duty"),
    "worker": Words("工作进程", "Worker"),
    "code": Words("版本", "Version"),
    "last_record_at": Words("最近记录", "last record"),
    "silent_s": Words("静默秒数", "silent for s"),
    "last_row_at": Words("最近入库行", "last row"),
    "grids": Words("网格数", "grids"),
    "grid": Words("网格", "Grid"),
    "not_in_full": Words("未配齐", "not set aside in full"),
    "missing_units": Words("缺口", "missing"),
    "oldest": Words("最早", "oldest"),
    "dimension": Words("维度", "By"),
    "value": Words("值", "Value"),
    "warehouse": Words("仓库", "Warehouse"),
    "lots": Words("批次", "lots"),
    "items": Words("品类", "items"),
    "on_shelf": Words("在库", "on the shelf"),
    "reserved_units": Words("已备货", "set aside"),
    "held_units": Words("封存", "held"),
    "expired_units": Words("过期", "expired"),
    "expiring_lots": Words("临期批次", "expiring lots"),
    "units_out": Words("在途数量", "units on the way"),
}
"""Heads of columns that the report does not have."""

_BACKLOG: Final = _line("未满足需求 Open needs by area", "backlog", "area: open_needs")
_FLOW: Final = _line("提出、满足、超时 Asked, filled, gone overdue", "flow", "asked filled gone_overdue")
_DELIVERIES: Final = _line("配送结果 Deliveries by outcome", "deliveries", "delivered short_or_damaged failed")

BOARDS: Final = (
    Board(
        "baogong-overview",
        "保供总览 Overview",
        (
            _stat(
                "需求 Needs",
                "needs",
                ("asked", "filled", "open_needs", "open_change", "overdue_needs", "life_threatening", "no_stock"),
            ),
            _FLOW,
            _BACKLOG,
            _DELIVERIES,
            _line("价格（元） Prices (yuan)", "prices", "series: yuan", _BROKEN),
            _report("各供应区 By area", "needs_area"),
            _console("在途配送 Deliveries in the air", "air", "[area] dispatches units_out overdue oldest*"),
            _report("预警 Alerts", "alerts"),
            _report("迟报、停报 Late and missing reports", "facilities"),
        ),
    ),
    Board(
        "baogong-needs",
        "需求 Needs",
        (
            _BACKLOG,
            _FLOW,
            _console(
                "值班 Open needs by who is on duty (empty: nobody)", "owners", "[owner] open_needs overdue_needs grids"
            ),
            _report("各供应区 By area", "needs_area"),
            _console(
                "各网格 By grid",
                "board",
                "[area] [grid] open_needs overdue_needs not_in_full missing_units oldest*",
            ),
            _console(
                "类别、分级、时长 By class, tier and age",
                "breakdown",
                "[dimension] [value] open_needs overdue_needs",
            ),
            _report("重点人群 By special group", "needs_group"),
            _report("各品类 By item", "needs_item"),
            _report("等待时长 Age of the backlog", "backlog_age"),
            _report("落空原因 Why needs lost what was meant for them", "setbacks"),
            _report("未完好送达 Deliveries that failed or came short", "failures"),
        ),
    ),
    Board(
        "baogong-stock",
        "库存 Stock",
        (
            _report("库存与可保障天数 Stock and cover", "stock", 14),
            _report("缺口 Missing by item", "needs_item"),
            _console(
                "仓库 By warehouse",
                "warehouses",
                "[area] [warehouse] lots items on_shelf reserved_units held_units expired_units expiring_lots",
            ),
            _line("价格（元） Prices (yuan)", "prices", "series: yuan", _BROKEN, 24),
            _report("价格变动 Price movements", "prices"),
        ),
    ),
    Board(
        "baogong-coldchain",
        "冷链 Cold chain",
        (
            _report("货批 Consignments", "coldchain"),
            _line("温度 Temperature", "temperature", "logger: coldest warmest", "Float64", 24, "celsius"),
            _report("检查 Checks", "checks"),
            _report("温度超限 Breaches", "breaches"),
            _report("记录仪 Loggers", "temperature"),
            _report("督查 Inspections", "findings"),
        ),
        consignment=True,
    ),
    Board(
        "baogong-pipeline",
        "流水线 Pipeline health",
        (
            _line("记录 Records", "records", "stage: accepted_records refused fenced"),
            _line("处理延迟 Seconds from message to record", "delay", "stage: median_s p99_s", _BROKEN, unit="s"),
            Panel(
                "分区 Ledger partitions",
                "table",
                "grafana_workers",
                (
                    ("stage", _WORD),
                    ("partition", _WHOLE),
                    ("worker", _WORD),
                    ("code", _WORD),
                    ("last_record_at", _TIME),
                    ("silent_s", _BROKEN),
                    ("last_row_at", _TIME),
                ),
            ),
            _report("账本 Heads of the ledgers", "positions"),
            _report("拒收 Messages refused", "refused"),
            _report("未解除预警 Open alerts", "alerts_open"),
        ),
    ),
)
