"""Clerks know what lies on their shelves from the decisions, and count no more than that."""

import datetime as dt

import pytest

from deploy.simulation.clerks import COUNT_HOURS, Clerks
from deploy.simulation.post import moment
from schemas.stock import StockCounted, StockWrittenOff, TemperatureClass
from schemas.supply import (
    DeliveryMode,
    DispatchLine,
    DispatchOrdered,
    LineDelivered,
    LotCounted,
    LotExpired,
    LotRecorded,
    LotTransferredOut,
    LotWrittenOff,
)

DAY = dt.date(2022, 4, 14)
START = moment(DAY, 6)


def recorded(lot: str, quantity: int, source: str | None = None) -> LotRecorded:
    return LotRecorded(
        lot_id=lot, area="city/east", item="rice", warehouse="w1", quantity=quantity,
        temperature=TemperatureClass.AMBIENT, received_at=START, from_lot_id=source,
    )  # fmt: skip


@pytest.fixture
def clerks() -> Clerks:
    return Clerks(DAY, seed=1)


def test_shelves_follow_every_movement(clerks: Clerks) -> None:
    line = DispatchLine(allocation_id="a", need_id="r:rice", lot_id="l1", item="rice", quantity=30)
    for decision in (
        recorded("l1", 100),
        recorded("l2", 20, source="l1"),
        LotCounted(lot_id="l1", delta=-5),
        LotWrittenOff(lot_id="l1", quantity=3, reason="spoilt"),
        LotTransferredOut(lot_id="l1", quantity=2, to_area="city/west", to_lot_id="l3"),
        DispatchOrdered(
            dispatch_id="d", requester_id="hh", area="city/east", grid="city/east/g", team="t", mode=DeliveryMode.DOOR,
            ordered_at=START, deadline=START, lines=(line,),
        ),
        LineDelivered(
            dispatch_id="d", allocation_id="a", need_id="r:rice", lot_id="l1", item="rice",
            delivered=20, returned=6, damaged=4, lost=0,
        ),
    ):  # fmt: skip
        clerks.see(decision, START)
    assert clerks.shelves == {"l1": 100 - 20 - 5 - 3 - 2 - 30 + 6, "l2": 20}


def test_counts_come_at_their_hours_and_never_say_more_than_there_is(clerks: Clerks) -> None:
    for number in range(400):
        clerks.see(recorded(f"l{number}", 50), START)
    assert clerks.due(START, moment(DAY, COUNT_HOURS[0])) == []
    said = clerks.due(START, moment(DAY, 24))
    counts = [message for message in said if isinstance(message, StockCounted)]
    assert len(counts) == len(said) > 50
    assert {count.occurred_at for count in counts} == {moment(DAY, hour) for hour in COUNT_HOURS}
    assert all(0 <= count.quantity <= 50 for count in counts)
    assert any(count.quantity < 50 for count in counts) and any(count.quantity == 50 for count in counts)
    assert clerks.due(moment(DAY, 24), moment(DAY, 25)) == []


def test_some_of_what_expired_is_written_off_later_and_in_full(clerks: Clerks) -> None:
    for number in range(100):
        clerks.see(recorded(f"l{number}", 50), START)
        clerks.see(LotExpired(lot_id=f"l{number}", quantity=17), START)
    assert clerks.due(START, START + dt.timedelta(minutes=10)) == []
    said = clerks.due(START, START + dt.timedelta(hours=2))
    cleared = [message for message in said if isinstance(message, StockWrittenOff)]
    assert 30 < len(cleared) == len(said) < 70
    assert {off.quantity for off in cleared} == {50}, "all that lies on the shelf"
    assert clerks.due(START, START + dt.timedelta(hours=2)) == []
