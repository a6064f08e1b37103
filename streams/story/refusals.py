"""Why messages are refused, by code; in English their underscores become spaces.

They have a table of their own: some have the name of a decision (`lot_held` refuses a move, and is what a hold does).
"""

from __future__ import annotations

from typing import Final

from streams.story.sentence import Sentence

REFUSALS: Final[dict[str, str]] = {
    "absurd_quantity": "数量超出限额",
    "absurd_time": "时间不合理",
    "already_declared": "货批已按其他内容申报",
    "closed_consignment": "货批已结束",
    "dispatch_closed": "派单已确认过",
    "duplicate_line": "同一项重复填写",
    "empty": "空消息",
    "finding_elsewhere": "该问题属于其他场所",
    "foreign_dispatch": "派单属于其他街道",
    "foreign_duty": "告知义务属于其他住户或街道",
    "foreign_lot": "批次在其他街道",
    "foreign_request": "诉求在其他街道提出",
    "in_the_future": "时间超前",
    "internal_error": "系统内部错误",
    "line_missing": "缺少派单中的一项",
    "lot_exists": "批次编号已被占用",
    "lot_expired": "批次已过期",
    "lot_held": "批次已封存，不得调出",
    "lot_twice": "批次重复填写",
    "need_closed": "该项需求已结束",
    "never_valid": "证明有效期颠倒",
    "no_contact_duty": "没有待告知的事项",
    "not_available": "可用数量不足",
    "not_expected": "超出待到数量",
    "not_json": "不是可读的 JSON",
    "not_on_shelf": "超出在库数量，请先盘点",
    "not_reserved": "超出预留数量",
    "not_withdrawable": "申报和撤回不能再撤回",
    "other_area": "与调拨目的地不符",
    "other_item": "与调拨品类不符",
    "other_lot": "与调拨批次不符",
    "outcome_mismatch": "结果与数量不符",
    "over_delivery": "超出派单数量",
    "province_missing": "外省出仓证明未写省份",
    "quantity_unknown": "无法估算数量",
    "request_closed": "诉求已结束",
    "too_large": "消息过大",
    "too_old": "时间过早",
    "unknown": "原因不明",
    "unknown_allocation": "派单中无此项",
    "unknown_check": "无此不合格检查",
    "unknown_consignment": "无此货批",
    "unknown_dispatch": "无此派单",
    "unknown_duty": "无此告知义务",
    "unknown_event": "无此上报",
    "unknown_finding": "无此督查问题",
    "unknown_hold": "无此封存令",
    "unknown_item": "品类目录中无此品类",
    "unknown_lot": "无此批次",
    "unknown_profile": "无此温度要求",
    "unknown_request": "无此诉求",
    "unknown_requester": "无此住户或单位，请先登记",
    "wrong_partition": "分区不符",
}
_INVALID: Final = "invalid."
"""Before the names that pydantic has for what is wrong with a field."""
_FIELDS: Final = {
    "missing": "缺少字段",
    "extra_forbidden": "字段多余",
    "union_tag_invalid": "消息种类不明",
    "union_tag_not_found": "未写消息种类",
    "string_too_long": "文字过长",
    "string_too_short": "文字过短",
    "string_pattern_mismatch": "格式不符",
    "literal_error": "取值不在范围内",
    "enum": "取值不在范围内",
    "greater_than": "数值过小",
    "greater_than_equal": "数值过小",
    "less_than": "数值过大",
    "less_than_equal": "数值过大",
    "timezone_aware": "时间缺少时区",
}


def refusal(code: str) -> Sentence | None:
    """A refusal's code in words; None: it is not known here."""
    if code.startswith(_INVALID):
        kind = code.removeprefix(_INVALID)
        return Sentence(_FIELDS.get(kind, "字段有误"), f"invalid field: {kind.replace('_', ' ')}")
    return Sentence(REFUSALS[code], code.replace("_", " ")) if code in REFUSALS else None
