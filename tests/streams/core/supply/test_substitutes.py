"""Another item instead: only where the request allows it, at the catalogue's rate, and said so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from schemas.delivery import Outcome
from schemas.item import Substitute
from schemas.request import RequestFiled, RequestLine
from schemas.supply import AllocationMade, NeedClosed, NeedSubstituted
from streams.core.supply import SupplyDecider
from tests.streams.core.supply.spec import CATALOGUE, Scene, at, confirmed, filed, floor, received, tick


def flexible() -> Scene:
    """Three units of milk stand in for two of rice."""
    scene = Scene()
    rice = CATALOGUE["rice"].model_copy(update={"substitutes": (Substitute(item="milk", rate=Decimal("1.5")),)})
    scene.decider = SupplyDecider(scene.settings, CATALOGUE | {"rice": rice})
    return scene.given(tick())


def asked(name: str, units: int, *, allows: bool = True, **more: Any) -> RequestFiled:
    message = filed(name, {"rice": units}, **more)
    return message.model_copy(update={"lines": (RequestLine(item="rice", quantity=units, substitutes=allows),)})


def test_a_request_that_allows_it_gets_the_substitute_at_its_rate() -> None:
    scene = flexible().given(received("m", 10, "milk")).when(asked("r1", 5))
    said = scene.the(NeedSubstituted)
    assert (said.units, said.quantity, said.by_need_id) == (5, 8, "r1:milk")
    assert scene.the(NeedClosed).reason == "amended"
    made = scene.the(AllocationMade)
    assert (made.need_id, made.item, made.quantity, made.rule) == ("r1:milk", "milk", 8, "substitute")


def test_what_the_substitute_does_not_cover_stays_asked() -> None:
    scene = flexible().given(received("m", 4, "milk"), asked("r1", 5))
    assert scene.state.needs["r1:rice"].quantity == 3
    assert scene.state.needs["r1:milk"].reserved == 3, "two of rice are three of milk; one more would be half a unit"


def test_not_without_leave_nor_where_the_item_itself_is_there() -> None:
    scene = flexible().given(received("m", 10, "milk")).when(asked("r1", 5, allows=False))
    scene.then_nothing(AllocationMade)
    scene.given(received("a", 10))
    scene.when(asked("r2", 5)).then_served(a=5)


def test_reserves_and_those_who_asked_for_the_substitute_come_first() -> None:
    scene = flexible().given(floor("milk", 6), received("m", 8, "milk"), filed("r0", {"milk": 2}))
    scene.when(asked("r1", 5)).then_nothing(NeedSubstituted)
    scene.given(filed("r2", {"milk": 4}))
    scene.when(received("m2", 6, "milk"))
    assert scene.state.needs["r2:milk"].reserved == 4
    assert scene.the(NeedSubstituted).quantity == 2, "what is left of the new lot"


def test_substitutes_that_come_later_serve_who_waits_in_order() -> None:
    scene = flexible().given(asked("r1", 2), asked("r2", 2, allows=False), asked("r3", 2))
    scene.when(received("m", 4, "milk"))
    assert [(one.need_id, one.units) for one in scene.all(NeedSubstituted)] == [("r1:rice", 2)]
    scene.when(received("m2", 9, "milk"))
    assert [(one.need_id, one.units) for one in scene.all(NeedSubstituted)] == [("r3:rice", 2)]


def test_a_need_that_lacked_its_last_units_only_ends_with_their_substitute() -> None:
    scene = flexible().given(received("a", 2), asked("r1", 3))
    scene.tick(at(1))
    bag = scene.bag()
    scene.given(confirmed(bag.dispatch_id, Outcome.DELIVERED, area=bag.area))
    scene.when(received("m", 9, "milk"))
    assert scene.the(NeedSubstituted).units == 1
    assert scene.the(NeedClosed).need_id == "r1:rice"


def test_before_the_first_tick_a_substitute_is_given_too() -> None:
    scene = flexible()
    scene.state, scene.facts = scene.decider.initial(), []
    scene.given(asked("r1", 2)).when(received("m", 9, "milk"))
    assert scene.state.needs["r1:milk"].reserved == 3
