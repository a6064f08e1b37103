"""Temperature: readings of loggers, and the profiles (温度要求) that say what a product may be exposed to."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from schemas.base import Identifier, Model, Reported, Text
from schemas.errors import USAGE, BaogongError

Celsius = Annotated[float, Field(ge=-200, le=200, allow_inf_nan=False)]
"""Degrees Celsius that a logger of goods can have measured: not 400, not NaN."""

Minutes = Annotated[int, Field(gt=0, le=7 * 24 * 60)]
"""A number of minutes of at least one, at most a week."""


class BreachKind(StrEnum):
    """Which way out of range."""

    HOT = "hot"
    COLD = "cold"


class TemperatureRead(Model):
    """One reading of a logger (温度记录); `occurred_at` is when it was measured.

    `lot_ids`: what the logger lay with; none: with the whole consignment. `interval_minutes`: the logging interval
    that the logger declares; where it is unknown it is learned from the readings.
    """

    kind: Literal["temperature_read"]
    event_id: Identifier
    occurred_at: Reported
    source: Identifier
    consignment_id: Identifier
    logger_id: Identifier
    celsius: Celsius
    interval_minutes: Minutes | None = None
    lot_ids: Annotated[tuple[Identifier, ...], Field(max_length=200, strict=False)] = ()


class Limit(Model):
    """A boundary of a profile. Out of range: beyond `celsius`, and at it too where `inclusive`.

    A breach is one event out of range for at least `minutes` (0: a single reading).
    """

    kind: Annotated[BreachKind, Field(strict=False)]
    celsius: Celsius
    inclusive: bool
    minutes: Annotated[int, Field(ge=0, le=7 * 24 * 60)]


class Profile(Model):
    """What a product may be exposed to.

    `unknown_minutes`: the longest period without readings that is accepted. `mkt`: whether the mean kinetic temperature
    means anything for it (not for frozen goods), with `activation_kj_mol` (ΔH, USP <1079.2>) in kJ/mol.
    """

    name: Identifier
    name_zh: Text
    name_en: Text
    limits: Annotated[tuple[Limit, ...], Field(max_length=8, strict=False)]
    unknown_minutes: Minutes = 60
    mkt: bool = True
    activation_kj_mol: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 83.144
    authority: Text = ""
    """Where its numbers come from."""

    @model_validator(mode="after")
    def _limits_leave_a_range(self) -> Profile:
        hot = [limit.celsius for limit in self.limits if limit.kind is BreachKind.HOT]
        cold = [limit.celsius for limit in self.limits if limit.kind is BreachKind.COLD]
        if hot and cold and min(hot) <= max(cold):
            raise ValueError("a hot limit must lie above every cold limit")
        return self


Profiles = dict[str, Profile]


def load_profiles(path: Path) -> Profiles:
    """Read a TOML file with one `[[profile]]` table each; raise BaogongError naming the file and the wrong place."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("profile", [])
        profiles = [Profile.model_validate(table) for table in tables]
    except OSError as error:
        raise BaogongError(
            f"Cannot read the temperature profiles {path}: {error.strerror}. Name a file with --profiles.", USAGE
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaogongError(f"{path} is not valid TOML: {error}.", USAGE) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BaogongError(f"{path}: profile field '{place}': {first['msg']}.", USAGE) from error
    if not profiles:
        raise BaogongError(f"{path} has no [[profile]] table.", USAGE)
    if len({profile.name for profile in profiles}) != len(profiles):
        raise BaogongError(f"{path}: two profiles have the same name; give each a name of its own.", USAGE)
    return {profile.name: profile for profile in profiles}
