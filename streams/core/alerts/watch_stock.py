"""Stock as the alert stage watches it: reserves, days of cover, expiring lots, price jumps."""

from __future__ import annotations

import datetime as dt
from statistics import median
from typing import Any, Final

from schemas.alert import AlertKind, AlertSeverity
from streams.core.alerts.settings import Rules
from streams.core.alerts.state import Lot, Shelf, State, Truth
from streams.core.alerts.words import Watch, name_in, subject_of
from streams.core.decider import LedgerRead
from streams.core.instants import DAY, day_start

RESERVE: Final = AlertKind.RESERVE_LOW
COVER: Final = AlertKind.COVER_LOW
EXPIRING: Final = AlertKind.LOT_EXPIRING
PRICE: Final = AlertKind.PRICE_JUMP
PRICES_KEPT: Final = 50
"""Observations of an item's price in a warehouse that the median is taken of, at most."""


def _shelf(state: State, area: str, item: str) -> Shelf:
    return state.shelves.setdefault((area, item), Shelf())


def _add(state: State, rules: Rules, lot: Lot, units: int) -> None:
    """Units that may be given out of a lot come or go."""
    lot.available += units
    if not lot.holds and not lot.expired:
        _shelf(state, lot.area, lot.item).usable += units
        weigh(state, rules, lot.area, lot.item)


def _received(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    expires = None if said["expires_on"] is None else dt.date.fromisoformat(said["expires_on"]).toordinal()
    lot = state.lots[said["lot_id"]] = Lot(said["area"], said["item"], expires, 0)
    state.places.add(lot.area)
    parent = state.lots.get(said["from_lot_id"] or "")
    if parent is not None:
        _add(state, rules, parent, -said["quantity"])
    _add(state, rules, lot, said["quantity"])
    _watch_expiry(state, rules, said["lot_id"], lot)


def _watch_expiry(state: State, rules: Rules, lot_id: str, lot: Lot) -> None:
    """A lot with units is waited for until its last days begin; one without is not."""
    subject = subject_of(lot.area, lot_id)
    if lot.available <= 0 or lot.expired:
        state.end(EXPIRING, subject)
        state.watching.set((EXPIRING.value, subject), None)
    elif lot.expires is not None and (EXPIRING.value, subject) not in state.truths:
        start = day_start(lot.expires - rules.expiring_days + 1, rules.zone)
        state.watching.set((EXPIRING.value, subject), start)


def _changed(state: State, rules: Rules, lot_id: str, units: int) -> None:
    lot = state.lots.get(lot_id)
    if lot is not None:
        _add(state, rules, lot, units)
        _watch_expiry(state, rules, lot_id, lot)


def _counted(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _changed(state, rules, said["lot_id"], said["delta"])


def _less(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _changed(state, rules, said["lot_id"], -said["quantity"])


def _more(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _changed(state, rules, said["lot_id"], said["quantity"])


def _line(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _changed(state, rules, said["lot_id"], said["returned"])


def _held(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _bar(state, rules, said["lot_id"], 1)


def _freed(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _bar(state, rules, said["lot_id"], -1)


def _bar(state: State, rules: Rules, lot_id: str, holds: int) -> None:
    lot = state.lots.get(lot_id)
    if lot is None:
        return
    before = bool(lot.holds)
    lot.holds += holds
    if bool(lot.holds) != before and not lot.expired:
        _shelf(state, lot.area, lot.item).usable += lot.available if before else -lot.available
        weigh(state, rules, lot.area, lot.item)


def _expired(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    lot = state.lots.get(said["lot_id"])
    if lot is not None and not lot.expired:
        if not lot.holds:
            _shelf(state, lot.area, lot.item).usable -= lot.available
        lot.expired = True
        _watch_expiry(state, rules, said["lot_id"], lot)
        weigh(state, rules, lot.area, lot.item)


def lot_expiring(state: State, _: Rules, subject: str, at: int) -> None:
    """A lot's last days have begun while there are units of it."""
    lot = state.lots.get(lot_id := name_in(subject))
    if lot is not None and lot.expires is not None and lot.available > 0 and not lot.expired:
        last = dt.date.fromordinal(lot.expires).isoformat()
        detail = {"lot_id": lot_id, "item": lot.item, "quantity": lot.available, "expires_on": last}
        state.tell(EXPIRING, subject, Truth(lot.area, AlertSeverity.WARNING, at, detail))


def _floor(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _shelf(state, said["area"], said["item"]).floor = said["quantity"]
    weigh(state, rules, said["area"], said["item"])


def _plan(state: State, rules: Rules, _: LedgerRead, said: dict[str, Any]) -> None:
    _shelf(state, said["area"], said["item"]).plan = said["quantity"]
    weigh(state, rules, said["area"], said["item"])


def _sent(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    day = read.at // DAY
    for line in said["lines"]:
        shelf = _shelf(state, said["area"], line["item"])
        shelf.first_used = day if shelf.first_used is None else shelf.first_used
        shelf.used[day] = shelf.used.get(day, 0) + line["quantity"]
        for old in [known for known in shelf.used if known <= day - rules.pace_days]:
            del shelf.used[old]
        weigh(state, rules, said["area"], line["item"])


def pace(shelf: Shelf, today: int, rules: Rules) -> float:
    """Units a day that an item goes at, over the last days."""
    if shelf.first_used is None:
        return 0.0
    days = min(rules.pace_days, today - shelf.first_used + 1)
    units = sum(used for day, used in shelf.used.items() if day > today - rules.pace_days)
    return units / max(days, 1)


def weigh(state: State, rules: Rules, area: str, item: str) -> None:
    """Compare what may be given out of an item with its reserves and with the pace at which it goes."""
    shelf, subject, now = state.shelves[(area, item)], subject_of(area, item), state.now or 0
    target, severity = (
        (shelf.floor, AlertSeverity.CRITICAL) if shelf.usable < shelf.floor else (shelf.plan, AlertSeverity.WARNING)
    )
    detail = {"item": item, "usable": shelf.usable, "target": target}
    _say(state, RESERVE, subject, shelf.usable < target, Truth(area, severity, now, detail))
    speed = pace(shelf, now // DAY, rules)
    days = shelf.usable / speed if speed else None
    low = days is not None and days < rules.cover_days
    critical = low and days is not None and days < rules.cover_days / 3
    words = {"item": item, "usable": shelf.usable, "days": None if days is None else round(days, 1)}
    truth = Truth(area, AlertSeverity.CRITICAL if critical else AlertSeverity.WARNING, now, words)
    _say(state, COVER, subject, low, truth)
    state.watching.set((COVER.value, subject), (now // DAY + 1) * DAY if speed else None)


def _say(state: State, kind: AlertKind, subject: str, true: bool, truth: Truth) -> None:
    """Tell or end it; what is known keeps its beginning, and is told again only where it got worse or better."""
    known = state.truths.get((kind.value, subject))
    if not true:
        state.end(kind, subject)
    elif known is None:
        state.tell(kind, subject, truth)
    elif known.severity is not truth.severity:
        truth.since = known.since
        state.tell(kind, subject, truth)


def cover_again(state: State, rules: Rules, subject: str, _: int) -> None:
    """A new day: the pace is another one."""
    area, item = subject.split(":", 1)
    if (area, item) in state.shelves:
        weigh(state, rules, area, item)


def _price(state: State, rules: Rules, read: LedgerRead, said: dict[str, Any]) -> None:
    """A warehouse's price is compared with its own of the days before: what others ask neither raises nor ends it."""
    subject = subject_of(said["area"], f"{said['item']}:{said['warehouse']}")
    known = [entry for entry in state.prices.get(subject, []) if entry[0] > read.at - rules.price]
    usual = median(fen for _, fen in known) if known else None
    state.prices[subject] = [*known, (read.at, said["fen"])][-PRICES_KEPT:]
    state.watching.set((PRICE.value, subject), read.at + rules.price)
    if usual is None or said["fen"] < usual * rules.price_factor:
        state.end(PRICE, subject)
        return
    detail = {"item": said["item"], "fen": said["fen"], "usual_fen": usual, "warehouse": said["warehouse"]}
    state.tell(PRICE, subject, Truth(said["area"], AlertSeverity.WARNING, read.at, detail))


def price_unseen(state: State, _: Rules, subject: str, __: int) -> None:
    """Nobody saw this price for so long that no earlier one is left to compare with."""
    state.prices.pop(subject, None)
    state.end(PRICE, subject)


WATCH: Final[dict[str, Watch]] = {
    "lot_recorded": _received,
    "lot_counted": _counted,
    "lot_written_off": _less,
    "lot_transferred_out": _less,
    "allocation_made": _less,
    "allocation_released": _more,
    "transfer_reserved": _less,
    "transfer_released": _more,
    "line_delivered": _line,
    "lot_held": _held,
    "lot_freed": _freed,
    "lot_expired": _expired,
    "floor_set": _floor,
    "plan_set": _plan,
    "dispatch_ordered": _sent,
    "price_recorded": _price,
}
