"""Every decision and every event has its sentence, in both languages, and says what matters."""

from __future__ import annotations

import datetime as dt
import string
import typing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from schemas.coldchain import ColdChainDecision
from schemas.consignment import ConsignmentFact
from schemas.driver import DriverMessage
from schemas.inspection import InspectionMessage
from schemas.ledger import ClockTicked
from schemas.supply import SupplyDecision
from schemas.topics import ALL_SOURCES
from schemas.transfers import Lacking, TransferDecision, Unfilled
from streams.core.coldchain.words import REPORTS_ZH
from streams.story import CODES, DECISIONS, EVENTS, NOTES, REPORTS, Sentence, describe, event_name, join

ZONE = ZoneInfo("Asia/Shanghai")
AT = "2022-04-01T08:30:00Z"
ADAPTER: TypeAdapter[Any] = TypeAdapter(SupplyDecision | ColdChainDecision | TransferDecision)
FOLDER = Path(__file__).parents[2] / "schemas" / "examples"
TOLD = ("supply", "coldchain", "transfers")
EXAMPLES = sorted(path for stage in TOLD for path in FOLDER.glob(f"{stage}.decisions/*/*.json"))


def members(union: Any) -> tuple[Any, ...]:
    """The models of an annotated union, or the one model."""
    inner = typing.get_args(union)[0] if typing.get_origin(union) is typing.Annotated else union
    return typing.get_args(inner) or (inner,)


def said(**fields: Any) -> Sentence:
    return describe(ADAPTER.validate_python(fields, strict=False), ZONE)


def fields_in(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_decision_has_a_sentence() -> None:
    stages = (SupplyDecision, ColdChainDecision, TransferDecision)
    assert set(DECISIONS) == {model for decision in stages for model in members(decision)}


def test_every_report_within_a_decision_has_a_sentence() -> None:
    reports = [model for union in (ConsignmentFact, DriverMessage, InspectionMessage) for model in members(union)]
    assert set(REPORTS) == {*reports, Lacking, Unfilled}


def test_every_event_has_a_name() -> None:
    models = [model for topic in ALL_SOURCES for model in members(topic.model)]
    kinds = {typing.get_args(model.model_fields["kind"].annotation)[0] for model in [*models, ClockTicked]}
    assert set(EVENTS) == kinds


def test_the_reasons_of_checks_name_reports_as_stories_do() -> None:
    kinds = {typing.get_args(model.model_fields["kind"].annotation)[0] for model in members(ConsignmentFact)}
    assert set(REPORTS_ZH) == kinds
    assert all(EVENTS[kind].zh == name for kind, name in REPORTS_ZH.items())


def test_sentences_name_fields_that_there_are_and_the_same_in_both_languages() -> None:
    for model, sentence in {**DECISIONS, **REPORTS}.items():
        zh, en = fields_in(sentence.zh), fields_in(sentence.en)
        assert zh | en <= set(model.model_fields), model
        assert {name.removesuffix("_zh") for name in zh} == {name.removesuffix("_en") for name in en}, model
    for (model, field), note in NOTES.items():
        assert fields_in(note.zh) == fields_in(note.en) <= set(model.model_fields), model
        assert field in model.model_fields


ENUMS = ["NeedClass", "Tier", "Outcome", "FailureReason", "TemperatureClass", "Rule", "Severity", "SensorFlag", "Step"]


@pytest.mark.parametrize("name", [*ENUMS, "CertificateType", "LabResult", "BreachKind"])
def test_every_code_has_its_chinese(name: str) -> None:
    from schemas import coldchain, consignment, delivery, household, request, stock, temperature

    modules = (request, household, delivery, stock, coldchain, consignment, temperature)
    enum = next(getattr(module, name) for module in modules if hasattr(module, name))
    assert {str(member) for member in enum} <= set(CODES)


def test_a_need() -> None:
    need: dict[str, Any] = {
        "type": "need_opened", "need_id": "r1:rice", "request_id": "r1", "requester_id": "h1", "area": "sh/pd/a1",
        "grid": "sh/pd/a1/g1", "item": "rice", "quantity": 3, "assumed": False, "need_class": "life_threatening",
        "mode": "door", "reported_at": AT, "due_at": AT,
    }  # fmt: skip
    en = said(**need).en
    assert en == "need r1:rice opened: 3 of rice for 1 people, class life threatening, door, due 2022-04-01 16:30"
    assert said(**need).zh == "登记缺口 r1:rice：3 份 rice，按 1 人计，危及生命，服务上门，限时 2022-04-01 16:30"
    assert said(**{**need, "assumed": True}).en.endswith("(nobody said how much: the ration norm)")
    assert said(**{**need, "assumed": True}).zh.endswith("（数量按定量估算）")


def test_an_allocation_with_lots_passed_over() -> None:
    made: dict[str, Any] = {
        "type": "allocation_made", "allocation_id": "a", "need_id": "r1:rice", "lot_id": "L2", "item": "rice",
        "quantity": 3, "rule": "in_full", "skipped": [{"lot_id": "L1", "reason": "reserve_floor"}],
    }  # fmt: skip
    assert said(**made) == Sentence(
        "从批次 L2 预留 3 份 rice 给 r1:rice（规则：足额；已足额）；跳过批次 L1（储备底线）",
        "3 of rice from lot L2 reserved for r1:rice, rule in full, limit asked; lots passed over: L1 (reserve floor)",
    )


def test_a_dispatch_and_its_end() -> None:
    line = {"allocation_id": "a", "need_id": "r1:rice", "lot_id": "L2", "item": "rice", "quantity": 3}
    ordered = said(
        type="dispatch_ordered", dispatch_id="D", requester_id="h1", area="x", grid="x", team="t1", mode="pickup",
        ordered_at=AT, deadline=AT, lines=[line, {**line, "item": "oil", "quantity": 1}],
    )  # fmt: skip
    assert "team t1 takes 3 × rice, 1 × oil to h1, pickup, by 2022-04-01 16:30" in ordered.en
    assert "t1 给 h1 送 3 × rice、1 × oil，错峰取物" in ordered.zh
    failed = said(type="dispatch_closed", dispatch_id="D", outcome="failed", failure="not_home")
    assert failed == Sentence("派单 D 确认：未送达（无人在家）", "dispatch D ended: failed (not home)")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_can_be_told(path: Path) -> None:
    sentence = describe(ADAPTER.validate_json(path.read_bytes()), ZONE)
    assert sentence.zh and sentence.en
    for word in (*sentence.zh.split(), *sentence.en.split()):
        assert "None" not in word and "datetime" not in word and "=" not in word, sentence


def test_a_failed_check_speaks_in_the_words_of_its_rule() -> None:
    check: dict[str, Any] = {
        "type": "check_failed", "check_id": "k1", "rule": "seal_mismatch", "severity": "hold", "consignment_id": "C1",
        "lot_ids": ["L1", "L2"], "subject": "carrier", "since": AT, "reason_zh": "交接铅封号不一致",
        "reason_en": "Seals differ.",
    }  # fmt: skip
    assert said(**check) == Sentence(
        "核查不合格（铅封不符，封存）：交接铅封号不一致（C1），批次 L1、L2",
        "check failed (seal mismatch, hold): Seals differ. (C1), lots L1, L2",
    )


def test_a_report_is_told_within_its_decision() -> None:
    handed: dict[str, Any] = {
        "kind": "custody_handed", "event_id": "e", "occurred_at": AT, "source": "s", "consignment_id": "C1",
        "from_party": "port", "to_party": "carrier", "given_at": AT, "taken_at": AT, "seal_given": "S1",
    }  # fmt: skip
    told = said(type="fact_recorded", fact=handed)
    assert told.en == "port handed over to carrier: given 2022-04-01 16:30, taken 2022-04-01 16:30, seal given S1"
    assert told.zh == "port 交给 carrier：2022-04-01 16:30 交，2022-04-01 16:30 接，交时铅封 S1"


def test_a_mean_of_zero_degrees_is_told() -> None:
    summed: dict[str, Any] = {
        "type": "temperature_summed", "consignment_id": "C1", "logger_id": "t1", "until": AT, "readings": 3,
        "min_c": -1.0, "max_c": 1.0, "mkt_c": 0.0, "out_minutes": 0.0, "unknown_minutes": 0.0,
    }  # fmt: skip
    assert said(**summed).en.endswith("mean kinetic temperature 0.0 °C")


def test_a_count_says_its_sign() -> None:
    assert said(type="lot_counted", lot_id="L", delta=-4, missing=2).en == (
        "lot L counted: -4, 2 more missing but reserved"
    )
    assert said(type="lot_counted", lot_id="L", delta=4).zh == "批次 L 盘点差异 +4"


def test_words_from_people_that_look_like_fields_stay_words() -> None:
    words = said(type="lot_written_off", lot_id="L", quantity=1, reason="{quantity} 100% {")
    assert words.en == "1 of lot L written off: {quantity} 100% {"


def test_unknown_events_name_themselves() -> None:
    assert event_name("of_the_future").en == "of the future"
    assert event_name(None).en == "-"


def test_sentences_are_joined() -> None:
    assert join([Sentence("一", "one"), Sentence("二", "two")]) == Sentence("一；二", "one; two")


def test_a_naive_zone_is_not_needed() -> None:
    assert describe(ADAPTER.validate_python({"type": "events_forgotten", "before": "2022-03-01"}, strict=False), dt.UTC)


def test_a_reason_that_is_known_in_chinese_is_said_in_chinese() -> None:
    held = {"type": "lot_held", "lot_id": "L1", "hold_id": "H1", "reason": "Too {warm}."}
    told = describe(ADAPTER.validate_python(held, strict=False), ZONE, {"Too {warm}.": "温度{超限}"})
    assert told == Sentence("批次 L1 封存（H1）：温度{超限}", "lot L1 held by H1: Too {warm}.")
    assert "Too {warm}." in said(**held).zh
