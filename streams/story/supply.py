"""What the decisions of the supply stage say."""

from __future__ import annotations

from typing import Final

from schemas import exposure, ledger, supply
from streams.story.sentence import Notes, Sentence, Sentences

DECISIONS: Final[Sentences] = {
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
        "登记缺口 {need_id}：{quantity} 份 {item}，按 {people} 人计，{need_class}，{mode}，限时 {due_at}",
        "need {need_id} opened: {quantity} of {item} for {people} people, class {need_class}, {mode}, due {due_at}",
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
    supply.NeedSubstituted: Sentence(
        "{need_id} 的 {units} 份由 {quantity} 份 {by_item} 替代（{by_need_id}）",
        "{quantity} of {by_item} stand in for {units} of {need_id}, as {by_need_id}",
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
        "从批次 {lot_id} 预留 {quantity} 份 {item} 给 {need_id}（规则：{rule}；{limit}）",
        "{quantity} of {item} from lot {lot_id} reserved for {need_id}, rule {rule}, limit {limit}",
    ),
    supply.AllocationReleased: Sentence(
        "{need_id} 的预留释放 {quantity} 份回批次 {lot_id}：{reason}",
        "{quantity} reserved for {need_id} went back to lot {lot_id}: {reason}",
    ),
    supply.WeighingSet: Sentence(
        "{area} 的 {item} 将于 {at} 统一分配：{reason}", "{item} in {area} will be shared out at {at}: {reason}"
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
    exposure.ContactDutyOpened: Sentence(
        "{requester_id}（{grid}）已收到封存批次 {lot_id} 的 {item} {quantity} 份，须于 {due_at} 前告知（{hold_id}）",
        "{requester_id} in {grid} received {quantity} of {item} from held lot {lot_id}: "
        "to be contacted by {due_at} (hold {hold_id})",
    ),
    exposure.ContactDutyRaised: Sentence(
        "{requester_id} 又收到封存批次 {lot_id} {more} 份，共 {quantity} 份，须于 {due_at} 前告知",
        "{requester_id} received {more} more from held lot {lot_id}, {quantity} in all: to be contacted by {due_at}",
    ),
    exposure.ContactOverdue: Sentence(
        "{requester_id} 未按时告知（限时 {due_at}）", "nobody has contacted {requester_id} by {due_at}"
    ),
    exposure.ContactDutyEnded: Sentence(
        "对 {requester_id} 的告知义务结束：{reason}", "contact duty for {requester_id} ended: {reason}"
    ),
    ledger.RepeatIgnored: Sentence("重复信息 {id}，不再处理：{reason}", "{id} said again, no further effect: {reason}"),
    ledger.EventsForgotten: Sentence("{before} 之前的事件编号不再记忆", "event ids from before {before} forgotten"),
}

NOTES: Final[Notes] = {
    (supply.RequestRecorded, "life_threatening"): Sentence("【危及生命】", " [life-threatening]"),
    (supply.NeedOpened, "assumed"): Sentence("（数量按定量估算）", " (nobody said how much: the ration norm)"),
    (supply.NeedOpened, "substitutes"): Sentence("，可替代", "; a substitute will do"),
    (supply.NeedAmended, "assumed"): Sentence("（数量按定量估算）", " (nobody said how much: the ration norm)"),
    (supply.LotRecorded, "expires_on"): Sentence("，有效期至 {expires_on}", ", to be used by {expires_on}"),
    (supply.LotRecorded, "from_lot_id"): Sentence("，分自批次 {from_lot_id}", ", split from lot {from_lot_id}"),
    (supply.LotRecorded, "moved_from"): Sentence("，由批次 {moved_from} 调入", ", moved out of lot {moved_from}"),
    (supply.LotRecorded, "consignment_id"): Sentence("，冷链批次 {consignment_id}", ", consignment {consignment_id}"),
    (supply.LotCounted, "missing"): Sentence("，另缺 {missing} 份（已预留）", ", {missing} more missing but reserved"),
    (supply.LotWrittenOff, "missing"): Sentence(
        "，另缺 {missing} 份（已预留）", ", {missing} more missing but reserved"
    ),
    (supply.LotFreed, "free"): Sentence("，可以发放", "; it is free"),
    (supply.HoldRecorded, "lot_ids"): Sentence("，批次 {lot_ids}", "; lots {lot_ids}"),
    (supply.HoldRecorded, "consignment_id"): Sentence("，冷链批次 {consignment_id}", "; consignment {consignment_id}"),
    (supply.AllocationMade, "skipped"): Sentence("；跳过批次 {skipped}", "; lots passed over: {skipped}"),
    (supply.AllocationMade, "more"): Sentence(
        "；至少再来 {more} 份才会多得一份", "; at least {more} more would have to come for another unit"
    ),
    (supply.NeedReplanned, "people"): Sentence("，按 {people} 人计", ", reckoned for {people} people"),
    (supply.NeedAmended, "people"): Sentence("，按 {people} 人计", ", reckoned for {people} people"),
    (supply.DispatchClosed, "failure"): Sentence("（{failure}）", " ({failure})"),
    (exposure.ContactDutyEnded, "by"): Sentence("（{by}）", " by {by}"),
    (exposure.ContactDutyEnded, "outcome"): Sentence("：{outcome}", ": {outcome}"),
}
