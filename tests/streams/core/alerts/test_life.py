"""The life of an alert: one id, acknowledged is not ended, up the levels, ended by fact, flapping damped."""

from __future__ import annotations

from schemas.alert import AlertAcknowledge, AlertKind, AlertRaised, AlertSilence
from schemas.duty import Level
from tests.streams.core.alerts.scene import AREA, GRID, START, Scene, at, closed, duty, household, lot, need

NEED = f"{AREA}:r1:rice"
DAY_LONG = [duty("grid1", GRID, Level.GRID, START, at(days=30)), duty("boss", "sh", Level.CITY, START, at(days=30))]


def covered() -> Scene:
    scene = Scene()
    for line in DAY_LONG:
        scene.hears(line)
    return scene


def ack(alert_id: str, comment: str = "on my way") -> AlertAcknowledge:
    return AlertAcknowledge(
        kind="alert_acknowledge",
        event_id=f"a-{alert_id}-{len(comment)}",
        occurred_at=START,
        source="grid1",
        alert_id=alert_id,
        comment=comment,
    )


def test_a_need_is_at_risk_at_three_quarters_and_overdue_when_the_ledger_says_so() -> None:
    scene = covered().reads(need("r1:rice", START, hours=8), when=START)
    scene.tick(at(hours=5.9))
    assert scene.told(AlertKind.NEED_AT_RISK) == []
    scene.tick(at(hours=6))
    assert scene.told(AlertKind.NEED_AT_RISK) == [("raised", f"need_at_risk {NEED}")]
    scene.reads({"type": "need_overdue", "need_id": "r1:rice", "due_at": at(hours=8).isoformat()}, when=at(hours=8))
    assert ("resolved", f"need_at_risk {NEED}") in scene.told()
    assert scene.open() == [("need_overdue", NEED)]
    scene.reads(closed("r1:rice"), when=at(hours=9))
    assert scene.open() == []


def test_the_person_on_duty_for_the_grid_owns_it() -> None:
    scene = covered().reads(need("r1:rice", START), when=START).tick(at(hours=6))
    (raised,) = [one for one in scene.said if isinstance(one, AlertRaised)]
    assert raised.owner == "grid1"
    assert raised.level is Level.GRID


def test_acknowledged_stays_open_and_is_not_escalated() -> None:
    scene = covered().reads(need("r1:rice", START), when=START).tick(at(hours=6))
    (raised,) = [one for one in scene.said if isinstance(one, AlertRaised)]
    scene.hears(ack(raised.alert_id)).tick(at(hours=30))
    assert scene.open() == [("need_at_risk", NEED)]
    assert [what for what, _ in scene.told()] == ["raised", "acknowledged"]


def test_acknowledged_goes_no_further_up_even_where_it_gets_worse() -> None:
    floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 10}
    plan = {"type": "plan_set", "area": AREA, "item": "rice", "quantity": 30}
    scene = covered().reads(lot("l1", 20), floor, plan, when=START)
    (raised,) = [one for one in scene.said if isinstance(one, AlertRaised)]
    scene.hears(ack(raised.alert_id))
    scene.reads({"type": "lot_counted", "lot_id": "l1", "delta": -15}, when=at(minutes=5)).tick(at(hours=30))
    assert [what for what, _ in scene.told(AlertKind.RESERVE_LOW)] == ["raised", "acknowledged", "changed"]


def test_unacknowledged_goes_up_to_the_city_and_no_further() -> None:
    scene = covered().reads(need("r1:rice", START), when=START).tick(at(hours=40))
    assert [what for what, _ in scene.told()] == ["raised", "escalated", "escalated", "escalated"]
    assert scene.state.alerts["need_at_risk", NEED].owner == "boss"


def test_the_same_acknowledgement_again_changes_nothing() -> None:
    scene = covered().reads(need("r1:rice", START), when=START).tick(at(hours=6))
    (raised,) = [one for one in scene.said if isinstance(one, AlertRaised)]
    before = scene.hears(ack(raised.alert_id)).told()
    assert scene.hears(ack(raised.alert_id)).told() == before


def test_a_silence_marks_what_is_raised_but_hides_nothing() -> None:
    silence = AlertSilence(
        kind="alert_silence",
        event_id="s",
        occurred_at=START,
        source="boss",
        silence_id="s1",
        place=AREA,
        until=at(hours=7),
        comment="drill",
    )
    scene = covered().hears(silence).reads(need("r1:rice", START), when=START).tick(at(hours=6))
    (raised,) = [one for one in scene.said if isinstance(one, AlertRaised)]
    assert raised.silenced
    scene.tick(at(hours=8))
    assert [one.type for one in scene.said].count("alert_unsilenced") == 1
    assert ("muted", f"need_at_risk {NEED}") in scene.told()  # it is told now
    assert not scene.state.alerts["need_at_risk", NEED].silenced


def test_flapping_is_damped() -> None:
    scene = covered()
    floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 10}
    scene.reads(floor, lot("l1", 9), when=START)
    for minute in range(1, 9):
        scene.reads({"type": "lot_counted", "lot_id": "l1", "delta": 5 if minute % 2 else -5}, when=at(minutes=minute))
    raised = [one for one in scene.said if isinstance(one, AlertRaised)]
    assert [one.flapping for one in raised] == [False, False, True]
    assert [one.episode for one in raised] == [1, 2, 3]
    scene.reads({"type": "lot_counted", "lot_id": "l1", "delta": 50}, when=at(minutes=10)).tick(at(minutes=69))
    assert scene.open() == [("reserve_low", f"{AREA}:rice")]
    scene.tick(at(minutes=70))
    assert scene.open() == []


def test_a_silent_household_is_found_and_a_request_ends_it() -> None:
    scene = covered().reads(household(), when=START).tick(at(hours=47))
    assert scene.told(AlertKind.SILENT_HOUSEHOLD) == []
    scene.tick(at(hours=48))
    assert scene.open() == [("silent_household", f"{AREA}:h1")]
    scene.reads(need("r1:rice", at(hours=49)), when=at(hours=49))
    assert scene.open() == []


def test_a_household_that_is_not_vulnerable_or_not_sealed_is_never_silent() -> None:
    scene = covered().reads(household("h2", groups=()), household("h3", tier="precaution"), when=START)
    assert scene.tick(at(days=20)).told(AlertKind.SILENT_HOUSEHOLD) == []


def test_a_change_of_shift_hands_open_alerts_over() -> None:
    scene = Scene()
    scene.hears(duty("a", GRID, Level.GRID, START, at(hours=7))).hears(
        duty("b", GRID, Level.GRID, at(hours=7), at(days=9))
    )
    scene.hears(duty("c", "sh", Level.CITY, START, at(days=9)))
    scene.reads(need("r1:rice", START), when=START).tick(at(hours=6)).tick(at(hours=7))
    assert ("handed_over", f"need_at_risk {NEED}") in scene.told()
    assert scene.state.alerts["need_at_risk", NEED].owner == "b"
