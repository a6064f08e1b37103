"""Two requests side by side: who got how much of what both asked for, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from deploy.trace.search import Story
from deploy.trace.telling import Plain
from schemas.errors import FAILURE, BaogongError
from streams.story.shares import Share, shares
from streams.story.why import Why, pairs, why, why_so_much


def compare(one: Story, other: Story, zone: dt.tzinfo) -> list[Why]:
    """Each item that both asked for; raises BaogongError where there is none."""
    ours, theirs = shares(one.steps), shares(other.steps)
    for story, known in ((one, ours), (other, theirs)):
        if not known:
            raise BaogongError(f"Request {story.name} opened no need, so there is nothing to compare.", FAILURE)
    found = [why(mine, its, zone) for mine, its in pairs(ours, theirs)]
    if not found:
        asked = [", ".join(sorted({share.item for share in known})) for known in (ours, theirs)]
        raise BaogongError(
            f"These requests have no item in common: {one.name} asks for {asked[0]}, {other.name} for {asked[1]}.",
            FAILURE,
        )
    return found


def plain(one: Story, other: Story, found: Sequence[Why], zone: dt.tzinfo) -> Plain:
    """For --json."""
    return {
        "subject": "request",
        "ids": [one.name, other.name],
        "read_from": one.read_from,
        "compared": [
            {
                "item": each.one.item,
                "reason": each.reason,
                "zh": each.told.zh,
                "en": each.told.en,
                "shares": [as_json(share, zone) for share in (each.one, each.other)],
            }
            for each in found
        ],
    }


def as_json(share: Share, zone: dt.tzinfo) -> Plain:
    """What a need got and why, as plain values."""
    now, said = share.now, why_so_much(share)
    return {
        "request_id": share.request_id,
        "need_id": share.need_id,
        "requester_id": share.requester_id,
        "area": share.area,
        "item": share.item,
        "need_class": now.need_class,
        "overdue": now.overdue,
        "people": now.people,
        "reported_at": share.reported_at.astimezone(zone).isoformat(),
        "asked": now.asked,
        "got": now.got,
        "fill": share.fill,
        "per_person": now.got / now.people,
        "ended": now.ended,
        "why": {"zh": said.zh, "en": said.en},
        "given": [
            {
                "at": one.at.astimezone(zone).isoformat(),
                "units": one.units,
                "kept": one.kept,
                "rule": one.rule,
                "limit": one.limit,
                "more": one.more,
            }
            for one in share.given
        ],
    }
