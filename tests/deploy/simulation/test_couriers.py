"""What couriers say fits what they were given; outcomes come in the shares that are written down."""

import datetime as dt
from collections import Counter

import pytest

from deploy.simulation.couriers import MINUTES, OUTCOMES, SILENT, Couriers, brought_back, confirmation
from schemas.delivery import DeliveryConfirmed, Outcome
from schemas.supply import DeliveryMode, DispatchLine, DispatchOrdered, DispatchRecalled

START = dt.datetime(2022, 4, 14, 9, tzinfo=dt.UTC)
SEED = 3


def order(number: int, mode: DeliveryMode = DeliveryMode.DOOR, quantities: tuple[int, ...] = (3, 7)) -> DispatchOrdered:
    return DispatchOrdered(
        dispatch_id=f"d-{number}",
        requester_id=f"hh-{number}",
        area="city/east",
        grid="city/east/g1",
        team="team-1",
        mode=mode,
        ordered_at=START,
        deadline=START + dt.timedelta(hours=6),
        lines=tuple(
            DispatchLine(
                allocation_id=f"a-{number}-{n}",
                need_id=f"r-{n}:rice",
                lot_id=f"lot-{n}",
                item="rice",
                quantity=quantity,
            )
            for n, quantity in enumerate(quantities)
        ),
    )


def accounted(order: DispatchOrdered, ending: DeliveryConfirmed) -> None:
    """The lines name the order's allocations, none beyond its quantity."""
    asked = {line.allocation_id: line.quantity for line in order.lines}
    said = {line.allocation_id: line.delivered + line.returned + line.damaged for line in ending.lines}
    assert len(said) == len(ending.lines)
    assert said.keys() == asked.keys()
    assert all(0 <= said[allocation] <= asked[allocation] for allocation in said)


def test_outcomes_come_in_their_shares() -> None:
    endings = [confirmation(order(number), SEED) for number in range(10_000)]
    seen = Counter(SILENT if ending is None else ending.outcome.value for ending in endings)
    assert set(seen) == {outcome for outcome, _ in OUTCOMES}
    for outcome, thousandths in OUTCOMES:
        assert seen[outcome] == pytest.approx(10 * thousandths, rel=0.35)
    assert seen["delivered"] == pytest.approx(9300, rel=0.01)


def test_an_outcome_depends_on_seed_and_dispatch_alone() -> None:
    forward = [confirmation(order(number), SEED) for number in range(50)]
    backward = [confirmation(order(number), SEED) for number in reversed(range(50))]
    assert forward == backward[::-1] != [confirmation(order(number), SEED + 1) for number in range(50)]


@pytest.mark.parametrize("mode", list(DeliveryMode))
@pytest.mark.parametrize("quantities", [(1,), (1, 1), (3, 7), (1000, 2, 5)])
def test_lines_account_for_what_was_carried_and_time_is_of_the_mode(
    mode: DeliveryMode, quantities: tuple[int, ...]
) -> None:
    least, most = (dt.timedelta(minutes=minutes) for minutes in MINUTES[mode])
    for number in range(1000):
        carried = order(number, mode, quantities)
        ending = confirmation(carried, SEED)
        if ending is None:
            continue
        assert least <= ending.occurred_at - START <= most
        assert (ending.failure is not None) == (ending.outcome is Outcome.FAILED)
        if ending.outcome in (Outcome.SHORT, Outcome.DAMAGED):
            accounted(carried, ending)
            assert sum(line.delivered for line in ending.lines) < sum(quantities)
        else:
            assert ending.lines == ()


def test_what_is_called_back_is_returned_and_the_rest_is_handed_over() -> None:
    carried = order(1)
    ending = DeliveryConfirmed(
        kind="delivery_confirmed", event_id="e", occurred_at=START, source="t", area="city/east",
        dispatch_id="d-1", outcome=Outcome.DELIVERED,
    )  # fmt: skip
    back = brought_back(carried, ending, ["lot-1"])
    accounted(carried, back)
    assert [(line.delivered, line.returned) for line in back.lines] == [(3, 0), (0, 7)]
    assert back.outcome is Outcome.SHORT


def test_couriers_confirm_in_order_of_time_and_only_once_it_is_due() -> None:
    couriers = Couriers(SEED)
    for number in range(200):
        couriers.take(order(number))
        couriers.take(order(number))
    half, rest = START + dt.timedelta(minutes=60), START + dt.timedelta(days=1)
    early = couriers.due(START, half)
    late = couriers.due(half, rest)
    said = [*early, *late]
    assert early and late and couriers.on_the_road == 0
    assert [each.occurred_at for each in said] == sorted(each.occurred_at for each in said)
    assert all(each.occurred_at < half for each in early)
    counts = Counter(each.dispatch_id for each in said)
    assert 180 < len(counts) < 200, "some never confirm"
    assert set(counts.values()) == {1, 2}, "some confirm twice"


def test_nothing_is_confirmed_before_now() -> None:
    couriers = Couriers(SEED)
    couriers.take(order(0))
    late = START + dt.timedelta(hours=12)
    assert [each.occurred_at for each in couriers.due(late, late + dt.timedelta(hours=1))] == [late]


def test_a_recall_reaches_a_team_on_its_way() -> None:
    couriers = Couriers(SEED)
    couriers.take(order(0))
    couriers.recall(DispatchRecalled(dispatch_id="d-0", lot_ids=("lot-0", "lot-1"), reason="positive"))
    couriers.recall(DispatchRecalled(dispatch_id="d-unknown", lot_ids=("lot-0",), reason="positive"))
    (ending,) = couriers.due(START, START + dt.timedelta(days=1))
    assert sum(line.delivered for line in ending.lines) == 0
    assert sum(line.returned for line in ending.lines) == 10
