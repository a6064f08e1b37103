"""State to canonical bytes and back: JSON, sorted; derived indexes are built on loading."""

from __future__ import annotations

import json
import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from schemas.coldchain import CheckFailed, StepReached
from schemas.consignment import ConsignmentDeclared, ConsignmentFact, LabResult
from schemas.inspection import FindingReported
from streams.core.coldchain.index import (
    enter_check,
    enter_fact,
    enter_outside,
    enter_test,
    time_consignment,
    time_finding,
    time_logger,
)
from streams.core.coldchain.state import Consignment, Docket, Finding, Logger, OutsideHold, OwnHold, State
from streams.core.coldchain.story import Taken
from streams.core.memory import Memory
from streams.core.temperature import Series

VERSION: Final = 1
_FACT: Final[TypeAdapter[Any]] = TypeAdapter(ConsignmentFact)


def dump(state: State) -> bytes:
    """Canonical bytes: equal states give equal bytes, in any process."""
    body = {
        "v": VERSION,
        "now": state.now,
        "consignments": [_consignment(one) for _, one in sorted(state.consignments.items())],
        "drivers": [[driver, sorted(_tests(tests))] for driver, tests in sorted(state.drivers.items())],
        "findings": [[_plain(one.report), one.mended, one.mended_at] for _, one in sorted(state.findings.items())],
        "premises": _docket(state.premises),
        "outside": [
            [one.hold_id, one.consignment_id, one.lot_ids, one.reason, one.taken]
            for _, one in sorted(state.outside.items())
        ],
        "stale": sorted(state.stale),
        "for_ever": _pack("Q", sorted(state.memory.for_ever)),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(model: Any) -> Any:
    return model.model_dump(mode="json")


def _tests(tests: dict[str, tuple[int, LabResult]]) -> Iterable[list[Any]]:
    return ([event_id, at, result.value] for event_id, (at, result) in tests.items())


def _consignment(one: Consignment) -> list[Any]:
    return [
        one.heard,
        [[_plain(taken.fact), taken.at, taken.stands] for taken in one.facts.values()],
        _docket(one.docket),
        [_logger(logger) for _, logger in sorted(one.loggers.items())],
        None if one.reached is None else _plain(one.reached),
    ]


def _logger(one: Logger) -> list[Any]:
    return [one.series.plain(), sorted(one.lots or ()), one.heard, _pack("q", one.ats), _pack("Q", one.ids)]


def _docket(docket: Docket) -> list[Any]:
    return [
        [_plain(failed) for _, failed in sorted(docket.checks.items())],
        [
            [hold.check_id, hold.hold_id, hold.whole, hold.lot_ids]
            for _, holds in sorted(docket.holds.items())
            for hold in holds.values()
        ],
        sorted(docket.ordered.items()),
    ]


def load(data: bytes) -> State:
    """The state that `dump` gave, indexes and all; raises ValueError where the bytes are not one."""
    try:
        body = json.loads(data)
        if body["v"] != VERSION:
            raise ValueError("a dump of another version")
        return _restored(body)
    except (KeyError, TypeError, AttributeError, IndexError, ArithmeticError, StopIteration, ValidationError) as error:
        raise ValueError(f"not a dump of the cold-chain stage ({type(error).__name__})") from error


def _restored(body: dict[str, Any]) -> State:
    state = State(now=body["now"], memory=Memory((), _unpack("Q", body["for_ever"])))
    for driver_id, tests in body["drivers"]:
        for event_id, at, result in tests:
            enter_test(state, driver_id, event_id, at, LabResult(result))
    for row in body["outside"]:
        hold_id, consignment_id, lot_ids, reason, taken = row
        enter_outside(state, OutsideHold(hold_id, consignment_id, tuple(lot_ids), reason, taken))
    _restore_premises(state, body)
    for row in body["consignments"]:
        _restore_consignment(state, row)
    state.stale = set(body["stale"])
    return state


def _restore_premises(state: State, body: dict[str, Any]) -> None:
    for report, mended, mended_at in body["findings"]:
        finding = Finding(FindingReported.model_validate_json(json.dumps(report)), mended, mended_at)
        state.findings[finding.report.finding_id] = finding
    _restore_docket(state, state.premises, None, body["premises"])
    for finding_id in state.findings:
        time_finding(state, finding_id)


def _restore_docket(state: State, docket: Docket, owner: str | None, row: list[Any]) -> None:
    checks, holds, ordered = row
    for failed in checks:
        enter_check(state, CheckFailed.model_validate_json(json.dumps(failed)))
    for check_id, hold_id, whole, lot_ids in holds:
        docket.holds.setdefault(check_id, {})[hold_id] = OwnHold(hold_id, check_id, whole, tuple(lot_ids))
        state.own[hold_id] = owner
    docket.ordered = dict(map(tuple, ordered))


def _restore_consignment(state: State, row: list[Any]) -> None:
    heard, facts, docket, loggers, reached = row
    taken = [Taken(_FACT.validate_json(json.dumps(fact)), at, stands) for fact, at, stands in facts]
    declared = next(one.fact for one in taken if isinstance(one.fact, ConsignmentDeclared))
    name = declared.consignment_id
    consignment = state.consignments[name] = Consignment(name, declared, heard)
    consignment.facts = {one.fact.event_id: one for one in taken}
    consignment.reached = None if reached is None else StepReached.model_validate_json(json.dumps(reached))
    for one in taken:
        enter_fact(state, one.fact)
    _restore_docket(state, consignment.docket, name, docket)
    for plain, lots, logger_heard, ats, ids in loggers:
        series = Series.from_plain(plain)
        logger = Logger(series, frozenset(lots) or None, logger_heard, _unpack("q", ats), _unpack("Q", ids))
        consignment.loggers[logger.series.logger_id] = logger
    time_consignment(state, name)
    for logger_id in consignment.loggers:
        time_logger(state, name, logger_id)


def _pack(typecode: Any, numbers: Iterable[int]) -> str:
    packed = array(typecode, numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return b64encode(packed.tobytes()).decode()


def _unpack(typecode: Any, text: str) -> array[int]:
    packed: array[int] = array(typecode)
    packed.frombytes(b64decode(text, validate=True))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed
