"""The duty roster: who answers for what, which hours nobody covers, and what a change of shift costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from schemas.alert import (
    AlertAcknowledge,
    AlertChanged,
    AlertEscalated,
    AlertKind,
    AlertRaised,
    AlertResolved,
    AlertSeverity,
    AlertSilence,
)
from schemas.duty import Level
from streams.core.decider import Fact
from tests.streams.core.alerts.crowd import SHIFT, Crowd, calls, chiefs, of_grids
from tests.streams.core.alerts.scene import AREA, GRID, START, Scene, at, duty, household, lot, need

UNCOVERED = AlertKind.DUTY_UNCOVERED


def owners(scene: Scene, kind: AlertKind) -> list[str | None]:
    """Who had the alerts of a kind when they were raised, and each time they went up."""
    ids = {one.alert_id for one in scene.said if isinstance(one, AlertRaised) and one.kind is kind}
    return [one.owner for one in scene.said if isinstance(one, AlertRaised | AlertEscalated) and one.alert_id in ids]


def test_a_line_below_the_level_of_an_areas_alerts_does_not_cover_the_area() -> None:
    scene = Scene().hears(duty("g", AREA, Level.GRID, START, at(days=9)))
    floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 5}
    scene.reads(lot("l1", 1), floor, household(), when=START)
    assert scene.uncovered() == [("*", 0), (AREA, 0)]
    assert scene.state.alerts["reserve_low", f"{AREA}:rice"].owner is None
    scene.hears(duty("c", AREA, Level.COMMUNITY, START, at(days=9))).tick(at(minutes=1))
    assert scene.uncovered() == [("*", 0)]
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


def test_an_hour_without_anybody_on_duty_is_flagged_before_it_comes() -> None:
    scene = Scene().hears(duty("a", "sh", Level.CITY, START, at(hours=20)))
    scene.reads(household(), when=START).tick(at(hours=7))
    assert scene.told(UNCOVERED) == []
    scene.tick(at(hours=9))
    assert scene.uncovered() == [("*", 20), (AREA, 20)]
    scene.hears(duty("b", "sh/pd", Level.DISTRICT, at(hours=20), at(hours=60))).tick(at(hours=9, minutes=1))
    assert scene.uncovered() == [("*", 20)]  # what has no place still has nobody
    scene.hears(duty("c", "sh", Level.CITY, at(hours=19), at(hours=60))).tick(at(hours=9, minutes=2))
    assert scene.open() == []


def test_hours_that_nobody_covers_cost_no_ticks() -> None:
    scene = Scene().reads(household(tier="precaution"), when=START)
    records = scene.records
    scene.tick(at(days=300))
    assert scene.uncovered() == [("*", 0), (AREA, 0)]
    assert scene.records - records < 10


def test_hours_that_somebody_begins_to_cover_are_no_longer_flagged() -> None:
    scene = Scene().reads(household(tier="precaution"), when=START)
    scene.hears(duty("b", "sh", Level.CITY, at(hours=20), at(hours=60))).tick(at(hours=19))
    assert scene.uncovered() == [("*", 0), (AREA, 0)]
    assert scene.tick(at(hours=20)).open() == []
    assert scene.tick(at(hours=47, minutes=59)).open() == []
    assert scene.tick(at(hours=48)).uncovered() == [("*", 60), (AREA, 60)]


def told(scene: Scene, subject: str) -> list[tuple[str, float, str, float | None]]:
    """What was said of the hours that a place lacks: what, from when, how bad, until when; in hours after the start."""

    def hours(text: str) -> float:
        return (datetime.fromisoformat(text) - START).total_seconds() / 3600

    ids = {one.alert_id for one in scene.said if isinstance(one, AlertRaised) and one.subject.startswith(f"{subject}:")}
    found = [one for one in scene.said if isinstance(one, AlertRaised | AlertChanged) and one.alert_id in ids]
    return [
        (
            one.type.removeprefix("alert_"),
            hours(str(one.detail["from"])),
            one.severity.value,
            hours(until) if isinstance(until := one.detail["until"], str) else None,
        )
        for one in found
    ]


def gaps(*covered: tuple[float, float]) -> Scene:
    """A city whose one level is on duty in these hours."""
    scene = Scene()
    for number, (starts, ends) in enumerate(covered):
        scene.hears(duty(f"d{number}", "sh", Level.CITY, at(hours=starts), at(hours=ends)))
    return scene.reads(household(tier="precaution"), when=START)


def acknowledge(scene: Scene, subject: str, time: datetime) -> Scene:
    (found,) = [alert.alert_id for alert in scene.state.alerts.values() if alert.subject.startswith(subject)]
    return scene.hears(
        AlertAcknowledge(
            kind="alert_acknowledge", event_id=f"a-{subject}", occurred_at=time, source="boss", alert_id=found,
            comment="will stay",
        )
    )  # fmt: skip


def test_every_stretch_that_nobody_covers_is_told_as_soon_as_it_is_in_view() -> None:
    scene = gaps((0, 1), (6, 9), (10, 13), (14, 99))
    assert scene.uncovered() == [("*", 1), ("*", 9), (AREA, 1), (AREA, 9)]
    assert scene.tick(at(hours=0.9)).uncovered() == [("*", 1), ("*", 9), (AREA, 1), (AREA, 9)]
    assert scene.tick(at(hours=1)).uncovered() == [("*", 1), ("*", 9), ("*", 13), (AREA, 1), (AREA, 9), (AREA, 13)]
    assert told(scene, AREA) == [
        ("raised", 1, "warning", 6), ("raised", 9, "warning", 10), ("changed", 1, "critical", 6),
        ("raised", 13, "warning", 14),
    ]  # fmt: skip
    assert scene.tick(at(hours=6)).uncovered() == [("*", 9), ("*", 13), (AREA, 9), (AREA, 13)]
    assert (
        scene.tick(at(hours=9.5)).state.alerts[UNCOVERED.value, f"{AREA}:2022-04-01T17:00:00Z"].severity == "critical"
    )
    assert scene.tick(at(hours=14)).open() == []


def test_who_has_one_stretch_in_hand_has_not_the_next() -> None:
    scene = acknowledge(gaps((0, 5), (6, 9), (10, 99)), f"{AREA}:2022-04-01T13", at(minutes=1)).tick(at(hours=4))
    first, second = (alert for key, alert in sorted(scene.state.alerts.items()) if key[1].startswith(AREA))
    assert (first.acknowledged, first.level) == (True, Level.COMMUNITY)
    assert (second.acknowledged, second.level) == (False, Level.CITY)


def test_a_stretch_that_is_covered_in_part_is_told_with_the_hours_that_are_left() -> None:
    scene = gaps((0, 12), (13, 14))
    assert scene.uncovered() == [("*", 12), (AREA, 12)]
    scene.hears(duty("more", "sh", Level.CITY, at(hours=12), at(hours=13))).tick(at(hours=1.9))
    assert scene.open() == []
    assert scene.tick(at(hours=2)).uncovered() == [("*", 14), (AREA, 14)]
    scene.hears(duty("late", "sh", Level.CITY, at(hours=20), at(hours=99))).tick(at(hours=2.5))
    scene.hears(duty("late2", "sh", Level.CITY, at(hours=18), at(hours=99))).tick(at(hours=3))
    assert told(scene, AREA)[1:] == [
        ("raised", 14, "warning", None), ("changed", 14, "warning", 20), ("changed", 14, "warning", 18),
    ]  # fmt: skip


def test_other_words_do_not_give_people_more_time() -> None:
    scene = gaps((0, 5), (8, 99))
    scene.tick(at(hours=1.5)).hears(duty("more", "sh", Level.CITY, at(hours=7), at(hours=8))).tick(at(hours=2))
    assert [what for what, subject in scene.told(UNCOVERED) if AREA in subject] == ["raised", "changed", "escalated"]


def test_a_stretch_is_the_same_until_somebody_comes() -> None:
    scene = gaps((0, 5))
    for hour in range(6, 12):  # somebody far in the future is entered: looked at again, each time
        scene.hears(duty(f"x{hour}", "sh", Level.CITY, at(hours=90 - hour), at(hours=99))).tick(at(hours=hour))
        assert scene.uncovered() == [("*", 5), (AREA, 5)]
    scene.hears(duty("now", "sh", Level.CITY, at(hours=11), at(hours=14))).tick(at(hours=11.5))
    assert scene.uncovered() == [("*", 14), (AREA, 14)]


def test_a_stretch_that_was_over_while_nobody_looked_is_not_the_one_that_runs() -> None:
    scene = gaps((0, 5), (6, 18))
    scene._tick(at(hours=20))  # the stage was away for hours: no tick of theirs came
    scene.tick(at(hours=20))
    assert scene.uncovered() == [("*", 20), (AREA, 20)]


def test_what_a_version_before_said_of_a_place_as_a_whole_ends_by_itself() -> None:
    scene = Scene().reads(household(tier="precaution"), when=START)
    said = AlertRaised(
        alert_id="al-old", kind=UNCOVERED, subject=AREA, place=AREA, severity=AlertSeverity.CRITICAL,
        level=Level.COMMUNITY, owner=None, episode=1, since=START, at=START, detail={"from": START.isoformat()},
    )  # fmt: skip
    scene._apply(Fact(None, at(minutes=1), [said]))
    assert scene.tick(at(minutes=2)).uncovered() == [("*", 0), (AREA, 0)]
    assert scene.said[-1] == AlertResolved(alert_id="al-old", episode=1, reason="fact", at=at(minutes=1))


def test_a_shift_that_changes_no_owner_costs_as_much_among_many_open_alerts_as_among_few() -> None:
    costs = []
    for alerts in (100, 5_000):
        crowd = Crowd(alerts, 20, *chiefs(), *of_grids(20))
        said = crowd.said
        assert said == alerts
        costs.append(sum(crowd.go(SHIFT, calls)))
        assert crowd.said == said
    assert costs[1] < 2 * costs[0]


@pytest.mark.parametrize("grids", [1, 20, 500])
def test_a_shift_that_changes_every_owner_does_so_in_parts(grids: int) -> None:
    few, many = (Crowd(alerts, grids, *chiefs(), chunk=16) for alerts in (500, 2_000))
    assert max(many.go(SHIFT, calls)) < 2 * max(few.go(SHIFT, calls))
    assert {alert.owner for alert in many.state.alerts.values()} == {"chief2"}
    assert (few.said, many.said) == (2 * 500, 2 * 2_000)


def test_a_shift_of_many_lines_looks_at_each_place_once_or_so() -> None:
    """Many lines that change at one time, each for a place of its own: none looks at places that are not its own."""
    costs = []
    for grids in (200, 800):
        lines = [*of_grids(grids, START, SHIFT), *of_grids(grids, SHIFT, at(days=9))]
        costs.append(sum(Crowd(2 * grids, grids, *lines).go(SHIFT, calls)))
    assert costs[1] < 4 * 1.5 * costs[0]


@pytest.mark.parametrize(
    "told", [{"alert_kind": AlertKind.NEED_OVERDUE}, {"alert_kind": AlertKind.PRICE_JUMP}, {"place": "sh"}]
)
def test_a_silence_looks_at_what_is_open_in_parts(told: dict[str, Any]) -> None:
    costs = []
    for alerts in (500, 2_000):
        crowd = Crowd(alerts, 20, *chiefs(), *of_grids(20), chunk=16)
        silence = AlertSilence.model_validate(
            {"kind": "alert_silence", "event_id": "s", "occurred_at": START, "source": "boss", "silence_id": "s1",
             "until": at(hours=2), "comment": "drill", **told}
        )  # fmt: skip
        costs.append(max(calls(lambda crowd=crowd, said=silence: crowd.hears(said)), *crowd.go(at(hours=1), calls)))
        quiet = alerts if told.get("alert_kind") is not AlertKind.PRICE_JUMP else 0
        assert sum(alert.silenced for alert in crowd.state.alerts.values()) == quiet
        costs[-1] = max(costs[-1], *crowd.go(at(hours=3), calls))
        assert not any(alert.silenced for alert in crowd.state.alerts.values())
    assert costs[1] < 2 * costs[0]


def test_a_line_that_is_written_anew_while_it_holds_hands_nothing_over() -> None:
    scene = Scene().hears(duty("c", "sh", Level.CITY, START, at(days=9)))
    scene.hears(duty("g", GRID, Level.GRID, START, at(hours=9)))
    scene.reads(need("r1:rice", START), when=START).tick(at(hours=6))
    scene.hears(duty("g", GRID, Level.GRID, START, at(days=9), person="g", cancelled=False)).tick(at(hours=6.1))
    assert scene.state.alerts["need_at_risk", f"{AREA}:r1:rice"].owner == "g"
    assert ("handed_over", f"need_at_risk {AREA}:r1:rice") not in scene.told()


def test_lines_that_change_at_one_time_hand_over_once_however_few_a_tick_takes() -> None:
    scene = Scene(chunk=1)
    scene.hears(duty("c", "sh", Level.CITY, START, at(days=9)))
    for number in range(4):
        scene.hears(duty(f"a{number}", f"{AREA}/g{number}", Level.GRID, START, at(hours=7)))
        scene.hears(duty(f"b{number}", f"{AREA}/g{number}", Level.GRID, at(hours=7), at(days=9)))
        said = {**need(f"r{number}:rice", START), "grid": f"{AREA}/g{number}"}
        scene.reads(said, when=START)
    scene.tick(at(hours=6)).tick(at(hours=7))
    assert [what for what, _ in scene.told(AlertKind.NEED_AT_RISK)].count("handed_over") == 4
    assert {alert.owner for alert in scene.state.alerts.values()} == {"b0", "b1", "b2", "b3"}
