"""One document checked whole: its JSON, its envelope, each of its events. Pure: bytes in, a verdict out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from streams.epcis.context import Scope, is_uri, read_context, required
from streams.epcis.document import ENVELOPES, EVENT_LIST
from streams.epcis.event import EVENTS, Event, VendorEvent
from streams.epcis.problem import Place, Problem, shown
from streams.epcis.rules import event_problems
from streams.epcis.shape import Shape, named, spelt
from streams.epcis.text import MOST_EVENTS, TOO_MANY, Unreadable, flaws, read_json

_PREFIX: Final = "prefix_undeclared"
TYPES: Final = (*ENVELOPES, *EVENTS)
_VOID: Final = ("null_value", "not_a_number")
_ABSENCE: Final = ("no_objects", "parent_missing", "no_children", "no_inputs_or_outputs")
_CODES: Final = {"missing": ("missing", "is missing"), "too_short": ("empty_list", "must not be empty")}


@dataclass(slots=True)
class Checked:
    """One event: `model` is None where it broke so much that it can't be read."""

    place: Place
    raw: Any
    scope: Scope
    model: Event | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Verdict:
    """A document's problems by where they belong: `problems` to the whole of it, the others to one event each."""

    type: str | None = None
    sender: str | None = None
    problems: list[Problem] = field(default_factory=list)
    events: list[Checked] = field(default_factory=list)

    @property
    def all_problems(self) -> list[Problem]:
        """Every problem, the document's own first."""
        return [*self.problems, *(problem for event in self.events for problem in event.problems)]

    @property
    def remarks(self) -> list[Problem]:
        """What is wrong without harm."""
        return [remark for event in self.events for remark in event.remarks]

    @property
    def accepted(self) -> bool:
        """Whether no rule is broken."""
        return not self.all_problems


def check(data: bytes) -> Verdict:
    """Check a file's bytes; never raises for what they hold."""
    try:
        raw = read_json(data)
    except Unreadable as error:
        return Verdict(problems=[error.problem])
    verdict = Verdict(problems=list(flaws(raw)))
    if any(problem.code == "too_deep" for problem in verdict.problems):
        return verdict
    kind = raw.get("type")
    verdict.type = kind if isinstance(kind, str) else None
    if verdict.type in ENVELOPES:
        _document(raw, verdict)
    else:
        _bare_event(raw, verdict)
    return _sorted_out(verdict)


def _document(raw: dict[str, Any], verdict: Verdict) -> None:
    shape = ENVELOPES[raw["type"]]
    scope = _scope(raw, Scope(), (), verdict.problems)
    verdict.problems += [*spelt(raw, shape, scope), *_shape_problems(raw, shape, scope, ())[1]]
    verdict.sender = raw["sender"] if isinstance(raw.get("sender"), str) else None
    route = EVENT_LIST[raw["type"]]
    listed: Any = raw
    for name in route:
        listed = listed.get(name) if isinstance(listed, dict) else None
    if isinstance(listed, list) and len(listed) > MOST_EVENTS:
        verdict.problems.append(Problem(route, "too_large", TOO_MANY))
        return
    for position, event in enumerate(listed if isinstance(listed, list) else ()):
        verdict.events.append(_event(event, scope, (*route, position)))
    verdict.problems += _one_id_each(verdict.events)


def _bare_event(raw: dict[str, Any], verdict: Verdict) -> None:
    kind = raw.get("type")
    if not isinstance(kind, str) or (kind not in EVENTS and not is_uri(kind)):
        what = "is missing" if "type" not in raw else f"{shown(kind)} is not a document or an event of the standard"
        verdict.problems.append(Problem(("type",), "unknown_type", f"{what}: one of {', '.join(TYPES)} is expected"))
        return
    scope = _scope(raw, Scope(), (), verdict.problems)
    verdict.events.append(_event({k: v for k, v in raw.items() if k != "@context"}, scope, ()))


def _scope(raw: dict[str, Any], before: Scope, place: Place, problems: list[Problem]) -> Scope:
    """The scope of an object that must name the standard's context itself."""
    if "@context" not in raw:
        problems.append(
            Problem((*place, "@context"), "context_missing", "is missing: field names mean nothing without")
        )
        return Scope(before.prefixes, standard=True, open=True)
    scope, found = read_context(raw["@context"], before, (*place, "@context"))
    problems += [*found, *required(scope, (*place, "@context"))]
    return scope


def _event(raw: Any, scope: Scope, place: Place) -> Checked:
    checked = Checked(place, raw, scope)
    if not isinstance(raw, dict):
        checked.problems.append(Problem(place, "wrong_type", "must be an object"))
        return checked
    if "@context" in raw:
        scope, checked.problems = read_context(raw["@context"], scope, (*place, "@context"))
        checked.scope = scope
    if unknown := list(_type_problems(raw, scope, place)):
        checked.problems += unknown
        return checked
    shape = _shape_of(raw)
    checked.problems += spelt(raw, shape, scope, place)
    if "ilmd" in shape.model_fields:
        checked.problems += named(raw.get("ilmd"), scope, (*place, "ilmd"))
    model, problems = _shape_problems(raw, shape, scope, place)
    if "errorDeclaration" in raw and any(problem.code == _PREFIX for problem in problems):
        checked.remarks += [problem for problem in problems if problem.code == _PREFIX]
        model, problems = _shape_problems(raw, shape, dataclasses.replace(scope, open=True), place)
    checked.problems += problems
    if isinstance(model, Event):
        checked.model = model
        broken, excused = event_problems(model, place)
        checked.problems += broken
        checked.remarks += excused
    elif rest := _rest(checked, shape, problems):
        checked.problems += [one for one in event_problems(rest, place)[0] if one.code not in _ABSENCE]
    return checked


def _rest(checked: Checked, shape: type[Event], problems: list[Problem]) -> Event | None:
    """The event without the fields that can't be read, so that the others are looked at too; None where it needs them.

    What is missing from it can't be told, nor what its declaration of error would excuse.
    """
    depth = len(checked.place)
    wrong = {problem.place[depth] for problem in problems if len(problem.place) > depth}
    if "errorDeclaration" in wrong:
        return None
    rest = {name: value for name, value in checked.raw.items() if name not in wrong}
    model, _ = _shape_problems(rest, shape, checked.scope, ())
    return model if isinstance(model, Event) else None


def _shape_of(raw: dict[str, Any]) -> type[Event]:
    return EVENTS.get(raw["type"], VendorEvent)


def _type_problems(raw: dict[str, Any], scope: Scope, place: Place) -> Iterator[Problem]:
    kind, here = raw.get("type"), (*place, "type")
    if kind is None:
        yield Problem(here, *(("null_value", "is null") if "type" in raw else _CODES["missing"]))
    elif not isinstance(kind, str):
        yield Problem(here, "wrong_type", "must be text")
    elif kind in EVENTS:
        return
    elif not is_uri(kind):
        yield Problem(here, "unknown_type", f"{shown(kind)} is not one of {', '.join(EVENTS)}, nor a URI of your own")
    elif prefix := scope.undeclared(kind):
        yield Problem(here, "prefix_undeclared", f"the prefix '{prefix}' is not declared in @context")
    elif scope.expand(kind).startswith("https://ref.gs1.org/"):
        yield Problem(here, "unknown_type", f"write an event of the standard as one of {', '.join(EVENTS)}")


def _shape_problems(raw: Any, shape: type[Shape], scope: Scope, place: Place) -> tuple[Shape | None, list[Problem]]:
    try:
        return shape.model_validate(raw, context=scope), []
    except ValidationError as error:
        found = [_problem(detail, place) for detail in error.errors(include_url=False, include_input=True)]
        return None, [one for one in found if one.code != "empty_list" or not _has_inner(one.place, found)]


def _has_inner(place: Place, problems: list[Problem]) -> bool:
    """A list whose items are wrong is told to be empty besides."""
    return any(len(one.place) > len(place) and one.place[: len(place)] == place for one in problems)


def _problem(detail: Any, place: Place) -> Problem:
    code, reason = detail["type"], detail["msg"]
    if code in _CODES:
        code, reason = _CODES[code]
    elif code == "literal_error":
        code, reason = "not_in_vocabulary", f"{shown(detail['input'])} is not {detail['ctx']['expected']}"
    elif code.endswith("_type"):
        code = "wrong_type"
        reason = reason.replace("Input should be", "must be").replace("tuple", "list").replace("dictionary", "object")
        reason = reason.replace(" or instance of", " like").partition(" like")[0]
    return Problem((*place, *detail["loc"]), code, reason)


def _one_id_each(events: list[Checked]) -> Iterator[Problem]:
    """An id stands for one event; only the declaration that it was wrong may repeat it."""
    first: dict[tuple[str, bool], Checked] = {}
    for event in events:
        if event.model is None or event.model.eventID is None:
            continue
        key = (event.model.eventID, event.model.errorDeclaration is not None)
        if key in first and _said(first[key].raw) != _said(event.raw):
            yield Problem((*event.place, "eventID"), "event_id_reused", "is the id of another event of this document")
        first.setdefault(key, event)


def _said(raw: Any) -> str:
    return json.dumps(raw, sort_keys=True)


def _sorted_out(verdict: Verdict) -> Verdict:
    """Give each problem to the event in which it lies, tell each once."""
    by_place = {event.place: event for event in verdict.events}
    whole = list[Problem]()
    for problem in verdict.problems:
        owner = next((by_place[problem.place[:n]] for n in range(1, 6) if problem.place[:n] in by_place), None)
        (owner.problems if owner else whole).append(problem)
    verdict.problems = _once(whole)
    for event in verdict.events:
        event.problems = _once(event.problems)
    return verdict


def _once(problems: list[Problem]) -> list[Problem]:
    """A rule once a place; where no value stands, nothing more is told than that."""
    void = {problem.place for problem in problems if problem.code in _VOID}
    told: dict[tuple[Place, str], Problem] = {}
    for problem in problems:
        if problem.code in _VOID or problem.place not in void:
            told.setdefault((problem.place, problem.code), problem)
    return list(told.values())
