"""EPCIS 2.0 documents as messages: each event is a row, refused with the JSON path of what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.consignment import ColdChainMessage, ConsignmentDeclared, LotsTransformed
from schemas.errors import USAGE, BaogongError
from schemas.item import Catalogue
from streams.epcis.check import Verdict, check
from streams.epcis.mapping.facts import Said
from streams.epcis.mapping.records import Mapped, records
from streams.epcis.problem import Place
from streams.epcis.problem import Problem as Broken
from streams.publish.build import Rules
from streams.publish.build import check as known_here
from streams.publish.files import Source
from streams.publish.mapping import OwnNames
from streams.publish.refusal import Problem, Refused, shown
from streams.publish.row import Row
from streams.publish.run import Input, Made, Refusal

_GTIN: Final = re.compile(r"\d{14}", re.ASCII)
_BETWEEN: Final = re.compile(r"[ \t\r\n,]*")
_SHOWN: Final = 100
"""Problems of one event that are told; a document of nothing but mistakes stays readable."""


def epcis_input(source: Source, rules: Rules) -> Input:
    """How an EPCIS document is published; raises BaogongError where the call does not fit it."""
    if source.guessed:
        raise BaogongError("it is not UTF-8, which JSON needs: save it as UTF-8.", USAGE)
    if rules.laid and (rules.laid.logger_id or rules.laid.lot_ids):
        raise BaogongError("--logger and --lot are for loggers' files: an EPCIS document names its own.", USAGE)
    said = Said(rules.laid.consignment_id if rules.laid else None, rules.source, rules.profile)
    reader = EpcisReader(source.text, said, rules)
    return Input(source, OwnNames(fold=False), rules, reader, reader.notes)


@dataclass
class EpcisReader:
    """Makes the messages of one document. `notes` tells, once all is made, what was left out harmlessly."""

    text: str
    said: Said
    rules: Rules
    notes: list[str] = field(default_factory=list)

    def made(self) -> Iterator[Made | Refusal]:
        """Each event's messages, and its refusal where any part of it can't be taken."""
        verdict = check(self.text.encode())
        if verdict.problems:
            yield Refusal(Row(1, {}, f"({verdict.type or 'the whole file'})"), _told(verdict.problems))
            return
        lines = _lines(self.text, verdict)
        for line, mapped in zip(lines, records(verdict, self.said), strict=True):
            yield from self._event(line, mapped)

    def _event(self, line: int, mapped: Mapped) -> Iterator[Made | Refusal]:
        """An event counts as refused where any of its parts is, though its other parts are sent."""
        row = Row(line, {}, json.dumps(mapped.checked.raw, ensure_ascii=False))
        self.notes += [f"line {line}: {one.path}: {one.reason}" for one in mapped.kept_out]
        wrong, good = list(mapped.refused), list[ColdChainMessage]()
        for message, place in zip(mapped.messages, mapped.places, strict=True):
            found = list(self._problems(message, place))
            wrong += found
            good += [] if found else [message]
        if wrong:
            yield Refusal(row, _told(wrong))
        for number, message in enumerate(good):
            yield Made(message, (row,), counts=not wrong and number == 0)

    def _problems(self, message: ColdChainMessage, place: Place) -> Iterator[Broken]:
        """What neither the document nor a model can know: the clock, the city's profiles and items."""
        problems = list(_item_problems(message, self.rules.catalogue))
        try:
            known_here(message, self.rules)
        except Refused as refused:
            problems += refused.problems
        for one in problems:
            yield Broken(place, one.code, f"as {message.kind}: {one.field}: {one.reason}")


def _told(broken: list[Broken]) -> tuple[Problem, ...]:
    return tuple(Problem(one.code, one.path, one.reason) for one in broken[:_SHOWN])


def _item_problems(message: ColdChainMessage, catalogue: Catalogue) -> Iterator[Problem]:
    """Items named in words must be of the catalogue, and quantities within its limit; a GTIN speaks for itself."""
    lots: tuple[Any, ...] = ()
    if isinstance(message, ConsignmentDeclared):
        lots = message.lots
    elif isinstance(message, LotsTransformed):
        lots = message.outputs
    for lot in lots:
        item = catalogue.get(lot.item)
        if item is None and not _GTIN.fullmatch(lot.item):
            yield Problem("unknown_item", "item", f"{shown(lot.item)} is not in the item catalogue")
        elif item is not None and lot.quantity > item.lot_limit:
            reason = f"{lot.quantity} is over the limit of {item.lot_limit} for one lot of {shown(lot.item)}"
            yield Problem("over_limit", "quantity", reason)


def _lines(text: str, verdict: Verdict) -> list[int]:
    """The line on which each event starts; 1 for all where that can't be told."""
    starts, decoder = list[int](), json.JSONDecoder()
    for opening in re.finditer(r'"eventList"\s*:\s*\[\s*', text):
        at, starts = opening.end(), []
        try:
            while text[at] == "{":
                starts.append(at)
                _, at = decoder.raw_decode(text, at)
                at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        except (ValueError, IndexError):
            continue
        if len(starts) == len(verdict.events):
            return _counted(text, starts)
    return [1] * len(verdict.events)


def _counted(text: str, starts: list[int]) -> list[int]:
    lines, line, counted = list[int](), 1, 0
    for start in starts:
        line, counted = line + text.count("\n", counted, start), start
        lines.append(line)
    return lines
