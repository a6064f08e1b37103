"""A trace as plain values, with everything."""

from __future__ import annotations

import datetime as dt

from deploy.trace.comparison import as_json as share_as_json
from deploy.trace.exposure import exposure
from deploy.trace.search import Story
from deploy.trace.steps import as_json
from deploy.trace.telling import Plain, subjects, temperature, way
from schemas.temperature import Profiles
from streams.story.shares import shares


def answer(story: Story, profiles: Profiles, zone: dt.tzinfo) -> Plain:
    """All that the command knows; times of steps in `zone`, others as they were said."""
    return {
        "subject": story.subject.value,
        "id": story.name,
        "read_from": story.read_from,
        "found": subjects(story),
        "up": way(story, down=False),
        "down": way(story, down=True),
        "temperature": temperature(story, profiles),
        "exposure": exposure(story),
        "shares": [share_as_json(share, zone) for share in shares(story.steps)],
        "steps": [as_json(step, zone, story.reasons) for step in story.steps],
        "refused": [
            {"message": letter.place, "timestamp_ms": letter.timestamp_ms, "code": letter.code, "reason": letter.reason}
            for letter in story.refusals
        ],
    }
