"""Who is served, from which lot, and why: order of needs, FEFO, floors."""

from __future__ import annotations

from schemas.household import Group
from schemas.supply import AllocationMade, NeedOverdue, SkippedLot
from tests.streams.core.supply.spec import (
    ELSEWHERE,
    Scene,
    at,
    cancelled,
    counted,
    filed,
    floor,
    hold,
    household,
    plain,
    received,
    tick,
)


def served(scene: Scene) -> list[tuple[str, int]]:
    return [(made.need_id, made.quantity) for made in scene.ever(AllocationMade)]


def test_first_expired_first_out_none_last_then_receipt_then_id(scene: Scene) -> None:
    scene.given(
        received("never", 1),
        received("late", 1, expires_in=9),
        received("b-soon", 1, expires_in=2),
        received("a-soon", 1, expires_in=2),
        received("older", 1, expires_in=2, occurred_at=at(-1)),
    )
    scene.when(filed("r1", {"rice": 5}))
    assert [one.lot_id for one in scene.all(AllocationMade)] == ["older", "a-soon", "b-soon", "late", "never"]


def test_lots_passed_over_are_named_with_the_reason(scene: Scene) -> None:
    scene.given(
        received("held", 5, expires_in=1),
        received("expired", 5, expires_in=-1),
        received("good", 5, expires_in=2),
        received("held-later", 5, expires_in=3),
        hold("h1", "held", "held-later"),
    )
    scene.when(filed("r1", {"rice": 5})).then_served(good=5)
    assert scene.the(AllocationMade).skipped == (
        SkippedLot(lot_id="expired", reason="expired"),
        SkippedLot(lot_id="held", reason="held"),
    )


def test_stock_of_another_area_or_item_is_not_given(scene: Scene) -> None:
    scene.given(received("a", 5, area=ELSEWHERE), received("b", 5, "milk"))
    scene.when(filed("r1", {"rice": 1})).then_nothing(AllocationMade)


def test_part_of_what_is_asked_is_better_than_nothing(scene: Scene) -> None:
    scene.given(received("a", 3)).when(filed("r1", {"rice": 5})).then_served(a=3)
    assert scene.the(AllocationMade).rule == "last_of_stock"
    assert scene.state.needs["r1:rice"].unfilled == 2


def test_order_is_life_then_overdue_then_class_then_age_then_id(scene: Scene) -> None:
    scene.given(household("sealed"), household("dialysis", Group.DIALYSIS))
    scene.given(filed("overdue", {"rice": 1}, "plain", reported_at=at(-60)))
    assert scene.ever(NeedOverdue)
    scene.given(
        filed("z", {"rice": 1}, "plain"),
        filed("y", {"rice": 1}, "plain"),
        filed("aged", {"rice": 1}, "plain", reported_at=at(-2)),
        filed("sealed", {"rice": 1}, "sealed"),
        filed("critical", {"rice": 1}, "dialysis"),
        filed("life", {"rice": 1}, "plain", life_threatening=True),
    )
    scene.given(received("a", 50))
    order = ["life", "overdue", "critical", "sealed", "aged", "y", "z"]
    assert [need_id for need_id, _ in served(scene)] == [f"{name}:rice" for name in order]


def test_a_new_request_does_not_pass_those_that_wait_for_a_tick() -> None:
    scene = Scene(plain(chunk=1)).given(tick())
    scene.given(*(filed(f"r{n}", {"rice": 1}) for n in range(3)))
    scene.when(received("a", 10))
    assert len(scene.all(AllocationMade)) == 1
    scene.when(filed("r9", {"rice": 1})).then_nothing(AllocationMade)
    scene.settle()
    assert [need_id for need_id, _ in served(scene)] == ["r0:rice", "r1:rice", "r2:rice", "r9:rice"]


def test_reserves_stay_for_critical_and_life_threatening_needs(scene: Scene) -> None:
    scene.given(household("dialysis", Group.DIALYSIS), floor("rice", 6), received("a", 8))
    scene.when(filed("r1", {"rice": 5})).then_served(a=2)
    assert scene.the(AllocationMade).rule == "down_to_floor"
    scene.when(filed("r2", {"rice": 1})).then_nothing(AllocationMade)
    scene.when(filed("r3", {"rice": 4}, "dialysis")).then_served(a=4)
    assert scene.the(AllocationMade).rule == "from_reserve"
    scene.when(filed("r4", {"rice": 4}, life_threatening=True)).then_served(a=2)


def test_an_overdue_ordinary_need_does_not_break_the_reserve(scene: Scene) -> None:
    scene.given(household("dialysis", Group.DIALYSIS), floor("rice", 5), filed("r1", {"rice": 1}, reported_at=at(-60)))
    scene.given(filed("r2", {"rice": 1}, "dialysis")).when(received("a", 5))
    assert [made.need_id for made in scene.all(AllocationMade)] == ["r2:rice"]


def test_a_lower_floor_serves_who_waits(scene: Scene) -> None:
    scene.given(floor("rice", 5), received("a", 5), filed("r1", {"rice": 4}))
    assert served(scene) == []
    scene.given(floor("rice", 2))
    assert served(scene) == [("r1:rice", 3)]


def test_the_floor_is_of_the_sum_of_lots(scene: Scene) -> None:
    scene.given(floor("rice", 4), received("a", 3), received("b", 3)).when(filed("r1", {"rice": 9}))
    assert sum(made.quantity for made in scene.all(AllocationMade)) == 2


def test_each_allocation_has_a_name_of_its_own(scene: Scene) -> None:
    scene.given(*(received(f"l{n}", 1) for n in range(5)), filed("r1", {"rice": 4}), filed("r2", {"rice": 1}))
    scene.given(counted("l0", 0), received("x", 5), cancelled("r2"))
    names = [made.allocation_id for made in scene.ever(AllocationMade)]
    assert len(names) == len(set(names)) == 6


def test_names_are_the_same_in_any_partition(scene: Scene) -> None:
    other = Scene().given(tick(), received("x", 9, "milk"), filed("r0", {"milk": 1}))
    for one in (scene, other):
        one.given(received("a", 5)).when(filed("r1", {"rice": 1}, life_threatening=True))
    assert scene.bag().dispatch_id == other.bag().dispatch_id
