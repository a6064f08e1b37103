"""What a city may set about transfers between areas, and the same as the deciders read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from schemas.base import Identifier, Model, PlaceCode
from schemas.request import NeedClass
from schemas.transfers import Km
from streams.core.fields import ByClass, ZoneName
from streams.core.instants import HOUR, MINUTE, local_day

_LIFE, _CRITICAL, _SEALED, _OTHER = NeedClass
ESCALATE_HOURS: Final = {_LIFE: 0, _CRITICAL: 2, _SEALED: 6, _OTHER: 12}
SETTLE: Final = MINUTE
"""Areas report their standing at multiples of a round's length; the round itself is so much later."""
Hours = Annotated[int, Field(ge=0, le=24 * 60)]


class TransferSettings(Model):
    """The table `[transfers]` of the rules file; without `distances`, transfers are off."""

    model_config = Model.model_config | {"strict": False}

    distances: dict[PlaceCode, dict[PlaceCode, Km | Literal["none"]]] = Field(default_factory=dict)
    """Kilometres by road from area to area, each pair once, the same both ways; "none": no road."""
    warehouses: dict[PlaceCode, Identifier] = Field(default_factory=dict)
    """Where transfers to an area go; else the first of its warehouses by name."""
    escalate_hours: ByClass[Hours] = Field(ESCALATE_HOURS)
    """From the first report until what an area can't fill is the city's to find."""
    round_minutes: Annotated[int, Field(gt=0, le=24 * 60)] = 30
    """Areas say how they stand, and the city weighs it, at most so often."""
    keep_hours: Annotated[int, Field(ge=0, le=24)] = 24
    """An area keeps what is usually asked there in so many hours, on top of its reserve floor."""
    ship_hours: Hours = 4
    """From the order until goods must be on their way."""
    speed_kmh: Annotated[int, Field(gt=0, le=120)] = 30
    unload_hours: Hours = 2
    """From the arrival until they must be received."""
    lots_limit: Annotated[int, Field(gt=0, le=200)] = 32
    """Lots that one standing names."""
    timezone: ZoneName = "Asia/Shanghai"
    chunk: Annotated[int, Field(gt=0, le=10_000)] = 256
    """Orders of one record, about; the rest of a round follows in ticks at once."""


def wrong_distance(settings: TransferSettings) -> tuple[tuple[str, ...], str] | None:
    """The first place of the settings at which distances don't make a map, and why."""
    rows = settings.distances
    areas = sorted(set(rows) | {area for row in rows.values() for area in row})
    for area, row in rows.items():
        for other, way in row.items():
            if other == area:
                return ("distances", area, other), "an area has no distance to itself"
            back = rows.get(other, {}).get(area, way)
            if back != way:
                return ("distances", area, other), f"{way} here, but {back} from {other} to {area}: say it once"
        for other in areas:
            if other != area and other not in row and area not in rows.get(other, {}):
                return ("distances", area), f'no distance to {other}: say kilometres, or "none" where there is no road'
    for one in areas:
        for other in areas:
            if one != other and one not in rows and other not in rows:
                return ("distances",), f"no distance between {one} and {other}"
    for area in settings.warehouses:
        if area not in areas:
            return ("warehouses", area), f"the area '{area}' is not among the distances"
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Settings as they are read; durations in microseconds. `off`: no area can get anything from another."""

    ways: dict[tuple[str, str], int]
    warehouses: dict[str, str]
    escalate: dict[NeedClass, int]
    round: int
    keep: int
    ship: int
    speed: int
    unload: int
    lots_limit: int
    zone: ZoneInfo
    chunk: int
    off: bool = field(init=False)

    def __post_init__(self) -> None:
        """`off` follows from the ways, also where they are replaced; kept, since every change of stock asks for it."""
        object.__setattr__(self, "off", not self.ways)

    @classmethod
    def of(cls, settings: TransferSettings) -> Roads:
        """From settings that were checked."""
        ways = {}
        for area, row in settings.distances.items():
            for other, way in row.items():
                if way != "none":
                    ways[area, other] = ways[other, area] = way
        return cls(
            ways=ways,
            warehouses=dict(settings.warehouses),
            escalate={need_class: hours * HOUR for need_class, hours in settings.escalate_hours.items()},
            round=settings.round_minutes * MINUTE,
            keep=settings.keep_hours * HOUR,
            ship=settings.ship_hours * HOUR,
            speed=settings.speed_kmh,
            unload=settings.unload_hours * HOUR,
            lots_limit=settings.lots_limit,
            zone=ZoneInfo(settings.timezone),
            chunk=settings.chunk,
        )

    def km(self, source: str, destination: str) -> int | None:
        """Kilometres between two areas; None: no road."""
        return self.ways.get((source, destination))

    def deadline(self, at: int, km: int) -> int:
        """When goods that are ordered at a time must have been received."""
        return at + self.ship + -(-km * HOUR // self.speed) + self.unload

    def arrives(self, at: int) -> Callable[[int], int]:
        """The ordinal of the local day of that, by kilometres."""
        return lambda km: local_day(self.deadline(at, km), self.zone)

    def next_report(self, last: int) -> int:
        """When areas may say again how they stand, after they did at a time."""
        return (last // self.round + 1) * self.round

    def next_round(self, since: int) -> int:
        """When the city weighs what is known since a time."""
        return ((since - SETTLE) // self.round + 1) * self.round + SETTLE


NO_ROADS: Final = Roads.of(TransferSettings())
