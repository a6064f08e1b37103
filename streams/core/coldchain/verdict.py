"""All checks of a consignment, and when they are looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.coldchain import Rule
from streams.core.coldchain.call import Call
from streams.core.coldchain.checks import Check, ConsignmentCheck
from streams.core.coldchain.checks_certificates import certificates, warehouse_bypassed
from streams.core.coldchain.checks_custody import custody_gap, driver_untested, seal_mismatch
from streams.core.coldchain.checks_places import two_places
from streams.core.coldchain.checks_quantities import quantities
from streams.core.coldchain.checks_reports import held_elsewhere, report_late
from streams.core.coldchain.checks_steps import out_of_order
from streams.core.coldchain.checks_temperature import TEMPERATURE, Watch, breached, unknown_too_long
from streams.core.coldchain.checks_tests import positive
from streams.core.coldchain.judging import Bench, How, judge
from streams.core.coldchain.state import Consignment, OutsideHold, State
from streams.core.coldchain.story import Story

REPORTED: Final[tuple[ConsignmentCheck, ...]] = (
    certificates,
    warehouse_bypassed,
    out_of_order,
    seal_mismatch,
    custody_gap,
    positive,
    quantities,
    two_places,
    report_late,
)
"""Checks of what was reported of the consignment itself."""
OF_CONSIGNMENTS: Final = frozenset(Rule) - {Rule.FINDING_OVERDUE}


def judge_all(call: Call, consignment: Consignment, story: Story, how: How = "mended") -> None:
    """Every check of a consignment, on the facts of `story`."""
    watches = [Watch.of(logger) for _, logger in sorted(consignment.loggers.items())]
    checks = [check for rule in REPORTED for check in rule(story, call.rules)]
    checks += driver_untested(story, call.rules, lambda driver_id: call.state.drivers.get(driver_id, {}))
    checks += held_elsewhere(story, outside_holds(call.state, story))
    checks += _temperature(call, story, watches)
    _judge(call, consignment, story, checks, OF_CONSIGNMENTS, how)


def judge_temperature(call: Call, consignment: Consignment, watches: Iterable[Watch]) -> None:
    """The checks that readings, silence and time can change."""
    story = consignment.story()
    _judge(call, consignment, story, _temperature(call, story, list(watches)), TEMPERATURE, "mended")


def outside_holds(state: State, story: Story) -> list[OutsideHold]:
    """Standing holds on lots that the consignment names, or on it, that are not its own."""
    names = set(state.consignment_holds.get(story.consignment_id, ()))
    for lot_id in story.named:
        names |= state.lot_holds.get(lot_id, set())
    return [state.outside[name] for name in sorted(names) if state.own.get(name) != story.consignment_id]


def _temperature(call: Call, story: Story, watches: list[Watch]) -> Iterator[Check]:
    profile = story.declared.profile
    yield from breached(story, watches, profile)
    longest = call.rules.unknown(profile)
    if longest is not None:
        yield from unknown_too_long(story, watches, longest, call.now)


def _judge(
    call: Call, consignment: Consignment, story: Story, checks: Iterable[Check], rules: frozenset[Rule], how: How
) -> None:
    name = consignment.consignment_id
    judge(
        Bench(call, name, consignment.docket, story.waived, how),
        ((check, check.failed(name)) for check in checks),
        rules,
    )
