"""What the decisions about transfers between areas say: those of the areas, and those of the city."""

from __future__ import annotations

from typing import Final

from schemas import moves, transfers
from streams.story.sentence import Notes, Sentence, Sentences

DECISIONS: Final[Sentences] = {
    moves.NeedEscalated: Sentence(
        "{need_id} 街道无法满足，缺 {item} {quantity} 份，上报全市统筹",
        "{need_id} could not be filled in the area: {quantity} of {item} are for the city to find",
    ),
    moves.StandingReported: Sentence("{area} 的 {item}：可调出 {spare}", "{area} stands with {item}: {spare} to spare"),
    moves.TransferReserved: Sentence(
        "调拨 {transfer_id}：从批次 {lot_id} 预留 {quantity} 份 {item}，{ship_by} 前发往 {to_area}（{to_warehouse}）",
        "transfer {transfer_id}: {quantity} of {item} from lot {lot_id} set aside, "
        "to leave for {to_area} ({to_warehouse}) by {ship_by}",
    ),
    moves.TransferRefused: Sentence(
        "调拨 {transfer_id}：批次 {lot_id} 的 {item} 有 {quantity} 份无法调出：{reason}",
        "transfer {transfer_id}: {quantity} of {item} from lot {lot_id} can't be sent: {reason}",
    ),
    moves.TransferReleased: Sentence(
        "调拨 {transfer_id}：批次 {lot_id} 预留的 {quantity} 份 {item} 解除：{reason}",
        "transfer {transfer_id}: {quantity} of {item} of lot {lot_id} are no longer set aside: {reason}",
    ),
    moves.TransferExpected: Sentence(
        "调拨 {transfer_id}：{deadline} 前将从 {from_area} 到 {quantity} 份 {item}（{km} 公里）",
        "transfer {transfer_id}: {quantity} of {item} are to come from {from_area}, {km} km away, by {deadline}",
    ),
    moves.TransferCut: Sentence(
        "调拨 {transfer_id}：{quantity} 份 {item} 不再到货：{reason}",
        "transfer {transfer_id}: {quantity} of {item} will not come: {reason}",
    ),
    moves.TransferArrived: Sentence(
        "调拨 {transfer_id} 到货 {quantity} 份 {item}", "transfer {transfer_id} brought {quantity} of {item}"
    ),
    moves.TransferLost: Sentence(
        "调拨 {transfer_id} 途中损失 {quantity} 份 {item}：{reason}",
        "transfer {transfer_id} lost {quantity} of {item} on its way: {reason}",
    ),
    moves.TransferOverdue: Sentence(
        "调拨 {transfer_id} 的 {quantity} 份 {item} 逾期未到（期限 {deadline}）",
        "{quantity} of {item} of transfer {transfer_id} had not come by {deadline}",
    ),
    transfers.StandingTaken: Sentence(
        "全市已知 {area} 的 {item}：可调出 {spare}", "the city knows how {area} stands with {item}: {spare} to spare"
    ),
    transfers.RoundDecided: Sentence(
        "{at} 调拨轮次 {item}：缺 {lacking}，可调出 {spare}，调拨 {moved}",
        "round of {item} at {at}: {lacking} lacking, {spare} to spare, {moved} moved",
    ),
    transfers.TransferOrdered: Sentence(
        "调拨 {transfer_id}：{quantity} 份 {item} 从 {from_area}（批次 {lot_id}）至 {area}（{warehouse}），{km} 公里，"
        "{deadline} 前到：{reason_zh}",
        "transfer {transfer_id}: {quantity} of {item} from {from_area} (lot {lot_id}) to {area} ({warehouse}), "
        "{km} km, to arrive by {deadline}: {reason}",
    ),
    transfers.TransferReduced: Sentence(
        "调拨 {transfer_id}：{from_area} 少发 {quantity} 份 {item}：{reason}",
        "transfer {transfer_id}: {from_area} sends {quantity} of {item} less: {reason}",
    ),
    transfers.TransferEnded: Sentence(
        "调拨 {transfer_id} 结束：应到 {ordered}，实到 {received}，损失 {lost}，未发 {reduced}",
        "transfer {transfer_id} ended: {ordered} ordered, {received} received, {lost} lost, {reduced} not sent",
    ),
}
REPORTS: Final[Sentences] = {
    transfers.Lacking: Sentence("{need_class}缺 {quantity}", "{quantity} lacking for {need_class}"),
    transfers.Unfilled: Sentence(
        "{area} {need_class}仍缺 {quantity}：{why}", "{area} still lacks {quantity} for {need_class}: {why}"
    ),
}
NOTES: Final[Notes] = {
    (moves.StandingReported, "lacking"): Sentence("，{lacking}", ", {lacking}"),
    (moves.TransferReleased, "shipped"): Sentence("，其中 {shipped} 份发出", "; {shipped} of them left"),
    (moves.TransferArrived, "missing"): Sentence("，短少 {missing} 份", ", {missing} fewer than expected"),
    (transfers.StandingTaken, "lacking"): Sentence("，{lacking}", ", {lacking}"),
    (transfers.RoundDecided, "unfilled"): Sentence("；{unfilled}", "; {unfilled}"),
}
