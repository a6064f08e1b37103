"""Now (当前): flow, open and overdue needs on a board of grids, backlog, cover, deliveries in the air, alerts."""

from __future__ import annotations

from typing import Any, Final

from markupsafe import Markup

from sinks.console import charts
from sinks.console.asked import Asked
from sinks.console.desk import Desk, Linker
from sinks.console.words import Speaker, last

Row = dict[str, Any]
MOST_TILES: Final = 700
"""More grids than these are shown as areas until one is chosen."""
LATEST: Final = 8
SHORTEST: Final = 12


def now(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """The page."""
    say = desk.speaker(asked)
    items, grids, latest, parts, filled, air, alerts, flow = desk.store.ask_all(
        asked,
        ("console_items", {"today": desk.today(asked)}),
        ("console_board", {}),
        ("console_overdue", {"limit": LATEST}),
        ("console_breakdown", {}),
        ("console_filled", {}),
        ("console_air", {}),
        ("console_alert_counts", {}),
        ("console_flow", {}),
    )
    return desk.render(
        "now.html",
        asked,
        bare,
        totals=_totals(grids, filled, air, alerts),
        board=_board(grids, asked, say),
        ages=_ages([row for row in parts if row["dimension"] == "age"], say),
        breakdown=_breakdown([row for row in parts if row["dimension"] != "age"]),
        cover=cover(items)[:SHORTEST],
        air=air,
        flow=_flow(flow, say),
        flow_sums={name: sum(row[name] for row in flow) for name in ("messages", "decisions", "rejected")},
        latest=latest,
        alerts=alerts,
    )


def _totals(grids: list[Row], filled: list[Row], air: list[Row], alerts: list[Row]) -> dict[str, Any]:
    done, in_time = sum(row["filled"] for row in filled), sum(row["in_time"] for row in filled)
    opened = sum(row["open_needs"] for row in grids)
    return {
        "open": opened,
        "overdue": sum(row["overdue_needs"] for row in grids),
        "not_in_full": sum(row["not_in_full"] for row in grids),
        "filled": done,
        "rate": round(100 * done / (done + opened)) if done + opened else None,
        "in_time": round(100 * in_time / done) if done else None,
        "air": sum(row["dispatches"] for row in air),
        "air_late": sum(row["overdue"] for row in air),
        "alerts": sum(row["open_alerts"] for row in alerts),
        "waiting": sum(row["waiting"] for row in alerts),
    }


def _board(grids: list[Row], asked: Asked, say: Speaker) -> Markup:
    areas: dict[str, list[Row]] = {}
    for row in grids:
        areas.setdefault(row["area"], []).append(row)
    link, as_areas = Linker(asked), len(grids) > MOST_TILES
    if as_areas:
        whole = [_sum(area, rows) for area, rows in areas.items()]
        tiles = [_tile(row, row["area"], "/", link, say) for row in whole]
        rows = [charts.BoardRow(say("place.all"), f"{len(tiles)}", link("/"), tiles)]
    else:
        rows = [
            charts.BoardRow(
                last(area) or area,
                _share(_sum(area, found), say),
                link("/", place=area),
                [_tile(row, row["grid"] or area, "/needs", link, say) for row in found],
            )
            for area, found in areas.items()
        ]
    return charts.board(rows, say("now.board"))


def _sum(area: str, rows: list[Row]) -> Row:
    return {"area": area, **{name: sum(row[name] for row in rows) for name in ("open_needs", "overdue_needs")}}


def _share(row: Row, say: Speaker) -> str:
    return f"{say.number(row['open_needs'])} / {say.number(row['overdue_needs'])}"


def _tile(row: Row, place: str, path: str, link: Linker, say: Speaker) -> charts.Tile:
    opened, overdue = row["open_needs"], row["overdue_needs"]
    title = f"{place}: {opened} {say('open')}, {overdue} {say('overdue')}"
    label = str(opened) if opened < 1000 else f"{opened // 1000}k"
    return charts.Tile(place, label, charts.level(opened, overdue), link(path, place=place), title)


def _ages(rows: list[Row], say: Speaker) -> Markup:
    found = {row["value"]: row for row in rows}
    ages = ("0-4", "4-8", "8-24", "24-48", "48-72", "72+")
    values = [
        (age, found[age]["open_needs"], found[age]["overdue_needs"]) if age in found else (age, 0, 0) for age in ages
    ]
    return charts.bars(values, say("now.age"))


def _breakdown(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {"class": [], "tier": [], "group": []}
    for row in rows:
        if row["value"]:
            found[row["dimension"]].append({**row, "level": charts.level(row["open_needs"], row["overdue_needs"])})
    return found


def _flow(rows: list[Row], say: Speaker) -> Markup:
    if not rows:
        return Markup("")
    last_minute = rows[-1]["minute"]
    by_minute = {int((last_minute - row["minute"]).total_seconds() // 60): row["messages"] for row in rows}
    return charts.line([by_minute.get(minute, 0) for minute in range(59, -1, -1)], say("now.flow"))


def cover(rows: list[Row]) -> list[Row]:
    """Items of all areas together with their days of cover, the shortest first; areas below their floor counted.

    Only what is free counts against a floor, as for the supply stage, the alert and the report.
    """
    items: dict[str, Row] = {}
    sums = ("available_units", "held_units", "expired_units", "reserved_units", "transit_units", "lot_count",
            "expiring_lots", "left_in_a_day", "floor_units", "plan_units", "missing_units")  # fmt: skip
    for row in rows:
        item = items.setdefault(row["item"], {"item": row["item"], "below": 0, **dict.fromkeys(sums, 0)})
        for name in sums:
            item[name] += row[name] or 0
        item["below"] += (row["available_units"] or 0) < (row["floor_units"] or 0)
    for item in items.values():
        left = item["left_in_a_day"]
        item["days"] = item["available_units"] / left if left else None
    return sorted(
        items.values(),
        key=lambda item: (
            not (item["missing_units"] and not item["available_units"]),
            item["days"] is None,
            item["days"] or 0,
            item["item"],
        ),
    )
