"""Readings: breaches hold what the logger lies with; unknown periods; what is told when."""

from __future__ import annotations

import pytest

from schemas.coldchain import (
    BreachOpened,
    BreachWithdrawn,
    CheckFailed,
    FactRecorded,
    GapFound,
    GapWithdrawn,
    HoldOrdered,
    HoldWithdrawn,
    IntervalKnown,
    LoggerPlaced,
    ReadingRecorded,
    Rule,
    SensorFlagged,
)
from schemas.consignment import Step
from schemas.ledger import RepeatIgnored
from tests.streams.core.coldchain.spec import Scene, at, declared, made, packed, read, step, waived, withdrawn


@pytest.fixture
def cold(later: Scene) -> Scene:
    """A frozen consignment, and a clock ten hours after the readings."""
    return later.given(declared(imported=False))


@pytest.fixture
def live(scene: Scene) -> Scene:
    """The same, with a clock that goes on with the readings."""
    return scene.given(declared(imported=False))


def warm(logger: str = "g1", *lot_ids: str, begin: int = 0, last: int = 60) -> list[object]:
    return [read(-5, minutes, logger, *lot_ids) for minutes in range(begin, begin + last + 1, 10)]


def test_in_range(cold: Scene) -> None:
    cold.when(read(-18)).then(ReadingRecorded, IntervalKnown)
    cold.given(*(read(-18, minutes) for minutes in range(10, 600, 10)))
    assert cold.fails() == []


def test_not_long_enough(cold: Scene) -> None:
    cold.given(*warm(last=50), read(-19, 60))
    assert cold.fails() == []


def test_a_breach_holds_the_consignment_at_the_reading_that_makes_it_true(cold: Scene) -> None:
    *before, last = warm()
    cold.given(*before)
    cold.when(last).then(ReadingRecorded, BreachOpened, CheckFailed, HoldOrdered)
    assert cold.the(CheckFailed).since == at(0)
    assert cold.the(HoldOrdered).at == at(1)
    assert cold.the(HoldOrdered).lot_ids == ("l1", "l2")
    assert cold.the(HoldOrdered).consignment_id == "c1"


def test_a_breach_of_a_logger_that_lies_with_one_lot(cold: Scene) -> None:
    cold.given(made({"l2": 1}, {"f2": 2}))
    cold.when(read(-5, 0, "g1", "l2")).then(ReadingRecorded, IntervalKnown, LoggerPlaced)
    cold.given(*warm("g1", "l2", begin=10, last=60))
    assert cold.held() == {"l2", "f2"}


def test_a_reading_that_comes_again_for_other_lots_says_where_its_logger_lies(cold: Scene) -> None:
    """Whichever of two reports of one reading comes first: both name lots, and that one of them names none counts."""
    cold.when(read(-25, 0, "g9", "l1")).then(ReadingRecorded, IntervalKnown, LoggerPlaced)
    cold.when(read(-25, 0, "g9", "l1")).then(SensorFlagged)
    cold.when(read(-25, 0, "g9")).then(LoggerPlaced)
    cold.when(read(-25, 0, "g9", "l1")).then(RepeatIgnored)


def test_a_logger_on_a_pallet(cold: Scene) -> None:
    cold.given(packed("p1", "l1"), *warm("g1", "p1"))
    assert cold.held() == {"l1"}


def test_a_container_s_logger_that_runs_before_it_is_packed(cold: Scene) -> None:
    """Until it is known what lies in the container, a breach of it concerns all."""
    cold.given(*warm("g1", "box-1"))
    assert cold.held() == {"*c1", "l1", "l2"}
    cold.when(packed("box-1", "l1", hours=-1)).then(FactRecorded, CheckFailed, HoldOrdered, HoldWithdrawn)
    assert cold.held() == {"l1"}


@pytest.mark.parametrize("packing_first", [True, False])
def test_when_the_packing_is_told_makes_no_difference(cold: Scene, packing_first: bool) -> None:
    told = packed("box-1", "l1", hours=-1)
    cold.given(*([told] if packing_first else []), *warm("g1", "box-1"), *([] if packing_first else [told]))
    assert cold.held() == {"l1"}
    assert [check.lot_ids for check in cold.failing.values()] == [("l1",)]
    cold.given(withdrawn(told))
    assert cold.held() == {"*c1", "l1", "l2"}


def test_a_name_that_nobody_explains_is_watched_until_the_goods_are_gone(live: Scene) -> None:
    live.given(read(-20, 0, "g1", "box-9"), read(-20, 10, "g1", "box-9"))
    live.tick(at(minutes=200))
    assert live.fails() == [Rule.TEMPERATURE_UNKNOWN]
    assert "box-9" in next(iter(live.failing.values())).reason_en
    live.given(step(Step.ISSUED, 0.25))
    assert Rule.TEMPERATURE_UNKNOWN not in live.fails()


def test_a_logger_that_names_no_lots_once_lies_with_the_consignment(cold: Scene) -> None:
    cold.given(*warm("g1", "l2"))
    assert cold.held() == {"l2"}
    cold.when(read(-20, 70))
    assert cold.held() == {"*c1", "l1", "l2"}


def test_a_late_reading_withdraws_the_breach_and_the_hold(cold: Scene) -> None:
    cold.given(*(read(-5, minutes) for minutes in (0, 10, 20, 40, 50, 60)))
    assert cold.held() == {"*c1", "l1", "l2"}
    cold.when(read(-20, 30)).then_mends(Rule.TEMPERATURE_BREACH)
    assert len(cold.all(BreachWithdrawn)) == len(cold.all(HoldWithdrawn)) == 1
    assert cold.held() == set()


def test_a_hold_after_a_lifted_one_has_another_id(cold: Scene) -> None:
    cold.given(*(read(-5, minutes) for minutes in (0, 10, 20, 40, 50, 60)), read(-20, 30))
    cold.given(*warm(begin=70, last=80))
    first, second = cold.ever(HoldOrdered)
    assert first.check_id == second.check_id
    assert first.hold_id != second.hold_id


def test_a_breach_that_goes_on_is_said_once(cold: Scene) -> None:
    cold.given(*warm(last=300))
    assert len(cold.ever(CheckFailed)) == len(cold.ever(HoldOrdered)) == 1


def test_a_waived_breach_holds_nothing_however_long_it_gets(cold: Scene) -> None:
    cold.given(*warm())
    cold.when(waived(next(iter(cold.failing.values())))).then_mends(Rule.TEMPERATURE_BREACH, how="waived")
    assert cold.held() == set()
    cold.given(*warm(begin=70, last=100))
    assert (cold.fails(), cold.held()) == ([], set())


def test_a_breach_after_the_last_unit_left_is_nobodys(cold: Scene) -> None:
    cold.given(*(read(-20, minutes) for minutes in range(0, 60, 10)), step(Step.ISSUED, 1))
    cold.given(*warm(begin=60, last=120))
    assert cold.fails() == []


def test_silence_is_said_when_it_is_too_long_and_then_unknown_is_too_long(live: Scene) -> None:
    live.given(read(-20, 0), read(-20, 10))
    assert live.tick(at(minutes=40)) == []
    assert [type(one) for one in live.tick(at(minutes=41))] == [GapFound]
    assert live.tick(at(minutes=70)) == []
    assert [type(one) for one in live.tick(at(minutes=71))] == [CheckFailed, HoldOrdered]
    assert live.fails() == [Rule.TEMPERATURE_UNKNOWN]
    assert live.tick(at(minutes=1000)) == []
    live.when(read(-20, 1000)).then(ReadingRecorded, GapFound)
    assert live.fails() == [Rule.TEMPERATURE_UNKNOWN]


def test_a_logger_that_sends_what_it_kept_is_not_silent(cold: Scene) -> None:
    """Nothing is missing while old readings come, one after the other; when no more come, the rest is unknown."""
    cold.given(*(read(-20, minutes) for minutes in range(0, 300, 10)))
    assert cold.ever(GapFound) == []
    cold.tick(at(10.5))
    assert cold.ever(GapFound) == []
    cold.tick(at(10.6))
    assert cold.ever(GapFound)[0].start == at(minutes=290)
    assert cold.fails() == [Rule.TEMPERATURE_UNKNOWN]


def test_late_readings_fill_it(live: Scene) -> None:
    live.given(read(-20, 0), read(-20, 10))
    live.tick(at(minutes=100))
    assert live.fails() == [Rule.TEMPERATURE_UNKNOWN]
    live.given(*(read(-20, minutes) for minutes in (80, 70, 60, 50, 40)))
    assert live.held() == set()
    ends = [gap.end for gap in live.ever(GapFound)]
    assert ends == [None, *(at(minutes=minutes) for minutes in (80, 70, 60, 50))]
    assert [gap.start for gap in live.ever(GapWithdrawn)] == [at(minutes=10)]
    live.when(read(-20, 30)).then(ReadingRecorded)


def test_another_logger_knows(live: Scene) -> None:
    """What one does not say is not unknown while another says it."""
    for minutes in range(0, 200, 10):
        live.tick(at(minutes=minutes))
        live.given(read(-20, minutes, "g2"))
        if minutes <= 20:
            live.given(read(-20, minutes, "g1"))
    assert len(live.ever(GapFound)) == 1
    assert live.fails() == []
    live.tick(at(minutes=251))
    assert live.fails() == [Rule.TEMPERATURE_UNKNOWN]


def test_a_logger_with_some_lots_does_not_speak_for_the_others(live: Scene) -> None:
    live.given(read(-20, 0, "g1"), read(-20, 0, "g2", "l1"))
    for minutes in range(10, 200, 10):
        live.tick(at(minutes=minutes))
        live.given(read(-20, minutes, "g2", "l1"))
    assert live.fails() == [Rule.TEMPERATURE_UNKNOWN]
    assert live.held() == {"*c1", "l1", "l2"}


def test_after_everything_was_issued_nothing_is_expected(live: Scene) -> None:
    live.given(read(-20, 0), read(-20, 10), step(Step.ISSUED, 0.25))
    assert live.tick(at(days=1)) == []


def test_a_waived_unknown_is_not_looked_at_for_ever(live: Scene) -> None:
    live.given(read(-20, 0), read(-20, 10))
    live.tick(at(minutes=100))
    live.given(waived(next(iter(live.failing.values()))))
    assert live.held() == set()
    assert live.tick(at(days=2)) == []


def test_the_same_reading_again(cold: Scene) -> None:
    first = read(-20, 10)
    cold.given(first)
    cold.when(first).then(RepeatIgnored)
    cold.given(read(-20, 20)).when(first).then(RepeatIgnored)


def test_another_report_of_the_same_reading(cold: Scene) -> None:
    cold.given(read(-20, 10))
    again = read(-20, 10)
    cold.when(again).then(SensorFlagged)
    cold.when(again).then(RepeatIgnored)


def test_profile_says_what_is_too_warm(later: Scene) -> None:
    later.given(declared(profile="vaccine", imported=False))
    later.given(*(read(9, minutes) for minutes in range(0, 600, 10)))
    assert later.fails() == []
    later.when(read(9, 600)).then_fails(Rule.TEMPERATURE_BREACH)
