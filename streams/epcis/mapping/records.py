"""A checked document becomes cold-chain records: event by event, with what could not be mapped and why."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from schemas.consignment import ColdChainMessage
from streams.epcis.check import Checked, Verdict
from streams.epcis.event import AggregationEvent, AssociationEvent, ErrorDeclaration, StandardEvent
from streams.epcis.mapping.certificates import certificates
from streams.epcis.mapping.event_view import Unmapped, View, event_id
from streams.epcis.mapping.facts import Draft, Said, drafts, lots_of
from streams.epcis.mapping.homes import homes
from streams.epcis.mapping.readings import readings
from streams.epcis.names import name_of, own_fields
from streams.epcis.problem import Place, Problem

_MESSAGE: Final[TypeAdapter[ColdChainMessage]] = TypeAdapter(ColdChainMessage)


@dataclass(slots=True)
class Mapped:
    """What became of one event. `refused`: what could not be taken; `kept_out`: what has no place here, harmlessly."""

    checked: Checked
    messages: list[ColdChainMessage] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    """Where in the document each message was said."""
    refused: list[Problem] = field(default_factory=list)
    kept_out: list[Problem] = field(default_factory=list)


def records(verdict: Verdict, said: Said) -> Iterator[Mapped]:
    """Every event of a document whose envelope is accepted, in its order."""
    views = list(_views(verdict))
    home = {id(view.checked): (view, names) for view, names in zip(views, homes(views, said.consignment), strict=True)}
    for checked in verdict.events:
        mapped = Mapped(checked, refused=list(checked.problems))
        if id(checked) in home:
            view, names = home[id(checked)]
            _Mapper(view, names, said, _sender(verdict), mapped).run()
        elif not mapped.refused:
            mapped.refused.append(
                Problem(checked.place, "vendor_event", "is an event of a vendor's own: not known here")
            )
        yield mapped


def _views(verdict: Verdict) -> Iterator[View]:
    """The events that can be mapped, each knowing what lies in its parent."""
    contents: dict[str, dict[str, None]] = defaultdict(dict)
    for checked in verdict.events:
        event = checked.model
        if checked.problems or not isinstance(event, StandardEvent):
            continue
        view = View(event, checked)
        if isinstance(event, AggregationEvent | AssociationEvent) and event.parentID and not event.errorDeclaration:
            inside = contents[event.parentID]
            if event.action == "DELETE":
                view = dataclasses.replace(view, inside=tuple(inside))
            children = [thing.name for thing in view.things("childEPCs", "childQuantityList")]
            if event.action == "ADD":
                inside.update(dict.fromkeys(children))
            elif event.action == "DELETE":
                contents[event.parentID] = {n: None for n in inside if children and n not in children}
        yield view


def _sender(verdict: Verdict) -> str | None:
    if verdict.sender is None:
        return None
    try:
        return name_of(verdict.sender)
    except ValueError:
        return verdict.sender


@dataclass(slots=True)
class _Mapper:
    """One event on its way."""

    view: View
    homes: tuple[str, ...]
    said: Said
    sender: str | None
    mapped: Mapped

    def run(self) -> None:
        """Fill in what became of the event."""
        declared, found = self.view.event.errorDeclaration, self._drafts()
        if declared:
            found = found or [Draft("report_withdrawn", "fact", {}, self.view.place)]
            self.mapped.refused, self.mapped.kept_out = [], []
        if found and not self.homes:
            self._refuse(
                Problem(
                    self.view.place, "no_consignment", "does not say of which consignment: name it with --consignment"
                )
            )
            return
        for home in self.homes:
            for draft in found:
                self._take(self._withdrawal(draft, declared, home) if declared else draft, home)
        nothing = not (found or self.mapped.refused or self.mapped.kept_out)
        if nothing:
            self.mapped.kept_out.append(
                Problem(
                    self.view.place, "nothing_to_record", "says nothing that is recorded here but what belongs together"
                )
            )

    def _drafts(self) -> list[Draft]:
        found, lots = list[Draft](), lots_of(self.view)
        try:
            found += drafts(self.view, self.said)
        except Unmapped as unmapped:
            self._refuse(unmapped.problem)
        carried = list(certificates(self.view, lots))
        if self.view.event.certificationInfo and not carried:
            place = (*self.view.place, "certificationInfo")
            self.mapped.kept_out.append(
                Problem(place, "kept_out", "is a link only: issuer and validity are recorded from gs1:certification")
            )
        for reading in readings(self.view, lots):
            if isinstance(reading, Draft):
                carried.append(reading)
            elif reading.code == "kept_out":
                self.mapped.kept_out.append(reading)
            else:
                self._refuse(reading)
        return found + carried

    def _refuse(self, problem: Problem) -> None:
        self.mapped.refused.append(problem)

    def _withdrawal(self, draft: Draft, declared: ErrorDeclaration, home: str) -> Draft:
        """The record that takes back what the wrong event said."""
        own = own_fields(declared.model_extra, self.view.checked.scope)
        corrected = [event_id(one, "fact", home) for one in declared.correctiveEventIDs]
        body: dict[str, Any] = {
            "occurred_at": declared.declarationTime.isoformat(),
            "withdrawn_event_id": draft.body.get("event_id") or event_id(self.view.identity, draft.role, home),
            "reason": own.get("reason") or declared.reason or "",
            "corrected_by": corrected,
        }
        body |= {name: own[key] for name, key in (("event_id", "event"), ("source", "source")) if key in own}
        return Draft("report_withdrawn", f"withdrawn-{draft.role}", body, (*self.view.place, "errorDeclaration"))

    def _take(self, draft: Draft, home: str) -> None:
        event = self.view.event
        body = {
            "kind": draft.kind,
            "event_id": event_id(self.view.identity, draft.role, home),
            "occurred_at": event.eventTime.isoformat(),
            "source": self._source(),
            "consignment_id": home,
        } | draft.body
        try:
            self.mapped.messages.append(_MESSAGE.validate_json(json.dumps(body)))
            self.mapped.places.append(draft.place)
        except ValidationError as error:
            self.mapped.refused += [_problem(detail, draft) for detail in error.errors(include_url=False)]

    def _source(self) -> str:
        """Who says so: our own field, the call, the document's sender, else the place where it was captured."""
        own = self.view.own.get("source")
        return str(own) if own else self.said.source or self.sender or self.view.facility or "epcis"


def _problem(detail: Any, draft: Draft) -> Problem:
    """What keeps a draft from being a record, said of the event's place."""
    where = ".".join(str(part) for part in detail["loc"][1:])
    reason = "is missing" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
    return Problem(draft.place, detail["type"], f"as {draft.kind}: {where}: {reason[:1].lower()}{reason[1:]}")
