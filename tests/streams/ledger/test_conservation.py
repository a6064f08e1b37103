"""The tally of units: what balances, and every way in which units can come from nowhere or be given out twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streams.ledger.conservation import Conservation

Decision = dict[str, Any]


def lot(lot_id: str = "L", quantity: int = 10, **more: Any) -> Decision:
    base = {"type": "lot_recorded", "lot_id": lot_id, "area": "a", "item": "rice", "quantity": quantity}
    return {**base, "from_lot_id": None, **more}


def need(need_id: str = "r:rice", **more: Any) -> Decision:
    return {"type": "need_opened", "need_id": need_id, "area": "a", "item": "rice", **more}


def of_lot(kind: str, lot_id: str = "L", **more: Any) -> Decision:
    return {"type": kind, "lot_id": lot_id, **more}


def made(quantity: int, allocation_id: str = "A", **more: Any) -> Decision:
    base = {"allocation_id": allocation_id, "need_id": "r:rice", "item": "rice", "quantity": quantity}
    return of_lot("allocation_made", **{**base, **more})


def released(quantity: int, allocation_id: str = "A") -> Decision:
    return of_lot("allocation_released", allocation_id=allocation_id, quantity=quantity)


def sent(quantity: int, allocation_id: str = "A") -> Decision:
    line = {"allocation_id": allocation_id, "lot_id": "L", "quantity": quantity}
    return {"type": "dispatch_ordered", "dispatch_id": "D", "lines": [line]}


def came(delivered: int = 0, returned: int = 0, damaged: int = 0, lost: int = 0) -> Decision:
    amounts = {"delivered": delivered, "returned": returned, "damaged": damaged, "lost": lost}
    return of_lot("line_delivered", allocation_id="A", **amounts)


def tallied(*records: list[Decision]) -> tuple[list[str], Conservation]:
    """Problems of the last record, after the others went through without one."""
    tally = Conservation()
    for record in records[:-1]:
        assert tally.tally(record) == []
    return list(tally.tally(records[-1])), tally


def test_a_lot_s_whole_life_balances() -> None:
    problems, tally = tallied(
        [lot()],
        [need(), made(6)],
        [released(1)],
        [sent(5)],
        [came(delivered=2, returned=1, damaged=1, lost=1)],
        [of_lot("lot_counted", delta=-1)],
        [of_lot("lot_written_off", quantity=1)],
        [of_lot("lot_transferred_out", quantity=1)],
        [lot("M", 2, from_lot_id="L")],
    )
    assert problems == []
    found = tally.lots["L"]
    assert (found.received, found.counted, found.delivered, found.written_off, found.transferred) == (10, -1, 2, 3, 3)
    assert (found.available, found.reserved, found.transit) == (1, 0, 0)


def test_quantities_are_looked_at_after_the_record() -> None:
    """A count that comes out short releases in the same record."""
    problems, _ = tallied([lot()], [need(), made(10)], [of_lot("lot_counted", delta=-4), released(4)])
    assert problems == []


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([[lot()], [need(), made(11)]], "lot L: available is -1"),
        ([[lot()], [of_lot("lot_counted", delta=-11)]], "lot L: available is -1"),
        ([[lot()], [of_lot("lot_written_off", quantity=11)]], "lot L: available is -1"),
        ([[lot()], [of_lot("lot_transferred_out", quantity=11)]], "lot L: available is -1"),
        ([[lot()], [lot("M", 11, from_lot_id="L")]], "lot L: available is -1"),
        ([[lot()], [lot()]], "lot L was recorded a second time"),
        ([[of_lot("lot_counted", delta=1)]], "lot L was never recorded in this partition"),
        ([[lot()], [need(), made(1)], [made(1)]], "allocation A was made a second time"),
        ([[lot()], [released(1)]], "allocation A of lot L was never made"),
        ([[lot()], [need(), made(1)], [released(2)]], "allocation A: reserved is -1"),
        ([[lot()], [need(), made(1), made(5, "B")], [sent(2)]], "allocation A: reserved is -1"),
        ([[lot()], [need(), made(2)], [sent(2)], [came(delivered=3)]], "allocation A: in transit is -1"),
        ([[lot()], [need(), made(2)], [came(delivered=1)]], "allocation A: in transit is -1"),
        ([[lot()], [of_lot("lot_held", hold_id="H")], [need(), made(1)]], "from lot L, which is held"),
        ([[lot()], [of_lot("lot_expired", quantity=10)], [need(), made(1)]], "from lot L, which has expired"),
        ([[lot()], [made(1)]], "not one of the area and item of lot L"),
        ([[lot(area="b")], [need(), made(1)]], "not one of the area and item of lot L"),
        ([[lot(item="oil")], [need(), made(1)]], "not one of the area and item of lot L"),
        ([[{"type": "lot_counted", "lot_id": "L"}]], "lot L was never recorded"),
        ([[lot()], [{"type": "lot_counted", "lot_id": "L"}]], "a decision cannot be read (KeyError"),
        ([[{"type": "dispatch_ordered", "lines": None}]], "a decision cannot be read (TypeError"),
    ],
)
def test_what_does_not_balance_is_said(records: list[list[Decision]], words: str) -> None:
    problems, _ = tallied(*records)
    assert any(words in problem for problem in problems), problems


def test_a_lot_is_free_again_after_its_last_hold() -> None:
    held = [of_lot("lot_held", hold_id="H"), of_lot("lot_held", hold_id="I")]
    freed = of_lot("lot_freed", hold_id="H", free=False)
    assert tallied([lot()], held, [freed], [need(), made(1)])[0] != []
    assert tallied([lot()], held, [freed, of_lot("lot_freed", hold_id="I", free=True)], [need(), made(1)])[0] == []


def test_a_request_is_taken_once() -> None:
    taken = {"type": "request_recorded", "request_id": "r"}
    assert tallied([taken], [taken])[0] == ["request r was taken a second time"]


def test_decisions_that_move_nothing_are_passed_over() -> None:
    assert tallied([{"type": "need_overdue", "need_id": "r:rice"}, {"type": "of the future"}])[0] == []
    assert Conservation().take(b"not json, and no lot in it") == []


@pytest.mark.parametrize(
    "form",
    [
        b'{"event":{},"rejection":null,"decisions":%b}',
        b'{"event":{},"rejection":null,"decisions":%b}\n',
        b'{"decisions":%b, "event": {"note": ",\\"rejection\\":null,\\"decisions\\":[]"}}',
        b'{"event":null,"rejection":{"code":"x"},"decisions":%b}',
    ],
)
def test_decisions_are_read_from_bytes_however_they_are_written(form: bytes) -> None:
    tally = Conservation()
    assert tally.take(form % json.dumps([lot()]).encode()) == []
    assert tally.lots["L"].received == 10


def test_decisions_that_are_no_list_are_said() -> None:
    for decisions in (b"null", b"7", b'{"lot_id": 1}'):
        value = b'{"x":"\\"lot_id\\":","y":{"lot_id":1},"rejection":null,"decisions":%b}' % decisions
        assert Conservation().take(value) == ["its decisions are not a list"]
