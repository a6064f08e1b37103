"""Decisions and events as sentences, in Chinese and English, for people who ask what became of a request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from schemas import supply
from schemas.base import Model


class Sentence(NamedTuple):
    """The same thing in both languages; as a template, `{name}` is a field of the decision."""

    zh: str
    en: str


EVENTS: Final[dict[str, Sentence]] = {
    "household_registered": Sentence("住户登记", "household registered"),
    "institution_registered": Sentence("单位登记", "institution registered"),
    "tier_changed": Sentence("管控等级变更", "tier changed"),
    "requester_removed": Sentence("住户或单位迁出", "requester removed"),
    "request_filed": Sentence("需求提交", "request filed"),
    "request_amended": Sentence("需求修改", "request amended"),
    "request_cancelled": Sentence("需求取消", "request cancelled"),
    "request_handed_over": Sentence("需求移交", "request handed over"),
    "stock_received": Sentence("入库", "stock received"),
    "stock_counted": Sentence("盘点", "stock counted"),
    "stock_written_off": Sentence("报损", "stock written off"),
    "stock_transferred": Sentence("调拨", "stock transferred"),
    "reserve_floor_set": Sentence("设定储备底线", "reserve floor set"),
    "reserve_plan_set": Sentence("设定储备计划", "reserve plan set"),
    "price_observed": Sentence("价格采集", "price observed"),
    "delivery_confirmed": Sentence("配送确认", "delivery confirmed"),
    "hold_placed": Sentence("封存", "hold placed"),
    "hold_lifted": Sentence("解除封存", "hold lifted"),
    "clock_ticked": Sentence("时间推进", "time went on"),
}
"""Kinds of events by name."""

DECISIONS: Final[dict[type[Model], Sentence]] = {
    supply.RequesterRecorded: Sentence(
        "登记 {requester_id}（{grid}，{tier}，类别：{need_class}）",
        "{requester_id} recorded in {grid}, tier {tier}, class {need_class}",
    ),
    supply.RequesterLeft: Sentence("{requester_id} 迁出 {area}", "{requester_id} left {area}"),
    supply.RequestRecorded: Sentence(
        "受理需求 {request_id}（{requester_id}），首接负责：{responsible}，首报时间 {reported_at}",
        "request {request_id} of {requester_id} taken; responsible: {responsible}; first reported {reported_at}",
    ),
    supply.ResponsibilityHanded: Sentence(
        "需求 {request_id} 移交给 {responsible}", "request {request_id} handed over to {responsible}"
    ),
    supply.LineRefused: Sentence(
        "需求 {request_id} 中的 {item} 不予受理：{reason}", "{item} of request {request_id} refused: {reason}"
    ),
    supply.NeedOpened: Sentence(
        "登记缺口 {need_id}：{quantity} 份 {item}，{need_class}，{mode}，限时 {due_at}",
        "need {need_id} opened: {quantity} of {item}, class {need_class}, {mode}, due {due_at}",
    ),
    supply.DuplicateSuspected: Sentence(
        "{need_id} 可能与 {other_need_id} 重复，两者均保留", "{need_id} may repeat {other_need_id}; both stand"
    ),
    supply.NeedReplanned: Sentence(
        "{need_id} 重新排期：{need_class}，{mode}，限时 {due_at}",
        "{need_id} planned anew: class {need_class}, {mode}, due {due_at}",
    ),
    supply.NeedAmended: Sentence("{need_id} 数量改为 {quantity}", "{need_id} now asks for {quantity}"),
    supply.NeedOverdue: Sentence("{need_id} 超时（限时 {due_at}）", "{need_id} is overdue, it was due {due_at}"),
    supply.NeedReopened: Sentence(
        "{need_id} 再次缺 {quantity} 份：{reason}", "{quantity} of {need_id} without stock again: {reason}"
    ),
    supply.NeedClosed: Sentence("{need_id} 结束：{reason}", "{need_id} closed: {reason}"),
    supply.LotRecorded: Sentence(
        "批次 {lot_id} 入库：{quantity} 份 {item}，仓库 {warehouse}，{temperature}",
        "lot {lot_id} came in: {quantity} of {item} at {warehouse}, {temperature}",
    ),
    supply.LotCounted: Sentence("批次 {lot_id} 盘点差异 {delta:+}", "lot {lot_id} counted: {delta:+}"),
    supply.LotWrittenOff: Sentence(
        "批次 {lot_id} 报损 {quantity} 份：{reason}", "{quantity} of lot {lot_id} written off: {reason}"
    ),
    supply.LotTransferredOut: Sentence(
        "批次 {lot_id} 调出 {quantity} 份至 {to_area}（批次 {to_lot_id}）",
        "{quantity} of lot {lot_id} left for {to_area} as lot {to_lot_id}",
    ),
    supply.LotExpired: Sentence(
        "批次 {lot_id} 过期，剩余 {quantity} 份不得发放", "lot {lot_id} expired: {quantity} may not be given out"
    ),
    supply.LotHeld: Sentence("批次 {lot_id} 封存（{hold_id}）：{reason}", "lot {lot_id} held by {hold_id}: {reason}"),
    supply.LotFreed: Sentence("批次 {lot_id} 解除封存 {hold_id}", "hold {hold_id} on lot {lot_id} ended"),
    supply.HoldRecorded: Sentence("封存令 {hold_id}：{reason}", "hold {hold_id} stands: {reason}"),
    supply.HoldEnded: Sentence("封存令 {hold_id} 解除", "hold {hold_id} lifted"),
    supply.FloorSet: Sentence("{area} 的 {item} 储备底线：{quantity}", "reserve floor of {item} in {area}: {quantity}"),
    supply.PlanSet: Sentence(
        "{area} 的 {item} 储备计划：{quantity}", "planned reserve of {item} in {area}: {quantity}"
    ),
    supply.PriceRecorded: Sentence(
        "{warehouse} 的 {item} 单价 {fen} 分", "{item} costs {fen} fen a unit at {warehouse}"
    ),
    supply.AllocationMade: Sentence(
        "从批次 {lot_id} 预留 {quantity} 份 {item} 给 {need_id}（规则：{rule}）",
        "{quantity} of {item} from lot {lot_id} reserved for {need_id}, rule {rule}",
    ),
    supply.AllocationReleased: Sentence(
        "{need_id} 的预留释放 {quantity} 份回批次 {lot_id}：{reason}",
        "{quantity} reserved for {need_id} went back to lot {lot_id}: {reason}",
    ),
    supply.DispatchOrdered: Sentence(
        "派单 {dispatch_id}：{team} 给 {requester_id} 送 {lines}，{mode}，期限 {deadline}",
        "dispatch {dispatch_id}: team {team} takes {lines} to {requester_id}, {mode}, by {deadline}",
    ),
    supply.DispatchOverdue: Sentence(
        "派单 {dispatch_id} 逾期未确认（期限 {deadline}）", "dispatch {dispatch_id} not confirmed by {deadline}"
    ),
    supply.DispatchRecalled: Sentence(
        "召回派单 {dispatch_id}（批次 {lot_ids}）：{reason}",
        "dispatch {dispatch_id} recalled for lots {lot_ids}: {reason}",
    ),
    supply.DispatchClosed: Sentence("派单 {dispatch_id} 确认：{outcome}", "dispatch {dispatch_id} ended: {outcome}"),
    supply.LineDelivered: Sentence(
        "{need_id} 的 {item}：送达 {delivered}，退回 {returned}，损坏 {damaged}，丢失 {lost}",
        "{item} for {need_id}: {delivered} delivered, {returned} returned, {damaged} damaged, {lost} lost",
    ),
    supply.RepeatIgnored: Sentence("重复信息 {id}，不再处理：{reason}", "{id} said again, no further effect: {reason}"),
    supply.EventsForgotten: Sentence("{before} 之前的事件编号不再记忆", "event ids from before {before} forgotten"),
}
"""What each decision says; a decision without a sentence fails a test."""

NOTES: Final[dict[tuple[type[Model], str], Sentence]] = {
    (supply.RequestRecorded, "life_threatening"): Sentence("【危及生命】", " [life-threatening]"),
    (supply.NeedOpened, "assumed"): Sentence("（数量按定量估算）", " (nobody said how much: the ration norm)"),
    (supply.NeedAmended, "assumed"): Sentence("（数量按定量估算）", " (nobody said how much: the ration norm)"),
    (supply.LotRecorded, "expires_on"): Sentence("，有效期至 {expires_on}", ", to be used by {expires_on}"),
    (supply.LotRecorded, "from_lot_id"): Sentence("，分自批次 {from_lot_id}", ", split from lot {from_lot_id}"),
    (supply.LotRecorded, "consignment_id"): Sentence("，冷链批次 {consignment_id}", ", consignment {consignment_id}"),
    (supply.LotCounted, "missing"): Sentence("，另缺 {missing} 份（已预留）", ", {missing} more missing but reserved"),
    (supply.LotWrittenOff, "missing"): Sentence(
        "，另缺 {missing} 份（已预留）", ", {missing} more missing but reserved"
    ),
    (supply.LotFreed, "free"): Sentence("，可以发放", "; it is free"),
    (supply.HoldRecorded, "lot_ids"): Sentence("，批次 {lot_ids}", "; lots {lot_ids}"),
    (supply.HoldRecorded, "consignment_id"): Sentence("，冷链批次 {consignment_id}", "; consignment {consignment_id}"),
    (supply.AllocationMade, "skipped"): Sentence("；跳过批次 {skipped}", "; lots passed over: {skipped}"),
    (supply.DispatchClosed, "failure"): Sentence("（{failure}）", " ({failure})"),
}
"""Added to the sentence where the field is set."""

CODES: Final[dict[str, str]] = {
    "life_threatening": "危及生命",
    "critical": "重点人群",
    "sealed": "封控",
    "controlled": "管控",
    "precaution": "防范",
    "other": "一般",
    "door": "服务上门",
    "pickup": "错峰取物",
    "collect": "自行领取",
    "ambient": "常温",
    "chilled": "冷藏",
    "frozen": "冷冻",
    "vaccine": "疫苗冷链",
    "delivered": "送达",
    "cancelled": "取消",
    "amended": "修改",
    "short": "数量不足",
    "damaged": "损坏",
    "failed": "未送达",
    "not_home": "无人在家",
    "bad_address": "地址有误",
    "refused": "拒收",
    "no_courier": "无人配送",
    "no_access": "无法进入",
    "count_shortage": "盘点短少",
    "hold": "封存",
    "held": "封存",
    "expired": "过期",
    "reserve_floor": "储备底线",
    "written_off": "报损",
    "line_missing": "缺件",
    "in_full": "足额",
    "last_of_stock": "最后库存",
    "down_to_floor": "至储备底线",
    "from_reserve": "动用储备",
    "event_known": "已处理的信息",
    "request_known": "已受理的需求",
    "lot_known": "已登记的批次",
    "hold_known": "已登记的封存令",
}
"""Codes in Chinese; in English their underscores become spaces."""


def describe(decision: Model, zone: dt.tzinfo) -> Sentence:
    """What a decision says; times in `zone`."""
    template = DECISIONS[type(decision)]
    notes = [note for (kind, field), note in NOTES.items() if kind is type(decision) and getattr(decision, field)]
    zh = "".join(part.zh for part in (template, *notes))
    en = "".join(part.en for part in (template, *notes))
    fields = {name: getattr(decision, name) for name in type(decision).model_fields}
    return Sentence(
        zh.format_map({name: _zh(value, zone) for name, value in fields.items()}),
        en.format_map({name: _en(value, zone) for name, value in fields.items()}),
    )


def _zh(value: Any, zone: dt.tzinfo) -> Any:
    if isinstance(value, str):
        return CODES.get(value, str(value))
    if isinstance(value, supply.SkippedLot):
        return f"{value.lot_id}（{_zh(value.reason, zone)}）"
    return "、".join(_zh(one, zone) for one in value) if isinstance(value, tuple) else _common(value, zone)


def _en(value: Any, zone: dt.tzinfo) -> Any:
    if isinstance(value, StrEnum) or (isinstance(value, str) and value in CODES):
        return value.replace("_", " ")
    if isinstance(value, supply.SkippedLot):
        return f"{value.lot_id} ({_en(value.reason, zone)})"
    return ", ".join(_en(one, zone) for one in value) if isinstance(value, tuple) else _common(value, zone)


def _common(value: Any, zone: dt.tzinfo) -> Any:
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, supply.DispatchLine):
        return f"{value.quantity} × {value.item}"
    return value


def event_name(kind: str | None) -> Sentence:
    """The name of a kind of event; of an unknown one, itself."""
    return EVENTS.get(kind or "", Sentence(kind or "-", (kind or "-").replace("_", " ")))


def join(sentences: Iterable[Sentence]) -> Sentence:
    """Several sentences as one."""
    said = list(sentences)
    return Sentence("；".join(one.zh for one in said), "; ".join(one.en for one in said))
