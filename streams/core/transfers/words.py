"""Why something is moved, in words for people who do it: English and Chinese."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from schemas.request import NeedClass
from schemas.transfers import Standing
from streams.core.transfers.plan import Move

CLASSES_ZH: Final = {
    NeedClass.LIFE_THREATENING: "危及生命",
    NeedClass.CRITICAL: "重点人群",
    NeedClass.SEALED: "封控户",
    NeedClass.OTHER: "一般",
}


def why_moved(
    item: str, move: Move, source: Standing, destination: Standing, need_class: NeedClass, zone: ZoneInfo
) -> tuple[str, str]:
    """One sentence in each language."""
    lacking = next(one for one in destination.lacking if one.need_class is need_class)
    since = lacking.since.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    words = need_class.value.replace("_", "-")
    english = (
        f"{move.destination} lacks {lacking.quantity} {item} for {words} needs, the oldest since {since}; "
        f"{move.source}, {move.km} km away, can spare {source.spare}."
    )
    chinese = (
        f"{move.destination} 缺 {item} {lacking.quantity}（{CLASSES_ZH[need_class]}），最早报于 {since}；"
        f"{move.source} 相距 {move.km} 公里，可调出 {source.spare}。"
    )
    return english[:500], chinese[:500]
