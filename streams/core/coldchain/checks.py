"""What a check yields, and names that are the same wherever and whenever they are decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from schemas.coldchain import CheckFailed, Rule
from streams.core.coldchain.rules import RULES
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.story import Lots, Story
from streams.core.coldchain.words import in_chinese, in_english
from streams.core.instants import from_us

LOT_LIMIT = 200
"""Lots that one decision names."""


class Scope(NamedTuple):
    """What a failed check is about: lots, and where `whole` all that is in the consignment and will be."""

    lots: Lots
    whole: bool = False


class Check(NamedTuple):
    """A rule that is broken, with all that it holds."""

    rule: Rule
    subject: str
    scope: Scope
    since: int
    zh: str
    en: str

    def failed(self, consignment_id: str | None, premises_id: str | None = None) -> CheckFailed:
        """The decision that says so. A check of the whole consignment names no lots."""
        return CheckFailed(
            check_id=check_id(consignment_id, self.rule, self.subject),
            rule=self.rule,
            severity=RULES[self.rule].severity,
            consignment_id=consignment_id,
            premises_id=premises_id,
            lot_ids=() if self.scope.whole else tuple(sorted(self.scope.lots)[:LOT_LIMIT]),
            subject=self.subject,
            since=from_us(self.since),
            reason_zh=self.zh,
            reason_en=self.en,
        )


def broken(rule: Rule, subject: str, scope: Scope, since: int, **words: object) -> Check:
    """A failed check, in the rule's words; `words` fill its patterns, steps and the like as their codes."""
    patterns = RULES[rule]
    zh, en = patterns.zh.format(**in_chinese(words)), patterns.en.format(**in_english(words))
    return Check(rule, subject, scope, since, zh, en)


def check_id(consignment_id: str | None, rule: Rule, subject: str) -> str:
    """Name of a check: short, and the same whenever it fails."""
    return "c" + short(f"{consignment_id or ''} {rule.value} {subject}")


def hold_id(check: str, number: int) -> str:
    """Name of the n-th hold of a check: hold ids are remembered for ever, so each hold needs one of its own."""
    return "cc-" + short(f"{check} {number}")


def short(text: str) -> str:
    """80 bits in hexadecimal."""
    return blake2b(text.encode(), digest_size=10).hexdigest()


def scope_of(story: Story, lots: Iterable[str], at: int, *, whole: bool) -> Scope:
    """Lots and what was made of them. Where the report is about the `whole` consignment, the check may be so too."""
    concerned = frozenset(lots)
    all_there = whole and concerned.issuperset(lot_id for lot_id in story.lots if story.is_there(lot_id, at))
    return Scope(frozenset(story.lineage.descendants(concerned)), all_there)


ConsignmentCheck = Callable[[Story, Rules], Iterator[Check]]
"""A rule as a function of what was reported of one consignment."""
