"""Kinds of events by name."""

from __future__ import annotations

from typing import Final

from streams.story.sentence import Sentence

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
    "household_contacted": Sentence("已告知住户", "household contacted"),
    "hold_placed": Sentence("封存", "hold placed"),
    "hold_lifted": Sentence("解除封存", "hold lifted"),
    "consignment_declared": Sentence("冷链申报", "consignment declared"),
    "step_reported": Sentence("环节登记", "step reported"),
    "certificate_issued": Sentence("证明签发", "certificate issued"),
    "custody_handed": Sentence("交接", "custody handed over"),
    "lab_reported": Sentence("检测报告", "laboratory result"),
    "lots_disinfected": Sentence("消毒", "lots disinfected"),
    "lots_aggregated": Sentence("组托", "lots aggregated"),
    "lots_transformed": Sentence("加工", "lots transformed"),
    "lots_observed": Sentence("查验", "lots observed"),
    "lots_returned": Sentence("退运", "lots returned"),
    "lots_destroyed": Sentence("销毁", "lots destroyed"),
    "report_withdrawn": Sentence("撤回信息", "report withdrawn"),
    "check_waived": Sentence("核准放行", "check waived"),
    "temperature_read": Sentence("温度记录", "temperature read"),
    "finding_reported": Sentence("督查发现问题", "finding reported"),
    "finding_mended": Sentence("问题整改", "finding mended"),
    "driver_tested": Sentence("司机核酸检测", "driver tested"),
    "alert_acknowledge": Sentence("预警确认", "alert acknowledged"),
    "alert_silence": Sentence("预警静默", "alerts silenced"),
    "alert_unsilence": Sentence("解除静默", "silence ended"),
    "household_viewed": Sentence("查看住户", "household looked at"),
    "duty_assigned": Sentence("值班安排", "duty assigned"),
    "clock_ticked": Sentence("时间推进", "time went on"),
}
