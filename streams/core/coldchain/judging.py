"""From verdicts to decisions: what fails or is mended since the last time, and the holds that follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from schemas.coldchain import CheckFailed, CheckMended, HoldOrdered, HoldWithdrawn, Rule, Severity
from schemas.consignment import CheckWaived
from schemas.hold import HoldEnd
from streams.core.coldchain.call import Call
from streams.core.coldchain.checks import LOT_LIMIT, Check, hold_id
from streams.core.coldchain.state import Docket, OwnHold
from streams.core.instants import from_us

How = Literal["mended", "withdrawn"]
WHOLE: Final = ""
"""Stands, among lot ids, for all of the consignment, present and to come."""


class Bench(NamedTuple):
    """Where verdicts are compared: whose checks, as they are known, which of them are waived, and how they may end."""

    call: Call
    consignment_id: str | None
    docket: Docket
    waived: dict[str, CheckWaived]
    how: How = "mended"


def judge(bench: Bench, verdict: Iterable[tuple[Check, CheckFailed]], rules: frozenset[Rule]) -> None:
    """Decide what changes of the checks of these rules: holds are ordered before others are withdrawn."""
    failing = {failed.check_id: (check, failed) for check, failed in verdict}
    for name in sorted(failing):
        if name not in bench.waived:
            _fails(bench, *failing[name])
    for name, failed in sorted(bench.docket.checks.items()):
        if failed.rule in rules and (name not in failing or name in bench.waived):
            _ends(bench, failed)


def _fails(bench: Bench, check: Check, failed: CheckFailed) -> None:
    if bench.docket.checks.get(failed.check_id) != failed:
        bench.call.add(failed)
    if failed.severity is Severity.HOLD:
        _hold(bench, check, failed)


def _hold(bench: Bench, check: Check, failed: CheckFailed) -> None:
    """Hold what is concerned and not held yet; a hold on what is not concerned any more is replaced."""
    needed = check.scope.lots | ({WHOLE} if check.scope.whole else set())
    standing = bench.docket.holds.get(failed.check_id, {})
    kept = [hold for hold in standing.values() if _names(hold) <= needed]
    missing = needed.difference(*map(_names, kept))
    number = bench.docket.ordered.get(failed.check_id, 0)
    for lots in _chunks(missing):
        number += 1
        bench.call.add(
            HoldOrdered(
                hold_id=hold_id(failed.check_id, number),
                check_id=failed.check_id,
                rule=failed.rule,
                consignment_id=bench.consignment_id if WHOLE in lots else None,
                lot_ids=tuple(lot_id for lot_id in lots if lot_id != WHOLE),
                reason=failed.reason_en,
                at=from_us(bench.call.at),
            )
        )
    for hold in standing.values():
        if hold not in kept:
            _withdraw(bench, failed.check_id, hold.hold_id, HoldEnd.REPLACED)


def _names(hold: OwnHold) -> frozenset[str]:
    return frozenset((*hold.lot_ids, WHOLE)) if hold.whole else frozenset(hold.lot_ids)


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(names)
    for first in range(0, len(ordered), LOT_LIMIT):
        yield ordered[first : first + LOT_LIMIT]


def _ends(bench: Bench, failed: CheckFailed) -> None:
    waiver = bench.waived.get(failed.check_id)
    bench.call.add(
        CheckMended(
            check_id=failed.check_id,
            rule=failed.rule,
            consignment_id=bench.consignment_id,
            how=bench.how if waiver is None else "waived",
            by=None if waiver is None else waiver.source,
            reason="" if waiver is None else waiver.reason,
        )
    )
    for name in bench.docket.holds.get(failed.check_id, {}):
        _withdraw(bench, failed.check_id, name, HoldEnd.WAIVED if waiver else HoldEnd.MENDED)


def _withdraw(bench: Bench, check: str, name: str, reason: HoldEnd) -> None:
    bench.call.add(HoldWithdrawn(hold_id=name, check_id=check, reason=reason.value, at=from_us(bench.call.at)))
