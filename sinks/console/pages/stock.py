"""Stock and lots (库存与批次): by warehouse and item, expiring, below floor; a lot's story both ways."""

from __future__ import annotations

from typing import Final

from sinks.console.asked import Asked
from sinks.console.desk import Desk, Missing
from sinks.console.pages.needs import story
from sinks.console.pages.now import cover

PAGE: Final = 100
MOST_GIVEN: Final = 50
ONLY: Final = ("expiring", "expired", "held")


def stock(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """Items, warehouses and lots."""
    chosen = {
        "item": asked.word("item"),
        "warehouse": asked.word("warehouse"),
        "only": asked.choice("only", ONLY),
    }
    skip, day = asked.number("skip", most=10_000_000), {"today": desk.today(asked)}
    items, lots, warehouses = desk.store.ask_all(
        asked,
        ("console_items", day),
        ("console_lots", {**chosen, **day, "limit": PAGE, "skip": skip}),
        ("console_warehouses", day),
    )
    return desk.render(
        "stock.html",
        asked,
        bare,
        items=cover(items),
        warehouses=warehouses,
        lots=lots,
        chosen=chosen,
        only=ONLY,
        skip=skip,
        size=PAGE,
    )


def lot(desk: Desk, asked: Asked, bare: bool = False) -> str:
    """One lot: where it came from, what became of it, and, for whom that is meant, who got it."""
    found = desk.store.ask("console_lot", asked, lot=asked.word("id"))
    if not found:
        raise Missing
    row = found[0]
    given = desk.store.ask("console_lot_given", asked, lot=row["lot_id"], partition=row["partition"], limit=MOST_GIVEN)
    seen = asked.user.may_see_households
    if seen:
        desk.looked(asked, "lot", [(one["requester_id"], one["area"]) for one in given])
    told = story(desk, asked, "lot", row["lot_id"], row["partition"])
    return desk.render("lot.html", asked, bare, lot=row, given=given, seen=seen, story=told)
