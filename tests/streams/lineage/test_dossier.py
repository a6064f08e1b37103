"""The file of a consignment: reports that stand, checks that fail, holds, and what its loggers say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from schemas.temperature import load_profiles
from streams.lineage.dossier import Dossier, file_in, temperatures

PROFILES = load_profiles(Path(__file__).parents[3] / "deploy" / "profiles.toml")
Json = dict[str, Any]


def at(minute: int) -> str:
    return f"2022-04-01T{minute // 60:02}:{minute % 60:02}:00+00:00"


def fact(kind: str, event: str, minute: int = 0, consignment: str = "C0", **fields: Any) -> Json:
    told = {"kind": kind, "event_id": event, "occurred_at": at(minute), "consignment_id": consignment, **fields}
    return {"type": "fact_recorded", "fact": told}


def read(minute: int, celsius: float, logger: str = "g1") -> Json:
    place = {"consignment_id": "C0", "logger_id": logger, "at": at(minute), "celsius": celsius}
    return {"type": "reading_recorded", **place, "out": None, "late": False}


def filed(*decisions: Json) -> Dossier:
    dossiers = {name: Dossier(name) for name in ("C0", "C1")}
    for decision in decisions:
        file_in(dossiers, decision)
    return dossiers["C0"]


def test_what_is_withdrawn_does_not_stand() -> None:
    declared = fact("consignment_declared", "e1", profile="frozen", lots=[])
    file = filed(declared, fact("lab_reported", "e2"), fact("lab_reported", "e3", consignment="C1"),
                 {"type": "fact_withdrawn", "consignment_id": "C0", "event_id": "e2"})  # fmt: skip
    assert file.profile == "frozen" and file.reports("lab_reported") == []


def test_reports_are_in_order_of_time_not_of_arrival() -> None:
    file = filed(fact("custody_handed", "e2", 9), fact("custody_handed", "e1", 3))
    assert [report["event_id"] for report in file.reports("custody_handed")] == ["e1", "e2"]


def test_a_hold_of_lots_alone_is_filed_by_its_check() -> None:
    failed = {"type": "check_failed", "check_id": "k1", "consignment_id": "C0", "lot_ids": ["L1"]}
    ordered = {"type": "hold_ordered", "hold_id": "H1", "check_id": "k1", "consignment_id": None, "lot_ids": ["L1"]}
    other = {**ordered, "hold_id": "H2", "check_id": "k2"}
    mended = {"type": "check_mended", "check_id": "k1", "consignment_id": "C0"}
    withdrawn = {"type": "hold_withdrawn", "hold_id": "H1", "check_id": "k1"}
    file = filed(failed, ordered, other)
    assert (len(file.failed), [hold["hold_id"] for hold in file.standing]) == (1, ["H1"])
    file = filed(failed, ordered, mended, withdrawn)
    assert (file.failed, file.standing) == ([], [])
    file = filed(failed, ordered, mended, withdrawn, failed, ordered)
    assert [hold["hold_id"] for hold in file.standing] == ["H1"]


def test_the_temperature_history_is_whole_and_in_order() -> None:
    minutes = [0, 10, 30, 20, 40]
    declared = fact("consignment_declared", "e1", profile="frozen", lots=[])
    placed = {"type": "logger_placed", "consignment_id": "C0", "logger_id": "g1", "lot_ids": ["L1"]}
    readings = [read(minute, -5.0 if minute == 20 else -20.0) for minute in minutes]
    warned = {"type": "warning_raised", "consignment_id": "C0", "logger_id": "g1", "at": at(20), "score": 0.9}
    (told,) = temperatures(filed(declared, placed, *readings, warned), PROFILES["frozen"])
    assert [one["at"] for one in told["history"]] == [at(minute) for minute in sorted(minutes)]
    assert [one["out"] for one in told["history"]] == [None, None, "hot", None, None]
    assert (told["readings"], told["min_c"], told["max_c"], told["mkt_c"]) == (5, -20.0, -5.0, None)
    assert told["lot_ids"] == ["L1"] and told["warnings"] == [{"at": at(20), "score": 0.9}]
    assert told["sparkline"] == {"curve": "▁▁█▁▁", "marks": "  ^"}


def test_corrections_of_a_breach_are_folded() -> None:
    breach: Json = {
        "breach_id": "b1", "consignment_id": "C0", "logger_id": "g1", "kind": "hot", "limit_c": -18.0,
        "start": at(0), "alarm_at": at(60), "end": None, "peak_c": -5.0,
    }  # fmt: skip
    readings = [read(minute, -5.0) for minute in range(0, 90, 10)]
    opened = {"type": "breach_opened", **breach}
    shortened = {"type": "breach_shortened", **breach, "end": at(70)}
    (told,) = temperatures(filed(*readings, opened), None)
    assert [(one["start"], one["end"], one["minutes"]) for one in told["breaches"]] == [(at(0), None, 80)]
    (told,) = temperatures(filed(*readings, opened, shortened), None)
    assert [(one["start"], one["end"], one["minutes"]) for one in told["breaches"]] == [(at(0), at(70), 70)]
    gone = {"type": "breach_withdrawn", "breach_id": "b1", "consignment_id": "C0", "logger_id": "g1"}
    (told,) = temperatures(filed(*readings, opened, gone), None)
    assert told["breaches"] == []
