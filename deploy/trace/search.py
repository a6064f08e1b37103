"""Finds the story of a request, household, lot or consignment, and where its goods came from and went.

In ClickHouse as far as its rows go, and in Kafka from there on; both ledgers.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

import pydantic_core

from deploy.trace.stores import Newer, Rows
from schemas.hold import HOLD_ENDS_ZH
from streams.ledger.letters import Letter
from streams.lineage.dossier import Dossier, file_in
from streams.lineage.graph import Kind
from streams.lineage.hunt import Ask, Hunt
from streams.trail import Step, Subject, Trail, in_order


@dataclass(frozen=True)
class Story:
    """What was found; `read_from` says where, in words."""

    subject: Subject
    name: str
    steps: tuple[Step, ...]
    refusals: tuple[Letter, ...]
    hunt: Hunt
    dossiers: dict[str, Dossier]
    read_from: str
    reasons: dict[str, str] = field(default_factory=dict)
    """Chinese words for the reasons of holds, by the English ones, which alone go from ledger to ledger."""

    @property
    def known(self) -> bool:
        """Whether any accepted record names it: a package may be in the lineage alone."""
        lineage = self.hunt.lineage
        return bool(self.steps) or any(node in lineage.links or node in lineage.back for node in self.hunt.subjects)


@dataclass
class Search:
    """One search. `kafka` or `clickhouse` None: not looked at (at least one is given)."""

    kafka: str | None
    clickhouse: str | None
    subject: Subject
    name: str
    _records: dict[tuple[str, int, int], dict[str, Any]] = field(default_factory=dict)

    def run(self) -> Story:
        """Raises BaogongError where a server does not answer."""
        with ExitStack() as stack:
            rows = None if self.clickhouse is None else stack.enter_context(closing(Rows(self.clickhouse)))
            heads = {} if rows is None else rows.heads
            newer = None if self.kafka is None else stack.enter_context(closing(Newer(self.kafka, heads)))
            return self._story(rows, newer)

    def _story(self, rows: Rows | None, newer: Newer | None) -> Story:
        hunt = Hunt(Kind(self.subject.value), self.name)
        trail = self._follow(hunt, [store for store in (rows, newer) if store is not None])
        words = "Kafka" if rows is None else "ClickHouse"
        if rows is not None and newer is not None and newer.looked:
            words += f" and, for the newest {newer.looked} records, Kafka"
        steps, letters = tuple(in_order(trail.steps)), () if newer is None else tuple(newer.letters(self.name))
        return Story(self.subject, self.name, steps, letters, hunt, self._dossiers(hunt), words, self._reasons())

    def _follow(self, hunt: Hunt, stores: list[Rows | Newer]) -> Trail:
        """Ask until nothing new is to be asked for."""
        asked: set[Ask] = set()
        trail = Trail(self.subject, self.name)
        while new := {*trail.asks(), *hunt.asks()} - asked:
            asked |= new
            for stage, partition, offset, value in (found for store in stores for found in store.find(sorted(new))):
                if (stage, partition, offset) not in self._records:
                    record = self._records[stage, partition, offset] = pydantic_core.from_json(value)
                    hunt.take(stage, partition, offset, record)
            trail.steps.clear()
            for (stage, partition, offset), record in sorted(self._records.items(), key=lambda one: one[0]):
                trail.take(stage, partition, offset, record)
        return trail

    def _reasons(self) -> dict[str, str]:
        """What each check that ever failed said in both languages; and why holds end."""
        decisions = (one for record in self._records.values() for one in record["decisions"])
        failed = (one for one in decisions if one["type"] == "check_failed")
        return {**HOLD_ENDS_ZH, **{one["reason_en"]: one["reason_zh"] for one in failed}}

    def _dossiers(self, hunt: Hunt) -> dict[str, Dossier]:
        """The files of the consignments that the subject is or came from."""
        subjects = hunt.subjects
        nodes = (*subjects, *hunt.lineage.up(subjects))
        dossiers = {node.name: Dossier(node.name) for node in sorted(nodes) if node.kind is Kind.CONSIGNMENT}
        for (stage, _, __), record in sorted(self._records.items(), key=lambda one: one[0]):
            if stage == "coldchain":
                for decision in record["decisions"]:
                    file_in(dossiers, decision)
        return dossiers
