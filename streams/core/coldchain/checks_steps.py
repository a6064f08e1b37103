"""Order of steps: every lot goes by the table of its route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schemas.coldchain import Rule
from schemas.consignment import Step
from streams.core.coldchain.checks import Check, broken, scope_of, short
from streams.core.coldchain.checks_certificates import route_of
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.steps import after, may_follow, missing_before
from streams.core.coldchain.story import Story, Visit
from streams.core.coldchain.words import STEPS_ZH


class _Why(NamedTuple):
    """What is wrong with a step, in patterns that take another step."""

    chinese: str
    english: str
    step: Step

    @property
    def name(self) -> str:
        """Goes into the id of the check, so it never changes, not even by better words."""
        return f"{self.chinese}|{self.english}".replace("{}", self.step.value)

    @property
    def zh(self) -> str:
        return self.chinese.format(STEPS_ZH[self.step])

    @property
    def en(self) -> str:
        return self.english.format(self.step.value)


def out_of_order(story: Story, rules: Rules) -> Iterator[Check]:
    """A step that may not come after the one before, or before one that it needs. The way goes on from it."""
    wrong: dict[Visit, dict[_Why, list[str]]] = {}
    for lot_id in sorted(story.lots):
        for visit, why in _wrong(story, rules, lot_id):
            wrong.setdefault(visit, {}).setdefault(why, []).append(lot_id)
    for visit in story.visits:
        for why, lots in wrong.get(visit, {}).items():
            scope = scope_of(story, lots, visit.at, whole=visit.whole)
            words = {"step": visit.step.value, "detail_zh": why.zh, "detail_en": why.en}
            yield broken(Rule.STEP_OUT_OF_ORDER, f"{visit.event_id} {short(why.name)}", scope, visit.at, **words)


def _wrong(story: Story, rules: Rules, lot_id: str) -> Iterator[tuple[Visit, _Why]]:
    before, passed = Step.DECLARED, set[Step]()
    for visit in story.route(lot_id):
        route = route_of(story, rules, lot_id, visit.at)
        missing = missing_before(route, passed, visit.step)
        if missing is not None:
            yield visit, _Why("未经 {}", "it was not {} before", missing)
        elif not may_follow(route, before, visit.step):
            yield visit, _Why("不应在 {} 之后", "it may not come after {}", before)
        before = after(before, visit.step)
        passed.add(visit.step)
