"""The trail of one request, household or lot through a ledger: which records and decisions are about it.

Pure. Names are learnt on the way (a request's needs, their dispatches), and always before they are used, so one pass
over a partition in its order is enough. They hold for their partition: another area may use the same request id.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pydantic_core

Decision = Mapping[str, Any]

_TEACHES: Final = {"request_recorded": "request_id", "need_opened": "need_id", "dispatch_ordered": "dispatch_id"}
"""Decisions that give the subject a further name."""
_FIELDS: Final = ("request_id", "requester_id", "lot_id", "need_id", "dispatch_id")
_QUICK: Final = 16
"""With more needles than this, reading a record is quicker than looking for them."""


class Subject(StrEnum):
    """What can be asked for."""

    REQUEST = "request"
    HOUSEHOLD = "household"
    LOT = "lot"


_OWN_FIELD: Final = {Subject.REQUEST: "request_id", Subject.HOUSEHOLD: "requester_id", Subject.LOT: "lot_id"}


@dataclass(frozen=True, slots=True)
class Step:
    """A record that tells of the subject. `at`: time in the ledger; `decisions`: those about it, in order."""

    at: dt.datetime
    partition: int
    offset: int
    seq: int
    event_kind: str | None
    event_id: str | None
    said_by: str | None
    occurred_at: str | None
    decisions: tuple[dict[str, Any], ...]


class _Names:
    """What the subject is called in one partition, and the bytes by which a record may be about it."""

    def __init__(self, field: str, name: str) -> None:
        self.known: dict[str, set[str]] = {each: set() for each in _FIELDS}
        self.needles: list[bytes] = []
        self.learn(field, name)

    def learn(self, field: str, name: str) -> None:
        """A further name."""
        if name in self.known[field]:
            return
        self.known[field].add(name)
        escaped = json.dumps(name, ensure_ascii=False).encode()
        if field != "need_id":  # its bytes begin with those of its request
            self.needles.append(escaped)
        if field == "request_id":
            self.needles.append(escaped[:-1] + b":")

    def concern(self, value: bytes) -> bool:
        """A quick look, where it is quick: False means that a record is surely about something else."""
        return len(self.needles) > _QUICK or any(needle in value for needle in self.needles)


class Trail:
    """Takes accepted records of a ledger, partition by partition in order, and keeps those about its subject."""

    def __init__(self, subject: Subject, name: str) -> None:
        self.subject, self.name = subject, name
        self.steps: list[Step] = []
        self._names: dict[int, _Names] = {}

    @property
    def needles(self) -> tuple[bytes, ...]:
        """A record about the subject has at least one of these in its bytes, as far as names are known."""
        found = [self._new_names(), *(names for _, names in sorted(self._names.items()))]
        return tuple(dict.fromkeys(needle for names in found for needle in names.needles))

    def take(self, partition: int, offset: int, value: bytes) -> Step | None:
        """Look at an accepted record; it is kept where any decision is about the subject."""
        if partition not in self._names:
            self._names[partition] = self._new_names()
        names = self._names[partition]
        if not names.concern(value):
            return None
        record: Any = pydantic_core.from_json(value)
        decisions = tuple(self._narrowed(one, names) for one in record["decisions"] if self._is_about(one, names))
        if not decisions:
            return None
        event = record["event"] or {}
        step = Step(
            at=_time(record),
            partition=partition,
            offset=offset,
            seq=record["seq"],
            event_kind=event.get("kind"),
            event_id=event.get("event_id"),
            said_by=event.get("source"),
            occurred_at=event.get("occurred_at"),
            decisions=decisions,
        )
        self.steps.append(step)
        return step

    def _new_names(self) -> _Names:
        return _Names(_OWN_FIELD[self.subject], self.name)

    def _is_about(self, decision: Decision, names: _Names) -> bool:
        """Whether a decision is about the subject; the names that it teaches are learnt."""
        own = any(decision.get(field) in known for field, known in names.known.items() if field in decision)
        own = own or any(_line_is(line, names) for line in decision.get("lines", ()))
        own = own or decision.get("other_need_id") in names.known["need_id"]
        own = own or _names_lot(decision, names.known["lot_id"]) or decision.get("id") == self.name
        field = _TEACHES.get(decision["type"])
        if own and field is not None and self.subject is not Subject.LOT:
            names.learn(field, decision[field])
        return own

    def _narrowed(self, decision: dict[str, Any], names: _Names) -> dict[str, Any]:
        """A dispatch may carry what others asked for: only the subject's lines are told."""
        if "lines" not in decision or self.subject is Subject.HOUSEHOLD:
            return decision
        return {**decision, "lines": [line for line in decision["lines"] if _line_is(line, names)]}


def _line_is(line: Decision, names: _Names) -> bool:
    return line["need_id"] in names.known["need_id"] or line["lot_id"] in names.known["lot_id"]


def _names_lot(decision: Decision, lots: set[str]) -> bool:
    named = (decision.get("from_lot_id"), decision.get("to_lot_id"), *decision.get("lot_ids", ()))
    return any(lot in lots for lot in (*named, *(one["lot_id"] for one in decision.get("skipped", ()))))


def _time(record: Mapping[str, Any]) -> dt.datetime:
    """Time in the ledger: of the source message, or that a tick set."""
    if record["source"] is not None:
        return dt.datetime.fromtimestamp(record["source"]["timestamp_ms"] / 1000, dt.UTC)
    return dt.datetime.fromisoformat((record["event"] or {}).get("at") or record["recorded_at"])


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps of several partitions by time; those of one partition keep their order, also where a message came late."""
    latest: dict[int, dt.datetime] = {}
    keyed = []
    for step in sorted(steps, key=lambda step: (step.partition, step.offset)):
        latest[step.partition] = max(step.at, latest.get(step.partition, step.at))
        keyed.append((latest[step.partition], step.partition, step.offset, step))
    return [step for *_, step in sorted(keyed, key=lambda one: one[:3])]
