"""The temperature history of a trace as a picture: each logger's curve with what the ledger decided of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from deploy.assess.judge import Judged
from deploy.assess.plot import draw
from deploy.trace.search import Story
from deploy.trace.telling import Plain, temperature
from schemas.coldchain import SensorFlag
from schemas.errors import BaogongError
from schemas.temperature import BreachKind, Profiles
from streams.core.temperature.assessment import AssessedBreach, Assessment, assess
from streams.loggers.model import LoggerFile, Note, Reading

MOST: Final = 40
"""Loggers in one picture; a trace with more draws those with breaches first."""


def plot(story: Story, profiles: Profiles, zone: dt.tzinfo, path: Path) -> int:
    """Draw the loggers that the trace tells of, one below the other; how many it has. Raises BaogongError for none."""
    told = temperature(story, profiles)
    if not told:
        raise BaogongError(f"No temperature is known of {story.subject.value} {story.name}: there is nothing to draw.")
    chosen = sorted(told, key=lambda one: not one["breaches"])[:MOST]
    draw([_curve(one, profiles, zone) for one in told if one in chosen], path)
    return len(told)


def _curve(told: Plain, profiles: Profiles, zone: dt.tzinfo) -> Judged:
    """One logger as the picture of a file takes it. Days are counted here, all else is what the stage decided."""
    rows = [(dt.datetime.fromisoformat(one["at"]), one["celsius"]) for one in told["history"]]
    lots = f" ({', '.join(told['lot_ids'])})" if told["lot_ids"] else ""
    name = f"{told['consignment_id']} · {told['logger_id']}{lots}".replace("/", "∕")
    readings = tuple(Reading(number, at, celsius) for number, (at, celsius) in enumerate(rows, 1))
    profile = profiles.get(told["profile"] or "")
    notes = () if profile else (_no_profile(told["profile"]),)
    counted = assess(rows, profile, interval_minutes=told["interval_minutes"], zone=zone)
    file = LoggerFile(name, readings, (), zone, "", interval_minutes=told["interval_minutes"])
    return Judged(file, profile, _decided(counted, told, zone), None, zone, notes)


def _decided(counted: Assessment, told: Plain, zone: dt.tzinfo) -> Assessment:
    def at(text: str) -> dt.datetime:
        return dt.datetime.fromisoformat(text).astimezone(zone)

    def breaches() -> Iterable[AssessedBreach]:
        for one in told["breaches"]:
            end = None if one["end"] is None else at(one["end"])
            start, alarm = at(one["start"]), at(one["alarm_at"])
            kind = BreachKind(one["kind"])
            yield AssessedBreach(kind, one["limit_c"], start, alarm, end, one["minutes"], one["peak_c"])

    return replace(
        counted,
        breaches=tuple(breaches()),
        gaps=tuple((at(one["start"]), at(one["end"])) for one in told["gaps"] if one["end"] is not None),
        flags=tuple((SensorFlag(one["flag"]), at(one["at"])) for one in told["flags"]),
        warnings=tuple((at(one["at"]), one["score"]) for one in told["warnings"]),
        mkt_c=told["mkt_c"],
        unknown_minutes=told["unknown_minutes"],
    )


def _no_profile(name: str | None) -> Note:
    return Note(
        "no_limits",
        f"the profile {name} is not known here: name its file with --profiles" if name else "no profile is known",
        f"未知的温度要求 {name}：请用 --profiles 指定文件" if name else "没有温度要求",
    )
