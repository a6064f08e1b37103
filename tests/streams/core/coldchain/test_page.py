"""docs/coldchain.md says what the rules are."""

from __future__ import annotations

from pathlib import Path

from schemas.coldchain import Rule
from schemas.consignment import Step
from streams.core.coldchain.rules import RULES

PAGE = Path(__file__).parents[4] / "docs" / "coldchain.md"


def test_every_rule_is_on_the_page_with_its_severity_and_source() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `" in line]
    assert [(row[0].strip("`"), row[1], row[3]) for row in rows] == [
        (rule.value, RULES[rule].severity.value, RULES[rule].source) for rule in Rule
    ]


def test_the_steps_are_named_in_their_order() -> None:
    text = PAGE.read_text(encoding="utf-8").lower()
    places = [text.index(step.value, text.index("## the steps")) for step in Step]
    assert places == sorted(places)
