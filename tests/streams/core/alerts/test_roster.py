"""The duty roster: who answers for what, which hours nobody covers, and what a change of shift costs."""

from __future__ import annotations

from schemas.alert import AlertEscalated, AlertKind, AlertRaised
from schemas.duty import Level
from tests.streams.core.alerts.scene import AREA, GRID, START, Scene, at, duty, household, lot, need

UNCOVERED = AlertKind.DUTY_UNCOVERED.value


def owners(scene: Scene, kind: AlertKind) -> list[str | None]:
    """Who had the alerts of a kind when they were raised, and each time they went up."""
    ids = {one.alert_id for one in scene.said if isinstance(one, AlertRaised) and one.kind is kind}
    return [one.owner for one in scene.said if isinstance(one, AlertRaised | AlertEscalated) and one.alert_id in ids]


def test_a_line_below_the_level_of_an_areas_alerts_does_not_cover_the_area() -> None:
    scene = Scene().hears(duty("g", AREA, Level.GRID, START, at(days=9)))
    floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 5}
    scene.reads(lot("l1", 1), floor, household(), when=START)
    assert {subject[: len(AREA)] for kind, subject in scene.open() if kind == UNCOVERED} == {AREA, "*"}
    assert scene.state.alerts["reserve_low", f"{AREA}:rice"].owner is None
    scene.hears(duty("c", AREA, Level.COMMUNITY, START, at(days=9))).tick(at(minutes=1))
    assert [subject[0] for kind, subject in scene.open() if kind == UNCOVERED] == ["*"]
    assert scene.state.alerts["reserve_low", f"{AREA}:rice"].owner == "c"


def test_an_alert_that_goes_up_to_where_nobody_is_stays_with_who_had_it() -> None:
    scene = Scene().hears(duty("g", GRID, Level.GRID, START, at(days=9)))
    scene.hears(duty("c", AREA, Level.COMMUNITY, START, at(days=9)))
    scene.reads(need("r1:rice", START), when=START).tick(at(hours=30))
    assert owners(scene, AlertKind.NEED_AT_RISK) == ["g", "c", "c", "c"]
    assert scene.state.alerts["need_at_risk", f"{AREA}:r1:rice"].owner == "c"
    assert ("handed_over", f"need_at_risk {AREA}:r1:rice") not in scene.told()
    scene.hears(duty("d", "sh/pd", Level.DISTRICT, at(hours=31), at(days=9))).tick(at(hours=31))
    assert scene.state.alerts["need_at_risk", f"{AREA}:r1:rice"].owner == "d"
    scene.hears(duty("d", "sh/pd", Level.DISTRICT, at(hours=31), at(days=9), cancelled=True)).tick(at(hours=32))
    assert scene.state.alerts["need_at_risk", f"{AREA}:r1:rice"].owner == "c"


def test_an_alert_of_an_area_is_never_the_grids() -> None:
    scene = Scene().hears(duty("g", AREA, Level.GRID, START, at(days=9)))
    floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 5}
    scene.reads(lot("l1", 1), floor, when=START).tick(at(hours=30))
    assert owners(scene, AlertKind.RESERVE_LOW) == [None, None, None]
