"""The way of a consignment (冷链批次) as a state machine: every allowed step from every step, in one table a route."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from schemas.consignment import Step

_S = Step


class Route(StrEnum):
    """Which table a lot goes by."""

    IMPORTED = "imported"
    """Through customs and a supervised warehouse (集中监管仓) of this province."""
    RECOGNISED = "recognised"
    """Imported, supervised in another province whose exit certificate counts here (互认)."""
    DOMESTIC = "domestic"
    """Grown here."""


TREATMENTS: Final = frozenset({Step.TESTED, Step.DISINFECTED})
"""Steps that are done to a lot where it is: the step before still says what may come next."""

_KEPT: Final = {
    _S.TRANSPORTED: frozenset({_S.TRANSPORTED, _S.STORED, _S.ISSUED, *TREATMENTS}),
    _S.STORED: frozenset({_S.TRANSPORTED, _S.STORED, _S.ISSUED, *TREATMENTS}),
    _S.ISSUED: frozenset({_S.ISSUED, *TREATMENTS}),
}
"""What all routes share once a lot is out of supervision."""

NEXT: Final[Mapping[Route, Mapping[Step, frozenset[Step]]]] = {
    Route.IMPORTED: {
        _S.DECLARED: frozenset({_S.CLEARED, *TREATMENTS}),
        _S.CLEARED: frozenset({_S.TRANSPORTED, _S.WAREHOUSED, *TREATMENTS}),
        _S.WAREHOUSED: frozenset({_S.WAREHOUSED, _S.RELEASED, *TREATMENTS}),
        _S.RELEASED: frozenset({_S.TRANSPORTED, _S.STORED, _S.ISSUED, *TREATMENTS}),
        **_KEPT,
        _S.TRANSPORTED: _KEPT[_S.TRANSPORTED] | {_S.WAREHOUSED},
    },
    Route.RECOGNISED: {
        _S.DECLARED: frozenset({_S.CLEARED, _S.TRANSPORTED, _S.STORED, *TREATMENTS}),
        _S.CLEARED: frozenset({_S.TRANSPORTED, _S.WAREHOUSED, _S.STORED, *TREATMENTS}),
        _S.WAREHOUSED: frozenset({_S.WAREHOUSED, _S.RELEASED, _S.TRANSPORTED, _S.STORED, *TREATMENTS}),
        _S.RELEASED: frozenset({_S.TRANSPORTED, _S.STORED, _S.ISSUED, *TREATMENTS}),
        **_KEPT,
        _S.TRANSPORTED: _KEPT[_S.TRANSPORTED] | {_S.WAREHOUSED},
    },
    Route.DOMESTIC: {
        _S.DECLARED: frozenset({_S.TRANSPORTED, _S.WAREHOUSED, _S.STORED, _S.ISSUED, *TREATMENTS}),
        _S.WAREHOUSED: frozenset({_S.WAREHOUSED, _S.RELEASED, _S.TRANSPORTED, _S.STORED, _S.ISSUED, *TREATMENTS}),
        _S.RELEASED: frozenset({_S.TRANSPORTED, _S.STORED, _S.ISSUED, *TREATMENTS}),
        **_KEPT,
    },
}
"""After each step (treatments aside), what may come next."""

PASSED: Final[Mapping[Route, Mapping[Step, frozenset[Step]]]] = {
    Route.IMPORTED: {_S.RELEASED: frozenset({_S.WAREHOUSED, *TREATMENTS})},
    Route.RECOGNISED: {},
    Route.DOMESTIC: {},
}
"""What must have been passed, whenever, before a step."""

SUPERVISED: Final = frozenset({Step.STORED, Step.ISSUED})
"""Where an imported lot may come only by way of a supervised warehouse."""

_RANK: Final = {step: place for place, step in enumerate(Step)}


def rank(step: Step) -> int:
    """Place of a step in the order of the way: of two at one moment the earlier step counts first."""
    return _RANK[step]


def may_follow(route: Route, before: Step, step: Step) -> bool:
    """Whether a step may come after another."""
    return step in NEXT[route].get(before, frozenset())


def missing_before(route: Route, passed: Collection[Step], step: Step) -> Step | None:
    """The first step that must have been passed before this one, and was not."""
    missing = [needed for needed in PASSED[route].get(step, ()) if needed not in passed]
    return min(missing, key=rank, default=None)


def after(before: Step, step: Step) -> Step:
    """The step that says what may come next."""
    return before if step in TREATMENTS else step
