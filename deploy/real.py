"""Real requests and offers of spring 2020 (PyPI package ppe-match): where they lie, what SQL says of them.

The offers are stock and the requests needs of areas that are made up (examples/getusppe says how). Nobody confirmed a
delivery in this data, so "served" means that stock was set aside for it or is on its way.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import deploy
from deploy.simulation.claims import Check, same
from schemas.errors import BaogongError
from schemas.topics import SUPPLY_SOURCES
from sinks.clickhouse.client import Client

PACKAGE: Final = "ppe_match"
FILES: Final = ("anon_recipients.csv", "anon_donors.csv")
MAPPINGS: Final = ("recipients.toml", "donors.toml")
DISTANCES: Final = "anon_distance_matrix.csv"
"""Miles from donors to recipients."""

_ITEMS: Final = """
SELECT item, count(), countIf(state = 'open'), countIf(missing = 0), countIf(missing > 0 AND missing < quantity),
    countIf(missing = quantity), countIf(overdue), sum(quantity), sum(quantity - missing), sum(missing),
    minOrNullIf(reported_at, missing > 0)
FROM needs GROUP BY item ORDER BY count() DESC, item"""
_OLDEST: Final = """
SELECT need_id, item, quantity, missing, reported_at, age_hours FROM open_needs WHERE missing > 0
ORDER BY reported_at, need_id LIMIT 5"""
_REJECTED: Final = """
SELECT code, source_topic, count() FROM rejected_messages GROUP BY code, source_topic ORDER BY count() DESC, code"""
_TOPICS: Final = "SELECT source_topic, sum(messages) FROM source_positions WHERE stage = 'supply' GROUP BY source_topic"
_KNOWN: Final = """
SELECT (SELECT count() FROM requests), (SELECT count() FROM lots),
    (SELECT count() FROM rejected_messages), (SELECT countIf(type = 'repeat_ignored') FROM decisions FINAL)"""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """Needs for one item; `oldest`: first report of the oldest need that lacks stock."""

    item: str
    needs: int
    open: int
    served: int
    partly: int
    unserved: int
    overdue: int
    units_asked: int
    units_served: int
    units_missing: int
    oldest: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Oldest:
    """One of the oldest needs that lack stock."""

    need_id: str
    item: str
    quantity: int
    missing: int
    reported_at: dt.datetime
    age_hours: float


@dataclass(frozen=True, slots=True)
class Refused:
    """Lines or messages refused for one reason, by `publish` or by the `stage`."""

    by: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What SQL says of the run."""

    items: tuple[ItemLine, ...]
    oldest: tuple[Oldest, ...]
    refused: tuple[Refused, ...]


def data_files() -> tuple[Path, ...]:
    """The two files inside the installed package; raises BaogongError where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    places = [Path(place) / "data" for place in (spec.submodule_search_locations or ())] if spec else []
    for place in places:
        if all((place / name).is_file() for name in FILES):
            return tuple(place / name for name in FILES)
    raise BaogongError("The package ppe-match with the real data is not installed: run 'make real', which installs it.")


def distance_file() -> Path:
    """The distances that come with them."""
    return data_files()[0].parent / DISTANCES


def examples() -> Path:
    """The folder with mappings and catalogue; raises BaogongError outside a clone of the project."""
    folder = Path(deploy.__file__).parent.parent / "examples" / "getusppe"
    if not folder.is_dir():
        raise BaogongError(f"{folder} is not there: run 'make real' in a clone of the project.")
    return folder


def lines_of(path: Path) -> int:
    """Rows of a CSV file below its headings, counted by themselves."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def ask(client: Client, reasons: Sequence[tuple[str, str, int]]) -> Answers:
    """Put the questions; `reasons` (code, field, lines) are why `publish` refused lines."""
    refused = [Refused("publish", f"{field} {code}".strip(), lines) for code, field, lines in reasons]
    refused += [Refused("stage", f"{code} on {topic}", int(n)) for code, topic, n in client.rows(_REJECTED)]
    return Answers(
        items=tuple(ItemLine(*row) for row in client.rows(_ITEMS)),
        oldest=tuple(Oldest(*row) for row in client.rows(_OLDEST)),
        refused=tuple(refused),
    )


def check(client: Client, lines: dict[str, int], report: dict[str, Any]) -> list[Check]:
    """Claims about the counts: `lines` by file counted here, `report` what publish says of itself, and SQL."""
    by_topic = {str(topic): int(count) for topic, count in client.rows(_TOPICS)}
    requests, lots, rejected, repeats = (int(figure) for figure in client.rows(_KNOWN)[0])
    published = {name: report["topics"].get(name, 0) for name in (topic.name for topic in SUPPLY_SOURCES)}
    whole = report["published"] + report["repeated"] + report["refused"]
    return [
        same("publish read every line", lines, {Path(one["file"]).name: one["lines"] for one in report["files"]},
             " + ".join(f"{count:,}" for count in lines.values())),
        same("published + repeated + refused = lines", sum(lines.values()), whole,
             f"{report['published']:,} + {report['repeated']:,} + {report['refused']:,} = {whole:,}"),
        same("every message has its record in ClickHouse", {name: n for name, n in published.items() if n}, by_topic,
             f"{sum(by_topic.values()):,} messages"),
        same("requests + lots + rejected + repeats = messages", sum(by_topic.values()),
             requests + lots + rejected + repeats, f"{requests:,} + {lots:,} + {rejected:,} + {repeats:,}"),
    ]  # fmt: skip
