"""What duty officers were told: alerts by kind, how far up those went that nobody acknowledged, and who has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from deploy.simulation.claims import Check, same
from deploy.simulation.tables import table
from schemas.alert import AlertKind
from schemas.duty import Level
from sinks.alerts.words import KINDS
from sinks.clickhouse.client import Client

_ALERTS: Final = """
SELECT kind, count(), countIf(state = 'resolved'), countIf(state != 'resolved'),
    countIf(state != 'resolved' AND level = 'grid'), countIf(state != 'resolved' AND level = 'community'),
    countIf(state != 'resolved' AND level = 'district'), countIf(state != 'resolved' AND level = 'city')
FROM alerts GROUP BY kind ORDER BY kind"""
_RECORDS: Final = """
SELECT source_topic, sum(messages) FROM source_positions WHERE stage = 'alerts' GROUP BY source_topic"""
_OVERDUE: Final = "SELECT DISTINCT need_id FROM decisions FINAL WHERE type = 'need_overdue' ORDER BY need_id"
_TOLD: Final = """
SELECT DISTINCT JSONExtractString(detail, 'need_id') AS need_id FROM alerts WHERE kind = 'need_overdue'
ORDER BY need_id"""
_UNTOLD: Final = """
SELECT count() FROM overdue_needs WHERE need_id NOT IN
    (SELECT JSONExtractString(detail, 'need_id') FROM open_alerts WHERE kind = 'need_overdue')"""
_TWICE: Final = "SELECT count() - uniqExact(kind, subject) FROM open_alerts"
_NOBODYS: Final = "SELECT countIf(coalesce(owner, '') = ''), count() FROM open_alerts"


@dataclass(frozen=True, slots=True)
class AlertLine:
    """Alerts of one kind: how often one was raised, how many of these are over, and the open ones by level."""

    kind: str
    raised: int
    over: int
    open: int
    levels: tuple[int, ...]


def ask_alerts(client: Client) -> tuple[AlertLine, ...]:
    """Ask ClickHouse for them, by kind."""
    rows = ((str(kind), [int(figure) for figure in figures]) for kind, *figures in client.rows(_ALERTS))
    return tuple(AlertLine(kind, raised, over, open_, tuple(levels)) for kind, (raised, over, open_, *levels) in rows)


def check_alerts(accepted: dict[str, int], client: Client) -> Iterator[Check]:
    """`accepted`: records that the alert stage has to have read, by topic."""
    read = {str(topic): int(count) for topic, count in client.rows(_RECORDS)}
    yield same("alert stage: one record for every record it reads", accepted, read, f"{sum(read.values()):,} records")
    overdue, told = ([str(row[0]) for row in client.rows(sql)] for sql in (_OVERDUE, _TOLD))
    yield same("alerts: every need that was overdue was told", overdue, told, f"{len(told):,} needs")
    yield same("alerts: every need overdue now has an open one", 0, _figure(client, _UNTOLD))
    yield same("alerts: never two open for the same", 0, _figure(client, _TWICE))
    nobodys, count = (int(figure) for figure in client.rows(_NOBODYS)[0])
    yield same("alerts: somebody on duty has every open one", 0, nobodys, f"{count:,} open")


def render_alerts(lines: tuple[AlertLine, ...]) -> RenderableType:
    """The section of the summary."""
    levels = {"grid": "网格", "community": "社区", "district": "区", "city": "市"}
    heads = [f"{level.value}\n{levels[level.value]}" for level in Level]
    grid = table(
        "预警 Alerts, open ones by how far up they went", "kind", "raised\n发出", "over\n解除", "open\n未了", *heads
    )
    for line in lines:
        figures = (line.raised, line.over, line.open, *line.levels)
        grid.add_row(_name(line.kind), *(Text(f"{figure:,}", style="" if figure else "dim") for figure in figures))
    return grid


def _name(kind: str) -> str:
    words = KINDS[AlertKind(kind)]
    return f"{words.zh} {words.en}"


def _figure(client: Client, sql: str) -> Any:
    return int(client.rows(sql)[0][0])
