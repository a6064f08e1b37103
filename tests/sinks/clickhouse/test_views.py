"""Views give the numbers that a small ledger, written by hand, has by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sinks.clickhouse.client import Client
from tests.sinks.clickhouse.book import START, Book, iso, load, request

REQUESTS, STOCK, DELIVERIES = "supply.requests.v1", "stock.events.v1", "deliveries.confirmations.v1"
HOUSEHOLDS, HOLDS = "households.v1", "stock.holds.v1"


def lot(lot_id: str, item: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "lot_recorded", "lot_id": lot_id, "area": "sh/pd/a1", "item": item, "warehouse": "w1",
        "quantity": quantity, "expires_on": "2022-05-01", "temperature": "ambient", "origin": "Shandong",
        "consignment_id": None, "received_at": iso(START), "from_lot_id": None, **more,
    }  # fmt: skip


def made(number: int, need: str, lot_id: str, quantity: int) -> dict[str, Any]:
    return {
        "type": "allocation_made", "allocation_id": f"a{number}", "need_id": need, "lot_id": lot_id, "item": "rice",
        "quantity": quantity, "rule": "priority", "skipped": [{"lot_id": "lot9", "reason": "held"}],
    }  # fmt: skip


def line(number: int, need: str, lot_id: str, quantity: int) -> dict[str, Any]:
    return {"allocation_id": f"a{number}", "need_id": need, "lot_id": lot_id, "item": "rice", "quantity": quantity}


def released(number: int, need: str, lot_id: str, quantity: int) -> dict[str, Any]:
    return {
        "type": "allocation_released", "allocation_id": f"a{number}", "need_id": need, "lot_id": lot_id,
        "quantity": quantity, "reason": "count_shortage",
    }  # fmt: skip


def ordered(number: int, hours: float, *lines: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "dispatch_ordered", "dispatch_id": f"d{number}", "requester_id": "h1", "area": "sh/pd/a1",
        "grid": "sh/pd/a1/c1/g1", "team": "t1", "mode": "door", "ordered_at": iso(START),
        "deadline": iso(START + timedelta(hours=hours)), "lines": list(lines),
    }  # fmt: skip


def arrived(dispatch: int, number: int, need: str, lot_id: str, *units: int) -> dict[str, Any]:
    delivered, returned, damaged, lost = units
    return {
        "type": "line_delivered", "dispatch_id": f"d{dispatch}", "allocation_id": f"a{number}", "need_id": need,
        "lot_id": lot_id, "item": "rice", "delivered": delivered, "returned": returned, "damaged": damaged,
        "lost": lost,
    }  # fmt: skip


def a_day() -> Book:
    """Two lots and four requests: r1 delivered in two bags, r2 short, r3 cancelled, r4 without stock."""
    book = Book().opened()
    requester = {
        "type": "requester_recorded", "requester_id": "h1", "area": "sh/pd/a1", "grid": "sh/pd/a1/c1/g1",
        "registered": True, "institution": False, "members": {"infants": 1, "children": 0, "adults": 2, "elderly": 1},
        "groups": ["infant", "dialysis"], "tier": "sealed", "quarantine_until": iso(START),
    }  # fmt: skip
    book.decided(HOUSEHOLDS, {"kind": "household_registered"}, requester)
    book.decided(STOCK, {"kind": "stock_received"}, lot("lot1", "rice", 10))
    book.decided(STOCK, {"kind": "stock_received"}, lot("lot2", "rice", 20, expires_on=None))
    book.decided(
        REQUESTS, {"kind": "request_filed"}, *request("r1", book.now, quantity=5), made(1, "r1:rice", "lot1", 5)
    )
    book.at(1).decided(
        REQUESTS,
        {"kind": "request_filed"},
        *request("r2", book.now, quantity=8),
        made(2, "r2:rice", "lot1", 5),
        made(3, "r2:rice", "lot2", 3),
    )
    book.at(2).ticked(ordered(1, 6, line(1, "r1:rice", "lot1", 5)), ordered(2, 4, line(2, "r2:rice", "lot1", 5)))
    book.at(3).decided(
        DELIVERIES,
        {"kind": "delivery_confirmed"},
        arrived(1, 1, "r1:rice", "lot1", 2, 1, 1, 1),
        {"type": "dispatch_closed", "dispatch_id": "d1", "outcome": "short", "failure": None},
        {"type": "need_reopened", "need_id": "r1:rice", "quantity": 3, "reason": "short"},
        made(4, "r1:rice", "lot2", 3),
    )
    book.at(4).ticked(ordered(3, 9, line(4, "r1:rice", "lot2", 3)))
    book.at(5).decided(
        DELIVERIES,
        {"kind": "delivery_confirmed"},
        arrived(3, 4, "r1:rice", "lot2", 3, 0, 0, 0),
        {"type": "dispatch_closed", "dispatch_id": "d3", "outcome": "delivered", "failure": None},
        {"type": "need_closed", "need_id": "r1:rice", "reason": "delivered"},
    )
    book.decided(
        STOCK,
        {"kind": "stock_counted"},
        {"type": "lot_counted", "lot_id": "lot2", "delta": -2, "missing": 0},
        released(3, "r2:rice", "lot2", 1),
    )
    book.decided(
        STOCK,
        {"kind": "stock_written_off"},
        {"type": "lot_written_off", "lot_id": "lot2", "quantity": 4, "reason": "wet", "missing": 0},
    )
    book.decided(STOCK, {"kind": "stock_transferred"}, lot("lot3", "rice", 6, from_lot_id="lot2"))
    book.decided(REQUESTS, {"kind": "request_filed"}, *request("r3", book.now, quantity=1))
    book.at(6).decided(
        REQUESTS, {"kind": "request_cancelled"}, {"type": "need_closed", "need_id": "r3:rice", "reason": "cancelled"}
    )
    book.decided(
        REQUESTS,
        {"kind": "request_filed"},
        *request(
            "r4", book.now, item="milk", quantity=7, need_class="critical", due_at=iso(book.now + timedelta(hours=1))
        ),
        {
            "type": "line_refused",
            "request_id": "r4",
            "item": "gold",
            "code": "unknown_item",
            "reason": "Not in the catalogue",
        },
    )
    book.decided(
        REQUESTS,
        {"kind": "request_amended"},
        {"type": "need_amended", "need_id": "r4:milk", "quantity": 9, "assumed": True},
        {"type": "responsibility_handed", "request_id": "r4", "responsible": "grid-9"},
    )
    book.decided(
        HOLDS,
        {"kind": "hold_placed"},
        {
            "type": "hold_recorded",
            "hold_id": "ho1",
            "lot_ids": ["lot3"],
            "consignment_id": None,
            "reason": "positive test",
        },
        {"type": "lot_held", "lot_id": "lot3", "hold_id": "ho1", "reason": "positive test"},
    )
    book.decided(
        STOCK,
        {"kind": "price_observed"},
        {"type": "price_recorded", "area": "sh/pd/a1", "item": "rice", "warehouse": "w1", "fen": 650},
    )
    book.decided(
        STOCK, {"kind": "reserve_floor_set"}, {"type": "floor_set", "area": "sh/pd/a1", "item": "rice", "quantity": 4}
    )
    book.rejected(REQUESTS, "absurd_quantity", "More than the catalogue allows")
    book.raw(b"no record").raw(book.values[3])
    return book.at(10).ticked({"type": "need_overdue", "need_id": "r4:milk", "due_at": iso(START + timedelta(hours=7))})


@pytest.fixture
def day(client: Client) -> Iterator[Client]:
    """A client on a database that holds `a_day`, written twice: repeats must not show."""
    load(client, a_day())
    table = "ledger_records"
    columns = [
        name
        for (name,) in client.rows(
            f"SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '{table}'"
        )
    ]
    client.run(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM {table}")
    yield client


def test_the_views_agree_with_the_ledger(day: Client) -> None:
    for check in (_needs, _requests, _stock, _movements, _allocations, _dispatches, _others, _ledger):
        check(day)


def _needs(day: Client) -> None:
    found = day.rows(
        "SELECT need_id, state, quantity, allocated, in_transit, delivered, missing, age_hours, overdue, "
        "assumed, need_class FROM needs ORDER BY need_id"
    )
    assert found == [
        ("r1:rice", "delivered", 5, 0, 0, 5, 0, 5.0, False, False, "sealed"),
        ("r2:rice", "open", 8, 2, 5, 0, 1, 9.0, False, False, "sealed"),
        ("r3:rice", "cancelled", 1, 0, 0, 0, 0, 1.0, False, False, "sealed"),
        ("r4:milk", "open", 9, 0, 0, 0, 9, 4.0, True, True, "critical"),
    ]
    assert day.rows("SELECT need_id FROM open_needs ORDER BY need_id") == [("r2:rice",), ("r4:milk",)]
    assert day.rows("SELECT need_id, hours_over, missing FROM overdue_needs") == [("r4:milk", 3.0, 9)]
    rates = day.rows("SELECT item, hour, needs, asked, delivered_units, fill_rate FROM fill_rate ORDER BY item, hour")
    assert rates == [
        ("milk", START + timedelta(hours=6), 1, 9, 0, 0.0),
        ("rice", START, 1, 5, 5, 1.0),
        ("rice", START + timedelta(hours=1), 1, 8, 0, 0.0),
    ]


def _requests(day: Client) -> None:
    found = day.rows("SELECT request_id, state, responsible, needs, open_needs, lines_refused FROM requests ORDER BY 1")
    assert found == [
        ("r1", "filled", "grid-7", 1, 0, 0),
        ("r2", "open", "grid-7", 1, 1, 0),
        ("r3", "withdrawn", "grid-7", 1, 0, 0),
        ("r4", "open", "grid-9", 1, 1, 1),
    ]
    assert day.rows("SELECT closed_at FROM requests WHERE request_id = 'r1'") == [(START + timedelta(hours=5),)]
    assert day.rows("SELECT request_id, item, code FROM refused_lines") == [("r4", "gold", "unknown_item")]
    requester = day.rows("SELECT requester_id, kind, registered, tier, members, groups FROM requesters")
    assert requester == [("h1", "household", True, "sealed", 4, ["dialysis", "infant"])]


def _stock(day: Client) -> None:
    found = day.rows(
        "SELECT lot_id, received, counted, available, held, expired, reserved, in_transit, delivered, written_off, "
        "transferred_out FROM lots ORDER BY lot_id"
    )
    assert found == [
        ("lot1", 10, 0, 1, 0, 0, 0, 5, 2, 2, 0),
        ("lot2", 20, -2, 3, 0, 0, 2, 0, 3, 4, 6),
        ("lot3", 6, 0, 0, 6, 0, 0, 0, 0, 0, 0),
    ]
    assert all(received + counted == sum(rest) for _, received, counted, *rest in found)
    totals = day.rows("SELECT item, lots, available_units, held_units, reserve_floor, reserve_plan FROM stock")
    assert totals == [("rice", 3, 4, 6, 4, 0)]


def _movements(day: Client) -> None:
    found = day.rows(
        "SELECT movement, on_shelf, reserved, in_transit, offset FROM lot_movements WHERE lot_id = 'lot1' "
        "ORDER BY offset, idx"
    )
    assert found == [
        ("lot_recorded", 10, 0, 0, 2),
        ("allocation_made", -5, 5, 0, 4),
        ("allocation_made", -5, 5, 0, 5),
        ("dispatch_ordered", 0, -5, 5, 6),
        ("dispatch_ordered", 0, -5, 5, 6),
        ("line_delivered", 1, 0, -5, 7),
    ]


def _allocations(day: Client) -> None:
    found = day.rows(
        "SELECT allocation_id, need_id, lot_id, quantity, released, reserved, in_transit, delivered, dispatch_id, rule "
        "FROM allocations ORDER BY allocation_id"
    )
    assert found == [
        ("a1", "r1:rice", "lot1", 5, 0, 0, 0, 2, "d1", "priority"),
        ("a2", "r2:rice", "lot1", 5, 0, 0, 5, 0, "d2", "priority"),
        ("a3", "r2:rice", "lot2", 3, 1, 2, 0, 0, "", "priority"),
        ("a4", "r1:rice", "lot2", 3, 0, 0, 0, 3, "d3", "priority"),
    ]
    assert day.rows("SELECT skipped_lots FROM allocations WHERE allocation_id = 'a1'") == [([("lot9", "held")],)]


def _dispatches(day: Client) -> None:
    found = day.rows(
        "SELECT dispatch_id, requester_id, state, units, overdue, closed_at FROM dispatches ORDER BY dispatch_id"
    )
    assert found == [
        ("d1", "h1", "short", 5, False, START + timedelta(hours=3)),
        ("d2", "h1", "out", 5, True, None),
        ("d3", "h1", "delivered", 3, False, START + timedelta(hours=5)),
    ]
    assert day.rows("SELECT dispatch_id, delivered, returned, damaged, lost FROM deliveries ORDER BY offset") == [
        ("d1", 2, 1, 1, 1),
        ("d3", 3, 0, 0, 0),
    ]


def _others(day: Client) -> None:
    assert day.rows("SELECT hold_id, lot_ids, lots_held, why, active FROM holds") == [
        ("ho1", ["lot3"], ["lot3"], "positive test", 1)
    ]
    assert day.rows("SELECT at, area, item, warehouse, fen FROM prices") == [
        (START + timedelta(hours=6), "sh/pd/a1", "rice", "w1", 650)
    ]


def _ledger(day: Client) -> None:
    assert day.rows("SELECT stage, now FROM ledger_now") == [("supply", START + timedelta(hours=10))]
    records = len(a_day().values)
    chain = day.rows(
        "SELECT records, accepted_records, fenced_records, rejected_messages, last_offset, head_seq, "
        "head_hash FROM ledger_partitions"
    )
    assert chain == [(records, records - 2, 2, 1, records - 1, records - 3, a_day().prev)]
    assert day.rows("SELECT fence FROM fenced_records ORDER BY offset") == [("not_a_record",), ("broken_chain",)]
    assert day.rows("SELECT code, field, size, source_topic FROM rejected_messages") == [
        ("absurd_quantity", "quantity", 17, REQUESTS)
    ]
    positions = dict(day.rows("SELECT source_topic, messages FROM source_positions"))
    assert positions == {HOUSEHOLDS: 1, STOCK: 7, REQUESTS: 7, DELIVERIES: 2, HOLDS: 1}
    assert day.rows("SELECT sum(decision_count) FROM ledger_records FINAL WHERE accepted") == day.rows(
        "SELECT count() FROM decisions FINAL"
    )
