"""A small city in ClickHouse, written as ledgers by hand: what the console is tested and drawn with."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from streams.core.alerts.words import subject_of
from tests.sinks.clickhouse.book import START, Book, iso, load

AREAS = ("jiangcheng/beihu/liulin", "jiangcheng/beihu/dongmen", "jiangcheng/beihu/nanqiao", "jiangcheng/beihu/xishan")
ITEMS = ("rice", "milk", "vegetables", "eggs", "insulin", "surgical_masks", "infant_formula", "pork")
CLASSES = (
    ("sealed", "sealed", "door", 24),
    ("critical", "sealed", "door", 8),
    ("other", "controlled", "pickup", 48),
    ("life_threatening", "sealed", "door", 4),
)
REQUESTS, STOCK, DELIVERIES, HOUSEHOLDS = (
    "supply.requests.v1",
    "stock.events.v1",
    "deliveries.confirmations.v1",
    "households.v1",
)
GROUPS = ("elderly_alone", "infant", "dialysis", "chronic_medication", "disabled")
HOURS = 30
EVIL = "\"'><img/src=x/onerror=alert(1)><svg/onload=alert(2)>{{7*7}}${7*7}</title></textarea>"
"""A mark of a hostile publisher; it fits an identifier: no white space."""


def grid(area: str, number: int) -> str:
    return f"{area}/c{number // 4 + 1}/g{number + 1}"


class City:
    """Ledgers of the supply, cold-chain and alert stages; ids and notes can be made hostile with `mark`."""

    def __init__(self, mark: str = "", seed: int = 7, households: int = 160, requests: int = 420) -> None:
        self.random, self.mark = random.Random(seed), mark
        self.supply, self.cold, self.alerts = Book().opened(), Book("coldchain").opened(), Book("alerts").opened()
        self.homes = [self._home(number) for number in range(households)]
        self.number, self.bags = 0, list[tuple[float, str, dict[str, Any], dict[str, Any], int]]()
        self._opening()
        self._hours(requests)
        self._cold()
        self._alerts()

    def load(self, client: Client) -> None:
        for book in (self.supply, self.cold, self.alerts):
            load(client, book, f"city-{book.stage}")
        SpanMaker(client).catch_up()

    def _home(self, number: int) -> dict[str, Any]:
        area = AREAS[number % len(AREAS)]
        groups = sorted(self.random.sample(GROUPS, self.random.choice((0, 0, 1, 2))))
        tier = self.random.choice(("sealed", "sealed", "controlled"))
        return {
            "id": f"h{number}{self.mark}",
            "area": area,
            "grid": grid(area, number // 4 % 12),
            "groups": groups,
            "tier": tier,
        }

    def _opening(self) -> None:
        for home in self.homes:
            self.supply.decided(
                HOUSEHOLDS,
                {"kind": "household_registered"},
                {
                    "type": "requester_recorded",
                    "requester_id": home["id"],
                    "area": home["area"],
                    "grid": home["grid"],
                    "registered": True,
                    "institution": False,
                    "groups": home["groups"],
                    "tier": home["tier"],
                    "members": {"infants": 0, "children": 1, "adults": 2, "elderly": 0},
                    "quarantine_until": None,
                    "need_class": "sealed",
                    "mode": "door",
                },
            )
        for area in AREAS:
            for item in ITEMS:
                lot = f"lot-{area[-3:]}-{item}{self.mark}"
                expires = "2022-04-03" if item in ("milk", "vegetables") else "2022-06-01"
                self.supply.decided(
                    STOCK,
                    {"kind": "stock_received"},
                    {
                        "type": "lot_recorded",
                        "lot_id": lot,
                        "area": area,
                        "item": item,
                        "warehouse": f"w-{area[-3:]}{self.mark}",
                        "quantity": 900 if item != "insulin" else 12,
                        "expires_on": expires,
                        "temperature": "ambient",
                        "origin": f"山东 {self.mark}",
                        "consignment_id": "cn-1" if item == "pork" else None,
                        "received_at": iso(START),
                        "from_lot_id": None,
                    },
                )
                self.supply.decided(
                    STOCK,
                    {"kind": "reserve_floor_set"},
                    {"type": "floor_set", "area": area, "item": item, "quantity": 40},
                )

    def _hours(self, requests: int) -> None:
        times = sorted(self.random.uniform(0, HOURS) for _ in range(requests))
        for hours in times:
            self._confirm(hours)
            self.supply.at(hours)
            self._request(hours)
        self._confirm(HOURS)
        for number in range(3):
            reason = f"More than the catalogue allows {number} {self.mark}"
            self.supply.rejected(REQUESTS, f"absurd_quantity{self.mark}", reason)
        self.supply.at(HOURS).ticked()

    def _request(self, hours: float) -> None:
        self.number += 1
        home, item = self.random.choice(self.homes), self.random.choice(ITEMS)
        need_class, _, mode, clock = self.random.choices(CLASSES, (10, 4, 6, 1))[0]
        request, quantity = f"r{self.number}{self.mark}", self.random.randint(1, 9)
        need = f"{request}:{item}"
        reported = self.supply.now - timedelta(minutes=self.random.randint(0, 40))
        opened = {
            "type": "need_opened",
            "need_id": need,
            "request_id": request,
            "requester_id": home["id"],
            "area": home["area"],
            "grid": home["grid"],
            "item": item,
            "quantity": quantity,
            "assumed": False,
            "need_class": need_class,
            "mode": mode,
            "reported_at": iso(reported),
            "due_at": iso(reported + timedelta(hours=clock)),
        }
        recorded = {
            "type": "request_recorded",
            "request_id": request,
            "requester_id": home["id"],
            "area": home["area"],
            "responsible": f"grid-7{self.mark}",
            "reported_at": iso(reported),
            "life_threatening": False,
        }
        decisions, served = [recorded, opened], self.random.random() < 0.8 and item != "insulin"
        if served:
            line = {
                "allocation_id": f"a{self.number}",
                "need_id": need,
                "lot_id": f"lot-{home['area'][-3:]}-{item}{self.mark}",
                "item": item,
                "quantity": quantity,
            }
            decisions.append({"type": "allocation_made", **line, "rule": "in_full", "skipped": []})
            self.bags.append((hours + self.random.uniform(1, 9), f"d{self.number}{self.mark}", home, line, 0))
        self.supply.decided(REQUESTS, {"kind": "request_filed", "note": self.mark}, *decisions)

    def _confirm(self, until: float) -> None:
        for at, name, home, line, stage in sorted(bag for bag in self.bags if bag[0] <= until):
            self.bags.remove((at, name, home, line, stage))
            now = START + timedelta(hours=at)
            self.supply.at(max(at, (self.supply.now - START).total_seconds() / 3600))
            if stage == 0:
                self.supply.ticked(
                    {
                        "type": "dispatch_ordered",
                        "dispatch_id": name,
                        "requester_id": home["id"],
                        "area": home["area"],
                        "grid": home["grid"],
                        "team": f"team-{home['area'][-3:]}{self.mark}",
                        "mode": "door",
                        "ordered_at": iso(now),
                        "deadline": iso(now + timedelta(hours=3)),
                        "lines": [line],
                    }
                )
                self.bags.append((at + self.random.uniform(0.5, 4), name, home, line, 1))
                continue
            delivered = {"delivered": line["quantity"], "returned": 0, "damaged": 0, "lost": 0}
            self.supply.decided(
                DELIVERIES,
                {"kind": "delivery_confirmed", "note": self.mark},
                {
                    "type": "line_delivered",
                    "dispatch_id": name,
                    **{k: v for k, v in line.items() if k != "quantity"},
                    **delivered,
                },
                {"type": "dispatch_closed", "dispatch_id": name, "outcome": "delivered", "failure": None},
                {"type": "need_closed", "need_id": line["need_id"], "reason": "delivered"},
            )

    def _cold(self) -> None:
        topic = "coldchain.records.v1"
        for number in range(3):
            name = f"cn-{number + 1}{self.mark if number else ''}"
            fact = {
                "kind": "consignment_declared",
                "consignment_id": name,
                "profile": "frozen",
                "origin": f"智利 {self.mark}",
                "importer": f"imp{self.mark}",
                "occurred_at": iso(START),
                "source": f"customs{self.mark}",
                "lots": [],
            }
            self.cold.at(0).decided(
                topic,
                {"kind": "consignment_declared"},
                {"type": "fact_recorded", "fact": fact},
                {
                    "type": "step_reached",
                    "consignment_id": name,
                    "step": ("stored", "transported", "declared")[number],
                    "facility": f"cold store {self.mark}",
                    "at": iso(START),
                    "lot_ids": [],
                },
            )
        readings = [
            (minute, -20 + self.random.uniform(-0.5, 0.5) + (9 if 600 < minute < 760 else 0))
            for minute in range(0, 1500, 10)
        ]
        for minute, celsius in readings:
            if 300 < minute < 420:
                continue
            at = START + timedelta(minutes=minute)
            self.cold.at(minute / 60).decided(
                topic,
                {"kind": "temperature_read"},
                {
                    "type": "reading_recorded",
                    "consignment_id": "cn-1",
                    "logger_id": f"lg-1{self.mark}",
                    "at": iso(at),
                    "celsius": round(celsius, 2),
                    "out": "hot" if celsius > -18 else None,
                    "late": False,
                },
            )
        start = START + timedelta(minutes=610)
        self.cold.at(26).ticked(
            {
                "type": "breach_opened",
                "breach_id": "b1",
                "consignment_id": "cn-1",
                "logger_id": f"lg-1{self.mark}",
                "kind": "hot",
                "limit_c": -18.0,
                "start": iso(start),
                "alarm_at": iso(start + timedelta(hours=1)),
                "end": iso(start + timedelta(minutes=150)),
                "peak_c": -10.6,
            },
            {
                "type": "gap_found",
                "consignment_id": "cn-1",
                "logger_id": f"lg-1{self.mark}",
                "start": iso(START + timedelta(minutes=300)),
                "end": iso(START + timedelta(minutes=420)),
            },
            {
                "type": "warning_raised",
                "consignment_id": "cn-1",
                "logger_id": f"lg-1{self.mark}",
                "at": iso(start),
                "score": 0.93,
            },
            {
                "type": "check_failed",
                "check_id": "ck1",
                "rule": "temperature_breach",
                "consignment_id": "cn-1",
                "lot_ids": [],
                "severity": "hold",
                "subject": "lg-1",
                "since": iso(start),
                "reason_zh": f"温度超限 {self.mark}",
                "reason_en": f"too hot {self.mark}",
                "premises_id": None,
            },
            {
                "type": "hold_ordered",
                "hold_id": "ho1",
                "check_id": "ck1",
                "rule": "temperature_breach",
                "consignment_id": "cn-1",
                "lot_ids": [],
                "reason": f"too hot {self.mark}",
                "at": iso(start),
            },
        )
        reason = f"too hot {self.mark}"
        self.supply.at(26).ticked(
            {"type": "lot_held", "lot_id": f"lot-lin-milk{self.mark}", "hold_id": "ho1", "reason": reason}
        )

    def _duty(self, name: str, place: str, level: str, hours: tuple[float, float], cancelled: bool = False) -> None:
        line = {
            "kind": "duty_assigned",
            "event_id": f"duty-{name}-{cancelled}",
            "occurred_at": iso(self.alerts.now),
            "source": f"office{self.mark}",
            "duty_id": f"{name}{self.mark}",
            "place": place,
            "level": level,
            "person": f"{name}{self.mark}",
            "starts_at": iso(START + timedelta(hours=hours[0])),
            "ends_at": iso(START + timedelta(hours=hours[1])),
            "cancelled": cancelled,
        }
        self.alerts.decided("duty.roster.v1", {"kind": "duty_assigned"}, {"type": "duty_recorded", "duty": line})

    def _roster(self) -> None:
        """The first area has an officer and, from noon, one grid its own worker; the last area has nobody at all."""
        self.alerts.at(0)
        self._duty("officer-lin", AREAS[0], "community", (0, 99))
        self._duty("worker-lin", grid(AREAS[0], 0), "grid", (12, 99))
        self._duty("day-don", AREAS[1], "community", (0, 20))
        self._duty("night-don", AREAS[1], "community", (20, 99))
        self._duty("officer-nan", AREAS[2], "community", (0, 99))

    def _alerts(self) -> None:
        self._roster()
        topic = "supply.ledger.v1"
        for number, (kind, severity, detail) in enumerate(self._raised()):
            home = self.homes[number * 3 % len(self.homes)]
            at = START + timedelta(hours=20 + number / 3)
            decisions = [
                {
                    "type": "alert_raised",
                    "alert_id": f"al{number}",
                    "kind": kind,
                    "subject": self._subject(kind, home),
                    "place": home["grid"],
                    "severity": severity,
                    "level": "grid",
                    "owner": f"officer-{number % 3}",
                    "episode": 1,
                    "flapping": False,
                    "silenced": False,
                    "since": iso(at),
                    "at": iso(at),
                    "detail": {**detail, "requester_id": home["id"]} if kind in _OF_HOMES else detail,
                }
            ]
            self.alerts.at(20 + number / 3).decided(topic, {"kind": "decided"}, *decisions)
            if number % 3 == 1:
                self.alerts.at(26).ticked(
                    {
                        "type": "alert_escalated",
                        "alert_id": f"al{number}",
                        "episode": 1,
                        "level": "community",
                        "owner": "officer-9",
                        "at": iso(self.alerts.now),
                    }
                )
            if number % 4 == 2:
                self.alerts.decided(
                    "alerts.messages.v1",
                    {"kind": "alert_acknowledge"},
                    {
                        "type": "alert_acknowledged",
                        "alert_id": f"al{number}",
                        "episode": 1,
                        "by": "li",
                        "at": iso(self.alerts.now),
                        "comment": f"已派人上门 {self.mark}",
                    },
                )
        self.alerts.at(28)
        self._duty("officer-nan", AREAS[2], "community", (0, 99), cancelled=True)
        until = iso(START + timedelta(hours=60))
        self.alerts.at(HOURS).ticked(
            {
                "type": "alert_silenced",
                "silence_id": "si1",
                "alert_kind": "price_jump",
                "subject": None,
                "place": AREAS[0],
                "until": until,
                "by": "li",
                "comment": f"节前已知 {self.mark}",
            }
        )
        self.alerts.ticked(
            {
                "type": "alert_silenced",
                "silence_id": "si2",
                "alert_kind": "price_jump",
                "subject": None,
                "place": AREAS[1],
                "until": until,
                "by": "li",
                "comment": f"节后 {self.mark}",
            },
            {
                "type": "alert_silenced",
                "silence_id": "si3",
                "alert_kind": "silent_household",
                "subject": self._subject("silent_household", self.homes[3]),
                "place": None,
                "until": until,
                "by": "li",
                "comment": f"已联系 {self.mark}",
            },
        )
        self.alerts.decided(
            "alerts.messages.v1",
            {"kind": "household_viewed"},
            {
                "type": "look_recorded",
                "by": "li",
                "requester_id": self.homes[0]["id"],
                "area": AREAS[0],
                "page": "household",
                "at": iso(self.alerts.now),
            },
        )

    def _subject(self, kind: str, home: dict[str, Any]) -> str:
        """What an alert is about, as the deciders of the alert stage write it (`streams/core/alerts/watch_*`)."""
        if kind == "check_failed":
            return "ck1"
        if kind == "dead_letters":
            return "supply:supply.requests.v1/0"
        name = {
            "need_overdue": f"r1{self.mark}:insulin",
            "silent_household": str(home["id"]),
            "reserve_low": "insulin",
            "lot_expiring": f"lot-{home['area'][-3:]}-milk{self.mark}",
            "price_jump": "pork",
            "delivery_overdue": f"d1{self.mark}",
            "report_late": f"w-2{self.mark}",
            "facility_quiet": f"w-3{self.mark}",
        }.get(kind, "milk")
        return subject_of(home["area"], name)

    def _raised(self) -> list[tuple[str, str, dict[str, Any]]]:
        m = self.mark
        return [
            (
                "need_overdue",
                "critical",
                {"item": f"insulin{m}", "due_at": iso(START), "need_id": f"r1:insulin{m}", "need_class": "critical"},
            ),
            ("silent_household", "critical", {"heard_at": iso(START)}),
            ("reserve_low", "warning", {"item": f"insulin{m}", "usable": 12, "target": 40}),
            ("cover_low", "warning", {"item": "milk", "usable": 100, "days": 0.8}),
            (
                "lot_expiring",
                "warning",
                {"item": "milk", "quantity": 40, "expires_on": "2022-04-03", "lot_id": f"lot-1{m}"},
            ),
            ("price_jump", "warning", {"warehouse": f"w-1{m}", "item": "pork", "fen": 990, "usual_fen": 450}),
            ("delivery_overdue", "warning", {"team": f"team-1{m}", "deadline": iso(START)}),
            (
                "check_failed",
                "critical",
                {
                    "reason_zh": f"温度超限 {m}",
                    "reason_en": f"too hot {m}",
                    "rule": "temperature_breach",
                    "consignment_id": f"cn-1{m}",
                    "premises_id": None,
                },
            ),
            (
                "report_late",
                "warning",
                {"source": f"w-2{m}", "kind": "stock_received", "hours": 31.0, "event_id": f"e1{m}"},
            ),
            ("facility_quiet", "warning", {"source": f"w-3{m}", "heard_at": iso(START)}),
            ("dead_letters", "warning", {"stage": "supply", "topic": "supply.requests.v1", "count": 3}),
            ("contact_overdue", "critical", {"lot_id": f"lot-1{m}"}),
            (
                "transfer_overdue",
                "warning",
                {
                    "transfer_id": f"tr-1{m}",
                    "item": "rice",
                    "quantity": 300,
                    "from_area": "jiangcheng/nanhu/shuiguo",
                    "deadline": iso(START),
                },
            ),
            ("early_warning", "warning", {"consignment_id": f"cn-1{m}", "logger_id": f"lg-1{m}", "score": 0.93}),
            ("duty_uncovered", "warning", {"from": iso(START), "until": None}),
        ]


_OF_HOMES = ("need_overdue", "silent_household", "delivery_overdue", "contact_overdue")
