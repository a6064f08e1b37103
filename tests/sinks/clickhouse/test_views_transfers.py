"""Views of transfers between areas, by hand: orders and their fate, rounds, and the list of what goes where now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sinks.clickhouse.client import Client
from sinks.clickhouse.spans import SpanMaker
from tests.sinks.clickhouse.book import START, Book, iso, load, request

pytestmark = pytest.mark.servers
A, B = "sh/pd/a1", "sh/pd/b1"
STANDINGS, ORDERS, STOCK = "transfers.standings.v1", "transfers.orders.v1", "stock.events.v1"


def ordered(name: str, units: int) -> dict[str, Any]:
    return {
        "type": "transfer_ordered", "transfer_id": name, "item": "rice", "lot_id": "lot1", "from_area": B, "area": A,
        "warehouse": "w1", "quantity": units, "need_class": "sealed", "km": 9, "ordered_at": iso(START),
        "ship_by": iso(START + timedelta(hours=4)), "deadline": iso(START + timedelta(hours=8)), "expires_on": None,
        "consignment_id": None, "moved_from": ["lot1"], "reason": "short", "reason_zh": "缺",
    }  # fmt: skip


def about(what: str, name: str, area: str, units: int, **more: Any) -> dict[str, Any]:
    lot = {"lot_id": "lot1"} if area == B else {}
    return {
        "type": f"transfer_{what}", "transfer_id": name, "area": area, "item": "rice", "quantity": units, **lot, **more,
    }  # fmt: skip


def a_city(client: Client) -> None:
    """t1 is received short, t2 is on its way, t3 is set aside, t4 was refused, t5 is lost."""
    unfilled = [{"area": A, "need_class": "other", "quantity": 3, "why": "no_road"}]
    decided = {"type": "round_decided", "item": "rice", "at": iso(START), "lacking": 33, "spare": 90, "moved": 30}
    names = ("t1", "t2", "t3", "t4", "t5")
    ended = {"item": "rice", "from_area": B, "area": A, "ordered": 6, "received": 0, "lost": 0, "reduced": 6}
    city = Book(stage="transfers").opened()
    city.ticked({**decided, "unfilled": unfilled}, *(ordered(name, 6) for name in names))
    city.at(7).decided(STANDINGS, {"kind": "standing_told"}, {"type": "transfer_ended", "transfer_id": "t4", **ended})
    gone = {**ended, "lost": 6, "reduced": 0}
    city.decided(STANDINGS, {"kind": "standing_told"}, {"type": "transfer_ended", "transfer_id": "t5", **gone})
    lot = {
        "type": "lot_recorded", "lot_id": "lot1", "area": B, "item": "rice", "warehouse": "w2", "quantity": 90,
        "expires_on": None, "temperature": "ambient", "origin": "", "consignment_id": None, "received_at": iso(START),
        "from_lot_id": None,
    }  # fmt: skip
    out = Book(partition=1).opened().decided(STOCK, {"kind": "stock_received"}, lot)
    for name in ("t1", "t2", "t3", "t5"):
        out.decided(ORDERS, {"kind": "transfer_out_ordered"}, about("reserved", name, B, 6))
    out.decided(ORDERS, {"kind": "transfer_out_ordered"}, about("refused", "t4", B, 6, reason="held"))
    for name, shipped in (("t1", 5), ("t2", 6), ("t5", 6)):
        left = {"type": "lot_transferred_out", "lot_id": "lot1", "quantity": shipped, "to_area": A, "to_lot_id": name}
        out.at(2).decided(
            STOCK,
            {"kind": "stock_transferred"},
            about("released", name, B, 6, shipped=shipped, reason="shipped"),
            left,
        )
    into = Book(partition=0).opened()
    into.decided("supply.requests.v1", {"kind": "request_filed"}, *request("r1", into.now))
    line = {"allocation_id": "a1", "need_id": "r1:rice", "lot_id": "x", "item": "rice", "quantity": 2}
    bag = {
        "type": "dispatch_ordered", "dispatch_id": "d1", "requester_id": "h1", "area": A, "grid": f"{A}/g1",
        "team": "team1", "mode": "door", "ordered_at": iso(START), "deadline": iso(START + timedelta(hours=3)),
        "lines": [line],
    }  # fmt: skip
    into.ticked(bag)
    for name in ("t1", "t2", "t3", "t5"):
        into.decided(ORDERS, {"kind": "transfer_in_ordered"}, about("expected", name, A, 6))
    into.at(5).decided(STOCK, {"kind": "stock_received"}, about("arrived", "t1", A, 5, missing=1))
    into.at(6).decided(STOCK, {"kind": "stock_written_off"}, about("lost", "t5", A, 6, reason="overturned"))
    into.at(9).ticked(about("overdue", "t2", A, 6))
    for book in (city, out, into):
        load(client, book)


def test_transfers_with_their_fate_rounds_and_the_list_of_what_goes_where(client: Client) -> None:
    a_city(client)
    rows = client.rows(
        "SELECT transfer_id, from_area, area, quantity, km, set_aside, refused, kept, shipped, received, lost, state, "
        "overdue FROM transfers ORDER BY transfer_id"
    )
    assert rows == [
        ("t1", B, A, 6, 9, 6, 0, 1, 5, 5, 1, "short", 0),
        ("t2", B, A, 6, 9, 6, 0, 0, 6, 0, 0, "on_the_way", 1),
        ("t3", B, A, 6, 9, 6, 0, 0, 0, 0, 0, "set_aside", 1),
        ("t4", B, A, 6, 9, 0, 6, 0, 0, 0, 0, "not_sent", 0),
        ("t5", B, A, 6, 9, 6, 0, 0, 6, 0, 6, "lost", 0),
    ]
    assert client.rows("SELECT item, lacking, spare, moved, unfilled FROM transfer_rounds") == [
        ("rice", 33, 90, 30, [(A, "other", 3, "no_road")])
    ]
    assert client.rows("SELECT kind, id, area, carrier, destination, items, units FROM dispatch_list ORDER BY id") == [
        ("household", "d1", A, "team1", "h1", ["2 rice"], 2),
        ("transfer", "t2", B, "lot1", f"{A} w1", ["6 rice"], 6),
        ("transfer", "t3", B, "lot1", f"{A} w1", ["6 rice"], 6),
    ]
    assert client.rows("SELECT what FROM transfer_events WHERE transfer_id = 't4' ORDER BY stage, at") == [
        ("transfer_refused",), ("transfer_ordered",), ("transfer_ended",),
    ]  # fmt: skip


def test_units_set_aside_are_reserved_units_of_their_lot(client: Client) -> None:
    a_city(client)
    assert client.rows("SELECT received, available, reserved, transferred_out FROM lots WHERE lot_id = 'lot1'") == [
        (90, 67, 6, 17)
    ]
    SpanMaker(client, 2).catch_up()
    now = "valid_until > toDateTime64('2199-01-01', 6)"
    assert client.rows(f"SELECT shelf, reserved, transferred_out FROM lot_spans FINAL WHERE {now}") == [(67, 6, 17)]
