"""The trail of one request, household, lot or consignment through the ledgers: which decisions are about it.

Pure. Names are learnt on the way (a request's needs, their dispatches, a consignment's lots and holds). Those of
requests and dispatches hold for their partition: another area may use the same. Others hold everywhere, so the records
of one partition may have to be taken once more for names that another taught: until `asks` says nothing new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, get_args

from schemas.coldchain import ColdChainDecision
from streams.lineage.hunt import Ask

Decision = Mapping[str, Any]


class Subject(StrEnum):
    """What can be asked for."""

    REQUEST = "request"
    HOUSEHOLD = "household"
    LOT = "lot"
    CONSIGNMENT = "consignment"


_OWN_FIELD: Final = {
    Subject.REQUEST: "request_id",
    Subject.HOUSEHOLD: "requester_id",
    Subject.LOT: "lot_id",
    Subject.CONSIGNMENT: "consignment_id",
}
_LOCAL: Final = ("request_id", "need_id", "dispatch_id")
"""Names that hold for their partition."""
_TEACHES: Final = {
    Subject.REQUEST: {"request_recorded": "request_id", "need_opened": "need_id", "dispatch_ordered": "dispatch_id"},
    Subject.LOT: {
        "hold_recorded": "hold_id",
        "hold_ordered": "hold_id",
        "check_failed": "check_id",
        "contact_duty_opened": "duty_id",
    },
}
_TEACHES[Subject.HOUSEHOLD] = _TEACHES[Subject.REQUEST]
_TEACHES[Subject.CONSIGNMENT] = {**_TEACHES[Subject.LOT], "lot_recorded": "lot_id"}
"""Decisions that give the subject a further name."""
_FOLLOWS: Final = {
    "hold_ended": "hold_id",
    "hold_withdrawn": "hold_id",
    "check_mended": "check_id",
    "contact_duty_raised": "duty_id",
    "contact_overdue": "duty_id",
    "contact_duty_ended": "duty_id",
}
"""Decisions that say only by such a name what they are about."""
_NONE: Final[frozenset[str]] = frozenset()
_DUTIES: Final = ("contact_duty_opened", "contact_duty_raised", "contact_overdue", "contact_duty_ended")
_FATES: Final = (
    "lot_recorded", "lot_written_off", "lot_transferred_out", "lot_expired", "lot_held", "lot_freed", "hold_recorded",
    "hold_ended", "allocation_released", "dispatch_recalled", *_DUTIES,
)  # fmt: skip
"""What is told of a consignment's lots in the supply ledger: not each gift of theirs, which its tree shows."""
_COLD: Final = tuple(
    model.model_fields["type"].default
    for model in get_args(get_args(ColdChainDecision)[0])
    if model.model_fields["type"].default != "reading_recorded"
)
"""Readings are not told one by one: the temperature history has them."""
_UNTOLD: Final = ("reading_recorded", "standing_reported", "standing_taken")
"""Nor is how an area stands with an item: it names every lot that could be spared."""
_MOVED: Final = ("transfer_ordered", "transfer_reduced", "transfer_ended")


@dataclass(frozen=True, slots=True)
class Step:
    """A record that tells of the subject. `at`: time in the ledger; `decisions`: those about it, in order."""

    at: dt.datetime
    stage: str
    partition: int
    offset: int
    seq: int
    event_kind: str | None
    event_id: str | None
    said_by: str | None
    occurred_at: str | None
    decisions: tuple[dict[str, Any], ...]


class Trail:
    """Takes accepted records, partition by partition in order, and keeps those about its subject."""

    def __init__(self, subject: Subject, name: str) -> None:
        self.subject, self.name = subject, name
        self.steps: list[Step] = []
        self._known: dict[str, set[str]] = {_OWN_FIELD[subject]: {name}}
        self._local: dict[int, dict[str, set[str]]] = {}
        self._given: set[str] = set()
        """Lots that a request's needs were given from: one of them may have come by a transfer."""

    def asks(self) -> Iterator[Ask]:
        """Which records may be about the subject, as far as its names are known."""
        local = [names for _, names in sorted(self._local.items())]
        match self.subject:
            case Subject.REQUEST | Subject.HOUSEHOLD:
                requests = {name for known in local for name in known.get("request_id", ())}
                if self.subject is Subject.REQUEST:
                    requests.add(self.name)
                dispatches = {name for known in local for name in known.get("dispatch_id", ())}
                yield from (Ask("supply", (), name) for name in sorted({self.name, *requests, *dispatches}))
                yield from (Ask("supply", (), name, prefix=True) for name in sorted(requests))
                yield from (Ask("transfers", _MOVED, name) for name in sorted(self._given))
            case Subject.LOT:
                yield from (Ask("supply", (), self.name), Ask("coldchain", _COLD, self.name))
                yield Ask("transfers", _MOVED, self.name)
            case Subject.CONSIGNMENT:
                yield Ask("coldchain", (), self.name, own=True)
                yield from (Ask("supply", _FATES, self.name), Ask("transfers", _MOVED, self.name))
                yield from (Ask("supply", _FATES, name) for name in sorted(self._known.get("lot_id", ())))
        for field, stage, types in (
            ("hold_id", "supply", ("hold_ended",)),
            ("hold_id", "coldchain", ("hold_withdrawn",)),
            ("check_id", "coldchain", ("check_mended",)),
            ("duty_id", "supply", _DUTIES),
        ):
            yield from (Ask(stage, types, name) for name in sorted(self._known.get(field, ())))

    def take(self, stage: str, partition: int, offset: int, record: Mapping[str, Any]) -> Step | None:
        """Look at an accepted record; it is kept where any decision is about the subject."""
        local = self._local.setdefault(partition, {}) if stage == "supply" else {}
        told = [one for one in record["decisions"] if self._is_about(stage, one, local)]
        if not told:
            return None
        event = record["event"] or {}
        step = Step(
            at=_time(record),
            stage=stage,
            partition=partition,
            offset=offset,
            seq=record["seq"],
            event_kind=event.get("kind"),
            event_id=event.get("event_id"),
            said_by=event.get("source"),
            occurred_at=event.get("occurred_at"),
            decisions=tuple(self._narrowed(one, local) for one in told),
        )
        self.steps.append(step)
        return step

    def _is_about(self, stage: str, decision: Decision, local: dict[str, set[str]]) -> bool:
        """Whether a decision is about the subject; the names that it teaches are learnt."""
        kind = decision["type"]
        if kind in _UNTOLD:
            return False
        if stage == "transfers" and decision.get("transfer_id") in self._given:
            return True
        inner = decision.get("fact") or decision.get("report") or decision
        own = inner.get(_OWN_FIELD[self.subject]) == self.name
        own = own or any(decision.get(field) in names for field, names in local.items())
        own = own or decision.get(_FOLLOWS.get(kind, "")) in self._known.get(_FOLLOWS.get(kind, ""), _NONE)
        own = own or any(self._line_is(line, local) for line in decision.get("lines", ()))
        own = own or decision.get("other_need_id") in local.get("need_id", ()) or decision.get("id") == self.name
        if self.subject is Subject.LOT or stage == "supply":
            own = own or not self._known.get("lot_id", _NONE).isdisjoint(lots_of(inner))
        if own and self.subject is Subject.CONSIGNMENT and stage == "supply":
            own = kind in _FATES and (kind != "allocation_released" or decision["reason"] == "hold")
        if own:
            self._learn(kind, decision, local)
        return own

    def _learn(self, kind: str, decision: Decision, local: dict[str, set[str]]) -> None:
        if kind == "allocation_made" and self.subject in (Subject.REQUEST, Subject.HOUSEHOLD):
            self._given.add(decision["lot_id"])
        field = _TEACHES[self.subject].get(kind)
        if field is not None:
            (local if field in _LOCAL else self._known).setdefault(field, set()).add(decision[field])
        if self.subject is Subject.CONSIGNMENT and kind == "fact_recorded":
            fact = decision["fact"]
            made = fact["lots"] if fact["kind"] == "consignment_declared" else fact.get("outputs", ())
            self._known.setdefault("lot_id", set()).update(one["lot_id"] for one in made)

    def _line_is(self, line: Decision, local: dict[str, set[str]]) -> bool:
        return line["need_id"] in local.get("need_id", ()) or line["lot_id"] in self._known.get("lot_id", ())

    def _narrowed(self, decision: dict[str, Any], local: dict[str, set[str]]) -> dict[str, Any]:
        """A dispatch may carry what others asked for: only the subject's lines are told."""
        if "lines" not in decision or self.subject is Subject.HOUSEHOLD:
            return decision
        return {**decision, "lines": [line for line in decision["lines"] if self._line_is(line, local)]}


def lots_of(said: Decision) -> Iterator[str]:
    """Every lot or package that a decision or report names, but in lines of a dispatch."""
    yield from (
        said[name] for name in ("lot_id", "from_lot_id", "to_lot_id", "transfer_id", "parent_id") if said.get(name)
    )
    for name in ("lot_ids", "moved_from", "child_ids"):
        yield from said.get(name, ())
    for name in ("skipped", "lots", "quantities", "inputs", "outputs"):
        yield from (one["lot_id"] for one in said.get(name, ()))


def _time(record: Mapping[str, Any]) -> dt.datetime:
    """Time in the ledger: of the source message, or that a tick set."""
    if record["source"] is not None:
        return dt.datetime.fromtimestamp(record["source"]["timestamp_ms"] / 1000, dt.UTC)
    return dt.datetime.fromisoformat((record["event"] or {}).get("at") or record["recorded_at"])


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps of several partitions by time; those of one partition keep their order, also where a message came late."""
    latest: dict[tuple[str, int], dt.datetime] = {}
    keyed = []
    for step in sorted(steps, key=lambda step: (step.stage, step.partition, step.offset)):
        place = (step.stage, step.partition)
        latest[place] = max(step.at, latest.get(place, step.at))
        keyed.append((latest[place], step.stage, step.partition, step.offset, step))
    return [step for *_, step in sorted(keyed, key=lambda one: one[:4])]
