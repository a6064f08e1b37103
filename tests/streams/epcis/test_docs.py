"""docs/epcis.md says what the code does: every rule is listed, and its example gives what the page shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from streams.epcis.check import check
from streams.epcis.mapping.facts import Said
from streams.epcis.mapping.records import records

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "epcis.md").read_text(encoding="utf-8")
CALLS = {"Problem": 1, "PydanticCustomError": 0, "Unreadable": 0, "Unmapped": 1}
"""Where a call has its code."""
INTERNAL = {"kept_out", "nothing_to_record"}
"""What is left out without harm: the page speaks of it in words."""
MADE_ELSEWHERE = {
    "unread", "missing", "empty_list", "unknown_profile", "lot_twice", "in_the_future", "unknown_item",
    "over_limit",
}  # fmt: skip
"""By the command, by pydantic, by `publish` for every file."""


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            code = node.args[CALLS[node.func.id]] if len(node.args) > CALLS[node.func.id] else None
            if isinstance(code, ast.Constant) and code.value not in ("item", "quantity"):  # `publish` has a Problem too
                yield code.value


def test_every_rule_is_listed_and_every_listed_rule_exists() -> None:
    files = [*(ROOT / "streams" / "epcis").rglob("*.py"), ROOT / "streams" / "publish" / "epcis.py"]
    made = {code for path in files for code in _codes(path)} - INTERNAL
    listed = _rules("## What is checked", "## What becomes") | _rules("### Refused by", "## The story")
    assert len(made) > 60
    assert made - listed == set()
    assert listed - made == MADE_ELSEWHERE


def _rules(start: str, end: str) -> set[str]:
    rows = PAGE.partition(start)[2].partition(end)[0].splitlines()
    return {code for row in rows if row.startswith("| `") for code in _first_cell(row)}


def _first_cell(row: str) -> list[str]:
    return re.findall(r"`([a-z0-9_]+)`", row.split("|")[1])


def _example() -> bytes:
    return PAGE.partition("<<'EOF'\n")[2].partition("EOF\n")[0].encode()


def test_the_example_gives_what_the_page_shows() -> None:
    verdict = check(_example())
    shown = PAGE.partition("shipment.jsonld: refused\n")[2].partition("```")[0]
    assert [str(problem) for problem in verdict.all_problems] == [line.strip() for line in shown.splitlines()]
    found = list(records(verdict, Said()))
    told = [(message.kind, message.consignment_id) for one in found for message in one.messages]
    assert told == [
        ("consignment_declared", "c-2022-0415"),
        ("temperature_read", "c-2022-0415"),
        ("temperature_read", "c-2022-0415"),
    ]
    assert found[0].messages[0].lots[0].quantity == 400_000
    assert [one.celsius for one in found[2].messages] == [-19.5, -19.0]
