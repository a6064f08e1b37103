"""Random reports over few names, so that they meet; none of them depends on another's having come before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from schemas.coldchain import BreachBase, BreachWithdrawn
from schemas.consignment import CertificateType, LabResult, Step
from streams.core.coldchain import State
from tests.streams.core.coldchain import spec
from tests.streams.core.coldchain.spec import Scene

LOTS = ("l1", "l2", "l3", "l4")
NAMED = ((), ("l1",), ("l2",), ("l1", "l3"), ("l4",))
STEPS = (Step.CLEARED, Step.WAREHOUSED, Step.RELEASED, Step.TRANSPORTED, Step.STORED, Step.ISSUED)
PLACES, PARTIES, TYPES, RESULTS = ("wh-1", "wh-2"), ("a", "b", "c"), list(CertificateType), list(LabResult)
Numbers = tuple[int, int, int, int]
FIRST = (
    spec.declared(dict.fromkeys(LOTS, 100), event_id="first"),
    spec.packed("p1", "l4", event_id="packed-1"),
    spec.packed("p2", "l2", event_id="packed-2"),
)
"""All lots are declared, those that others are made of and those that are made; and packages are known."""


def pick(options: Any, number: int) -> Any:
    return options[number % len(options)]


def _step(a: int, b: int, hours: float, **more: Any) -> Any:
    counted = {} if b % 3 else {pick(LOTS, a): 100 - b % 2 * 10}
    return spec.step(pick(STEPS, a), hours, pick(PLACES, b), *pick(NAMED, a + b), quantities=counted, **more)


def _certificate(a: int, b: int, hours: float, **more: Any) -> Any:
    until = None if b % 3 else spec.at(hours + b % 5)
    return spec.certificate(
        pick(TYPES, a), hours, *pick(NAMED, b), valid_until=until, province=pick(("zj", "xj"), b), **more
    )


def _handed(a: int, b: int, hours: float, **more: Any) -> Any:
    seals = {"seal_given": "s1", "seal_found": pick(("s1", "s2"), b)}
    driver = {"driver_id": "d1"} if a % 2 else {}
    return spec.handed(pick(PARTIES, a), pick(PARTIES, b), hours, b % 200, *pick(NAMED, a), **seals, **driver, **more)


def _sample(a: int, b: int, hours: float, **more: Any) -> Any:
    return spec.sample(pick(RESULTS, a), hours, *pick(NAMED, b), **more)


def _disinfected(a: int, b: int, hours: float, **more: Any) -> Any:
    return spec.disinfected(hours, *pick(NAMED, a), **more)


def _packed(a: int, b: int, hours: float, **more: Any) -> Any:
    return spec.packed(
        pick(("p1", "p2"), a), *(pick(NAMED, b) or ("p1",)), hours=hours, action=pick(("add", "delete"), a // 2), **more
    )


def _made(a: int, b: int, hours: float, **more: Any) -> Any:
    return spec.made({pick(LOTS[:2], a): 10 + b % 95}, {pick(LOTS[2:], b): 20}, hours, **more)


def _departed(a: int, b: int, hours: float, **more: Any) -> Any:
    make = spec.returned if a % 2 else spec.destroyed
    return make({pick(LOTS, b): 1 + b % 100}, hours, **more)


def _observed(a: int, b: int, hours: float, **more: Any) -> Any:
    return spec.observed(pick(PLACES, a), hours, *pick(NAMED, b), **more)


def _driver(a: int, b: int, hours: float, **more: Any) -> Any:
    return spec.driver(hours - b % 100, pick(RESULTS, a), **more)


def _hold(a: int, b: int, hours: float, **more: Any) -> Any:
    if a % 4 == 0:
        return spec.hold(f"h{b % 3}", consignment_id="c1", **more)
    return spec.hold(f"h{b % 3 + 3 * (a % 4)}", *(pick(NAMED, a) or ("l2",)), **more)


def _read(a: int, b: int, hours: float, **more: Any) -> Any:
    return spec.read(
        pick((-25, -20, -18, -17.5, -5), a), round(hours * 6) * 10, pick(("g1", "g2"), b), *pick(NAMED, b // 2), **more
    )


MAKERS: tuple[Callable[..., Any], ...] = (
    _step,
    _step,
    _certificate,
    _certificate,
    _handed,
    _sample,
    _disinfected,
    _packed,
    _made,
    _departed,
    _observed,
    _driver,
    _hold,
    *[_read] * 8,
)


def message(numbers: Numbers, number: int) -> Any:
    """A report; the same numbers make the same one."""
    which, a, b, time = numbers
    return pick(MAKERS, which)(a, b, time % 60 / 6, event_id=f"s{number}")


def messages(smallest: int = 1, largest: int = 30) -> st.SearchStrategy[list[Any]]:
    """Reports in some order."""
    number = st.integers(0, 999)
    rows = st.lists(st.tuples(number, number, number, number), min_size=smallest, max_size=largest)
    return rows.map(lambda rows: [message(row, place) for place, row in enumerate(rows)])


def verdict(scene: Scene) -> dict[str, Any]:
    """What stands at the end, from the decisions alone."""
    return {
        "failing": sorted(one.model_dump_json() for one in scene.failing.values()),
        "held": sorted(scene.held()),
        "breaches": sorted(breaches(scene).values()),
    }


def breaches(scene: Scene) -> dict[str, tuple[Any, ...]]:
    """Breaches that stand, by id, without the ids: those depend on what came first."""
    standing: dict[str, tuple[Any, ...]] = {}
    for fact in scene.facts:
        for one in fact.decisions:
            if isinstance(one, BreachBase):
                standing[one.breach_id] = (
                    one.logger_id,
                    one.kind.value,
                    one.start,
                    one.alarm_at,
                    str(one.end),
                    one.peak_c,
                )
            elif isinstance(one, BreachWithdrawn):
                del standing[one.breach_id]
    return standing


def indexes(state: State) -> dict[str, Any]:
    """What is derived from a state."""
    return {
        "owners": state.owners,
        "own": state.own,
        "by_lot": state.by_lot,
        "by_driver": state.by_driver,
        "lot_holds": state.lot_holds,
        "consignment_holds": state.consignment_holds,
        "silences": _waiting(state.silences),
        "unknowns": {name: _waiting(timers) for name, timers in state.unknowns.items() if len(timers)},
        "deadlines": _waiting(state.deadlines),
        "ages": _waiting(state.ages),
        "quiet": _waiting(state.quiet),
        "gone": {name: one.gone for name, one in state.consignments.items()},
    }


def _waiting(timers: Any) -> list[Any]:
    return list(timers.until(2**62))


def checks_of(state: State) -> Iterator[Any]:
    """Failed checks as the state has them."""
    for consignment in state.consignments.values():
        yield from consignment.docket.checks.values()
    yield from state.premises.checks.values()
