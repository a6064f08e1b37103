"""Steps, certificates and kinds of reports in Chinese, for the reasons of checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.consignment import CertificateType, Step

STEPS_ZH: Final[Mapping[str, str]] = {
    Step.DECLARED: "申报",
    Step.CLEARED: "海关放行",
    Step.WAREHOUSED: "进集中监管仓",
    Step.TESTED: "检测",
    Step.DISINFECTED: "消毒",
    Step.RELEASED: "出仓",
    Step.TRANSPORTED: "运输",
    Step.STORED: "入库",
    Step.ISSUED: "发放",
}
CERTIFICATES_ZH: Final[Mapping[str, str]] = {
    CertificateType.CUSTOMS_DECLARATION: "报关单",
    CertificateType.QUARANTINE_INSPECTION: "检验检疫证明",
    CertificateType.NUCLEIC_ACID_TEST: "核酸检测证明",
    CertificateType.DISINFECTION: "消毒证明",
    CertificateType.TRACE_CODE: "追溯码",
    CertificateType.EXIT: "出仓证明",
    CertificateType.EXIT_ELSEWHERE: "外省出仓证明",
}
REPORTS_ZH: Final[Mapping[str, str]] = {
    "consignment_declared": "冷链申报",
    "step_reported": "环节登记",
    "certificate_issued": "证明签发",
    "custody_handed": "交接",
    "lab_reported": "检测报告",
    "lots_disinfected": "消毒",
    "lots_aggregated": "组托",
    "lots_transformed": "加工",
    "lots_observed": "查验",
    "lots_returned": "退运",
    "lots_destroyed": "销毁",
    "report_withdrawn": "撤回信息",
    "check_waived": "核准放行",
}
_CODED: Final[Mapping[str, Mapping[str, str]]] = {
    "step": STEPS_ZH,
    "certificate": CERTIFICATES_ZH,
    "kind": REPORTS_ZH,
}


def in_english(words: Mapping[str, object]) -> dict[str, object]:
    """What fills the English pattern of a rule: underscores of codes become spaces."""
    return {name: str(value).replace("_", " ") if name in _CODED else value for name, value in words.items()}


def in_chinese(words: Mapping[str, object]) -> dict[str, object]:
    """What fills the Chinese pattern of a rule: codes in Chinese, all else as it is."""
    return {name: _CODED.get(name, {}).get(str(value), value) for name, value in words.items()}
