"""An assessment as JSON: numbers that JSON can carry, times with their offset."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from deploy.assess.judge import Judged, minutes
from schemas.temperature import Profile
from streams.loggers.compare import Comparison
from streams.loggers.model import Alarm, Device


def as_json(judged: Judged, scores: bool = False) -> dict[str, Any]:
    """The assessment of one file. `readings` counts rows; with `scores`, each of them has one, in the file's order."""
    file, found = judged.file, judged.assessment
    said: dict[str, Any] = {
        "file": file.name,
        "profile": None if judged.profile is None else judged.profile.name,
        "limits": _limits(judged.profile),
        "readings": len(file.readings),
        "interval_minutes": found.interval_minutes,
        "first": _time(judged.span[0]) if judged.span else None,
        "last": _time(judged.span[1]) if judged.span else None,
        "min_c": min((one.celsius for one in file.readings), default=None),
        "max_c": max((one.celsius for one in file.readings), default=None),
        "gaps": [{"start": _time(a), "end": _time(b), "minutes": number(minutes(a, b))} for a, b in found.gaps],
        "breaches": _breaches(judged),
        "mkt_c": number(found.mkt_c),
        "out_of_range_minutes": {day.isoformat(): number(m) for day, m in found.out_of_range_minutes.items()},
        "unknown_minutes": number(found.unknown_minutes),
        "flags": _flags(judged),
        "warnings": [{"at": _time(at), "score": number(score, 4)} for at, score in found.warnings],
        "refused": [_refused(one.row.line, one.problem.field, one.problem.reason) for one in file.refused],
        "without_value": len(file.missing),
        "notes": [{"code": note.code, "en": note.en, "zh": note.zh} for note in judged.notes],
        "device": _device(file.device, judged.comparison, judged.zone) if file.device else None,
    }
    if scores:
        said["scores"] = _scores(judged)
    return said


def number(value: float | None, places: int = 2) -> float | int | None:
    """A number as JSON carries it: whole where it is whole, never NaN."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, places)


def _time(at: dt.datetime) -> str:
    return at.isoformat()


def _limits(profile: Profile | None) -> list[dict[str, Any]]:
    return [limit.model_dump(mode="json") for limit in profile.limits] if profile else []


def _refused(line: int, field: str, reason: str) -> dict[str, Any]:
    return {"line": line, "field": field, "reason": reason}


def _breaches(judged: Judged) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind.value,
            "limit_c": one.limit_c,
            "start": _time(one.start),
            "alarm_at": _time(one.alarm_at),
            "end": None if one.end is None else _time(one.end),
            "minutes": number(one.minutes),
            "peak_c": one.peak_c,
        }
        for one in judged.assessment.breaches
    ]


def _flags(judged: Judged) -> list[dict[str, Any]]:
    """Flags of the sensor alone; what must be known of the file as a whole is in its notes."""
    return [{"flag": flag.value, "at": _time(at)} for flag, at in judged.assessment.flags]


def _scores(judged: Judged) -> list[dict[str, Any]]:
    by_time = dict(judged.assessment.scores)
    return [
        {"at": _time(one.at.astimezone(judged.zone)), "score": number(by_time.get(one.at, 0.0), 6)}
        for one in judged.file.readings
    ]


def _device(device: Device, found: Comparison | None, zone: dt.tzinfo) -> dict[str, Any]:
    def local(at: dt.datetime | None) -> str | None:
        return None if at is None else _time(at.astimezone(zone))

    comparison = found or Comparison()
    return {
        "model": device.model,
        "serial": device.serial,
        "activated_at": local(device.activated_at),
        "started_at": local(device.started_at),
        "stopped_at": local(device.stopped_at),
        "limits": [_alarm(alarm) for alarm in device.alarms],
        "alarms": [
            {
                **_alarm(one.alarm),
                "start": local(one.start),
                "alarm_at": local(one.alarm_at),
                "end": local(one.end),
                "accumulated_minutes": one.minutes,
                "peak_c": one.peak_c,
            }
            for one in device.events
        ],
        "days": [
            {
                **_alarm(one.alarm),
                "date": one.date.isoformat(),
                "accumulated_minutes": one.minutes,
                "readings_minutes": number(ours),
                "alarm_at": local(one.alarm_at),
            }
            for one, ours in comparison.sums
        ],
        "mkt_c": device.mkt_c,
        "readings_mkt_c": number(comparison.mkt_c),
        "activation_kj_mol": device.activation_kj_mol,
        "differences": [{"code": one.code, "en": one.en, "zh": one.zh} for one in comparison.differences],
    }


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {
        "number": alarm.number,
        "kind": alarm.kind.value,
        "celsius": alarm.celsius,
        "minutes": alarm.minutes,
        "cumulative": alarm.cumulative,
    }
