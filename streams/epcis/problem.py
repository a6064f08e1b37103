"""What is wrong with an EPCIS document: where (a JSON path), which rule (a stable code), and a sentence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

Place = tuple[str | int, ...]
"""Keys and positions from the document's root."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN: Final = 60
"""Characters of a value that a sentence repeats."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule. `code` is listed with its source in docs/epcis.md."""

    place: Place
    code: str
    reason: str

    @property
    def path(self) -> str:
        """The place as a JSON path: `$.epcisBody.eventList[2]['ex:field']`."""
        return path(self.place)

    def __str__(self) -> str:
        return f"{self.path}: {self.reason} ({self.code})"


def path(place: Place) -> str:
    """A place as a JSON path (RFC 9535)."""
    return "$" + "".join(_segment(part) for part in place)


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN.fullmatch(part):
        return f".{part}"
    return "['" + json.dumps(part)[1:-1].replace("'", "\\'") + "']"


def shown(value: object) -> str:
    """A value as a sentence repeats it: quoted, on one line, short."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text[: _SHOWN + 1])
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"
