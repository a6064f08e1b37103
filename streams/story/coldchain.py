"""What the decisions of the cold-chain stage say, and the reports that they take up; checks bring their own words."""

from __future__ import annotations

from typing import Final

from schemas import coldchain, consignment, driver, inspection
from streams.story.sentence import Notes, Sentence, Sentences

DECISIONS: Final[Sentences] = {
    coldchain.FactRecorded: Sentence("{fact}", "{fact}"),
    coldchain.FactWithdrawn: Sentence(
        "撤回信息 {event_id}（{consignment_id}）：{reason}", "report {event_id} of {consignment_id} withdrawn: {reason}"
    ),
    coldchain.DriverTestRecorded: Sentence("{test}", "{test}"),
    coldchain.InspectionRecorded: Sentence("{report}", "{report}"),
    coldchain.OutsideHoldRecorded: Sentence(
        "外部封存令 {hold_id} 涉及批次 {lot_ids}：{reason}",
        "hold {hold_id} from outside is on lots {lot_ids}: {reason}",
    ),
    coldchain.StepReached: Sentence(
        "{consignment_id} 到达环节：{step}（{at}）", "{consignment_id} has come to the step {step}, {at}"
    ),
    coldchain.ReadingRecorded: Sentence(
        "记录仪 {logger_id}：{celsius} °C（{at}）", "logger {logger_id}: {celsius} °C, {at}"
    ),
    coldchain.IntervalKnown: Sentence(
        "记录仪 {logger_id} 每 {minutes} 分钟记录一次", "logger {logger_id} logs every {minutes} minutes"
    ),
    coldchain.LoggerPlaced: Sentence("记录仪 {logger_id} 随货", "logger {logger_id} lies with the goods"),
    coldchain.BreachOpened: Sentence(
        "记录仪 {logger_id} {kind}超限（限值 {limit_c} °C）：自 {start}，{alarm_at} 达到时限，最差 {peak_c} °C",
        "logger {logger_id}, {kind} breach of {limit_c} °C: since {start}, too long at {alarm_at}, worst {peak_c} °C",
    ),
    coldchain.BreachExtended: Sentence(
        "记录仪 {logger_id} {kind}超限更正（扩大）：自 {start}，最差 {peak_c} °C",
        "logger {logger_id}, {kind} breach corrected, longer or worse: since {start}, worst {peak_c} °C",
    ),
    coldchain.BreachShortened: Sentence(
        "记录仪 {logger_id} {kind}超限更正（缩小）：自 {start}，最差 {peak_c} °C",
        "logger {logger_id}, {kind} breach corrected, shorter or milder: since {start}, worst {peak_c} °C",
    ),
    coldchain.BreachWithdrawn: Sentence(
        "记录仪 {logger_id} 超限撤销（{breach_id}）", "logger {logger_id}: there was no such breach ({breach_id})"
    ),
    coldchain.GapFound: Sentence(
        "记录仪 {logger_id} 自 {start} 起温度未知", "logger {logger_id}: temperature unknown since {start}"
    ),
    coldchain.GapWithdrawn: Sentence(
        "记录仪 {logger_id} 自 {start} 起的空缺已更正", "logger {logger_id}: the gap since {start} is corrected"
    ),
    coldchain.SensorFlagged: Sentence("记录仪 {logger_id} {at}：{flag}", "logger {logger_id}: {flag} at {at}"),
    coldchain.WarningRaised: Sentence(
        "记录仪 {logger_id} {at} 预警（{score:.2f}）", "logger {logger_id}: early warning at {at}, score {score:.2f}"
    ),
    coldchain.TemperatureSummed: Sentence(
        "记录仪 {logger_id} 截至 {until}：{readings} 次，{min_c} 至 {max_c} °C，超限 {out_minutes:.0f} 分钟，"
        "未知 {unknown_minutes:.0f} 分钟",
        "logger {logger_id} until {until}: {readings} readings, {min_c} to {max_c} °C, out of range for "
        "{out_minutes:.0f} minutes, unknown for {unknown_minutes:.0f}",
    ),
    coldchain.CheckFailed: Sentence(
        "核查不合格（{rule}，{severity}）：{reason_zh}", "check failed ({rule}, {severity}): {reason_en}"
    ),
    coldchain.CheckMended: Sentence("核查恢复（{rule}）：{how}", "check no longer failed ({rule}): {how}"),
    coldchain.HoldOrdered: Sentence("下达封存令 {hold_id}：{reason}", "hold {hold_id} ordered: {reason}"),
    coldchain.HoldWithdrawn: Sentence("撤销封存令 {hold_id}：{reason}", "hold {hold_id} withdrawn: {reason}"),
    coldchain.ConsignmentClosed: Sentence("{consignment_id} 结案", "{consignment_id} closed"),
}

REPORTS: Final[Sentences] = {
    consignment.ConsignmentDeclared: Sentence(
        "申报 {consignment_id}：批次 {lots}，温度要求 {profile}",
        "{consignment_id} declared: lots {lots}, profile {profile}",
    ),
    consignment.StepReported: Sentence(
        "{consignment_id} 在 {facility}：{step}（{occurred_at}）",
        "{consignment_id} at {facility}: {step}, {occurred_at}",
    ),
    consignment.CertificateIssued: Sentence(
        "{issuer} 签发证明 {certificate_id}（{type}），自 {valid_from}",
        "certificate {certificate_id} ({type}) by {issuer}, valid from {valid_from}",
    ),
    consignment.CustodyHanded: Sentence(
        "{from_party} 交给 {to_party}：{given_at} 交，{taken_at} 接",
        "{from_party} handed over to {to_party}: given {given_at}, taken {taken_at}",
    ),
    consignment.LabReported: Sentence(
        "{laboratory} 样品 {sample_id}：{result}（采样 {sampled_at}）",
        "sample {sample_id} by {laboratory}: {result}, taken {sampled_at}",
    ),
    consignment.LotsDisinfected: Sentence(
        "{facility} 消毒（{batch_id}）", "disinfected at {facility}, treatment {batch_id}"
    ),
    consignment.LotsAggregated: Sentence(
        "组托 {parent_id}（{action}）：{child_ids}", "package {parent_id}, {action}: {child_ids}"
    ),
    consignment.LotsTransformed: Sentence("{inputs} 加工为 {outputs}", "{inputs} became {outputs}"),
    consignment.LotsObserved: Sentence(
        "{consignment_id} 在 {facility}（{occurred_at}）", "{consignment_id} seen at {facility}, {occurred_at}"
    ),
    consignment.LotsReturned: Sentence(
        "{quantities} 退运至 {to_party}：{reason}", "{quantities} returned to {to_party}: {reason}"
    ),
    consignment.LotsDestroyed: Sentence(
        "{quantities} 在 {facility} 销毁：{reason}", "{quantities} destroyed at {facility}: {reason}"
    ),
    consignment.ReportWithdrawn: Sentence(
        "{source} 撤回信息 {withdrawn_event_id}：{reason}", "{source} withdraws report {withdrawn_event_id}: {reason}"
    ),
    consignment.CheckWaived: Sentence("{source} 核准放行 {check_id}：{reason}", "{source} waives {check_id}: {reason}"),
    driver.DriverTested: Sentence(
        "司机 {driver_id} 核酸检测：{result}（{occurred_at}）", "driver {driver_id} tested: {result}, {occurred_at}"
    ),
    inspection.FindingReported: Sentence(
        "{premises_id} 督查问题 {finding_id}，{deadline} 前整改：{text}",
        "finding {finding_id} at {premises_id}, to be mended by {deadline}: {text}",
    ),
    inspection.FindingMended: Sentence(
        "{premises_id} 督查问题 {finding_id} 已整改", "finding {finding_id} at {premises_id} mended"
    ),
}
"""Reports within decisions."""

_LOTS: Final = Sentence("，批次 {lot_ids}", ", lots {lot_ids}")
_END: Final = Sentence("，至 {end}", ", until {end}")

NOTES: Final[Notes] = {
    (coldchain.OutsideHoldRecorded, "ended"): Sentence("（已解除）", " (lifted)"),
    (coldchain.StepReached, "facility"): Sentence("，{facility}", ", at {facility}"),
    (coldchain.ReadingRecorded, "out"): Sentence("，{out}超限", ", too {out}"),
    (coldchain.ReadingRecorded, "late"): Sentence("（迟到）", " (late)"),
    (coldchain.LoggerPlaced, "lot_ids"): _LOTS,
    (coldchain.IntervalKnown, "declared"): Sentence("（设备声明）", " (as it declares)"),
    (coldchain.BreachOpened, "end"): _END,
    (coldchain.BreachExtended, "end"): _END,
    (coldchain.BreachShortened, "end"): _END,
    (coldchain.GapFound, "end"): _END,
    (coldchain.TemperatureSummed, "mkt_c"): Sentence(
        "，平均动力学温度 {mkt_c:.1f} °C", ", mean kinetic temperature {mkt_c:.1f} °C"
    ),
    (coldchain.CheckFailed, "consignment_id"): Sentence("（{consignment_id}）", " ({consignment_id})"),
    (coldchain.CheckFailed, "premises_id"): Sentence("（{premises_id}）", " ({premises_id})"),
    (coldchain.CheckFailed, "lot_ids"): _LOTS,
    (coldchain.CheckMended, "by"): Sentence("，{by}", " by {by}"),
    (coldchain.CheckMended, "reason"): Sentence("：{reason}", ": {reason}"),
    (coldchain.HoldOrdered, "consignment_id"): Sentence("（{consignment_id}）", " ({consignment_id})"),
    (coldchain.HoldOrdered, "lot_ids"): _LOTS,
    (consignment.ConsignmentDeclared, "origin"): Sentence("，产地 {origin}", ", from {origin}"),
    (consignment.ConsignmentDeclared, "importer"): Sentence("，进口商 {importer}", ", importer {importer}"),
    (consignment.StepReported, "lot_ids"): _LOTS,
    (consignment.StepReported, "quantities"): Sentence("，清点 {quantities}", ", counted {quantities}"),
    (consignment.StepReported, "to_area"): Sentence("，发往 {to_area}", ", for {to_area}"),
    (consignment.CertificateIssued, "valid_until"): Sentence("至 {valid_until}", " until {valid_until}"),
    (consignment.CertificateIssued, "province"): Sentence("，{province}", ", {province}"),
    (consignment.CertificateIssued, "lot_ids"): _LOTS,
    (consignment.CustodyHanded, "seal_given"): Sentence("，交时铅封 {seal_given}", ", seal given {seal_given}"),
    (consignment.CustodyHanded, "seal_found"): Sentence("，接时铅封 {seal_found}", ", seal found {seal_found}"),
    (consignment.CustodyHanded, "driver_id"): Sentence("，司机 {driver_id}", ", driver {driver_id}"),
    (consignment.CustodyHanded, "vehicle"): Sentence("，车辆 {vehicle}", ", vehicle {vehicle}"),
    (consignment.CustodyHanded, "lot_ids"): _LOTS,
    (consignment.LabReported, "lot_ids"): _LOTS,
    (consignment.LotsDisinfected, "lot_ids"): _LOTS,
    (consignment.LotsTransformed, "facility"): Sentence("（{facility}）", " at {facility}"),
    (consignment.LotsObserved, "lot_ids"): _LOTS,
    (inspection.FindingReported, "lot_ids"): _LOTS,
}
