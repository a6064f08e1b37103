"""A logger's file judged by a profile: what the report, the JSON and the picture show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.errors import FAILURE, USAGE, BaogongError
from schemas.temperature import Profile, Profiles, load_profiles
from streams.core.temperature.assessment import Assessment, assess
from streams.loggers.compare import Comparison, compare
from streams.loggers.limits import device_profile
from streams.loggers.model import LoggerFile, Note
from streams.loggers.read import read_logger

_MINUTE = dt.timedelta(minutes=1)
_GAP_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """`profile` None: no limits. `comparison` None: the file is not a device's own export."""

    file: LoggerFile
    profile: Profile | None
    assessment: Assessment
    comparison: Comparison | None
    zone: dt.tzinfo
    notes: tuple[Note, ...]

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime] | None:
        """First and last reading, in the zone of the report."""
        times = [one.at for one in self.file.readings]
        return (min(times).astimezone(self.zone), max(times).astimezone(self.zone)) if times else None


def open_logger(path: Path, now: dt.datetime, timezone: dt.tzinfo | None) -> LoggerFile:
    """Read a file; raises BaogongError (exit code 1) where it can't be read at all."""
    try:
        return read_logger(str(path), path.read_bytes(), now=now, timezone=timezone)
    except OSError as error:
        raise BaogongError(f"Cannot read {path}: {error.strerror}.", FAILURE) from error
    except BaogongError as error:
        raise BaogongError(str(error), FAILURE) from error


def choose_profile(name: str, profiles: Profiles) -> Profile:
    """The profile of this name, or the one in the file of this name; raises BaogongError with the known names."""
    if name in profiles:
        return profiles[name]
    path = Path(name)
    if path.suffix != ".toml" and not path.is_file():
        known = ", ".join(sorted(profiles))
        raise BaogongError(f"There is no temperature profile '{name}': choose one of {known}, or name a file.", USAGE)
    found = load_profiles(path)
    if len(found) != 1:
        raise BaogongError(
            f"{path} has {len(found)} profiles ({', '.join(sorted(found))}): name the file with --profiles and one of "
            "them with --profile.",
            USAGE,
        )
    return next(iter(found.values()))


def judge(file: LoggerFile, profile: Profile | None, zone: dt.tzinfo | None = None) -> Judged:
    """Assess a file by a profile; None: by the limits that are set in its device, where it says them.

    `zone`: whose days are told; else the file's own.
    """
    notes = list(file.notes)
    if profile is None and file.device is not None:
        profile = device_profile(file.device)
    if profile is None:
        notes.append(_no_limits())
    rows = [(one.at, one.celsius) for one in file.readings]
    where = zone or file.zone
    assessment = assess(rows, profile, interval_minutes=file.interval_minutes, zone=where)
    return Judged(file, profile, _with_silence(assessment, file, where), compare(file), where, tuple(notes))


def minutes(start: dt.datetime, end: dt.datetime) -> float:
    """Minutes that went by: two times of one zone would be compared by their clocks, which are changed twice a year."""
    return (end.astimezone(dt.UTC) - start.astimezone(dt.UTC)) / _MINUTE


def _no_limits() -> Note:
    return Note(
        "no_limits",
        "no limits are known: name a temperature profile with --profile to judge by",
        "没有温度限值：请用 --profile 指定温度要求",
    )


def _with_silence(found: Assessment, file: LoggerFile, zone: dt.tzinfo) -> Assessment:
    """Time before the first and after the last reading in which the device logged that it had no value: unknown too."""
    interval = found.interval_minutes
    if not file.missing or not file.readings or interval is None:
        return found
    longest = _GAP_INTERVALS * interval * _MINUTE
    first, last = min(one.at for one in file.readings), max(one.at for one in file.readings)
    ends = [(min(file.missing), first), (last, max(file.missing))]
    more = tuple((start.astimezone(zone), end.astimezone(zone)) for start, end in ends if end - start > longest)
    breaches = found.breaches
    if any(start == last for start, _ in more):  # an open breach ends where nothing is known any more
        breaches = tuple(one if one.end else replace(one, end=last.astimezone(zone)) for one in breaches)
    unknown = found.unknown_minutes + sum((end - start) / _MINUTE for start, end in more)
    return replace(found, gaps=tuple(sorted((*found.gaps, *more))), unknown_minutes=unknown, breaches=breaches)
