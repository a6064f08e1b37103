"""What a city may set in the supply stage, and the same as the decider reads it: numbers, ready to use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from schemas.base import ItemCode, Model
from schemas.household import Group
from schemas.item import Catalogue
from schemas.request import NeedClass
from streams.core.fields import ByClass, ZoneName
from streams.core.instants import DAY, HOUR, MINUTE, day_start, local_day
from streams.core.supply.norms import Norms
from streams.core.supply.policy import Policy
from streams.core.supply.policy_fair import FAIR, POLICIES
from streams.core.transfers.settings import NO_ROADS, Roads

Hours = Annotated[int, Field(gt=0, le=24 * 60)]

_LIFE, _CRITICAL, _SEALED, _OTHER = NeedClass
CLOCK_HOURS: Final = {_LIFE: 4, _CRITICAL: 8, _SEALED: 24, _OTHER: 48}
DISPATCH_HOURS: Final = {_LIFE: 2, _CRITICAL: 4, _SEALED: 12, _OTHER: 24}
CRITICAL_GROUPS: Final = frozenset(
    {Group.DIALYSIS, Group.CHRONIC_MEDICATION, Group.INFANT, Group.PREGNANT, Group.DISABLED, Group.ELDERLY_ALONE}
)


PolicyName = Literal["priority", "fair", "projected"]


class GroupRule(Model):
    """What belonging to a group (特殊群体) means: the class of its needs, and more of some items for each day.

    `allowances`: units by item, for a household and day, on top of the ration norm.
    """

    model_config = Model.model_config | {"strict": False}

    need_class: Literal["critical", "sealed", "other"] | None = None
    """None: critical for the `critical_groups`, else that of the tier."""
    allowances: dict[ItemCode, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)


GROUP_CLASSES: Final = {Group.HARDSHIP: NeedClass.SEALED, Group.MEDICAL_TRIP: NeedClass.CRITICAL}
"""Unless settings say otherwise."""


class SupplySettings(Model):
    """Clocks, waves and bounds of the supply stage; read from JSON, TOML or plain values."""

    model_config = Model.model_config | {"strict": False}

    clock_hours: ByClass[Hours] = Field(CLOCK_HOURS)
    """From the first report until a need is overdue."""
    dispatch_hours: ByClass[Hours] = Field(DISPATCH_HOURS)
    """From the order until a dispatch without confirmation is overdue."""
    contact_hours: Hours = 4
    """From the listing of who received units of a held lot until its contact duty is overdue."""
    critical_groups: frozenset[Group] = Field(CRITICAL_GROUPS)
    groups: dict[Group, GroupRule] = Field(default_factory=dict)
    """What else groups mean; the most pressing of a household's classes counts."""
    policy: PolicyName = "fair"
    """How scarce stock is shared (see `policy`, `policy_fair`)."""
    policies: dict[str, PolicyName] = Field(default_factory=dict)
    """The same for single categories of the catalogue."""
    ration_norms: bool = True
    """Whether norms of the catalogue bind what a household may draw of an item while it is scarce."""
    starve_hours: Hours = 72
    """Who has got nothing for so long comes right after life-threatening needs, for one unit."""
    timezone: ZoneName = "Asia/Shanghai"
    """Where a day begins and ends: what expires, expires at its last midnight."""
    wave_minutes: Annotated[int, Field(gt=0, le=24 * 60)] = 10
    """Bags leave together at multiples of this; life-threatening needs never wait for one."""
    chunk: Annotated[int, Field(gt=0, le=10_000)] = 256
    """Allocations, releases, dispatch lines and the like in one record; the rest follows in ticks at once."""
    bag_lines: Annotated[int, Field(gt=0, le=1000)] = 200
    """Lines of one dispatch (a confirmation takes at most 1000)."""
    skipped_limit: Annotated[int, Field(ge=0, le=100)] = 16
    """Lots passed over that one allocation names."""
    event_memory_days: Annotated[int, Field(gt=0, le=3650)] = 60
    """How long event ids are remembered; an older event is refused."""
    future_hours: Annotated[int, Field(gt=0, le=24 * 365)] = 24
    """How far ahead of the stage's time a message may say it happened."""


def _group_classes(settings: SupplySettings) -> dict[Group, NeedClass]:
    said = {group: NeedClass(rule.need_class) for group, rule in settings.groups.items() if rule.need_class}
    return dict.fromkeys(settings.critical_groups, NeedClass.CRITICAL) | GROUP_CLASSES | said


def _allowances(settings: SupplySettings) -> dict[tuple[str, str], Decimal]:
    return {(group, item): units for group, rule in settings.groups.items() for item, units in rule.allowances.items()}


def _substitutes(catalogue: Catalogue) -> dict[str, list[tuple[str, Fraction]]]:
    return {
        code: [(one.item, Fraction(one.rate)) for one in item.substitutes]
        for code, item in catalogue.items()
        if item.substitutes
    }


def _stands_in(catalogue: Catalogue) -> dict[str, list[tuple[str, Fraction]]]:
    """By substitute, the items that it stands in for."""
    found: dict[str, list[tuple[str, Fraction]]] = {}
    for code, substitutes in _substitutes(catalogue).items():
        for other, rate in substitutes:
            found.setdefault(other, []).append((code, rate))
    return found


def unknown_to(settings: SupplySettings, catalogue: Catalogue) -> tuple[tuple[str, ...], str] | None:
    """The first place in the settings that speaks of what the catalogue does not have, and why it is wrong."""
    categories = {item.category for item in catalogue.values()}
    for category in settings.policies:
        if category not in categories:
            return ("policies", category), f"no item of the catalogue is of the category '{category}'"
    for group, rule in settings.groups.items():
        for item in rule.allowances:
            if item not in catalogue:
                return ("groups", group.value, "allowances", item), f"the item '{item}' is not in the catalogue"
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Settings and catalogue as decide reads them; durations in microseconds."""

    catalogue: Catalogue
    clock: dict[NeedClass, int]
    dispatch: dict[NeedClass, int]
    contact: int
    group_classes: dict[Group, NeedClass]
    zone: ZoneInfo
    wave: int
    chunk: int
    bag_lines: int
    skipped_limit: int
    memory: int
    future: int
    starve: int
    substitutes: dict[str, list[tuple[str, Fraction]]]
    stands_in: dict[str, list[tuple[str, Fraction]]]
    norms: Norms
    norms_bind: bool
    policies: dict[str, Policy]
    ahead: frozenset[str]
    """Items whose policy looks ahead."""
    roads: Roads

    @classmethod
    def of(
        cls, settings: SupplySettings, catalogue: Catalogue, policy: Policy | None = None, roads: Roads = NO_ROADS
    ) -> Rules:
        """The rules that these settings make; `policy` instead of all that they choose; without roads no transfers."""
        chosen = {code: settings.policies.get(item.category, settings.policy) for code, item in catalogue.items()}
        policies = {code: policy or POLICIES[name] for code, name in chosen.items()}
        return cls(
            catalogue=catalogue,
            clock={need_class: hours * HOUR for need_class, hours in settings.clock_hours.items()},
            dispatch={need_class: hours * HOUR for need_class, hours in settings.dispatch_hours.items()},
            contact=settings.contact_hours * HOUR,
            group_classes=_group_classes(settings),
            zone=ZoneInfo(settings.timezone),
            wave=settings.wave_minutes * MINUTE,
            chunk=settings.chunk,
            bag_lines=settings.bag_lines,
            skipped_limit=settings.skipped_limit,
            memory=settings.event_memory_days * DAY,
            future=settings.future_hours * HOUR,
            starve=settings.starve_hours * HOUR,
            substitutes=_substitutes(catalogue),
            stands_in=_stands_in(catalogue),
            norms=Norms(catalogue, _allowances(settings)),
            norms_bind=settings.ration_norms,
            policies=policies,
            ahead=frozenset(code for code, each in policies.items() if each.looks_ahead),
            roads=roads,
        )

    def policy(self, item: str) -> Policy:
        """The policy of an item; fair for one that has left the catalogue."""
        return self.policies.get(item, FAIR)

    def day(self, us: int) -> int:
        """Ordinal of the local day of a time."""
        return local_day(us, self.zone)

    def day_start(self, ordinal: int) -> int:
        """When a local day begins."""
        return day_start(ordinal, self.zone)

    def next_wave(self, us: int) -> int:
        """The first wave after a time."""
        return (us // self.wave + 1) * self.wave
