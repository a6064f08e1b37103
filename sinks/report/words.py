"""The report's words in Chinese and English: titles, column heads, codes."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from sinks.alerts.words import KINDS
from streams.story.codes import CODES
from streams.story.events import EVENTS
from streams.story.refusals import refusal

Lang = Literal["zh", "en"]
LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")


class Words(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str

    def say(self, lang: Lang) -> str:
        """In one of them."""
        return self.zh if lang == "zh" else self.en


TITLE: Final = Words("每日会商：保供情况报告", "Daily situation report")
AS_OF: Final = Words("截至", "As of")
PERIOD: Final = Words("统计时段自", "Period since")
AREAS: Final = Words("范围", "Areas")
EVERYWHERE: Final = Words("全市", "the whole city")
NOTHING: Final = Words("无", "none")
MORE: Final = Words("另有 {} 行", "{} more rows")
ONE_MORE: Final = Words("另有 1 行", "1 more row")
SQL: Final = Words("查询语句", "SQL")
BEHIND: Final = Words("数据不全：{}（分区 {}）只到 {}", "Incomplete: {} (partition {}) is known only until {}")
AND: Final = Words("、", ", ")
YES: Final = Words("是", "yes")

SECTIONS: Final[dict[str, Words]] = {
    "needs": Words("需求总况", "Needs at a glance"),
    "needs_area": Words("各供应区需求：提出、满足、未满足及原因", "Needs by area: asked, filled, unmet and why"),
    "needs_group": Words(
        "各重点人群需求（一户属多类者各计一次）", "Needs by special group (a household of two groups counts in both)"
    ),
    "needs_item": Words("各品类：需要、送达、缺口", "By item: asked, delivered, missing"),
    "setbacks": Words("已配物资落空原因", "Why needs lost what was meant for them"),
    "backlog_age": Words("未满足需求的等待时长及较前日变化", "Age of the backlog and its change"),
    "stock": Words("库存与可保障天数", "Stock and cover"),
    "prices": Words("价格变动", "Price movements"),
    "deliveries": Words("配送情况", "Deliveries"),
    "failures": Words("未完好送达的配送", "Deliveries that failed or came short"),
    "coldchain": Words("冷链货批", "Cold-chain consignments"),
    "checks": Words("冷链检查", "Cold-chain checks"),
    "breaches": Words("温度超限（最多百条）", "Temperature breaches (a hundred at most)"),
    "temperature": Words("温度记录", "Temperature loggers"),
    "findings": Words("督查问题", "Findings of inspections"),
    "facilities": Words("各单位迟报、漏报", "Late and missing reports by facility"),
    "alerts": Words("预警", "Alerts"),
    "alerts_open": Words("未解除的预警（最多百条）", "Open alerts (a hundred at most)"),
    "refused": Words("被拒收的消息", "Messages refused"),
    "positions": Words("本报告所依据的账本", "The ledgers that this report rests on"),
}

COLUMNS: Final[dict[str, Words]] = {
    "area": Words("供应区", "area"),
    "special_group": Words("人群", "group"),
    "item": Words("品类", "item"),
    "asked": Words("新提出", "asked"),
    "filled": Words("已满足", "filled"),
    "withdrawn": Words("已撤回", "withdrawn"),
    "open_needs": Words("未满足", "open"),
    "open_before": Words("前次未满足", "open before"),
    "open_change": Words("未满足变化", "change"),
    "overdue_needs": Words("超时", "overdue"),
    "overdue_change": Words("超时变化", "overdue change"),
    "life_threatening": Words("危及生命", "life-threatening"),
    "requesters_waiting": Words("等待户数", "households waiting"),
    "oldest_hours": Words("最长等待", "oldest"),
    "on_the_way": Words("原因：配送中", "why: on the way"),
    "set_aside": Words("原因：已备货", "why: set aside"),
    "next_share": Words("原因：待分配", "why: next share"),
    "at_floor": Words("原因：储备底线", "why: reserve floor"),
    "stock_held": Words("原因：货被封存", "why: stock held"),
    "stock_expired": Words("原因：货已过期", "why: stock expired"),
    "no_stock": Words("原因：无货", "why: no stock"),
    "asked_units": Words("新需要量", "units asked"),
    "delivered_units": Words("送达量", "units delivered"),
    "units_on_the_way": Words("配送中", "on the way"),
    "units_set_aside": Words("已备货", "set aside"),
    "units_missing": Words("缺口", "missing"),
    "reason": Words("原因", "reason"),
    "times": Words("次数", "times"),
    "needs": Words("需求数", "needs"),
    "age_from_hours": Words("自（小时）", "from (h)"),
    "age_to_hours": Words("至（小时）", "to (h)"),
    "lots": Words("批次数", "lots"),
    "available": Words("可用", "available"),
    "held": Words("封存", "held"),
    "expired": Words("过期", "expired"),
    "reserved": Words("已备货", "set aside"),
    "in_transit": Words("配送中", "on the way"),
    "reserve_floor": Words("储备底线", "floor"),
    "reserve_plan": Words("储备计划", "plan"),
    "per_day": Words("日均发出", "per day"),
    "cover_days": Words("可保障天数", "days of cover"),
    "below_floor": Words("低于底线", "below floor"),
    "next_expiry": Words("最近到期", "next expiry"),
    "last_fen": Words("最新价", "last price"),
    "last_at": Words("报价时间", "seen at"),
    "observations": Words("报价次数", "observations"),
    "lowest_fen": Words("最低", "lowest"),
    "highest_fen": Words("最高", "highest"),
    "median_before_fen": Words("此前中位价", "median before"),
    "change_percent": Words("涨跌", "change"),
    "ordered": Words("派单", "ordered"),
    "delivered": Words("送达", "delivered"),
    "short": Words("数量不足", "short"),
    "damaged": Words("损坏", "damaged"),
    "failed": Words("未送达", "failed"),
    "failed_percent": Words("未送达率", "failed share"),
    "out": Words("在途", "out"),
    "overdue": Words("超时", "overdue"),
    "recalled": Words("召回", "recalled"),
    "outcome": Words("结果", "outcome"),
    "failure": Words("未送达原因", "failure"),
    "team": Words("小组", "team"),
    "dispatches": Words("单数", "dispatches"),
    "returned_units": Words("退回", "returned"),
    "damaged_units": Words("损坏量", "damaged"),
    "lost_units": Words("丢失", "lost"),
    "profile": Words("温度类别", "profile"),
    "step": Words("环节", "step"),
    "consignments": Words("货批", "consignments"),
    "new_consignments": Words("新申报", "new"),
    "closed_consignments": Words("新结案", "closed"),
    "on_hold": Words("封存中", "on hold"),
    "with_failing_checks": Words("检查不合格", "failing checks"),
    "with_new_breaches": Words("新超限", "new breaches"),
    "rule": Words("检查项", "rule"),
    "severity": Words("级别", "severity"),
    "failing_checks": Words("不合格", "failing"),
    "failing_change": Words("变化", "change"),
    "newly_failed": Words("新增", "newly failed"),
    "mended": Words("已整改", "mended"),
    "consignment_id": Words("货批编号", "consignment"),
    "logger_id": Words("记录仪", "logger"),
    "kind": Words("类型", "kind"),
    "limit_c": Words("限值", "limit"),
    "peak_c": Words("极值", "peak"),
    "started_at": Words("开始", "started"),
    "ended_at": Words("结束", "ended"),
    "minutes": Words("时长", "duration"),
    "loggers": Words("记录仪数", "loggers"),
    "readings": Words("读数", "readings"),
    "out_of_range": Words("超限读数", "out of range"),
    "late_readings": Words("迟到读数", "late"),
    "gaps": Words("中断", "gaps"),
    "warnings": Words("早期预警", "early warnings"),
    "sensor_flags": Words("仪器异常", "sensor flags"),
    "premises_id": Words("场所", "premises"),
    "open_findings": Words("未整改", "open"),
    "reported": Words("新发现", "reported"),
    "next_deadline": Words("最近期限", "next deadline"),
    "source": Words("上报单位", "who reports"),
    "stock_reports": Words("库存上报", "stock reports"),
    "late_reports": Words("迟报", "late"),
    "worst_hours_late": Words("最长迟报", "worst delay"),
    "last_stock_report_at": Words("最近库存上报", "last stock report"),
    "quiet_for_hours": Words("已停报", "quiet for"),
    "state": Words("状态", "state"),
    "open_alerts": Words("未解除", "open"),
    "unacknowledged": Words("未确认", "unacknowledged"),
    "escalated": Words("已升级", "escalated"),
    "raised_since": Words("新发生", "raised"),
    "resolved_since": Words("新解除", "resolved"),
    "subject": Words("对象", "subject"),
    "level": Words("层级", "level"),
    "owner": Words("值班人", "on duty"),
    "acknowledged_by": Words("确认人", "acknowledged by"),
    "since": Words("自", "since"),
    "hours": Words("持续", "for"),
    "topic": Words("主题", "topic"),
    "code": Words("代码", "code"),
    "messages": Words("消息数", "messages"),
    "example": Words("例", "example"),
    "stage": Words("账本", "ledger"),
    "partition": Words("分区", "partition"),
    "records_since": Words("新记录", "new records"),
    "refused_since": Words("新拒收", "refused"),
    "fenced_since": Words("新隔离", "fenced"),
    "head_seq": Words("末条序号", "head seq"),
    "head_hash": Words("末条哈希", "head hash"),
    "known_until": Words("已知至", "known until"),
}

_MORE: Final = {
    "none": Words("无特殊情况", "none"),
    "institution": Words("机构", "institution"),
    "elderly_alone": Words("独居老人", "elderly alone"),
    "disabled": Words("残疾人", "disabled"),
    "infant": Words("婴幼儿", "infant"),
    "pregnant": Words("孕产妇", "pregnant"),
    "chronic_medication": Words("慢性病用药", "chronic medication"),
    "dialysis": Words("透析", "dialysis"),
    "hardship": Words("困难群众", "hardship"),
    "medical_trip": Words("外出就医", "medical trip"),
    "missing": Words("停报", "missing"),
    "late": Words("迟报", "late"),
    "in_time": Words("正常", "in time"),
    "critical": Words("严重", "critical"),
    "grid": Words("网格", "grid"),
    "community": Words("社区", "community"),
    "district": Words("区", "district"),
    "city": Words("市", "city"),
    "supply": Words("供应", "supply"),
    "coldchain": Words("冷链", "cold chain"),
    "alerts": Words("预警", "alerts"),
    "transfers": Words("调拨", "transfers"),
}
_ALERTS: Final = {kind.value: Words(*said) for kind, said in KINDS.items()}


def code_words(code: str) -> Words:
    """A code of the contracts; one that is not known here is shown as it is, its underscores as spaces."""
    plain = code.replace("_", " ")
    return known_words(code) or Words(plain, plain)


def known_words(code: str) -> Words | None:
    """A code of the contracts in words; None: it has none, so it may be a name that somebody gave."""
    if code in _MORE:
        return _MORE[code]
    if code in CODES:
        return Words(CODES[code], code.replace("_", " "))
    if code in _ALERTS:
        return _ALERTS[code]
    found = EVENTS.get(code) or refusal(code)
    return None if found is None else Words(*found)
