"""The small parts: timers, memory, policy, settings, and tables that must be complete."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.request import NeedClass
from schemas.supply import LotExpired, SupplyDecision
from streams.core.decider import Fact
from streams.core.instants import from_us, to_us
from streams.core.memory import Memory, name
from streams.core.supply import SupplySettings, conservation
from streams.core.supply.evolve import CHANGES
from streams.core.supply.timers import Timers
from tests.streams.core.supply.spec import START, Scene, at, filed, received


def test_every_decision_has_its_change() -> None:
    assert set(CHANGES) == set(get_args(get_args(SupplyDecision)[0]))


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 9)), max_size=60))
def test_timers_are_a_map_in_order_of_time(changes: list[tuple[str, int | None]]) -> None:
    timers: Timers[str] = Timers()
    model: dict[str, int] = {}
    for who, due in changes:
        timers.set(who, due)
        model.pop(who, None)
        if due is not None:
            model[who] = due
        assert timers.first() == min(model.values(), default=None)
        assert timers.get(who) == due
        assert list(timers.until(5)) == sorted((due, who) for who, due in model.items() if due <= 5)


def test_timers_do_not_keep_what_no_longer_holds() -> None:
    timers: Timers[str] = Timers()
    timers.set("first", 0)
    for number in range(10_000):
        timers.set("again", number + 1)
    assert len(timers) == 2
    assert len(timers.heap) < 200


def test_memory_forgets_by_day_and_keeps_names_for_ever() -> None:
    memory = Memory()
    memory.note("event", "e1", to_us(at()))
    memory.note("event", "e2", to_us(at(days=2)))
    memory.keep("request", "r1")
    assert memory.knows("event", "e1") and not memory.knows("request", "e1")
    memory.forget(to_us(at(days=1)) // (24 * 3600 * 10**6))
    assert not memory.knows("event", "e1")
    assert memory.knows("event", "e2") and memory.knows("request", "r1")


def test_names_are_the_same_in_any_process() -> None:
    assert name("event", "e1") == 0x1110EAE3AB6D35BD


def test_times_keep_their_microseconds() -> None:
    late = START.replace(microsecond=999_999)
    assert from_us(to_us(late)) == late


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars/Olympus"},
        {"clock_hours": {"sealed": 4}},
        {"clock_hours": {"life_threatening": 0, "critical": 1, "sealed": 1, "other": 1}},
        {"dispatch_hours": {"life_threatening": 1, "critical": 1, "sealed": 1, "urgent": 1}},
        {"chunk": 0},
        {"wave_minutes": -10},
        {"critical_groups": ["dialysys"]},
        {"unknown": 1},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SupplySettings.model_validate(wrong)


def test_settings_are_read_from_plain_values() -> None:
    hours = {"life_threatening": 1, "critical": 2, "sealed": 3, "other": 4}
    settings = SupplySettings.model_validate({"clock_hours": hours, "critical_groups": ["dialysis"]})
    assert settings.clock_hours[NeedClass.SEALED] == 3


def test_conservation_names_what_does_not_add_up(scene: Scene) -> None:
    scene.given(received("a", 5), filed("r1", {"rice": 3}))
    assert conservation(scene.state) == []
    scene.state.lots["a"].available -= 1
    assert any("lot a" in why for why in conservation(scene.state))
    scene.state.lots["a"].available += 1
    scene.state.needs["r1:rice"].reserved += 1
    assert any("need r1:rice" in why for why in conservation(scene.state))
    scene.state.needs["r1:rice"].reserved -= 1
    scene.state.lots["a"].received, scene.state.lots["a"].available = 0, -3
    assert any("below zero" in why for why in conservation(scene.state))


def test_a_record_about_an_unknown_lot_is_a_defect_and_fails_loudly(scene: Scene) -> None:
    with pytest.raises(KeyError):
        scene.decider.evolve(scene.state, Fact(None, None, [LotExpired(lot_id="nothing", quantity=1)]))
