"""Households and institutions: registry, tiers, and the re-planning of open needs."""

from __future__ import annotations

import pytest

from schemas.household import Group, Tier
from schemas.request import NeedClass
from schemas.supply import (
    AllocationMade,
    DeliveryMode,
    NeedOpened,
    NeedOverdue,
    NeedReplanned,
    RequesterLeft,
    RequesterRecorded,
)
from streams.core.supply import SupplySettings
from tests.streams.core.supply.spec import (
    ELSEWHERE,
    GRID,
    Scene,
    at,
    filed,
    floor,
    household,
    institution,
    received,
    removed,
    tick,
    tier_changed,
)


def test_a_household_is_recorded_with_its_class_and_mode(scene: Scene) -> None:
    scene.when(household("hh-1", Group.INFANT, Group.HARDSHIP, adults=3, quarantine_until=at(200)))
    scene.then(RequesterRecorded)
    who = scene.the(RequesterRecorded)
    assert (who.registered, who.institution, who.groups) == (True, False, (Group.HARDSHIP, Group.INFANT))
    assert (who.need_class, who.mode, who.quarantine_until) == (NeedClass.CRITICAL, DeliveryMode.DOOR, at(200))


def test_an_institution_is_recorded_with_those_it_serves(scene: Scene) -> None:
    scene.when(institution("school", 40)).then(RequesterRecorded)
    assert (scene.the(RequesterRecorded).institution, scene.the(RequesterRecorded).members.total) == (True, 40)
    scene.when(filed("r1", {"milk": None}, "school"))
    assert scene.the(NeedOpened).quantity == 80


def test_a_tier_change_replans_open_needs_from_the_first_report(scene: Scene) -> None:
    scene.given(household(tier=Tier.PRECAUTION), filed("r1", reported_at=at(-5)))
    scene.when(tier_changed("hh-1", Tier.SEALED)).then(RequesterRecorded, NeedReplanned)
    plan = scene.the(NeedReplanned)
    assert (plan.need_class, plan.mode, plan.due_at) == (NeedClass.SEALED, DeliveryMode.DOOR, at(19))


def test_a_change_that_alters_no_plan_replans_nothing(scene: Scene) -> None:
    scene.given(household(tier=Tier.SEALED), filed("r1")).when(household(grid=f"{GRID}-2")).then(RequesterRecorded)
    scene.when(household("hh-2", tier=Tier.PRECAUTION)).then_nothing(NeedReplanned)


def test_more_people_are_a_larger_share(scene: Scene) -> None:
    scene.given(household(adults=2), filed("r1")).when(household(adults=7))
    assert scene.the(NeedReplanned).people == scene.state.needs["r1:rice"].people == 7


def test_a_life_threatening_need_is_never_replanned(scene: Scene) -> None:
    scene.given(household(), filed("r1", life_threatening=True))
    scene.when(tier_changed("hh-1", Tier.PRECAUTION)).then(RequesterRecorded)


def test_registering_replans_what_an_unknown_requester_asked(scene: Scene) -> None:
    scene.given(filed("r1")).when(household("hh-1", Group.DIALYSIS))
    assert scene.the(NeedReplanned).need_class is NeedClass.CRITICAL


def test_a_tier_change_keeps_what_else_is_known(scene: Scene) -> None:
    scene.given(household("hh-1", Group.DIALYSIS, adults=5)).when(tier_changed("hh-1", Tier.CONTROLLED))
    who = scene.the(RequesterRecorded)
    assert (who.members.total, who.groups, who.need_class) == (5, (Group.DIALYSIS,), NeedClass.CRITICAL)


def test_an_overdue_need_stays_overdue_with_a_longer_clock(scene: Scene) -> None:
    scene.given(household(), filed("r1")).tick(at(25))
    assert len(scene.ever(NeedOverdue)) == 1
    scene.given(tier_changed("hh-1", Tier.PRECAUTION)).tick(at(49))
    assert len(scene.ever(NeedOverdue)) == 1
    assert scene.state.needs["r1:rice"].overdue


def test_a_need_that_is_late_under_its_new_clock_is_overdue_at_once(scene: Scene) -> None:
    scene.given(household(tier=Tier.PRECAUTION), filed("r1")).tick(at(30))
    scene.given(tier_changed("hh-1", Tier.SEALED))
    assert [one.due_at for one in scene.ever(NeedOverdue)] == [at(24)]


def test_a_need_that_becomes_critical_may_have_the_reserve(scene: Scene) -> None:
    scene.given(household(), floor("rice", 5), received("a", 5), filed("r1", {"rice": 2}))
    scene.given(household("hh-1", Group.DIALYSIS))
    assert [one.rule for one in scene.ever(AllocationMade)] == ["from_reserve"]


def test_a_household_that_left_is_unknown_and_its_needs_stay(scene: Scene) -> None:
    scene.given(household(), filed("r1")).when(removed("hh-1")).then(RequesterLeft)
    scene.given(filed("r2", {"milk": 1}))
    assert not scene.ever(RequesterRecorded)[-1].registered
    assert "r1:rice" in scene.state.needs


@pytest.mark.parametrize("message", [removed("hh-1"), tier_changed("hh-1", Tier.SEALED)])
def test_nobody_is_changed_who_is_not_known_here(scene: Scene, message: object) -> None:
    scene.given(household(area=ELSEWHERE)).when(message).then_rejected("unknown_requester")


def test_groups_mean_classes_and_rations_as_settings_say() -> None:
    groups = {"infant": {"need_class": "sealed", "allowances": {"milk": "0.5"}}, "hardship": {"need_class": "critical"}}
    settings = {"groups": groups, "policy": "fair"}
    scene = Scene(SupplySettings.model_validate(settings)).given(tick())
    for name, group, kind in (("baby", Group.INFANT, NeedClass.SEALED), ("poor", Group.HARDSHIP, NeedClass.CRITICAL)):
        scene.when(household(name, group, adults=1, tier=Tier.PRECAUTION))
        assert scene.the(RequesterRecorded).need_class is kind
    scene.given(filed("r1", {"milk": 9}, "baby"), filed("r2", {"milk": 9}, "poor"), received("a", 8, "milk"))
    got = {need.requester_id: need.got for need in scene.state.needs.values()}
    assert got == {"baby": 3, "poor": 2}, "milk: 1 a person for 2 days, and 0.5 a day for the infant"
