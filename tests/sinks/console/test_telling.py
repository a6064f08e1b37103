"""Decisions in short, and amounts and lengths of time, as the console says them in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from schemas.item import Item, load_catalogue
from sinks.console.telling import about_cold, about_supply
from sinks.console.words import Speaker

ROOT = Path(__file__).parents[3]
CATALOGUE = load_catalogue(ROOT / "deploy" / "items.toml")
ZH, EN = Speaker("zh", catalogue=CATALOGUE), Speaker("en", catalogue=CATALOGUE)
TELLERS = {"supply": about_supply, "coldchain": about_cold}
EXAMPLES = [
    (stage, path)
    for stage in TELLERS
    for path in sorted(ROOT.glob(f"schemas/examples/{stage}.decisions/*/*.json"))
    if path.stem not in ("repeat_ignored", "events_forgotten")
]
"""Of the two that are left out nobody has a story: they name neither household nor lot."""


def row(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": body["type"], "item": body.get("item", ""), "logger_id": body.get("logger_id", ""),
        "body": json.dumps(body, ensure_ascii=False),
    }  # fmt: skip


def told(say: Speaker, **body: Any) -> str:
    return " · ".join(about_supply(row(body), say))


@pytest.mark.parametrize(("stage", "path"), EXAMPLES, ids=[path.stem for _, path in EXAMPLES])
def test_every_example_is_told_without_a_raw_code(stage: str, path: Path) -> None:
    body = json.loads(path.read_bytes())
    names = {value for value in _strings(body) if not re.fullmatch("[a-z_]+", value)}
    for say in (ZH, EN):
        text = " · ".join(part for part in TELLERS[stage](row(body), say) if part not in names)
        assert not re.search(r"[a-z]_[a-z]|\dT\d|None", text), text


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for each in value for found in _strings(each)]
    return [value] if isinstance(value, str) else []


def test_what_became_of_a_bag() -> None:
    line = {"type": "line_delivered", "item": "milk", "lot_id": "lot-1", "delivered": 3, "returned": 1, "lost": 2}
    assert told(ZH, **line) == "牛奶 · 送达 3 盒（250 毫升） · 退回 1 盒（250 毫升） · 丢失 2 盒（250 毫升） · lot-1"
    assert told(EN, **line) == (
        "Milk · 3 × 250 ml carton delivered · 1 × 250 ml carton returned · 2 × 250 ml carton lost · lot-1"
    )


def test_the_rule_of_an_allocation_and_what_kept_it_from_more() -> None:
    made = {
        "type": "allocation_made", "item": "rice", "quantity": 5, "lot_id": "lot-1", "rule": "down_to_floor",
        "limit": "reserve_floor", "skipped": [{"lot_id": "lot-0", "reason": "held"}],
    }  # fmt: skip
    assert told(ZH, **made) == "大米 · 5 公斤 · lot-1 · 至储备底线 · 储备底线 · lot-0: 封存"
    assert told(EN, **made) == "Rice · 5 kg · lot-1 · down to floor · reserve floor · lot-0: held"
    assert told(ZH, **{**made, "rule": "in_full", "limit": "asked", "skipped": []}).endswith("lot-1 · 足额")


def test_a_refused_line_says_why_in_the_readers_language() -> None:
    line = {"type": "line_refused", "item": "milk", "code": "absurd_quantity", "reason": "The quantity is over it."}
    assert told(ZH, **line) == "牛奶 · 数量超出限额"
    assert told(EN, **line) == "Milk · absurd quantity · The quantity is over it."


def test_another_item_stands_in() -> None:
    body = {
        "type": "need_substituted", "need_id": "r1:rice", "units": 2, "by_need_id": "r1:noodles", "by_item": "noodles",
        "quantity": 4,
    }  # fmt: skip
    assert told(ZH, **body) == "2 份由挂面 4 袋（500 克） 替代"
    assert told(EN, **body) == "Dried noodles, 4 × 500 g pack, for 2 units"


def test_names_that_look_like_codes_stay_names() -> None:
    handed = {"type": "responsibility_handed", "request_id": "r1", "responsible": "other"}
    assert told(ZH, **handed) == told(EN, **handed) == "other"


@pytest.mark.parametrize("item", CATALOGUE.values(), ids=lambda item: item.code)
def test_every_unit_of_the_catalogue_is_said_in_both_languages(item: Item) -> None:
    assert re.search(r"[\u4e00-\u9fff]", item.unit_zh)
    assert re.fullmatch(r"50 [\u4e00-\u9fff]+(（\d+ [\u4e00-\u9fff]+）)?", ZH.amount(50, item.code))
    assert re.fullmatch(r"50 (× \d.+|kg|l|[a-z]+s)", EN.amount(50, item.code))
    assert re.fullmatch(r"1 (× \d.+|[a-z]+)", EN.amount(1, item.code)) and EN.amount(1, item.code)[-1] != "s"


def test_an_amount_of_an_item_that_says_less() -> None:
    plain = Item(code="x", name_zh="某", name_en="Some", unit="box")
    zh, en = Speaker("zh", catalogue={"x": plain}), Speaker("en", catalogue={"x": plain})
    assert (zh.amount(1234, "x"), en.amount(1234, "x"), en.amount(1, "x")) == ("1,234 box", "1,234 boxes", "1 box")
    assert zh.amount(3, "gold") == en.amount(3, "gold") == "3"


def test_short_times_are_minutes_and_long_ones_days() -> None:
    assert [ZH.hours(hours) for hours in (0.1, 5.04, 96.0)] == ["6 分钟", "5.0 小时", "4.0 天"]
    assert [EN.hours(hours) for hours in (0.1, 5.04, 96.0)] == ["6 min", "5.0 h", "4.0 d"]
    assert (EN.number(450.0), EN.number(450.5), EN.number(1234), EN.number(None)) == ("450", "450.5", "1,234", "")
