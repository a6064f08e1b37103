"""Fields that the settings of several stages have."""

from __future__ import annotations

from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from schemas.request import NeedClass

_Hours = TypeVar("_Hours")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("not a time zone of the tz database, such as Asia/Shanghai") from error
    return name


def _every_class(hours: dict[NeedClass, _Hours]) -> dict[NeedClass, _Hours]:
    if missing := [need_class.value for need_class in NeedClass if need_class not in hours]:
        raise ValueError(f"no hours for class {', '.join(missing)}")
    return hours


ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""A time zone of the tz database."""
ByClass = Annotated[dict[NeedClass, _Hours], AfterValidator(_every_class)]
"""Something for every class of needs."""
