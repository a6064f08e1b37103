"""What happens to each row of each file: built, repeated or refused; pure but for the sender it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from streams.publish.build import Part, Rules, assemble, check, content, group_key, identified, kind_of, read_part
from streams.publish.files import Source
from streams.publish.kinds import DERIVED, ONE_EFFECT, Kind, find_kind
from streams.publish.mapping import AnyMapping
from streams.publish.refusal import Problem, Refused, refuse
from streams.publish.row import Row


@dataclass(frozen=True, slots=True)
class Made:
    """A message that a reader made of rows.

    `says`: digest of what makes it the same fact as another; '': of all that it says. `counts` False: its rows were
    counted with an earlier message.
    """

    message: BaseModel
    rows: tuple[Row, ...]
    says: str = ""
    counts: bool = True


class Reader(Protocol):
    """Makes messages of a file with a form of its own: a logger's readings, an EPCIS document.

    Every row is in a message or refused. A message without an id has `build.NO_ID`; `build.check` is done for it.
    """

    def made(self) -> Iterator[Made | Refusal]:
        """What each row becomes, in order."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file and how it is read: by a reader of its own form, or row by row with a mapping."""

    source: Source
    mapping: AnyMapping
    rules: Rules
    reader: Reader | None = None
    notes: list[str] = field(default_factory=list)
    """What the reader, when it is done, has to say besides: what it left out without harm."""


@dataclass(frozen=True, slots=True)
class Built:
    """A message and the rows that it came from. `repeats`: it was built before in this run, so it is not sent."""

    message: BaseModel
    kind: Kind
    rows: tuple[Row, ...]
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that can't be published, and why."""

    row: Row
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Known:
    """What was built before in this run, over all its files: content and place by each id that has one effect."""

    told: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def repeats(self, kind: Kind, message: BaseModel, digest: str, place: str) -> bool:
        """Whether this says again what was said; raises Refused where it uses an id again to say something else."""
        name = ONE_EFFECT.get(kind.name, "")
        ids = [(DERIVED, message.event_id)]  # type: ignore[attr-defined]
        if name:
            ids.append((kind.name, getattr(message, name)))
        for key in ids:
            if key in self.told and self.told[key][0] != digest:
                field_name = DERIVED if key[0] == DERIVED else name
                raise refuse("id_used_twice", field_name, f"the same id says something else in {self.told[key][1]}")
        repeated = any(key in self.told for key in ids)
        for key in ids:
            self.told.setdefault(key, (digest, place))
        return repeated


def results(one: Input, known: Known, tick: Callable[[], None] = lambda: None) -> Iterator[Built | Refusal]:
    """Every row of a file exactly once: in a message, or refused. `tick` is called once a row."""
    if one.reader is not None:
        yield from _read(one.reader, one, known, tick)
        return
    occurrences: Counter[str] = Counter()
    for rows in _groups(one, tick):
        try:
            yield _built(rows, one, known, occurrences)
        except _GroupRefused as refused:
            yield from refused.refusals


def _read(reader: Reader, one: Input, known: Known, tick: Callable[[], None]) -> Iterator[Built | Refusal]:
    """What a reader makes, checked and known again like any other message."""
    for found in reader.made():
        tick()
        if isinstance(found, Refusal):
            yield found
            continue
        try:
            check(found.message, one.rules)
            digest = found.says or content(found.message)
            message = identified(found.message, digest)
            kind = find_kind(message.kind)  # type: ignore[attr-defined]
            place = f"{one.source.name}, line {found.rows[0].line}"
            repeats = known.repeats(kind, message, digest, place)
            yield Built(message, kind, found.rows if found.counts else (), repeats)
        except Refused as refused:
            yield from (Refusal(row, refused.problems) for row in found.rows)


class _GroupRefused(Exception):
    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__()
        self.refusals = refusals


def _groups(one: Input, tick: Callable[[], None]) -> Iterator[list[Row]]:
    """Consecutive rows with one group key; a row whose key can't be told joins the group that goes on behind it."""
    group, unclear, current = list[Row](), list[Row](), None
    for row in one.source.rows():
        tick()
        key = group_key(row, one.mapping, _kind(row, one))
        if group and key is None and row.problem and current is not None:
            unclear.append(row)
            continue
        if key is not None and key == current:
            group += [*unclear, row]
        else:
            yield from ([group] if group else [])
            yield from ([stray] for stray in unclear)
            group, current = [row], key
        unclear = []
    yield from ([group] if group else [])
    yield from ([stray] for stray in unclear)


def _kind(row: Row, one: Input) -> Kind | None:
    try:
        return kind_of(row, one.mapping, one.rules)
    except Refused:
        return None


def _built(rows: list[Row], one: Input, known: Known, occurrences: Counter[str]) -> Built:
    parts = _parts(rows, one)
    place = f"{one.source.name}, line {rows[0].line}"
    try:
        message = assemble(parts, one.rules)
        digest = content(message)
        occurrence = occurrences[digest] if one.mapping.identical_rows == "distinct" else 0
        occurrences[digest] += 1
        message = identified(message, digest, occurrence)
        return Built(message, parts[0].kind, tuple(rows), known.repeats(parts[0].kind, message, digest, place))
    except Refused as refused:
        raise _GroupRefused([Refusal(row, refused.problems) for row in rows]) from refused


def _parts(rows: list[Row], one: Input) -> list[Part]:
    """The rows read; where one can't be, its whole message is refused, since an id sent once can't be sent again."""
    parts, wrong = list[Part](), dict[int, Refusal]()
    for row in rows:
        try:
            part = read_part(row, one.mapping, one.rules)
            if len(rows) > 1:
                assemble([part], one.rules)  # so that a problem is told of the row that has it
            parts.append(part)
        except Refused as refused:
            wrong[row.line] = Refusal(row, refused.problems)
    if wrong:
        first = next(iter(wrong))
        fellow = Problem("fellow_refused", "", f"belongs to one message with line {first}, which is refused")
        raise _GroupRefused([wrong.get(row.line) or Refusal(row, (fellow,)) for row in rows])
    return parts
