"""The steps of a story: each record with its decisions as sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich import box
from rich.table import Table
from rich.text import Text

from deploy.trace.telling import Plain
from deploy.trace.words import Words
from schemas.coldchain import ColdChainDecision
from schemas.supply import SupplyDecision
from schemas.transfers import TransferDecision
from streams.story import Sentence, describe, event_name
from streams.trail import Step

_DECISIONS: dict[str, Any] = {
    "supply": SupplyDecision,
    "coldchain": ColdChainDecision,
    "transfers": TransferDecision,
}


@cache
def _adapter(stage: str) -> TypeAdapter[Any]:
    return TypeAdapter(_DECISIONS[stage])


def sentences(step: Step, zone: dt.tzinfo, chinese: Mapping[str, str]) -> list[Sentence]:
    """What each decision of a step says; one of another version is shown as it is rather than left out."""
    said = []
    for decision in step.decisions:
        try:
            said.append(describe(_adapter(step.stage).validate_python(decision, strict=False), zone, chinese))
        except ValidationError:
            said.append(Sentence(repr(decision), repr(decision)))
    return said


def as_json(step: Step, zone: dt.tzinfo, chinese: Mapping[str, str]) -> Plain:
    """A step as plain values."""
    return {
        "at": step.at.astimezone(zone).isoformat(),
        "stage": step.stage,
        "partition": step.partition,
        "offset": step.offset,
        "seq": step.seq,
        "event": step.event_kind,
        "event_id": step.event_id,
        "said_by": step.said_by,
        "occurred_at": step.occurred_at,
        "decisions": [
            {"zh": said.zh, "en": said.en, "decision": decision}
            for said, decision in zip(sentences(step, zone, chinese), step.decisions, strict=True)
        ],
    }


def timeline(steps: Iterable[Step], words: Words) -> Table:
    """The steps as a table."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(words.say("时间", "time"), no_wrap=True)
    table.add_column(words.say("事由", "because of"))
    table.add_column(words.say("结果", "what was decided"), overflow="fold")
    table.add_column(words.say("记录", "record"), no_wrap=True)
    for step in steps:
        name = event_name(step.event_kind)
        because = words.say(name.zh, name.en) + (f" ({step.said_by})" if step.said_by else "")
        told = "\n".join(words.say(said.zh, said.en, "\n  ") for said in sentences(step, words.zone, words.chinese))
        record = f"{step.stage} {step.partition}/{step.seq}"
        table.add_row(f"{step.at.astimezone(words.zone):%Y-%m-%d %H:%M:%S}", Text(because), Text(told), record)
    return table
