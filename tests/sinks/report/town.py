"""A town of two areas over three days, written by hand: its ledgers of supply, cold chain and alerts.

Hours count from START. Area a1 is on partition 0, area a2 on partition 1, whose worker is away from hour 40 to 44: what
was sent then is decided at 44, with the times at which it was sent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from streams.ledger.record import Draft
from tests.sinks.clickhouse.book import START, Book, iso, load
from tests.sinks.clickhouse.coldbook import ColdBook, hour, lot_of

REQUESTS, STOCK, DELIVERIES = "supply.requests.v1", "stock.events.v1", "deliveries.confirmations.v1"
A1, A2 = "sh/pd/a1", "sh/pd/a2"
EVIL = '=HYPERLINK("http://x","y")<script>alert(1)</script>|`\\'
Json = dict[str, Any]


class TownBook(Book):
    """A ledger that knows when each of its records was written."""

    def __init__(self, stage: str = "supply", partition: int = 0, area: str = A1) -> None:
        super().__init__(stage, partition)
        self.area = area
        self.hours: list[float] = []
        """For each record, the hour at which it was written."""
        self.away: float | None = None
        """The hour at which the worker came back; None: it is there."""
        self.opened()

    def _add(self, draft: Draft) -> Book:
        written = hour(self.away) if self.away is not None else self.now
        self.hours.append((written - START) / timedelta(hours=1))
        return super()._add(replace(draft, recorded_at=written))

    def need(
        self, name: str, quantity: int = 5, item: str = "rice", who: str = "h1", due: float = 24, **more: Any
    ) -> Json:
        return {
            "type": "need_opened", "need_id": f"{name}:{item}", "request_id": name, "requester_id": who,
            "area": self.area, "grid": f"{self.area}/c1/g1", "item": item, "quantity": quantity, "assumed": False,
            "need_class": "sealed", "mode": "door", "reported_at": iso(self.now),
            "due_at": iso(self.now + timedelta(hours=due)), **more,
        }  # fmt: skip

    def asked(self, *needs: Json) -> None:
        self.decided(REQUESTS, {"kind": "request_filed", "area": self.area}, *needs)

    def household(self, who: str, *groups: str, institution: bool = False) -> None:
        recorded = {
            "type": "requester_recorded", "requester_id": who, "area": self.area, "grid": f"{self.area}/c1/g1",
            "registered": True, "institution": institution, "groups": list(groups), "tier": "sealed",
            "members": {"infants": 0, "children": 0, "adults": 2, "elderly": 0}, "quarantine_until": None,
        }  # fmt: skip
        self.decided("households.v1", {"kind": "household_registered", "area": self.area}, recorded)

    def stock(self, kind: str, *decisions: Json, source: str = "w1", late: float = 0.0) -> None:
        event = {
            "kind": kind,
            "area": self.area,
            "source": source,
            "occurred_at": iso(self.now - timedelta(hours=late)),
        }
        self.decided(STOCK, event, *decisions)

    def lot(self, lot_id: str, quantity: int, item: str = "rice", **more: Any) -> Json:
        return {
            "type": "lot_recorded", "lot_id": lot_id, "area": self.area, "item": item, "warehouse": "w1",
            "quantity": quantity, "expires_on": "2022-05-01", "temperature": "ambient", "origin": "", "received_at":
            iso(self.now), "consignment_id": None, "from_lot_id": None, "moved_from": [], **more,
        }  # fmt: skip

    def bag(self, number: str, need: str, lot: str, quantity: int, deadline: float = 6, team: str = "t1") -> list[Json]:
        """Units of a lot are given to a need, and go out at once."""
        line = {"allocation_id": f"a{number}", "need_id": need, "lot_id": lot, "item": need.rpartition(":")[2],
                "quantity": quantity}  # fmt: skip
        made = {"type": "allocation_made", **line, "rule": "in_full", "skipped": []}
        ordered = {
            "type": "dispatch_ordered", "dispatch_id": f"d{number}", "requester_id": "h1", "area": self.area,
            "grid": f"{self.area}/c1/g1", "team": team, "mode": "door", "ordered_at": iso(self.now),
            "deadline": iso(self.now + timedelta(hours=deadline)), "lines": [line],
        }  # fmt: skip
        return [made, ordered]

    def arrived(self, number: str, need: str, lot: str, outcome: str, *units: int, failure: str | None = None) -> None:
        """A bag is confirmed: units delivered, returned, damaged, lost."""
        delivered, returned, damaged, lost = units
        came = {
            "type": "line_delivered", "dispatch_id": f"d{number}", "allocation_id": f"a{number}", "need_id": need,
            "lot_id": lot, "item": need.rpartition(":")[2], "delivered": delivered, "returned": returned,
            "damaged": damaged, "lost": lost,
        }  # fmt: skip
        closed = {"type": "dispatch_closed", "dispatch_id": f"d{number}", "outcome": outcome, "failure": failure}
        short = sum(units) - delivered
        after: Json = {"type": "need_closed", "need_id": need, "reason": "delivered"}
        if short:
            after = {"type": "need_reopened", "need_id": need, "quantity": short, "reason": failure or outcome}
        event = {"kind": "delivery_confirmed", "area": self.area, "source": "t1"}
        self.decided(DELIVERIES, event, came, closed, after)

    def price(self, fen: int, item: str = "rice") -> None:
        recorded = {"type": "price_recorded", "area": self.area, "item": item, "warehouse": "w1", "fen": fen}
        self.decided(STOCK, {"kind": "price_observed", "area": self.area, "source": "w1"}, recorded)


def first_area() -> TownBook:
    """a1: r1 filled on day 1; later r2 fails at the door, r3 has no stock, r4 is withdrawn, r5 waits for held stock."""
    book = TownBook()
    book.household("h1", "infant", "dialysis")
    book.household("h2", institution=True)
    book.stock("stock_received", book.lot("l1", 20))
    book.stock("reserve_floor_set", {"type": "floor_set", "area": A1, "item": "rice", "quantity": 4})
    book.price(500)
    book.asked(book.need("r1"), *book.bag("1", "r1:rice", "l1", 5))
    book.at(2).arrived("1", "r1:rice", "l1", "delivered", 5, 0, 0, 0)
    book.at(30).asked(book.need("r3", 8, "milk", "h2", due=8, need_class="life_threatening"))
    book.price(520)
    book.at(36).ticked()
    book.at(50).asked(book.need("r2", 6), *book.bag("2", "r2:rice", "l1", 6, team=EVIL))
    book.at(52).arrived("2", "r2:rice", "l1", "failed", 0, 4, 1, 1, failure="not_home")
    book.at(53).asked(book.need("r4", 1), {"type": "need_closed", "need_id": "r4:rice", "reason": "cancelled"})
    book.price(650)
    book.stock("stock_received", book.lot("l5", 9, "frozen_fish", consignment_id="c1"), source="w2", late=30)
    held = {"type": "lot_held", "lot_id": "l5", "hold_id": "ho1", "reason": "too warm"}
    book.at(54).decided("coldchain.holds.v1", {"kind": "hold_placed"}, held)
    book.asked(book.need("r5", 3, "frozen_fish", "h2"))
    book.at(56).rejected(REQUESTS, "absurd_quantity", EVIL)
    book.at(57).ticked(*book.bag("3", "r2:rice", "l1", 6, deadline=1))
    return book.at(71.99).ticked().at(72).ticked()  # type: ignore[return-value]


def second_area() -> TownBook:
    """a2: everything is filled on day 1; while its worker is away, s2 is asked for; it is filled at hour 60."""
    book = TownBook(partition=1, area=A2)
    book.stock("stock_received", book.lot("m1", 50), source="w9")
    book.asked(book.need("s1", 5, who="k1"), *book.bag("s1", "s1:rice", "m1", 5, team="t9"))
    book.at(1).arrived("s1", "s1:rice", "m1", "delivered", 5, 0, 0, 0)
    book.at(39).ticked()
    book.away = 44
    book.at(41).asked(book.need("s2", 7, who="k1"))
    book.at(42).ticked()
    book.away = None
    book.at(44).ticked()
    book.at(58).ticked(*book.bag("s2", "s2:rice", "m1", 7, team="t9"))
    book.at(60).arrived("s2", "s2:rice", "m1", "delivered", 7, 0, 0, 0)
    return book.at(71.99).ticked().at(72).ticked()  # type: ignore[return-value]


class TownColdBook(ColdBook):
    """A ledger of the cold chain that knows when each of its records was written."""

    def __init__(self) -> None:
        self.hours: list[float] = []
        super().__init__()

    def _add(self, draft: Draft) -> Book:
        self.hours.append((self.now - START) / timedelta(hours=1))
        return super()._add(draft)


def cold_chain() -> TownColdBook:
    """c1 warms up at hour 51 and goes to a1; c2 lacks a paper on day 1 and gets it on day 3; c3 is closed."""
    book = TownColdBook()
    book.reported("consignment_declared", book.step("declared"), profile="frozen", lots=[lot_of("l5", 9)])
    paper = book.failed("k2", "certificate_missing", consignment_id="c2", subject="exit")
    book.reported("consignment_declared", book.step("declared", consignment="c2"), paper, consignment="c2",
                  profile="chilled", lots=[lot_of("l9", 7, "milk")])  # fmt: skip
    book.at(1).reported("consignment_declared", book.step("declared", consignment="c3"), consignment="c3",
                        profile="vaccine", lots=[lot_of("l8", 1, "vaccine")])  # fmt: skip
    book.at(20).ticked({"type": "consignment_closed", "consignment_id": "c3"})
    book.finding("f1", due=40)
    book.at(42).ticked()
    book.at(49).read(-19.0)
    book.at(51).read(-9.0, out="hot")
    book.at(52).read(
        -8.0,
        book.of_logger("warning_raised", at=iso(hour(51)), score=0.9),
        book.breach("breach_opened", "b1", 51, peak_c=-8.0),
        book.failed("k1", "temperature_breach"),
        book.hold("ho1", "k1", "temperature_breach"),
        out="hot",
    )
    book.at(55).reported("certificate_issued", book.mended("k2", "certificate_missing", consignment_id="c2"),
                         consignment="c2", certificate_id="x", type="exit", issuer="i", source="keeper-9",
                         occurred_at=iso(hour(5)))  # fmt: skip
    book.at(56).read(-18.5, book.breach("breach_extended", "b1", 51, 56, peak_c=-8.0))
    return book.at(71.99).ticked().at(72).ticked()  # type: ignore[return-value]


def alerts() -> TownBook:
    """The alert ledger: r3 overdue since 38 and acknowledged; dead letters since 56, escalated; one resolved."""
    book = TownBook("alerts", 0, "")
    book.at(38).ticked(_raised("al1", "need_overdue", "r3:milk", f"{A1}/c1/g1", "critical", 38))
    said = {"type": "alert_acknowledged", "alert_id": "al1", "by": "officer-1", "comment": EVIL, "at": iso(hour(39))}
    book.at(39).decided("alerts.acknowledgements.v1", {"kind": "alert_acknowledge"}, said)
    book.at(56).ticked(_raised("al2", "dead_letters", "supply:supply.requests.v1/0", None, "warning", 56))
    book.at(58).ticked({"type": "alert_escalated", "alert_id": "al2", "level": "district", "owner": "o2", "at":
                        iso(hour(58))})  # fmt: skip
    book.at(59).ticked(_raised("al3", "delivery_overdue", "d3", A1, "warning", 58))
    book.at(60).ticked({"type": "alert_resolved", "alert_id": "al3", "reason": "fact", "at": iso(hour(60))})
    return book.at(71.99).ticked().at(72).ticked()  # type: ignore[return-value]


def _raised(alert: str, kind: str, subject: str, place: str | None, severity: str, since: float) -> Json:
    return {
        "type": "alert_raised", "alert_id": alert, "kind": kind, "subject": subject, "place": place,
        "severity": severity, "level": "grid", "owner": "o1", "episode": 1, "flapping": False, "silenced": False,
        "since": iso(hour(since)), "at": iso(hour(since)), "detail": {},
    }  # fmt: skip


def town() -> list[TownBook | TownColdBook]:
    """All ledgers."""
    return [first_area(), second_area(), cold_chain(), alerts()]


def load_until(client: Client, books: list[TownBook | TownColdBook], until: float) -> None:
    """Write on, as the sink does, what was written by that hour, and its spans."""
    for book in books:
        known = [value for value, written in zip(book.values, book.hours, strict=True) if written <= until]
        assert known == book.values[: len(known)], "a ledger is written in its order"
        part = Book(book.stage, book.partition)
        part.values = known
        load(client, part, f"{book.stage}/{len(known)}")
    SpanMaker(client).catch_up()
