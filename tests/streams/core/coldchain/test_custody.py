"""Handovers: seals, hands, drivers."""

from __future__ import annotations

import pytest

from schemas.coldchain import CheckFailed, DriverTestRecorded, Rule
from schemas.consignment import LabResult
from streams.core.coldchain import ColdChainSettings
from tests.streams.core.coldchain.spec import Scene, declared, driver, handed, tick, withdrawn


@pytest.fixture
def held(later: Scene) -> Scene:
    """The lots are with the warehouse."""
    return later.given(declared(), handed("importer", "warehouse", 1))


def test_the_same_seal_at_both_ends(held: Scene) -> None:
    held.when(handed("warehouse", "carrier", 2, seal_given="s-1", seal_found="s-1")).then_fails()


def test_another_seal_than_was_given(held: Scene) -> None:
    held.when(handed("warehouse", "carrier", 2, 10, "l1", seal_given="s-1", seal_found="s-9"))
    held.then_fails(Rule.SEAL_MISMATCH)
    assert held.held() == {"l1"}
    assert "s-9" in held.the(CheckFailed).reason_zh


@pytest.mark.parametrize("seals", [{"seal_given": "s-1"}, {"seal_found": "s-1"}, {}])
def test_an_unknown_seal_is_unknown(held: Scene, seals: dict[str, str]) -> None:
    held.when(handed("warehouse", "carrier", 2, **seals)).then_fails()


def test_a_chain_of_hands(held: Scene) -> None:
    held.given(handed("warehouse", "carrier", 2), handed("carrier", "shop", 3))
    assert held.fails() == []


def test_a_link_missing(held: Scene) -> None:
    last = handed("carrier", "shop", 3)
    held.when(last).then_fails(Rule.CUSTODY_GAP)
    held.when(handed("warehouse", "carrier", 2)).then_mends(Rule.CUSTODY_GAP)


def test_a_link_missing_for_one_lot(held: Scene) -> None:
    held.given(handed("warehouse", "carrier", 2, 10, "l1"))
    held.when(handed("carrier", "shop", 3)).then_fails(Rule.CUSTODY_GAP)
    assert held.held() == {"l2"}


@pytest.mark.parametrize(
    ("minutes", "rules"), [(120, []), (121, [Rule.CUSTODY_GAP]), (-5, []), (-6, [Rule.CUSTODY_GAP])]
)
def test_time_between_giving_and_taking(held: Scene, minutes: float, rules: list[Rule]) -> None:
    held.when(handed("warehouse", "carrier", 2, minutes)).then_fails(*rules)


def test_a_driver_with_a_fresh_negative_test(held: Scene) -> None:
    held.given(driver(-70)).when(handed("warehouse", "carrier", 2, driver_id="d1")).then_fails()


@pytest.mark.parametrize(
    "tests",
    [
        [],
        [driver(-70.01)],
        [driver(-10, LabResult.POSITIVE)],
        [driver(-10, LabResult.INCONCLUSIVE)],
        [driver(-10), driver(-5, LabResult.POSITIVE)],
        [driver(-10), driver(-10, LabResult.POSITIVE)],
        [driver(3)],
        [driver(-10, driver_id="d2")],
    ],
)
def test_a_driver_without_one(held: Scene, tests: list[object]) -> None:
    held.given(*tests).when(handed("warehouse", "carrier", 2, driver_id="d1")).then_fails(Rule.DRIVER_UNTESTED)
    assert held.held() == {"*c1", "l1", "l2"}


def test_an_inconclusive_test_says_nothing(held: Scene) -> None:
    held.given(driver(-10), driver(-5, LabResult.INCONCLUSIVE))
    held.when(handed("warehouse", "carrier", 2, driver_id="d1")).then_fails()


def test_a_test_that_comes_late_but_was_taken_before_mends_it(held: Scene) -> None:
    held.given(handed("warehouse", "carrier", 2, driver_id="d1"))
    held.when(driver(3)).then_mends()
    held.when(driver(1)).then_mends(Rule.DRIVER_UNTESTED)
    held.when(driver(1.5, LabResult.POSITIVE)).then_fails(Rule.DRIVER_UNTESTED)


def test_a_handover_without_a_named_driver_asks_for_no_test(held: Scene) -> None:
    held.when(handed("warehouse", "carrier", 2)).then_fails()


def test_hours_are_a_setting() -> None:
    scene = Scene(ColdChainSettings(driver_test_hours=48)).given(tick(10), declared(), driver(-47))
    scene.when(handed("a", "b", 0, driver_id="d1")).then_fails()
    scene.when(handed("b", "c", 2, driver_id="d1")).then_fails(Rule.DRIVER_UNTESTED)


def test_a_test_bears_on_every_consignment_that_the_driver_carried(held: Scene) -> None:
    carried = [f"x{number:03}" for number in range(70)]
    for name in carried:
        held.given(declared(consignment_id=name), handed("a", "b", 2, driver_id="d1", consignment_id=name))
    assert held.fails().count(Rule.DRIVER_UNTESTED) == 70
    held.when(driver(1)).then_mends(*([Rule.DRIVER_UNTESTED] * 70))
    assert len(held.all(DriverTestRecorded)) == 1
    assert held.held() == set()


def test_a_withdrawn_handover_is_no_link(held: Scene) -> None:
    link = handed("warehouse", "carrier", 2)
    held.given(link, handed("carrier", "shop", 3))
    held.when(withdrawn(link)).then_fails(Rule.CUSTODY_GAP)
