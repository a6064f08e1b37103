"""The life of an alert: one id, acknowledged is not ended, up the levels, ended by fact, flapping damped."""

from __future__ import annotations

from schemas.alert import AlertAcknowledge, AlertKind, AlertRaised, AlertResolved, AlertSeverity, AlertSilence
from schemas.duty import Level
from streams.core.decider import Fact
from tests.streams.core.alerts.scene import AREA, GRID, START, Scene, at, closed, duty, household, lot, need

NEED = f"{AREA}:r1:rice"
FLOOR = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 10}
DAY_LONG = [duty("grid1", GRID, Level.GRID, START, at(days=30)), duty("boss", "sh", Level.CITY, START, at(days=30))]


def covered() -> Scene:
    scene = Scene()
    for line in DAY_LONG:
        scene.hears(line)
    return scene


def counted(delta: int) -> dict[str, object]:
    """There is more or less in a lot than was thought."""
    return {"type": "lot_counted", "lot_id": "l1", "delta": delta}


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


def reserve(stock: int) -> Scene:
    """Below 30 is a warning, below 10 critical."""
    return covered().reads(FLOOR, {**FLOOR, "type": "plan_set", "quantity": 30}, lot("l1", stock), when=START)


def minutes(scene: Scene) -> list[tuple[str, float]]:
    """What became of the alert, and how many minutes after the start."""
    return [
        (one.type.removeprefix("alert_"), (one.at - START).total_seconds() / 60)
        for one in scene.said
        if hasattr(one, "alert_id")
    ]


def test_severity_that_turns_to_and_fro_is_told_once_and_escalated_all_the_same() -> None:
    scene = reserve(14)
    for turn in range(240):
        scene.reads(counted(5 if turn % 2 else -5), when=at(minutes=5 * (turn + 1)))
    scene.tick(at(hours=20, minutes=59))
    assert minutes(scene) == [
        ("raised", 0), ("changed", 5), ("escalated", 20), ("escalated", 35),
    ]  # fmt: skip
    assert scene.tick(at(hours=21)).said[-1].severity is AlertSeverity.WARNING
    assert minutes(scene)[4:] == [("changed", 1260)]


def test_a_rise_is_told_at_once_and_a_fall_when_it_has_held() -> None:
    scene = reserve(14).reads(counted(-5), when=at(minutes=1)).reads(counted(5), when=at(minutes=2))
    scene.tick(at(minutes=61))
    key = ("reserve_low", f"{AREA}:rice")
    assert scene.state.alerts[key].severity is AlertSeverity.CRITICAL
    assert scene.tick(at(minutes=62)).state.alerts[key].severity is AlertSeverity.WARNING
    scene.reads(counted(-5), when=at(minutes=63))
    assert scene.state.alerts[key].severity is AlertSeverity.CRITICAL
    scene.reads(counted(5), when=at(minutes=64)).reads(counted(50), when=at(minutes=65)).tick(at(days=2))
    assert scene.open() == []
    assert [what for what in minutes(scene) if what[0] in ("changed", "resolved")] == [
        ("changed", 1), ("changed", 62), ("changed", 63), ("resolved", 65),
    ]  # fmt: skip


def test_a_change_never_puts_escalation_off() -> None:
    scene = reserve(14).reads(counted(-5), when=at(minutes=110)).tick(at(minutes=119))
    assert [what for what, _ in minutes(scene)] == ["raised", "changed"]
    assert minutes(scene.tick(at(minutes=120)))[2:] == [("escalated", 120)]
    ack_it = ack(scene.state.alerts["reserve_low", f"{AREA}:rice"].alert_id)
    scene.hears(ack_it).reads(counted(5), when=at(minutes=125)).tick(at(days=1))
    assert minutes(scene)[4:] == [("changed", 185)]


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


def test_episodes_are_numbered_on_however_long_the_rest_between_them_was() -> None:
    """Their number is part of the key of an alert's rows, and says which episode an acknowledgement means."""
    scene = covered().reads(FLOOR, lot("l1", 9), when=START)
    scene.reads(counted(5), when=at(hours=1))
    assert scene.tick(at(hours=25)).state.past == {}  # nothing is kept of what ended a day ago
    scene.reads(counted(-5), when=at(hours=26)).reads(counted(5), when=at(hours=27))
    scene.reads({**FLOOR, "item": "oil"}, lot("l2", 9, "oil"), when=at(hours=27))  # never raised before
    scene.reads(counted(-5), when=at(hours=99))
    raised = [(one.subject, one.episode) for one in scene.said if isinstance(one, AlertRaised)]
    assert raised == [(f"{AREA}:rice", 1), (f"{AREA}:rice", 2), (f"{AREA}:oil", 2), (f"{AREA}:rice", 3)]
    late = ack(scene.state.alerts["reserve_low", f"{AREA}:rice"].alert_id).model_copy(update={"episode": 1})
    assert scene.hears(late).said[-1].reason == "episode_over"


def test_what_an_earlier_version_numbered_from_one_again_goes_on_above_all_that_was_forgotten() -> None:
    scene = covered().reads(FLOOR, lot("l1", 9), when=START)
    for hours, delta in ((1, 5), (2, -5), (3, 5)):
        scene.reads(counted(delta), when=at(hours=hours))
    first = next(one for one in scene.said if isinstance(one, AlertRaised))
    scene.tick(at(days=9))
    again = first.model_copy(update={"at": at(days=9)})
    scene.state = scene.decider.evolve(scene.state, Fact(None, at(days=9), [again]))  # as it was written then
    scene.tick(at(days=9, minutes=1)).reads(counted(-5), when=at(days=9, minutes=2))
    assert [one.episode for one in scene.said if isinstance(one, AlertRaised)] == [1, 2, 3]
    assert [one.episode for one in scene.said if isinstance(one, AlertResolved)] == [1, 2, 1]


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
