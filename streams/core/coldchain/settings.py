"""What a city may set in the cold-chain stage, and the same as the decider reads it: numbers, ready to use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, field_validator

from schemas.base import Identifier, Model, PlaceCode
from schemas.consignment import CertificateType, Step
from schemas.temperature import Profile, Profiles
from streams.core.instants import DAY, HOUR, MINUTE
from streams.core.temperature.ranges import Range

Hours = Annotated[int, Field(gt=0, le=24 * 366)]
Minutes = Annotated[int, Field(ge=0, le=7 * 24 * 60)]
Certificates = dict[Step, tuple[CertificateType, ...]]

_C = CertificateType
CERTIFICATES: Final[Certificates] = {
    Step.CLEARED: (_C.CUSTOMS_DECLARATION, _C.QUARANTINE_INSPECTION),
    Step.WAREHOUSED: (_C.CUSTOMS_DECLARATION, _C.QUARANTINE_INSPECTION),
    Step.RELEASED: (_C.QUARANTINE_INSPECTION, _C.NUCLEIC_ACID_TEST, _C.DISINFECTION, _C.EXIT),
    Step.TRANSPORTED: (_C.QUARANTINE_INSPECTION,),
    Step.STORED: (_C.QUARANTINE_INSPECTION, _C.NUCLEIC_ACID_TEST, _C.DISINFECTION, _C.TRACE_CODE, _C.EXIT),
    Step.ISSUED: (_C.QUARANTINE_INSPECTION, _C.NUCLEIC_ACID_TEST, _C.DISINFECTION, _C.TRACE_CODE, _C.EXIT),
}
"""三证一码, the customs declaration and the exit certificate, each from the step on at which it must be there."""
REPORT_HOURS: Final = {
    "step_reported": 24,
    "custody_handed": 24,
    "lab_reported": 12,
    "lots_disinfected": 24,
    "lots_transformed": 24,
    "lots_returned": 24,
    "lots_destroyed": 24,
}


class ColdChainSettings(Model):
    """Duties, tolerances and bounds of the cold-chain stage; read from JSON, TOML or plain values."""

    model_config = Model.model_config | {"strict": False}

    certificates: Certificates = Field(CERTIFICATES)
    """What an imported lot must be covered by when it comes to a step. `exit` may be replaced by a recognised
    `exit_elsewhere`."""
    certificates_domestic: Certificates = Field({})
    """The same for lots that were not imported."""
    mutual_recognition: frozenset[PlaceCode] = Field(frozenset())
    """Provinces whose exit certificates count here (互认)."""
    driver_test_hours: Hours = 72
    """How old a driver's negative test may be at a handover."""
    custody_gap_minutes: Minutes = 120
    """How long goods may be between giver and taker."""
    clock_skew_minutes: Minutes = 5
    """By how much the taker's clock may be behind the giver's."""
    report_hours: dict[Identifier, Hours] = Field(REPORT_HOURS)
    """By kind of report: how soon after it happened it must be here (迟报). Kinds not named have no such duty."""
    travel_minutes: Minutes = 10
    """The least time between two facilities."""
    travel_between: dict[str, Minutes] = Field({})
    """The same for two facilities, named `one two`, in any order."""
    close_after_days: Annotated[int, Field(gt=0, le=3650)] = 14
    """Quiet days after which a consignment of which nothing is left is closed."""
    future_hours: Annotated[int, Field(gt=0, le=24 * 365)] = 24
    """How far ahead of the stage's time a message may say it happened."""
    oldest_days: Annotated[int, Field(gt=0, le=36500)] = 730
    """How long ago what is reported of a consignment may have happened."""
    event_memory_days: Annotated[int, Field(gt=0, le=3650)] = 60
    """How long drivers' tests and mended findings are remembered; older reports of them are refused."""

    @field_validator("travel_between")
    @classmethod
    def _two_facilities(cls, between: dict[str, int]) -> dict[str, int]:
        for pair in between:
            if len(pair.split()) != 2:
                raise ValueError(f"'{pair}' does not name two facilities, as in 'wh-1 wh-2'")
        return between


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Settings and profiles as decide reads them; durations in microseconds."""

    profiles: Profiles
    ranges: dict[str, Range]
    certificates: Certificates
    certificates_domestic: Certificates
    mutual_recognition: frozenset[str]
    driver_test: int
    driver_test_hours: int
    custody_gap: int
    clock_skew: int
    report: dict[str, int]
    travel: int
    travel_between: dict[tuple[str, str], int]
    close_after: int
    future: int
    oldest: int
    memory: int

    @classmethod
    def of(cls, settings: ColdChainSettings, profiles: Profiles) -> Rules:
        """The rules that these settings make."""
        return cls(
            profiles=profiles,
            ranges={name: Range.of(profile) for name, profile in profiles.items()},
            certificates=settings.certificates,
            certificates_domestic=settings.certificates_domestic,
            mutual_recognition=settings.mutual_recognition,
            driver_test=settings.driver_test_hours * HOUR,
            driver_test_hours=settings.driver_test_hours,
            custody_gap=settings.custody_gap_minutes * MINUTE,
            clock_skew=settings.clock_skew_minutes * MINUTE,
            report={kind: hours * HOUR for kind, hours in settings.report_hours.items()},
            travel=settings.travel_minutes * MINUTE,
            travel_between={
                _pair(*pair.split()): minutes * MINUTE for pair, minutes in settings.travel_between.items()
            },
            close_after=settings.close_after_days * DAY,
            future=settings.future_hours * HOUR,
            oldest=settings.oldest_days * DAY,
            memory=settings.event_memory_days * DAY,
        )

    def travel_time(self, one: str, other: str) -> int:
        """The least time between two facilities."""
        return self.travel_between.get(_pair(one, other), self.travel)

    def profile(self, name: str) -> Profile | None:
        """The profile of this name; None where the city does not have it (any more)."""
        return self.profiles.get(name)

    def unknown(self, name: str) -> int | None:
        """The longest period without readings that this profile accepts."""
        profile = self.profiles.get(name)
        return None if profile is None else profile.unknown_minutes * MINUTE


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)
