"""Writes the dashboards' JSON from boards and SQL files: `python -m deploy.grafana.generate [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from deploy.grafana.boards import BOARDS, HEADS, Board, Panel
from sinks.clickhouse import queries
from sinks.report.words import COLUMNS
from streams.core.alerts.settings import AlertSettings

FOLDER: Final = Path(__file__).parent / "dashboards"
SOURCE: Final = {"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}
PLUGIN: Final = "4.0.0"
"""Version of the plugin whose form of queries this is."""
_SETTINGS: Final = AlertSettings()
_NEWEST: Final = "(SELECT assumeNotNull(max(recorded_at)) FROM ledger_records)"
_AS_OF: Final = f"least(toDateTime64($__toTime_ms, 6, 'UTC'), {_NEWEST})"
VALUES: Final = {
    "as_of": _AS_OF,
    "today": f"toDate({_AS_OF}, '{_SETTINGS.timezone}')",
    "since": "toDateTime64($__fromTime_ms, 6, 'UTC')",
    "place": "''",
    "areas": "CAST([${area:singlequote}], 'Array(String)')",
    "consignment": "${consignment:singlequote}",
    "step_s": "$__interval_s",
    "pace_days": str(_SETTINGS.pace_days),
    "price_days": str(_SETTINGS.price_days),
    "late_hours": str(_SETTINGS.report_late_hours),
    "quiet_hours": str(_SETTINGS.facility_quiet_hours),
}
"""What a question is asked with: the dashboard's time range is its period, as of the end of that range."""
EVERYWHERE: Final = "/* all */"
"""What stands between the brackets of areas where All is chosen: Grafana puts in `allValue` as it is, without the
quotes of a format, so the array is empty, which the questions take for everywhere. Without it Grafana names
every option, and what belongs to no area is not shown; an empty one counts as none."""


def raw_sql(question: str) -> str:
    """A question with the plugin's macros and Grafana's variables for its parameters."""
    return queries.fill(queries.load(question), lambda name, _: VALUES[name])


def dashboard(board: Board) -> dict[str, Any]:
    """A board as Grafana's JSON model."""
    return {
        "uid": board.uid,
        "title": board.title,
        "tags": ["baogong"],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "annotations": {"list": []},
        "links": [{"type": "dashboards", "tags": ["baogong"], "title": "保供 baogong", "asDropdown": True}],
        "templating": {"list": _variables(board)},
        "panels": _panels(board),
    }


def files() -> dict[Path, str]:
    """All dashboards as they should lie on disk."""
    return {
        FOLDER / f"{board.uid}.json": json.dumps(dashboard(board), ensure_ascii=False, indent=1) + "\n"
        for board in BOARDS
    }


def stale() -> list[Path]:
    """Files that are not what they should be, are missing, or belong to no board."""
    wanted = files()
    found = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    return sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))


def main(arguments: list[str]) -> int:
    """Write what is stale; with --check, only say so. Exit code 1: something is."""
    wrong = stale()
    if "--check" in arguments:
        for path in wrong:
            sys.stderr.write(f"{path.name} is stale: run python -m deploy.grafana.generate\n")
        return 1 if wrong else 0
    wanted = files()
    for path in wrong:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


def _variables(board: Board) -> list[dict[str, Any]]:
    found = [
        {
            "name": "datasource", "label": "数据源 Source", "type": "datasource", "query": SOURCE["type"],
            "current": {}, "hide": 0,
        },
        _choice("area", "供应区 Area", "grafana_areas", multi=True),
    ]  # fmt: skip
    if board.consignment:
        found.append(_choice("consignment", "货批 Consignment", "grafana_consignments", multi=False))
    return found


def _choice(name: str, label: str, question: str, multi: bool) -> dict[str, Any]:
    """A variable whose values ClickHouse knows; `multi`: several may be chosen, or all, which is its beginning."""
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return {
        "name": name, "label": label, "type": "query", "datasource": SOURCE, "query": raw_sql(question),
        "refresh": 1, "sort": 0, "multi": multi, "includeAll": multi, "current": everything if multi else {},
        **({"allValue": EVERYWHERE} if multi else {}),
    }  # fmt: skip


def _panels(board: Board) -> list[dict[str, Any]]:
    found, x, y, tallest = [], 0, 0, 0
    for number, panel in enumerate(board.panels, start=1):
        if x + panel.width > 24:
            x, y, tallest = 0, y + tallest, 0
        place = {"x": x, "y": y, "w": panel.width, "h": panel.height}
        found.append({"id": number, "gridPos": place, **_panel(panel)})
        x, tallest = x + panel.width, max(tallest, panel.height)
    return found


def _panel(panel: Panel) -> dict[str, Any]:
    line = panel.shape == "timeseries"
    target = {
        "refId": "A", "datasource": SOURCE, "editorType": "sql", "pluginVersion": PLUGIN, "format": 0 if line else 1,
        "queryType": "timeseries" if line else "table", "rawSql": raw_sql(panel.question),
    }  # fmt: skip
    return {
        "type": panel.shape,
        "title": panel.title,
        "description": f"sinks/clickhouse/queries/{panel.question}.sql",
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit} if panel.unit else {}, "overrides": _names(panel)},
        "options": _OPTIONS[panel.shape] | (_reduced(panel) if panel.shape == "stat" else {}),
        "targets": [target],
    }


_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "stat": {"colorMode": "none", "graphMode": "none", "textMode": "value_and_name", "orientation": "auto"},
    "table": {"showHeader": True, "cellHeight": "sm"},
    "timeseries": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
}


def _reduced(panel: Panel) -> dict[str, Any]:
    """The last value of each of the columns that are shown."""
    fields = f"/^({'|'.join(_heading(name) for name in panel.shown)})$/"
    return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": fields, "values": False}}


def _names(panel: Panel) -> list[dict[str, Any]]:
    """Column heads in both languages; a label of a time series keeps its name."""
    if panel.shape == "timeseries":
        return []
    return [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "displayName", "value": _heading(name)}],
        }
        for name, _ in panel.types
        if name in COLUMNS or name in HEADS
    ]


def _heading(name: str) -> str:
    words = COLUMNS.get(name) or HEADS[name]
    return f"{words.zh} {words.en}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
