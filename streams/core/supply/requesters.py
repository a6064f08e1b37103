"""Households and institutions (户, 单位): registry, class and mode, and the re-planning of their open needs."""

from __future__ import annotations

import datetime as dt
from typing import Final, assert_never

from schemas.household import (
    Group,
    HouseholdRegistered,
    InstitutionRegistered,
    Members,
    RequesterRemoved,
    Tier,
    TierChanged,
)
from schemas.request import NeedClass
from schemas.supply import DeliveryMode, NeedReplanned, RequesterLeft, RequesterRecorded
from streams.core.instants import from_us
from streams.core.supply.call import Call, refuse, utc
from streams.core.supply.settings import Rules
from streams.core.supply.state import Need, Requester

HouseholdEvent = HouseholdRegistered | InstitutionRegistered | TierChanged | RequesterRemoved

MODES: Final = {
    Tier.SEALED: DeliveryMode.DOOR,
    Tier.CONTROLLED: DeliveryMode.PICKUP,
    Tier.PRECAUTION: DeliveryMode.COLLECT,
}


def decide_household(call: Call, message: HouseholdEvent) -> None:
    """Record the requester as it is now, and plan its open needs anew."""
    match message:
        case HouseholdRegistered():
            _record(call, _household(call.rules, message))
        case InstitutionRegistered():
            _record(call, _institution(call.rules, message))
        case TierChanged():
            _record(call, _retiered(call, message))
        case RequesterRemoved():
            _known(call, message.area, message.requester_id)
            call.add(RequesterLeft(requester_id=message.requester_id, area=message.area))
        case _:
            assert_never(message)


def unknown(rules: Rules, area: str, requester_id: str) -> RequesterRecorded:
    """A requester of which nothing is known but that it asks: nobody counted, the widest tier."""
    return RequesterRecorded(
        requester_id=requester_id,
        area=area,
        grid=area,
        registered=False,
        institution=False,
        members=Members(),
        tier=Tier.PRECAUTION,
        need_class=need_class(rules, (), Tier.PRECAUTION),
        mode=MODES[Tier.PRECAUTION],
    )


def need_class(rules: Rules, groups: tuple[Group, ...], tier: Tier) -> NeedClass:
    """Class of a requester's needs, unless a request says life-threatening."""
    of_tier = NeedClass.SEALED if tier is Tier.SEALED else NeedClass.OTHER
    if not groups:
        return of_tier
    classes = {of_tier, *(rules.group_classes.get(group, of_tier) for group in groups)}
    return next(one for one in NeedClass if one in classes)


def _household(rules: Rules, message: HouseholdRegistered) -> RequesterRecorded:
    groups = tuple(sorted(message.groups))
    return RequesterRecorded(
        requester_id=message.household_id,
        area=message.area,
        grid=message.grid,
        registered=True,
        institution=False,
        members=message.members,
        groups=groups,
        tier=message.tier,
        quarantine_until=_utc(message.quarantine_until),
        need_class=need_class(rules, groups, message.tier),
        mode=MODES[message.tier],
    )


def _institution(rules: Rules, message: InstitutionRegistered) -> RequesterRecorded:
    return RequesterRecorded(
        requester_id=message.institution_id,
        area=message.area,
        grid=message.grid,
        registered=True,
        institution=True,
        members=Members(adults=message.headcount),
        tier=message.tier,
        need_class=need_class(rules, (), message.tier),
        mode=MODES[message.tier],
    )


def _retiered(call: Call, message: TierChanged) -> RequesterRecorded:
    known = _known(call, message.area, message.household_id)
    infants, children, adults, elderly = known.members
    return RequesterRecorded(
        requester_id=known.requester_id,
        area=known.area,
        grid=known.grid,
        registered=known.registered,
        institution=known.institution,
        members=Members(infants=infants, children=children, adults=adults, elderly=elderly),
        groups=known.groups,
        tier=message.tier,
        quarantine_until=_utc(message.quarantine_until),
        need_class=need_class(call.rules, known.groups, message.tier),
        mode=MODES[message.tier],
    )


def _utc(at: dt.datetime | None) -> dt.datetime | None:
    return None if at is None else utc(at)


def _known(call: Call, area: str, requester_id: str) -> Requester:
    requester = call.state.requester(area, requester_id)
    if requester is None:
        refuse("unknown_requester", "Nobody of this name is known in this area: register it first.", "household_id")
    return requester


def _record(call: Call, recorded: RequesterRecorded) -> None:
    call.add(recorded)
    for need in call.state.open_needs(recorded.area, recorded.requester_id):
        if call.room <= 0:
            return
        replan(call, need, recorded.need_class, recorded.mode, recorded.people)


def replan(call: Call, need: Need, to_class: NeedClass, mode: DeliveryMode, people: int) -> None:
    """Give a need its requester's class, mode and people (0: nobody counted); its clock runs from the first report."""
    if need.need_class is NeedClass.LIFE_THREATENING or (
        (need.need_class, need.mode) == (to_class, mode) and people in (0, need.people)
    ):
        return
    due = need.reported_at + call.rules.clock[to_class]
    counted = people if people not in (0, need.people) else None
    call.spend(NeedReplanned(need_id=need.need_id, need_class=to_class, mode=mode, due_at=from_us(due), people=counted))


def replan_stale(call: Call) -> None:
    """At a tick: needs that a record had no room for."""
    for need_id in sorted(call.state.stale)[: call.room]:
        need = call.state.needs[need_id]
        requester = call.state.requester(need.area, need.requester_id)
        if requester is not None:
            replan(call, need, requester.need_class, requester.mode, requester.people)


def members_of(requester: RequesterRecorded | Requester) -> int:
    """People to count on for a norm: one where nobody was counted."""
    members = requester.members
    return max(1, members.total if isinstance(members, Members) else sum(members))
