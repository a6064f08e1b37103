"""The sections of a text export: `key: value, key: value` lines under headings, one space of indentation a level."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_PAIR: Final = re.compile(r"(?:^|,\s)\s*([^:,]{1,60}):(?:\s+|$|(?=,))")
_TABLES: Final = re.compile(r"(Data|Marker):\s*$")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_DEEPEST: Final = 12


@dataclass(slots=True)
class Section:
    """A heading with the lines under it: `lines` in order, each as its keys and values, and sections by name."""

    line: int = 0
    lines: list[dict[str, str]] = field(default_factory=list)
    sections: dict[str, Section] = field(default_factory=dict)

    def get(self, key: str) -> str:
        """The first value of a key, '' where there is none."""
        return next((pairs[key] for pairs in self.lines if pairs.get(key)), "")

    def under(self, *names: str) -> Section:
        """The section under these headings, an empty one where the file has none."""
        section = self
        for name in names:
            section = section.sections.get(name, Section())
        return section


@dataclass(slots=True)
class Export:
    """A text export in parts: sections, and the lines of its data table with their numbers.

    `complete`: it ends with its signature, so nothing was cut off.
    """

    root: Section
    table: list[tuple[int, str]]
    complete: bool


def is_export(text: str) -> bool:
    """Whether a text is such an export: it begins with its device, or has two of its sections."""
    head = text.lstrip("\ufeff \t\r\n")
    found = {name for name in ("Conf", "Hist", "Res", "Data", "Cert") if re.search(rf"^{name}:\s*$", text, re.M)}
    return re.match(r"Device:\s", head) is not None or len(found) >= 2


def parse(text: str) -> Export:
    """Take an export apart; nothing in it is an error here."""
    root, table, inside = Section(), list[tuple[int, str]](), ""
    stack: list[tuple[int, Section]] = [(-1, root)]
    for number, line in enumerate(_LINE_END.split(text), 1):
        if not line.strip():
            continue
        if found := _TABLES.match(line):
            inside = found[1]
            root.sections.setdefault(inside, Section(number))
        elif inside and (line[0].isspace() or not _heads(line)):
            if inside == "Data":
                table.append((number, line))
        else:
            inside = ""
            _add(stack, number, line)
    return Export(root, table, bool(root.get("Sig")))


def _heads(line: str) -> bool:
    """Whether a line without indentation ends a table: it begins with a key (`Cert:`, `Sig Cert: ...`)."""
    return re.match(r"[A-Z][A-Za-z ]{0,40}:(\s|$)", line) is not None


def _add(stack: list[tuple[int, Section]], number: int, line: str) -> None:
    """Put a line into the section that its indentation says; a key without a value opens a section of its own."""
    depth = min(len(line) - len(line.lstrip()), _DEEPEST)
    while stack[-1][0] >= depth:
        stack.pop()
    section, pairs = stack[-1][1], dict(_pairs(line.strip()))
    section.lines.append(pairs)
    if len(pairs) == 1 and not next(iter(pairs.values())):
        opened = section.sections.setdefault(next(iter(pairs)), Section(number))
        stack.append((depth, opened))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """`T AL: 8.0, t AL: 30` as its pairs; a comma inside a value stays there."""
    found = list(_PAIR.finditer(text))
    for match, after in zip(found, [*found[1:], None], strict=False):
        yield match[1].strip(), text[match.end() : after.start() if after else len(text)].strip()
