"""Dashboards are what the SQL files make them, and every query of them answers on real ledgers, macros expanded.

Macros are expanded as the plugin does (grafana/clickhouse-datasource, pkg/macros/macros.go), variables as Grafana does.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.grafana import generate
from deploy.grafana.boards import BOARDS, HEADS, Panel
from sinks.clickhouse import queries
from sinks.clickhouse.client import Client
from sinks.report.words import COLUMNS
from tests.sinks.clickhouse.coldbook import hour
from tests.sinks.report.town import A1, A2

RANGE = (hour(48), hour(96))
PANELS = [pytest.param(panel, id=f"{board.uid}-{panel.question}") for board in BOARDS for panel in board.panels]


def expanded(sql: str, areas: list[str], begin: dt.datetime = RANGE[0], end: dt.datetime = RANGE[1]) -> str:
    """What the plugin sends to ClickHouse."""
    milliseconds = {"from": int(begin.timestamp() * 1000), "to": int(end.timestamp() * 1000)}
    variables = {"area": areas, "consignment": ["c1"]}
    sql = re.sub(r"\$\{(\w+):singlequote\}", lambda found: _quoted(variables[found[1]]), sql)
    sql = re.sub(r"\$__(from|to)Time_ms\b", lambda found: f"fromUnixTimestamp64Milli({milliseconds[found[1]]})", sql)
    return re.sub(r"\$__interval_s\b", "3600", sql)


def expanded_for_all(sql: str, variable: dict[str, Any], options: list[str]) -> str:
    """The same where All is chosen: Grafana (scenes, MultiValueVariable) puts in `allValue` as it is, whatever the
    format says, and where there is none every option's value."""
    whole = variable.get("allValue")
    sql = sql.replace("${area:singlequote}", whole) if whole else sql
    return expanded(sql, options)


def _quoted(values: list[str]) -> str:
    return ",".join("'" + value.replace("'", "\\'") + "'" for value in values)


def panels_of(board: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    return [(panel, target["rawSql"]) for panel in board["panels"] for target in panel["targets"]]


def test_the_committed_dashboards_are_what_the_generator_writes() -> None:
    assert generate.stale() == [], "run python -m deploy.grafana.generate"


def test_a_stale_dashboard_is_found_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0 and generate.main(["--check"]) == 0
    board = tmp_path / "baogong-needs.json"
    board.write_text(board.read_text(encoding="utf-8").replace("open_needs", "opened_needs"), encoding="utf-8")
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in generate.stale()] == ["baogong-needs.json", "old.json"]
    assert generate.main([]) == 0 and generate.stale() == []


@pytest.mark.parametrize("panel", PANELS)
def test_every_query_answers_with_its_columns_and_types(panel: Panel, town_client: Client) -> None:
    raw = generate.raw_sql(panel.question)
    for areas in ([A1, A2], []):
        names, types, rows = town_client.table(expanded(raw, areas))
        assert names == [name for name, _ in panel.types]
        for (name, pattern), kind in zip(panel.types, types, strict=True):
            assert re.fullmatch(pattern, kind), f"{panel.question}.{name} is {kind}"
        assert rows, "the town has something on every panel"
    if panel.shape == "timeseries":
        times = [row[0] for row in rows]
        assert times == sorted(times) and min(times) >= RANGE[0] - dt.timedelta(hours=1)


def test_the_json_holds_those_queries_and_no_others(town_client: Client) -> None:
    """What is asserted of boards above holds for the files: each query in them is a panel's, or a variable's."""
    for board in BOARDS:
        made = json.loads((generate.FOLDER / f"{board.uid}.json").read_text(encoding="utf-8"))
        assert made["uid"] == board.uid and made["title"] == board.title
        found = panels_of(made)
        assert [sql for _, sql in found] == [generate.raw_sql(panel.question) for panel in board.panels]
        for variable in made["templating"]["list"]:
            if variable["type"] == "query":
                names, types, rows = town_client.table(expanded(variable["query"], []))
                assert len(names) == 1 and "String" in types[0] and rows
        for panel, sql in found:
            left = re.findall(r"\$\w+|\[\[|\$\{", expanded(sql, []))
            assert left == [], f"Grafana or the plugin would put something into {panel['title']}: {left}"
            assert queries.parameters(expanded(sql, [])) == {}
            assert {"x", "y", "w", "h"} == panel["gridPos"].keys()


def test_overrides_and_stats_name_columns_that_there_are() -> None:
    for board in BOARDS:
        made = json.loads((generate.FOLDER / f"{board.uid}.json").read_text(encoding="utf-8"))
        for panel, spec in zip(made["panels"], board.panels, strict=True):
            named = [override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]]
            assert set(named) <= {name for name, _ in spec.types}
            if panel["type"] == "stat":
                shown = re.compile(panel["options"]["reduceOptions"]["fields"].strip("/"))
                heads = [each["properties"][0]["value"] for each in panel["fieldConfig"]["overrides"]]
                assert sum(bool(shown.match(head)) for head in heads) == len(spec.shown) > 0


def test_every_column_has_a_head_in_both_languages() -> None:
    for board in BOARDS:
        for panel in board.panels:
            if panel.shape == "table":
                assert [name for name, _ in panel.types if name not in COLUMNS and name not in HEADS] == []


def test_panels_do_not_overlap() -> None:
    for board in BOARDS:
        taken: set[tuple[int, int]] = set()
        for panel in generate.dashboard(board)["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert at["x"] + at["w"] <= 24 and not cells & taken
            taken |= cells


def test_the_end_of_the_range_is_the_time_that_a_dashboard_is_as_of(town_client: Client) -> None:
    raw = generate.raw_sql("report_needs")
    for end, counts in ((hour(52.5), (1, 0, 3)), (hour(96), (3, 1, 3))):
        names, _, rows = town_client.table(expanded(raw, [], end=end))
        row = dict(zip(names, rows[0], strict=True))
        assert (row["asked"], row["filled"], row["open_needs"]) == counts, end


def test_areas_that_are_chosen_hide_the_others(town_client: Client) -> None:
    _, _, rows = town_client.table(expanded(generate.raw_sql("grafana_backlog"), [A2]))
    assert {row[1] for row in rows} == {A2}
    _, _, rows = town_client.table(expanded(generate.raw_sql("grafana_backlog"), [A1]))
    assert {row[1] for row in rows} == {A1} and rows[-1][2] == 3


def test_all_shows_what_belongs_to_no_area_too(town_client: Client) -> None:
    """A consignment no area got lots of, refused messages, what is about the whole city."""
    options = [row[0] for row in town_client.rows(expanded(generate.raw_sql("grafana_areas"), []))]
    assert options == [A1, A2]
    hidden = 0
    for board in BOARDS:
        made = json.loads((generate.FOLDER / f"{board.uid}.json").read_text(encoding="utf-8"))
        (area,) = [each for each in made["templating"]["list"] if each["name"] == "area"]
        assert area["includeAll"] and area["current"]["value"] == ["$__all"]
        for panel, raw in panels_of(made):
            _, _, everywhere = town_client.table(expanded(raw, []))
            _, _, for_all = town_client.table(expanded_for_all(raw, area, options))
            assert for_all == everywhere, panel["description"]
            hidden += town_client.table(expanded(raw, options))[2] != everywhere
    assert hidden >= 4, "the town has things that lie in no area"


def test_provisioning_names_the_plugin_and_keeps_the_password_out() -> None:
    folder = Path(generate.__file__).parent / "provisioning"
    source = (folder / "datasources/clickhouse.yaml").read_text(encoding="utf-8")
    assert "type: grafana-clickhouse-datasource" in source and "password: $CLICKHOUSE_PASSWORD" in source
    assert "type: file" in (folder / "dashboards/baogong.yaml").read_text(encoding="utf-8")
