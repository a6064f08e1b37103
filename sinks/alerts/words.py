"""What an alert says, in Chinese and English, without personal data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from schemas.alert import AlertKind, AlertSeverity


class Words(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


KINDS: Final[dict[AlertKind, Words]] = {
    AlertKind.NEED_AT_RISK: Words("需求临近时限", "need at risk"),
    AlertKind.NEED_OVERDUE: Words("需求超时未满足", "need overdue"),
    AlertKind.SILENT_HOUSEHOLD: Words("重点住户失联", "silent household"),
    AlertKind.RESERVE_LOW: Words("低于储备", "below reserve"),
    AlertKind.COVER_LOW: Words("可保障天数不足", "few days of cover"),
    AlertKind.LOT_EXPIRING: Words("批次临期", "lot expiring"),
    AlertKind.PRICE_JUMP: Words("价格异动", "price jump"),
    AlertKind.DELIVERY_OVERDUE: Words("配送超时未确认", "delivery not confirmed"),
    AlertKind.TRANSFER_OVERDUE: Words("跨区调拨逾期未到", "transfer not arrived"),
    AlertKind.CONTACT_OVERDUE: Words("住户未及时告知", "household not told in time"),
    AlertKind.REPORT_LATE: Words("迟报", "late report"),
    AlertKind.FACILITY_QUIET: Words("单位停报", "facility reports no more"),
    AlertKind.CHECK_FAILED: Words("冷链检查不合格", "cold-chain check failed"),
    AlertKind.EARLY_WARNING: Words("温度异常预警", "early temperature warning"),
    AlertKind.DEAD_LETTERS: Words("消息被拒收", "messages rejected"),
    AlertKind.DUTY_UNCOVERED: Words("值班空缺", "nobody on duty"),
}
SEVERITIES: Final = {AlertSeverity.WARNING: Words("警告", "warning"), AlertSeverity.CRITICAL: Words("严重", "critical")}

_SENTENCES: Final[dict[AlertKind, Words]] = {
    AlertKind.NEED_AT_RISK: Words(
        "{requester_id} 所需 {item} 须在 {due_at} 前送达", "{requester_id} needs {item} by {due_at}"
    ),
    AlertKind.NEED_OVERDUE: Words(
        "{requester_id} 所需 {item} 应于 {due_at} 前送达，仍未满足",
        "{requester_id} was to have {item} by {due_at} and does not have it",
    ),
    AlertKind.SILENT_HOUSEHOLD: Words(
        "{requester_id} 自 {heard_at} 起无需求、无配送，请上门查看",
        "nothing asked by or brought to {requester_id} since {heard_at}: somebody has to knock",
    ),
    AlertKind.RESERVE_LOW: Words("{item} 可用 {usable}，应储 {target}", "{item}: {usable} usable, {target} to be held"),
    AlertKind.COVER_LOW: Words("{item} 可用 {usable}，可供 {days} 天", "{item}: {usable} usable, {days} days of cover"),
    AlertKind.LOT_EXPIRING: Words(
        "{item} 余 {quantity}，{expires_on} 到期", "{item}: {quantity} left, last day {expires_on}"
    ),
    AlertKind.PRICE_JUMP: Words(
        "{warehouse} 的 {item} 现价 {fen} 分，通常 {usual_fen} 分",
        "{item} at {warehouse} is {fen} fen, usually {usual_fen}",
    ),
    AlertKind.DELIVERY_OVERDUE: Words(
        "{team} 送往 {requester_id} 的配送应于 {deadline} 前确认",
        "{team} was to confirm its delivery to {requester_id} by {deadline}",
    ),
    AlertKind.TRANSFER_OVERDUE: Words(
        "自 {from_area} 调入的 {item} {quantity}（调拨 {transfer_id}）应于 {deadline} 前到达",
        "{quantity} {item} from {from_area} (transfer {transfer_id}) were to arrive by {deadline}",
    ),
    AlertKind.CONTACT_OVERDUE: Words(
        "{requester_id} 收到的批次 {lot_id} 已被封存，尚未告知住户",
        "{requester_id} received lot {lot_id}, which is held, and was not told",
    ),
    AlertKind.REPORT_LATE: Words("{source} 的 {kind} 迟报 {hours} 小时", "{source} reported {kind} {hours} hours late"),
    AlertKind.FACILITY_QUIET: Words(
        "{source} 自 {heard_at} 起无上报", "{source} has reported nothing since {heard_at}"
    ),
    AlertKind.CHECK_FAILED: Words("{reason_zh}", "{reason_en}"),
    AlertKind.EARLY_WARNING: Words(
        "货批 {consignment_id} 记录仪 {logger_id} 读数异常，评分 {score}",
        "logger {logger_id} of consignment {consignment_id} behaves unusually, score {score}",
    ),
    AlertKind.DEAD_LETTERS: Words("{topic} 有 {count} 条消息被拒收", "{count} messages of {topic} were rejected"),
    AlertKind.DUTY_UNCOVERED: Words("{from} 至 {until} 无人值班", "nobody is on duty from {from} until {until}"),
}
"""By kind; `{name}` is a member of the alert's detail."""
_FROM_ON: Final = Words("自 {from} 起无人值班", "nobody is on duty from {from} on")
"""Where no line of the roster ends the hours without anybody."""


class _Known(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


def sentence(kind: AlertKind, detail: Mapping[str, Any]) -> Words:
    """What it says; a member that the detail lacks shows as '?'."""
    ends = kind is not AlertKind.DUTY_UNCOVERED or detail.get("until") is not None
    words, known = (
        _SENTENCES[kind] if ends else _FROM_ON,
        _Known({name: "-" if value is None else value for name, value in detail.items()}),
    )
    return Words(words.zh.format_map(known), words.en.format_map(known))
