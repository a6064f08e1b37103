"""The checks of the cold chain: code, severity, words, and where each comes from. One table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.coldchain import Rule, Severity

_HOLD, _WARNING = Severity.HOLD, Severity.WARNING


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule as people read it. `zh` and `en` are patterns that each check fills in; `source`: who asks for it."""

    severity: Severity
    zh: str
    en: str
    source: str


RULES: Final[dict[Rule, RuleWords]] = {
    Rule.CERTIFICATE_MISSING: RuleWords(
        _HOLD,
        "{step}环节缺少证明：{certificate}",
        "No valid {certificate} certificate when the lots came to the step {step}.",
        "三证一码；出仓证明",
    ),
    Rule.CERTIFICATE_EXPIRED: RuleWords(
        _HOLD,
        "{step}环节证明已过期：{certificate}（编号 {number}）",
        "The {certificate} certificate {number} had expired when the lots came to the step {step}.",
        "三证一码；出仓证明",
    ),
    Rule.WAREHOUSE_BYPASSED: RuleWords(
        _HOLD,
        "未经集中监管仓，也无互认省份的出仓证明：{step}",
        "Came to the step {step} without a supervised warehouse and without a recognised exit certificate.",
        "进口冷链食品集中监管仓；省际互认",
    ),
    Rule.SEAL_MISMATCH: RuleWords(
        _HOLD,
        "交接铅封号不一致：交 {given}，接 {found}",
        "Seal {given} was given, seal {found} was found.",
        "交接记录（铅封号）",
    ),
    Rule.CUSTODY_GAP: RuleWords(
        _HOLD,
        "交接链中断：{detail_zh}",
        "The chain of custody is broken: {detail_en}.",
        "交接记录（全程追溯）",
    ),
    Rule.STEP_OUT_OF_ORDER: RuleWords(
        _HOLD,
        "环节顺序错误：{step}（{detail_zh}）",
        "The step {step} is out of order: {detail_en}.",
        "全链条闭环管理",
    ),
    Rule.TEMPERATURE_BREACH: RuleWords(
        _HOLD,
        "温度超限：记录仪 {logger}，{side_zh}",
        "Logger {logger} was {side_en} for longer than profile {profile} allows.",
        "GB/T 24616; WHO",
    ),
    Rule.TEMPERATURE_UNKNOWN: RuleWords(
        _HOLD,
        "温度记录中断超过 {minutes} 分钟：{what_zh}",
        "No temperature is known for more than {minutes} minutes: {what_en}.",
        "GB/T 24616; WHO",
    ),
    Rule.TEST_POSITIVE: RuleWords(
        _HOLD,
        "核酸检测阳性：样品 {sample}",
        "Sample {sample} tested positive.",
        "进口冷链食品核酸检测",
    ),
    Rule.QUANTITY_MISMATCH: RuleWords(
        _HOLD,
        "数量不符：批次 {lot} 应为 {expected}，实为 {counted}",
        "Lot {lot} should be {expected} units, {counted} were reported.",
        "进销存台账",
    ),
    Rule.REPORT_LATE: RuleWords(
        _WARNING,
        "迟报：{kind} 晚于发生后 {hours} 小时",
        "The report {kind} came more than {hours} hours after it happened.",
        "迟报瞒报",
    ),
    Rule.TWO_PLACES: RuleWords(
        _HOLD,
        "同时出现在两地：{one}、{other}",
        "Seen at {one} and at {other} within less time than the way takes.",
        "全程追溯",
    ),
    Rule.DRIVER_UNTESTED: RuleWords(
        _HOLD,
        "交接时司机 {driver} 无 {hours} 小时内核酸阴性证明",
        "Driver {driver} had no negative test of the last {hours} hours at the handover.",
        "跨市司机 72 小时核酸证明",
    ),
    Rule.FINDING_OVERDUE: RuleWords(
        _HOLD,
        "督查问题逾期未整改：{finding}",
        "Finding {finding} was not mended by its deadline.",
        "督查限期整改",
    ),
    Rule.HELD_ELSEWHERE: RuleWords(
        _HOLD,
        "原料批次已被封存：{hold}",
        "Made of lots that hold {hold} is on.",
        "问题批次追溯封存",
    ),
}
"""By rule. Words of a check are fixed when it fails: they name what broke it, not how bad it has become since."""
