"""Every kind of alert as policy: what raises it, what does not, what ends it."""

from __future__ import annotations

from datetime import datetime

import pytest

from schemas.alert import AlertAcknowledge, AlertKind, AlertRaised, AlertSeverity
from schemas.duty import Level
from sinks.alerts.words import sentence
from tests.streams.core.alerts.scene import AREA, GRID, START, Scene, at, closed, duty, household, lot, need

COUNTED = {"type": "lot_counted", "lot_id": "l1"}


def acknowledge(alert_id: str, when: datetime, episode: int | None = None) -> AlertAcknowledge:
    return AlertAcknowledge(
        kind="alert_acknowledge", event_id=f"ack-{when.isoformat()}", occurred_at=when, source="boss",
        alert_id=alert_id, episode=episode, comment="done",
    )  # fmt: skip


def covered() -> Scene:
    """Somebody is always on duty."""
    return Scene().hears(duty("boss", "sh", Level.CITY, START, at(days=60)))


def raised(scene: Scene, kind: AlertKind) -> list[AlertRaised]:
    return [one for one in scene.said if isinstance(one, AlertRaised) and one.kind is kind]


def bag(name: str = "d1", requester: str = "h1") -> dict[str, object]:
    return {
        "type": "dispatch_ordered", "dispatch_id": name, "requester_id": requester, "area": AREA, "grid": GRID,
        "team": "t1", "deadline": at(hours=4).isoformat(), "lines": [{"item": "rice", "quantity": 10}],
    }  # fmt: skip


def late(name: str = "d1") -> dict[str, object]:
    return {"type": "dispatch_overdue", "dispatch_id": name, "deadline": at(hours=4).isoformat()}


def ended(name: str = "d1", outcome: str = "delivered") -> dict[str, object]:
    return {"type": "dispatch_closed", "dispatch_id": name, "outcome": outcome}


def check(name: str = "ck1", severity: str = "hold") -> dict[str, object]:
    return {
        "type": "check_failed", "check_id": name, "rule": "temperature", "severity": severity,
        "consignment_id": "c1", "premises_id": None, "lot_ids": [], "subject": "logger", "since": START.isoformat(),
        "reason_zh": "超温", "reason_en": "too warm",
    }  # fmt: skip


def test_a_need_that_is_met_in_time_raises_nothing() -> None:
    scene = covered().reads(need("r1:rice", START, hours=8), when=START).reads(closed("r1:rice"), when=at(hours=5))
    assert scene.tick(at(days=3)).told() == []


def test_a_need_whose_clock_is_set_again_is_at_risk_by_the_new_one() -> None:
    scene = covered().reads(need("r1:rice", START, hours=8), when=START).tick(at(hours=6))
    again = {"type": "need_replanned", "need_id": "r1:rice", "need_class": "other", "due_at": at(hours=40).isoformat()}
    scene.reads(again, when=at(hours=7))
    assert scene.open() == []
    assert scene.tick(at(hours=30)).open() == [("need_at_risk", f"{AREA}:r1:rice")]


def test_a_need_that_is_replanned_and_still_at_risk_stays_in_hand() -> None:
    """Where only its mode or the number of people changed, its clock is the same."""
    scene = covered().reads(need("r1:rice", START, hours=8), when=START).tick(at(hours=6))
    key, (one,) = ("need_at_risk", f"{AREA}:r1:rice"), raised(scene, AlertKind.NEED_AT_RISK)
    scene.hears(acknowledge(one.alert_id, at(hours=6.5)))
    again = {"type": "need_replanned", "need_id": "r1:rice", "need_class": "critical", "mode": "pickup"}
    scene.reads({**again, "due_at": at(hours=8).isoformat()}, when=at(hours=7))
    scene.reads({**again, "due_at": at(hours=9).isoformat()}, when=at(hours=7)).tick(at(hours=7.5))
    assert [what for what, _ in scene.told()] == ["raised", "acknowledged"]
    assert scene.state.alerts[key].acknowledged
    scene.reads({**again, "due_at": at(hours=10).isoformat()}, when=at(hours=7.5))  # that is at risk right now
    assert scene.state.alerts[key].acknowledged
    assert scene.reads({**again, "due_at": at(hours=11).isoformat()}, when=at(hours=7.6)).open() == []
    assert scene.tick(at(hours=8.25)).open() == [key]


def test_an_overdue_need_is_critical_and_its_delivery_ends_it() -> None:
    scene = covered().reads(need("r1:rice", START, hours=8), when=START)
    scene.reads({"type": "need_overdue", "need_id": "r1:rice", "due_at": at(hours=8).isoformat()}, when=at(hours=8))
    (one,) = raised(scene, AlertKind.NEED_OVERDUE)
    assert (one.severity, one.since, one.place) == (AlertSeverity.CRITICAL, at(hours=8), GRID)
    assert scene.reads(closed("r1:rice"), when=at(hours=9)).open() == []


@pytest.mark.parametrize(
    ("tier", "groups", "found"),
    [("sealed", ("dialysis",), True), ("sealed", (), False), ("controlled", ("dialysis",), False)],
)
def test_only_the_vulnerable_and_sealed_can_be_silent(tier: str, groups: tuple[str, ...], found: bool) -> None:
    scene = covered().reads(household("h1", tier, groups), when=START).tick(at(days=5))
    assert bool(raised(scene, AlertKind.SILENT_HOUSEHOLD)) is found


@pytest.mark.parametrize(
    "sign",
    [
        {"type": "request_recorded", "request_id": "r9", "requester_id": "h1", "area": AREA},
        need("r1:rice", at(hours=40), hours=400),
    ],
)
def test_a_request_shows_that_a_household_is_there(sign: dict[str, object]) -> None:
    scene = covered().reads(household(), when=START).reads(sign, when=at(hours=40)).tick(at(hours=87))
    assert raised(scene, AlertKind.SILENT_HOUSEHOLD) == []


def test_a_confirmed_delivery_does_and_a_failed_one_does_not() -> None:
    for outcome, found in (("delivered", 0), ("failed", 1)):
        scene = covered().reads(household(), bag(), when=START).reads(ended(outcome=outcome), when=at(hours=40))
        assert len(raised(scene.tick(at(hours=60)), AlertKind.SILENT_HOUSEHOLD)) == found


def test_a_household_that_left_is_not_silent() -> None:
    scene = covered().reads(household(), when=START).tick(at(hours=49))
    gone = {"type": "requester_left", "requester_id": "h1", "area": AREA}
    assert scene.reads(gone, when=at(hours=50)).tick(at(days=9)).open() == []


def test_stock_below_its_floor_is_critical_and_below_its_plan_a_warning() -> None:
    floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 10}
    plan = {"type": "plan_set", "area": AREA, "item": "rice", "quantity": 20}
    scene = covered().reads(lot("l1", 20), floor, plan, when=START)
    assert scene.told() == []
    scene.reads({**COUNTED, "delta": -5}, when=at(minutes=1))
    scene.reads({**COUNTED, "delta": -6}, when=at(minutes=2))
    assert scene.told() == [("raised", f"reserve_low {AREA}:rice"), ("changed", f"reserve_low {AREA}:rice")]
    assert scene.state.alerts["reserve_low", f"{AREA}:rice"].severity is AlertSeverity.CRITICAL
    assert scene.reads({**COUNTED, "delta": 11}, when=at(minutes=3)).open() == []


def test_held_stock_is_no_reserve() -> None:
    floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 10}
    scene = covered().reads(lot("l1", 20), floor, {"type": "lot_held", "lot_id": "l1"}, when=START)
    assert scene.open() == [("reserve_low", f"{AREA}:rice")]
    assert scene.reads({"type": "lot_freed", "lot_id": "l1"}, when=at(hours=1)).open() == []


def test_days_of_cover_are_counted_at_the_pace_at_which_it_goes() -> None:
    scene = covered().reads(lot("l1", 25), when=START)
    taken = {"type": "allocation_made", "lot_id": "l1", "quantity": 10}
    scene.reads(taken, bag(), when=at(hours=1))  # 15 left at 10 a day
    (one,) = raised(scene, AlertKind.COVER_LOW)
    assert (one.detail["days"], one.severity) == (1.5, AlertSeverity.WARNING)
    assert ("cover_low", f"{AREA}:rice") not in scene.reads(lot("l2", 100), when=at(hours=2)).open()


def test_a_lot_is_expiring_in_its_last_days_while_there_is_any_of_it() -> None:
    scene = covered().reads(lot("l1", 5, expires="2022-04-20"), lot("l2", 0, expires="2022-04-20"), when=START)
    assert scene.tick(at(days=15)).told(AlertKind.LOT_EXPIRING) == []
    scene.tick(at(days=17))  # the 18th begins in Shanghai: three days with the 20th
    assert scene.open() == [("lot_expiring", f"{AREA}:l1")]
    assert scene.reads({**COUNTED, "delta": -5}, when=at(days=18)).open() == []
    assert scene.reads({**COUNTED, "delta": 2}, when=at(days=18, hours=1)).open() == [("lot_expiring", f"{AREA}:l1")]


def price(fen: int, hours: float, scene: Scene, warehouse: str = "w1") -> Scene:
    said = {"type": "price_recorded", "area": AREA, "item": "rice", "warehouse": warehouse, "fen": fen}
    return scene.reads(said, when=at(hours=hours))


def test_a_price_far_above_the_usual_one_is_told_and_a_little_above_is_not() -> None:
    scene = covered()
    for hours, fen in enumerate((500, 510, 490, 630)):
        price(fen, hours, scene)
    assert scene.told() == []
    price(700, 5, scene)
    assert scene.open() == [("price_jump", f"{AREA}:rice:w1")]
    assert price(505, 6, scene).open() == []


def test_a_price_that_jumped_is_told_until_its_own_warehouse_asks_less() -> None:
    scene = covered()
    for hours, (fen, warehouse) in enumerate(((500, "w1"), (500, "w2"), (800, "dear"), (1500, "w1"))):
        price(fen, hours, scene, warehouse)
    assert scene.open() == [("price_jump", f"{AREA}:rice:w1")]
    price(820, 5, price(500, 4, scene, "w2"), "dear")  # it always asked more than the others
    assert scene.open() == [("price_jump", f"{AREA}:rice:w1")]
    assert price(510, 6, scene).open() == []


def test_a_price_that_nobody_saw_for_a_week_is_no_longer_told_nor_kept() -> None:
    scene = price(1500, 2, price(500, 1, covered()))
    assert scene.tick(at(days=7, hours=1)).open() == [("price_jump", f"{AREA}:rice:w1")]
    assert scene.tick(at(days=7, hours=2)).open() == []
    assert scene.state.prices == {}


def test_a_delivery_that_is_not_confirmed_in_time_is_told_until_it_is() -> None:
    bags = ({**bag(name), "lines": []} for name in ("d1", "d2"))
    scene = covered().reads(*bags, when=START).reads(ended("d2"), when=at(hours=1))
    scene.reads(late(), when=at(hours=4))
    assert scene.open() == [("delivery_overdue", f"{AREA}:d1")]
    assert scene.reads(ended(), when=at(hours=5)).open() == []


def coming(units: int = 30, name: str = "tr1") -> dict[str, object]:
    return {
        "type": "transfer_expected", "transfer_id": name, "area": AREA, "item": "rice", "quantity": units,
        "from_area": "sh/pd/b1", "km": 9, "deadline": at(hours=4).isoformat(), "reason": "lacking",
    }  # fmt: skip


def moved(what: str, units: int, name: str = "tr1") -> dict[str, object]:
    said = {"type": f"transfer_{what}", "transfer_id": name, "area": AREA, "item": "rice", "quantity": units}
    return {**said, "deadline": at(hours=4).isoformat()} if what == "overdue" else said


def test_a_transfer_that_arrives_in_time_raises_nothing() -> None:
    scene = covered().reads(coming(), when=START).reads(moved("arrived", 30), when=at(hours=3)).tick(at(days=2))
    assert scene.told(AlertKind.TRANSFER_OVERDUE) == []
    assert scene.state.moves == {}


@pytest.mark.parametrize("end", ["arrived", "lost", "cut"])
def test_a_transfer_past_its_deadline_is_told_until_nothing_more_is_to_come(end: str) -> None:
    scene = covered().reads(coming(), when=START).reads(moved("overdue", 30), when=at(hours=4))
    (one,) = raised(scene, AlertKind.TRANSFER_OVERDUE)
    assert (one.subject, one.place, one.level, one.since) == (f"{AREA}:tr1", AREA, Level.COMMUNITY, at(hours=4))
    assert one.detail == {
        "transfer_id": "tr1", "item": "rice", "quantity": 30, "from_area": "sh/pd/b1",
        "deadline": at(hours=4).isoformat(),
    }  # fmt: skip
    assert not [words for words in sentence(one.kind, one.detail) if "?" in words]
    assert scene.reads(moved(end, 30), when=at(hours=5)).open() == []
    assert scene.state.moves == {}


def test_a_transfer_of_which_a_part_is_lost_is_still_overdue_for_the_rest() -> None:
    scene = covered().reads(coming(30), coming(5, "tr2"), when=START).reads(moved("lost", 10), when=at(hours=1))
    scene.reads(moved("overdue", 20), when=at(hours=4)).reads(moved("cut", 15), when=at(hours=5))
    assert scene.open() == [("transfer_overdue", f"{AREA}:tr1")]
    assert scene.reads(moved("lost", 5), when=at(hours=6)).open() == []
    assert set(scene.state.moves) == {"tr2"}


def test_what_the_transfers_stage_rejects_is_told_and_what_areas_tell_it_is_no_late_report() -> None:
    told = {
        "kind": "standing_told", "event_id": "supply-0-1-0", "occurred_at": START.isoformat(), "source": "relay",
        "area": AREA, "item": "rice",
    }  # fmt: skip
    scene = covered().reads({"type": "standing_taken"}, when=at(hours=40), stage="transfers", event=told)
    assert scene.told() == []
    rejected = {"kind": "rejected", "topic": "transfers.standings.v1", "event": None}
    scene.reads(when=at(hours=41), stage="transfers", **rejected)
    assert scene.open() == [("dead_letters", "transfers:transfers.standings.v1/0")]
    assert scene.tick(at(hours=43)).open() == []


def test_a_household_with_held_goods_that_nobody_told() -> None:
    opened = {"type": "contact_duty_opened", "duty_id": "u1", "grid": GRID, "lot_id": "l1"}
    overdue = {
        "type": "contact_overdue", "duty_id": "u1", "requester_id": "h1", "area": AREA,
        "due_at": at(hours=2).isoformat(),
    }  # fmt: skip
    scene = covered().reads(opened, when=START).tick(at(hours=1))
    assert scene.told() == []
    scene.reads(overdue, when=at(hours=2))
    (one,) = raised(scene, AlertKind.CONTACT_OVERDUE)
    assert (one.place, one.detail["lot_id"]) == (GRID, "l1")
    assert scene.reads({"type": "contact_duty_ended", "duty_id": "u1"}, when=at(hours=3)).open() == []


def report(scene: Scene, said: float, happened: float, kind: str = "stock_counted", source: str = "wh1") -> Scene:
    event = {
        "kind": kind, "event_id": f"e{said}", "occurred_at": at(hours=happened).isoformat(), "source": source,
        "area": AREA,
    }  # fmt: skip
    return scene.reads(when=at(hours=said), event=event)


def test_a_report_long_after_the_fact_is_late_until_one_comes_in_time() -> None:
    scene = report(covered(), 20, 0)
    assert scene.told(AlertKind.REPORT_LATE) == []
    report(scene, 30, 5)
    assert ("report_late", f"{AREA}:wh1") in scene.open()
    assert ("report_late", f"{AREA}:wh1") not in report(scene, 31, 30).open()


def test_a_late_report_after_which_nothing_came_is_told_for_two_weeks_at_most() -> None:
    scene = report(report(covered(), 30, 5, kind="request_filed"), 40, 5, kind="request_filed")
    key = ("report_late", f"{AREA}:wh1")
    assert scene.tick(at(days=14, hours=39)).open() == [key]
    assert scene.tick(at(days=14, hours=40)).open() == []
    report(report(scene, 1000, 5, kind="request_filed"), 1001, 1001, kind="request_filed")
    assert scene.open() == [] and scene.state.watching.get(key) is None


def reported(hours: float) -> Scene:
    """A warehouse that reports its stock from day to day, the last time after so many hours, and a hotline."""
    scene = covered()
    for hour in (hours - 20, hours):
        report(scene, hour, hour)
    return report(scene, hours, hours, kind="request_filed", source="hotline")


def test_a_facility_that_reports_no_more_is_told_until_it_does() -> None:
    scene = reported(20)
    assert scene.tick(at(hours=43)).told(AlertKind.FACILITY_QUIET) == []
    assert scene.tick(at(hours=50)).open() == [("facility_quiet", f"{AREA}:wh1")]
    assert report(scene, 51, 51).open() == []
    assert scene.tick(at(hours=76)).open() == [("facility_quiet", f"{AREA}:wh1")]


def test_who_reported_on_one_day_only_is_no_facility_that_falls_silent() -> None:
    """Somebody gave something once. The second day is the city's: it begins at 16:00 UTC."""
    scene = report(report(covered(), 0, 0, kind="stock_received", source="donor"), 7, 7, source="donor")
    assert scene.tick(at(days=40)).told() == []
    assert scene.state.facilities == {}
    scene = report(report(covered(), 0, 0), 9, 9)
    assert scene.tick(at(hours=34)).open() == [("facility_quiet", f"{AREA}:wh1")]


def test_a_facility_that_is_quiet_for_long_is_no_longer_awaited() -> None:
    scene = reported(20)
    assert scene.tick(at(days=14, hours=43)).open() == [("facility_quiet", f"{AREA}:wh1")]
    assert scene.tick(at(days=14, hours=44)).open() == []
    assert scene.state.facilities == {}
    assert scene.tick(at(days=40)).told() == [
        ("raised", f"facility_quiet {AREA}:wh1"), *[("escalated", f"facility_quiet {AREA}:wh1")] * 2,
        ("resolved", f"facility_quiet {AREA}:wh1"),
    ]  # fmt: skip
    assert report(scene, 1000, 1000).tick(at(hours=1100)).open() == []  # it begins anew


@pytest.mark.parametrize(("severity", "expected"), [("hold", AlertSeverity.CRITICAL), ("warn", AlertSeverity.WARNING)])
def test_a_failed_check_of_the_cold_chain_is_the_citys(severity: str, expected: AlertSeverity) -> None:
    scene = covered().reads(check(severity=severity), when=START, stage="coldchain")
    (one,) = raised(scene, AlertKind.CHECK_FAILED)
    assert (one.severity, one.level, one.owner, one.place) == (expected, Level.CITY, "boss", None)
    scene.reads({"type": "check_mended", "check_id": "other"}, when=at(hours=1), stage="coldchain")
    assert scene.open() == [("check_failed", "ck1")]
    assert scene.reads({"type": "check_mended", "check_id": "ck1"}, when=at(hours=2), stage="coldchain").open() == []


def test_an_early_warning_stands_for_a_while_after_the_last_one() -> None:
    def warned(hours: float) -> dict[str, object]:
        return {
            "type": "warning_raised", "consignment_id": "c1", "logger_id": "lg1", "at": at(hours=hours).isoformat(),
            "score": 0.9,
        }  # fmt: skip

    scene = covered().reads(warned(0), when=START, stage="coldchain").reads(warned(5), when=at(hours=5))
    assert scene.tick(at(hours=10)).open() == [("early_warning", "c1:lg1")]
    assert scene.tick(at(hours=12)).open() == []
    assert len(raised(scene, AlertKind.EARLY_WARNING)) == 1


def test_rejected_messages_are_told_until_none_came_for_an_hour() -> None:
    scene = covered().reads(when=START, event=None)
    assert scene.told() == []
    scene.reads(when=START, kind="rejected", event=None, topic="stock.events.v1")
    assert scene.open() == [("dead_letters", "supply:stock.events.v1/0")]
    assert scene.tick(at(minutes=61)).open() == []


def test_a_hundred_rejected_messages_are_critical() -> None:
    scene = covered()
    for second in range(100):
        scene.reads(when=at(seconds=second), kind="rejected", event=None, topic="t")
    assert scene.state.alerts["dead_letters", "supply:t/0"].severity is AlertSeverity.CRITICAL


def test_what_the_stage_rejects_itself_is_an_alert_too() -> None:
    scene = covered().refuses("duty.roster.v1", START)
    assert scene.open() == [("dead_letters", "alerts:duty.roster.v1/0")]
    assert scene.tick(at(minutes=59)).open() != [] and scene.tick(at(minutes=61)).open() == []


@pytest.mark.parametrize("year", [1999, 2099])
def test_a_rejected_message_counts_from_when_it_came_whatever_it_says(year: int) -> None:
    scene = covered().refuses("duty.roster.v1", at(minutes=5), stamp=START.replace(year=year))
    assert scene.tick(at(minutes=59)).open() == [("dead_letters", "alerts:duty.roster.v1/0")]
    assert scene.tick(at(minutes=66)).open() == []
    assert scene.told(AlertKind.DEAD_LETTERS) == [
        ("raised", "dead_letters alerts:duty.roster.v1/0"), ("resolved", "dead_letters alerts:duty.roster.v1/0"),
    ]  # fmt: skip


def test_a_record_of_long_ago_makes_no_storm_of_ticks() -> None:
    """A takeover is dated by the wall; a ledger's own clock may be years away from it."""
    scene = covered()
    scene.reads(household(), when=START)
    records = scene.records
    scene.state.watching.set(("duty_uncovered", "sh/pd/a9"), 0)
    scene.state.places.add("sh/pd/a9")
    assert scene.tick(at(hours=2)).records - records < 20


def test_the_city_needs_somebody_for_what_has_no_place() -> None:
    scene = Scene().hears(duty("a", AREA, Level.DISTRICT, START, at(days=9))).reads(household(), when=START)
    assert scene.uncovered() == [("*", 0)]
    scene.hears(duty("b", "sh", Level.CITY, START, at(days=9))).tick(at(minutes=1))
    assert scene.open() == []


def test_an_acknowledgement_of_an_earlier_episode_is_not_taken_for_the_new_one() -> None:
    scene = covered().reads(check(), when=START, stage="coldchain")
    scene.reads({"type": "check_mended", "check_id": "ck1"}, when=at(hours=1), stage="coldchain")
    scene.reads(check(), when=at(hours=2), stage="coldchain")
    one = raised(scene, AlertKind.CHECK_FAILED)[-1]
    scene.hears(acknowledge(one.alert_id, at(hours=3), episode=1))
    assert one.episode == 2
    assert not scene.state.alerts["check_failed", "ck1"].acknowledged
    assert scene.said[-1].reason == "episode_over"
