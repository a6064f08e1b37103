"""What became of the files that were published: counts that add up, for people and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from schemas.topics import Topic
from streams.publish.files import Source
from streams.publish.rejected import reason
from streams.publish.run import Built, Refusal

SHOWN: Final = 20
"""Refused lines of one file that are shown where a file holds all of them."""


@dataclass(slots=True)
class FileReport:
    """One file: each of its lines is in a message, or repeats one, or is refused."""

    source: Source
    rejected: Path | None = None
    lines: int = 0
    in_messages: int = 0
    messages: int = 0
    repeated: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, result: Built | Refusal) -> None:
        """Count a result."""
        if isinstance(result, Refusal):
            self.lines += 1
            self.refusals.append(result)
            return
        self.lines += len(result.rows)
        if result.repeats:
            self.repeated += len(result.rows)
            return
        self.in_messages += len(result.rows)
        self.messages += 1
        self.kinds[result.kind.name] += 1
        self.topics[_name(result.kind.topic)] += 1

    def as_json(self) -> dict[str, Any]:
        """The file's part of the report."""
        return {
            "file": self.source.name,
            "encoding": self.source.encoding,
            "kinds": dict(self.kinds),
            "lines": self.lines,
            "published": self.in_messages,
            "repeated": self.repeated,
            "refused": len(self.refusals),
            "messages": self.messages,
            "notes": self.notes,
            "rejected_file": str(self.rejected) if self.rejected and self.refusals else None,
        }


def _name(topic: Topic) -> str:
    return topic.name


@dataclass(slots=True)
class Report:
    """All files of one call. `dry`: nothing was sent."""

    files: list[FileReport]
    dry: bool = False

    @property
    def refused(self) -> int:
        """Refused lines of all files."""
        return sum(len(one.refusals) for one in self.files)

    @property
    def messages(self) -> int:
        """Messages of all files."""
        return sum(one.messages for one in self.files)

    def reasons(self) -> Counter[tuple[str, str]]:
        """Refused lines by code and field of their first problem."""
        firsts = (refusal.problems[0] for one in self.files for refusal in one.refusals)
        return Counter((problem.code, problem.field) for problem in firsts)

    def topics(self) -> Counter[str]:
        """Messages by topic."""
        return sum((one.topics for one in self.files), Counter[str]())

    def as_json(self) -> dict[str, Any]:
        """The whole report; `published`, `repeated` and `refused` count lines and add up to `lines`."""
        return {
            "dry_run": self.dry,
            "lines": sum(one.lines for one in self.files),
            "published": sum(one.in_messages for one in self.files),
            "repeated": sum(one.repeated for one in self.files),
            "refused": self.refused,
            "messages": self.messages,
            "topics": dict(self.topics()),
            "reasons": [{"code": c, "field": f, "lines": n} for (c, f), n in self.reasons().most_common()],
            "files": [one.as_json() for one in self.files],
            "refusals": [_refusal(one, refusal) for one in self.files for refusal in one.refusals],
        }

    def show(self, console: Console) -> None:
        """The summary that a person reads."""
        done = "would be published" if self.dry else "published"
        table = Table("file", "kind", box=None, pad_edge=False)
        for heading in ("lines", done, "repeated", "refused", "messages"):
            table.add_column(heading, justify="right")
        for one in self.files:
            counts = (one.lines, one.in_messages, one.repeated, len(one.refusals), one.messages)
            table.add_row(Path(one.source.name).name, ", ".join(one.kinds) or "-", *(f"{count:,}" for count in counts))
        console.print(table)
        for name, count in self.topics().items():
            console.print(f"{count:,} to {name}")
        for (code, column), count in self.reasons().most_common():
            console.print(f"{count:,} refused: {f'{column} ' if column else ''}{code.replace('_', ' ')}")
        for one in self.files:
            if one.notes:
                console.print(f"{len(one.notes):,} left out of {Path(one.source.name).name}; --json says which and why")
        for one in self.files:
            if one.refusals and one.rejected:
                console.print(f"refused lines: {one.rejected}", soft_wrap=True)


def _refusal(one: FileReport, refusal: Refusal) -> dict[str, Any]:
    problems = [{"code": p.code, "field": p.field, "reason": p.reason} for p in refusal.problems]
    return {"file": one.source.name, "line": refusal.row.line, "problems": problems}


def refused_lines(one: FileReport) -> list[str]:
    """`FILE, line N: field: reason` for the refused lines of a file: the first few where a file holds them all."""
    name = Path(one.source.name).name
    limit = SHOWN if one.rejected else len(one.refusals)
    lines = [f"{name}, {reason(refusal)}" for refusal in one.refusals[:limit]]
    more = len(one.refusals) - limit
    return lines + ([f"{name}: {more:,} more refused lines are in {one.rejected}"] if more > 0 else [])
