"""Whatever a page may have to say has words in both languages: what may come is read from contracts and code."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic_core.core_schema import ErrorType

import schemas.supply
from schemas import coldchain, consignment, delivery, duty, household, ledger, stock, temperature, transfers
from schemas.alert import DETAILS, AlertDecision, AlertKind, AlertSeverity
from schemas.coldchain import ColdChainDecision
from schemas.hold import HoldEnd
from schemas.item import load_catalogue
from schemas.request import NeedClass
from schemas.supply import SupplyDecision
from schemas.topics import ALL_SOURCES
from schemas.transfers import TransferDecision
from sinks.alerts.words import sentence
from sinks.console.details import facts
from sinks.console.pages import audit, needs
from sinks.console.pages import coldchain as coldchain_page
from sinks.console.pages import stock as stock_page
from sinks.console.users import Role
from sinks.console.words import Speaker, tables
from sinks.report.words import known_words
from streams.core.supply.policy import Rule
from streams.core.supply.releasing import Why
from streams.ledger.accept import Fence

ROOT: Final = Path(__file__).parents[3]
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
CATALOGUE: Final = load_catalogue(ROOT / "deploy" / "items.toml")
ZH, EN = Speaker("zh", catalogue=CATALOGUE), Speaker("en", catalogue=CATALOGUE)
DECISIONS: Final = (SupplyDecision, ColdChainDecision, AlertDecision, TransferDecision)
ENUMS: Final[tuple[type[StrEnum], ...]] = (
    NeedClass, household.Tier, household.Group, schemas.supply.DeliveryMode, delivery.Outcome, delivery.FailureReason,
    stock.TemperatureClass, coldchain.Rule, coldchain.Severity, coldchain.SensorFlag, temperature.BreachKind,
    consignment.Step, consignment.LabResult, consignment.CertificateType, duty.Level, AlertKind, AlertSeverity,
    ledger.RecordKind, transfers.Progress, Fence, Role,
)  # fmt: skip


def members(union: Any) -> tuple[Any, ...]:
    """The models of an annotated union, or the one model."""
    inner = typing.get_args(union)[0] if typing.get_origin(union) is typing.Annotated else union
    return typing.get_args(inner) or (inner,)


def literals(union: Any, name: str) -> Iterator[str]:
    """What a field of these models may say, where the contract lists it."""
    for model in members(union):
        if name in model.model_fields:
            hint = model.model_fields[name].annotation
            if typing.get_origin(hint) is typing.Literal:
                yield from typing.get_args(hint)


def said_in(folder: str, *calls: str, place: int = 0, keyword: str = "") -> set[str]:
    """Strings that stand in the code as an argument of such calls."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or _name(node.func) not in calls:
                continue
            given = [one.value for one in node.keywords if one.arg == keyword] if keyword else node.args[place:]
            found |= {one.value for one in given[:1] if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def _name(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def refusals() -> set[str]:
    """Codes with which stages refuse messages."""
    return said_in("streams/core", "refuse", "Rejected") | said_in("streams/ledger", "Rejected")


def repeats() -> set[str]:
    """Why a message that says something again is ignored."""
    return said_in("streams/core", "ignore", place=1) | said_in("streams/core", "RepeatIgnored", keyword="reason")


CODES: Final[dict[str, set[str]]] = {
    **{enum.__name__: {str(one.value) for one in enum} for enum in ENUMS},
    "decisions": {kind for union in DECISIONS for kind in literals(union, "type")},
    "events": {kind for topic in ALL_SOURCES for kind in literals(topic.model, "kind")} | {"clock_ticked"},
    "facts": set(literals(consignment.ConsignmentFact, "kind")),
    "rules": set(typing.get_args(Rule)),
    "limits": set(typing.get_args(schemas.supply.Limit)),
    "reasons": {reason for union in DECISIONS for reason in literals(union, "reason")},
    "hows": {how for union in DECISIONS for how in literals(union, "how")},
    "skipped": set(literals(schemas.supply.SkippedLot, "reason")),
    "setbacks": set(typing.get_args(Why)),
    "refusals": refusals(),
    "invalid": {f"invalid.{kind}" for kind in typing.get_args(ErrorType)},
    "repeats": repeats(),
    "filters": {*needs.ONLY, *needs.CLASSES, *needs.GROUPS, *needs.TIERS, *stock_page.ONLY},
    "stages": set(audit.STAGES),
    "alert states": {"raised", "escalated", "acknowledged", "resolved", "changed", "handed_over", "muted"},
    "ends of alerts": said_in("streams/core/alerts", "AlertResolved", keyword="reason"),
    "pages with looks": said_in("sinks/console/pages", "looked", place=1),
}


@pytest.mark.parametrize("what", CODES)
def test_every_code_has_words_in_both_languages(what: str) -> None:
    assert CODES[what], "nothing was found: this test looks in the wrong place"
    for code in CODES[what]:
        zh, en = (say.refusal(code) if what in ("refusals", "invalid") else say.code(code) for say in (ZH, EN))
        assert CHINESE.search(zh), f"{code!r} has no Chinese"
        assert not CHINESE.search(en) and not re.search(r"[_.]", en) and en, f"{code!r} has no English: {en!r}"


def test_every_sentence_has_the_same_places_in_both_languages() -> None:
    for name, table in tables().items():
        for key, (zh, en) in table.items():
            assert sorted(re.findall(r"{\w+}", zh)) == sorted(re.findall(r"{\w+}", en)), (name, key)
            bare = re.search(r"[a-z]{3,}", re.sub(r"{\w+}", "", zh))
            assert CHINESE.search(zh) or not bare or key == "language", (name, key)


def test_every_choice_of_consignments_is_said_for_what_it_is() -> None:
    for code in coldchain_page.ONLY:
        assert CHINESE.search(ZH(f"only.{code}")) and not CHINESE.search(EN(f"only.{code}"))
    assert ZH("only.failed") != ZH.code("failed"), "a check that fails is no delivery that failed"


def test_a_code_has_its_words_in_one_place() -> None:
    for code, (zh, en) in tables()["code"].items():
        assert code not in {kind.value for kind in AlertKind}, f"{code!r} is said in the words of its alerts"
        known = known_words(code)
        assert known is None or tuple(known) != (zh, en), f"{code!r} is said in the same words elsewhere"


def test_what_was_asked_wrongly_is_named_in_both_languages() -> None:
    parts = said_in("sinks/console", "BadRequest") | said_in("sinks/console/pages", "choice", "number")
    assert len(parts) > 10
    for part in parts:
        assert CHINESE.search(ZH.part(part)) and EN.part(part).startswith("the "), part


def test_why_a_hold_ended_is_told_in_both_languages() -> None:
    for end in HoldEnd:
        assert CHINESE.search(ZH.reason(end.value)) and EN.reason(end.value) == end.value
    assert ZH.reasons({"too hot": "温度超限"}).reason("too hot") == "温度超限"
    assert EN.reason("count_shortage") == "count found less" and ZH.reason("as people wrote it") == "as people wrote it"


def test_a_word_of_a_publisher_stays_as_it_is() -> None:
    assert ZH.code("team_7") == EN.code("team_7") == "team_7" and ZH.code(None) == ""


@pytest.mark.parametrize("kind", AlertKind)
def test_every_detail_of_an_alert_is_told_in_both_languages(kind: AlertKind) -> None:
    samples: dict[str, Any] = {name: SAMPLES.get(name, "x-1") for name in DETAILS[kind]}
    zh, en = (dict(facts(samples, say)) for say in (ZH, EN))
    for label in zh:
        assert CHINESE.search(label), label
    for label, value in en.items():
        assert re.fullmatch(r"[A-Za-z -]+", label) and not CHINESE.search(label + value), label
    for text in (*zh.values(), *en.values(), *zh, *en):
        assert not re.search(r"\dT\d|[a-z]_[a-z]", text), f"{text!r} is no word"
    shown = DETAILS[kind] - {"requester_id", "reason_zh", "reason_en"}
    assert len(zh) == len(en) == len(shown)


SAMPLES: Final[dict[str, Any]] = {
    **dict.fromkeys(("due_at", "heard_at", "deadline", "from", "until"), "2022-04-01T08:00:00+00:00"),
    **dict.fromkeys(("quantity", "usable", "target", "count", "fen", "usual_fen"), 1234),
    **dict.fromkeys(("days", "hours", "score"), 1.5),
    "item": "infant_formula", "need_class": "life_threatening", "kind": "stock_received", "rule": "seal_mismatch",
    "stage": "coldchain", "expires_on": "2022-04-03", "reason_zh": "铅封不符", "reason_en": "seals differ",
}  # fmt: skip


@pytest.mark.parametrize("kind", AlertKind)
def test_the_sentence_of_an_alert_asks_for_nothing_that_it_has_not(kind: AlertKind) -> None:
    told = sentence(kind, dict.fromkeys(DETAILS[kind], "x"))
    assert "?" not in told.zh and "?" not in told.en
