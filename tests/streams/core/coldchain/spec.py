"""Tests as policy: `given(...)` what happened, `when(...)` a message comes, `then(...)` this is decided."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from schemas.coldchain import CheckFailed, CheckMended, HoldOrdered, HoldWithdrawn, Rule, Severity
from schemas.consignment import (
    CertificateIssued,
    CertificateType,
    CheckWaived,
    ConsignmentDeclared,
    CustodyHanded,
    DeclaredLot,
    LabReported,
    LabResult,
    LotQuantity,
    LotsAggregated,
    LotsDestroyed,
    LotsDisinfected,
    LotsObserved,
    LotsReturned,
    LotsTransformed,
    ReportWithdrawn,
    Step,
    StepReported,
)
from schemas.driver import DriverTested
from schemas.hold import HoldLifted, HoldPlaced
from schemas.inspection import FindingMended, FindingReported
from schemas.ledger import ClockTicked
from schemas.temperature import TemperatureRead, load_profiles
from streams.core.coldchain import ColdChainDecider, ColdChainSettings, State
from streams.core.decider import Fact, Rejected

D = TypeVar("D")
RAW = re.compile(rf"(?<![\w-])({'|'.join([*Step, *CertificateType, 'all', '[a-z]+_[a-z]+'])})(?![\w-])")
"""Codes, which nobody should meet in a Chinese sentence."""
START = dt.datetime(2022, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
PROFILES = load_profiles(Path("deploy/profiles.toml"))
SETTINGS = ColdChainSettings(mutual_recognition=frozenset({"zj"}))


def at(hours: float = 0, *, minutes: float = 0, days: int = 0) -> dt.datetime:
    """So long after the start."""
    return START + dt.timedelta(hours=hours, minutes=minutes, days=days)


@dataclass
class Scene:
    """One partition in a test. Messages get an id, a time and a consignment where they name none."""

    settings: ColdChainSettings = SETTINGS
    decided: list[Any] = field(default_factory=list)
    rejected: Rejected | None = None
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.decider = ColdChainDecider(self.settings, PROFILES)
        self.state: State = self.decider.initial()
        self.failing: dict[str, CheckFailed] = {}
        self.holds: dict[str, HoldOrdered] = {}
        self.hold_ids: set[str] = set()

    def given(self, *messages: Any) -> Scene:
        """These happened, and were taken; work that waits at once is done after each."""
        for message in messages:
            self.take(message)
            self.settle()
        return self

    def when(self, message: Any) -> Scene:
        """This message or tick comes; and what a tick at once makes of it."""
        self.rejected = None
        try:
            self.decided = [*self.take(message), *self.settle()]
        except Rejected as rejected:
            self.decided, self.rejected = [], rejected
        return self

    def take(self, message: Any) -> list[Any]:
        """Decide and evolve, and check what must hold of every record."""
        before = self.decider.dump(self.state)
        decisions = list(self.decider.decide(self.state, message))
        assert self.decider.dump(self.state) == before, "decide changed the state"
        said = self.decider.decisions.dump_json(decisions)
        assert self.decider.decisions.validate_json(said) == decisions, "a decision that its own model refuses"
        tick = message.at if isinstance(message, ClockTicked) else None
        assert tick or decisions, "a message without any decision"
        fact = Fact(None if tick else message.event_id, tick, decisions)
        self.state = self.decider.evolve(self.state, fact)
        self.facts.append(fact)
        for decision in decisions:
            self.watch(decision)
        self.check_holds()
        return decisions

    def watch(self, decision: Any) -> None:
        """What fails and is held, from the decisions alone."""
        match decision:
            case CheckFailed():
                assert not RAW.search(decision.reason_zh), decision.reason_zh
                assert self.failing.get(decision.check_id) != decision, "said again"
                self.failing[decision.check_id] = decision
            case CheckMended():
                assert self.failing.pop(decision.check_id).rule is decision.rule
            case HoldOrdered():
                assert decision.hold_id not in self.hold_ids, "a hold id is used again"
                self.hold_ids.add(decision.hold_id)
                self.holds[decision.hold_id] = decision
            case HoldWithdrawn():
                assert self.holds.pop(decision.hold_id).check_id == decision.check_id
            case _:
                pass

    def check_holds(self) -> None:
        """Every failing check of severity hold holds its lots; no hold stands without its check."""
        held: dict[str, set[str]] = {}
        for hold in self.holds.values():
            assert hold.check_id in self.failing, "a hold without a failed check"
            whole = {"*"} if hold.consignment_id else set()
            held.setdefault(hold.check_id, set()).update(hold.lot_ids, whole)
        for check in self.failing.values():
            if check.severity is Severity.HOLD:
                needed = set(check.lot_ids) or ({"*"} if check.consignment_id else set())
                assert needed <= held.get(check.check_id, set()), "a failed check without its hold"

    def settle(self) -> list[Any]:
        """Tick as long as work waits at once; everything that it decides."""
        everything: list[Any] = []
        for _ in range(1000):
            due = self.decider.next_due(self.state)
            if self.now is None or due is None or due > self.now:
                return everything
            stale = set(self.state.stale)
            decided = self.take(ClockTicked(at=self.now))
            assert decided or stale, "work waits, but a tick has nothing to do"
            everything += decided
        raise AssertionError("work that never ends")

    @property
    def now(self) -> dt.datetime | None:
        ticks = [fact.ticked_at for fact in self.facts if fact.ticked_at is not None]
        return ticks[-1] if ticks else None

    def tick(self, when: dt.datetime) -> list[Any]:
        """Time goes on to `when`, with everything that falls due on the way."""
        everything: list[Any] = []
        for _ in range(1000):
            due = self.decider.next_due(self.state)
            if due is None or due > when:
                break
            everything += self.take(ClockTicked(at=due if self.now is None else max(due, self.now)))
        everything += self.take(ClockTicked(at=when))
        everything += self.settle()
        self.decided = everything
        return everything

    def all(self, kind: type[D], among: Iterable[Any] | None = None) -> list[D]:
        """Decisions of this kind: of the last step, or among those given."""
        return [one for one in (self.decided if among is None else among) if isinstance(one, kind)]

    def ever(self, kind: type[D]) -> list[D]:
        """Decisions of this kind since the beginning."""
        return self.all(kind, (one for fact in self.facts for one in fact.decisions))

    def the(self, kind: type[D]) -> D:
        """The one decision of this kind in the last step."""
        found = self.all(kind)
        assert len(found) == 1, f"{len(found)} of {kind.__name__} in {self.decided}"
        return found[0]

    def then(self, *kinds: type) -> Scene:
        """Exactly decisions of these kinds, in this order."""
        assert self.rejected is None, self.rejected
        assert [type(one).__name__ for one in self.decided] == [kind.__name__ for kind in kinds]
        return self

    def then_fails(self, *rules: Rule) -> Scene:
        """Exactly these rules began to fail in the last step."""
        assert self.rejected is None, self.rejected
        assert sorted(one.rule for one in self.all(CheckFailed)) == sorted(rules)
        return self

    def then_mends(self, *rules: Rule, how: str = "mended") -> Scene:
        """Exactly these rules were mended in the last step."""
        assert self.rejected is None, self.rejected
        assert sorted(one.rule for one in self.all(CheckMended)) == sorted(rules)
        assert {one.how for one in self.all(CheckMended)} <= {how}
        return self

    def then_rejected(self, code: str, field_name: str | None = None) -> Scene:
        """The message was refused with this code, and in words that are fit to be shown."""
        assert self.rejected is not None, f"not rejected: {self.decided}"
        assert self.rejected.code == code
        assert field_name is None or self.rejected.field == field_name
        assert str(self.rejected).endswith(".")
        return self

    def fails(self) -> list[Rule]:
        """The rules that fail now."""
        return sorted(one.rule for one in self.failing.values())

    def held(self) -> set[str]:
        """Lots under a standing hold; `*` and a consignment where all of it is."""
        whole = {f"*{one.consignment_id}" for one in self.holds.values() if one.consignment_id}
        return whole | {lot_id for one in self.holds.values() for lot_id in one.lot_ids}


def replay(decider: ColdChainDecider, facts: Iterable[Fact]) -> State:
    """Fold facts as another process would: decisions through JSON."""
    state = decider.initial()
    for fact in facts:
        decisions = decider.decisions.validate_json(decider.decisions.dump_json(list(fact.decisions)))
        tick = None if fact.ticked_at is None else ClockTicked(at=fact.ticked_at).model_dump_json()
        at = None if tick is None else ClockTicked.model_validate_json(tick).at
        state = decider.evolve(state, Fact(fact.event_id, at, decisions))
    return state


_ids = iter(range(10**9))


def _report(more: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": f"e{next(_ids)}", "occurred_at": START, "source": "test", "consignment_id": "c1"} | more


def _plain(more: dict[str, Any]) -> dict[str, Any]:
    fields = _report(more)
    del fields["consignment_id"]
    return fields


def tick(hours: float = 0, *, minutes: float = 0, days: int = 0) -> ClockTicked:
    return ClockTicked(at=at(hours, minutes=minutes, days=days))


def amounts(units: dict[str, int]) -> tuple[LotQuantity, ...]:
    return tuple(LotQuantity(lot_id=lot_id, quantity=quantity) for lot_id, quantity in units.items())


def lots(units: dict[str, int]) -> tuple[DeclaredLot, ...]:
    return tuple(DeclaredLot(lot_id=lot_id, item="fish", quantity=quantity) for lot_id, quantity in units.items())


def declared(
    units: dict[str, int] | None = None, profile: str = "frozen", imported: bool = True, **more: Any
) -> ConsignmentDeclared:
    declared_lots = lots(units or {"l1": 100, "l2": 50})
    return ConsignmentDeclared(
        kind="consignment_declared", profile=profile, imported=imported, lots=declared_lots, **_report(more)
    )


def step(which: Step, hours: float = 0, facility: str = "wh-1", *lot_ids: str, **more: Any) -> StepReported:
    fields = _report({"occurred_at": at(hours)} | more)
    fields["quantities"] = amounts(fields.get("quantities", {}))
    return StepReported(kind="step_reported", step=which, facility=facility, lot_ids=lot_ids, **fields)


def certificate(kind: CertificateType, hours: float = 0, *lot_ids: str, **more: Any) -> CertificateIssued:
    fields = {"certificate_id": f"n-{kind.value}", "issuer": "customs", "valid_from": at(hours)} | more
    return CertificateIssued(
        kind="certificate_issued", type=kind, lot_ids=lot_ids, **_report({"occurred_at": at(hours)} | fields)
    )


def handed(giver: str, taker: str, hours: float = 0, minutes: float = 10, *lot_ids: str, **more: Any) -> CustodyHanded:
    fields = {"given_at": at(hours), "taken_at": at(hours, minutes=minutes), "occurred_at": at(hours)} | more
    fields["quantities"] = amounts(fields.get("quantities", {}))
    return CustodyHanded(kind="custody_handed", from_party=giver, to_party=taker, lot_ids=lot_ids, **_report(fields))


def sample(result: LabResult, hours: float = 0, *lot_ids: str, **more: Any) -> LabReported:
    fields = {"sample_id": "s1", "laboratory": "cdc", "sampled_at": at(hours), "occurred_at": at(hours)} | more
    return LabReported(kind="lab_reported", result=result, lot_ids=lot_ids, **_report(fields))


def negative(hours: float = 0, *lot_ids: str, **more: Any) -> LabReported:
    return sample(LabResult.NEGATIVE, hours, *lot_ids, **more)


def positive(hours: float = 0, *lot_ids: str, **more: Any) -> LabReported:
    return sample(LabResult.POSITIVE, hours, *lot_ids, **more)


def disinfected(hours: float = 0, *lot_ids: str, **more: Any) -> LotsDisinfected:
    fields = {"batch_id": "b1", "facility": "wh-1", "occurred_at": at(hours)} | more
    return LotsDisinfected(kind="lots_disinfected", lot_ids=lot_ids, **_report(fields))


def packed(parent: str, *children: str, hours: float = 0, **more: Any) -> LotsAggregated:
    fields = {"action": "add", "occurred_at": at(hours)} | more
    return LotsAggregated(kind="lots_aggregated", parent_id=parent, child_ids=children, **_report(fields))


def unpacked(parent: str, *children: str, hours: float = 0, **more: Any) -> LotsAggregated:
    return packed(parent, *children, hours=hours, action="delete", **more)


def made(inputs: dict[str, int], outputs: dict[str, int], hours: float = 0, **more: Any) -> LotsTransformed:
    fields = _report({"occurred_at": at(hours)} | more)
    return LotsTransformed(kind="lots_transformed", inputs=amounts(inputs), outputs=lots(outputs), **fields)


def observed(facility: str, hours: float = 0, *lot_ids: str, **more: Any) -> LotsObserved:
    return LotsObserved(
        kind="lots_observed", facility=facility, lot_ids=lot_ids, **_report({"occurred_at": at(hours)} | more)
    )


def returned(units: dict[str, int], hours: float = 0, **more: Any) -> LotsReturned:
    fields = {"to_party": "importer", "reason": "refused", "occurred_at": at(hours)} | more
    return LotsReturned(kind="lots_returned", quantities=amounts(units), **_report(fields))


def destroyed(units: dict[str, int], hours: float = 0, **more: Any) -> LotsDestroyed:
    fields = {"facility": "wh-1", "reason": "spoilt", "occurred_at": at(hours)} | more
    return LotsDestroyed(kind="lots_destroyed", quantities=amounts(units), **_report(fields))


def withdrawn(report: Any, **more: Any) -> ReportWithdrawn:
    event_id = report if isinstance(report, str) else report.event_id
    fields = {"reason": "typing error"} | more
    return ReportWithdrawn(kind="report_withdrawn", withdrawn_event_id=event_id, **_report(fields))


def waived(check: CheckFailed | str, **more: Any) -> CheckWaived:
    check_id = check if isinstance(check, str) else check.check_id
    return CheckWaived(kind="check_waived", check_id=check_id, **_report({"reason": "seen", "source": "chief"} | more))


def read(celsius: float, minutes: float = 0, logger: str = "g1", *lot_ids: str, **more: Any) -> TemperatureRead:
    fields = _report({"occurred_at": at(minutes=minutes), "interval_minutes": 10} | more)
    return TemperatureRead(kind="temperature_read", logger_id=logger, celsius=celsius, lot_ids=lot_ids, **fields)


def driver(hours: float, result: LabResult = LabResult.NEGATIVE, **more: Any) -> DriverTested:
    fields = {"driver_id": "d1", "occurred_at": at(hours)} | more
    return DriverTested(kind="driver_tested", result=result, **_plain(fields))


def finding(finding_id: str, hours: float, *lot_ids: str, **more: Any) -> FindingReported:
    fields = {"premises_id": "market-1", "text": "no records", "deadline": at(hours)} | more
    return FindingReported(kind="finding_reported", finding_id=finding_id, lot_ids=lot_ids, **_plain(fields))


def mended(finding_id: str, hours: float = 0, **more: Any) -> FindingMended:
    fields = {"premises_id": "market-1", "occurred_at": at(hours)} | more
    return FindingMended(kind="finding_mended", finding_id=finding_id, **_plain(fields))


def hold(hold_id: str, *lot_ids: str, consignment_id: str | None = None, **more: Any) -> HoldPlaced:
    fields = _plain({"reason": "people say so"} | more)
    return HoldPlaced(kind="hold_placed", hold_id=hold_id, lot_ids=lot_ids, consignment_id=consignment_id, **fields)


def lift(hold_id: str, **more: Any) -> HoldLifted:
    return HoldLifted(kind="hold_lifted", hold_id=hold_id, **_plain(more))


def papers(hours: float = 0) -> list[CertificateIssued]:
    """Every certificate of an imported consignment."""
    return [certificate(kind, hours) for kind in CertificateType if kind is not CertificateType.EXIT_ELSEWHERE]


def way_in() -> list[Any]:
    """An imported consignment with everything that it needs, as far as the supervised warehouse."""
    return [declared(), *papers(), step(Step.CLEARED, 1, "port"), step(Step.WAREHOUSED, 2, "csw")]


def way() -> list[Any]:
    """All of its way, with nothing amiss."""
    return [
        *way_in(),
        negative(3),
        disinfected(4, facility="csw"),
        step(Step.RELEASED, 5, "csw"),
        step(Step.TRANSPORTED, 6, "truck-1"),
        step(Step.STORED, 7, "wh-1"),
        step(Step.ISSUED, 8, "wh-1", to_area="sh/pd/huamu"),
    ]
