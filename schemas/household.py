"""Households and institutions: who may ask for supplies, how they may be reached, what they need looked after.

Personal data has a model and topic of its own (`ContactRecorded`) and never enters a ledger.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Instant, Message, Model, PlaceCode, Text

HeadCount = Annotated[int, Field(ge=0, le=1_000_000)]


class Tier(StrEnum):
    """Control tier (分级管控) of a household's place; it sets delivery mode and clock."""

    SEALED = "sealed"
    """封控: nobody leaves; supplies are brought to the door (服务上门)."""
    CONTROLLED = "controlled"
    """管控: staggered pick-up (错峰取物)."""
    PRECAUTION = "precaution"
    """防范."""


class Group(StrEnum):
    """Special needs (特殊群体) looked after by name."""

    ELDERLY_ALONE = "elderly_alone"
    """独居老人."""
    DISABLED = "disabled"
    """残疾人."""
    INFANT = "infant"
    """婴幼儿."""
    PREGNANT = "pregnant"
    """孕产妇."""
    CHRONIC_MEDICATION = "chronic_medication"
    """慢性病用药."""
    DIALYSIS = "dialysis"
    """透析."""
    HARDSHIP = "hardship"
    """困难群众."""
    MEDICAL_TRIP = "medical_trip"
    """外出就医."""


class InstitutionKind(StrEnum):
    """Institutions whose protective and treatment supplies count like daily necessities."""

    HOSPITAL = "hospital"
    ISOLATION_HOTEL = "isolation_hotel"
    TEST_POINT = "test_point"
    CHECKPOINT = "checkpoint"
    SCHOOL = "school"
    OTHER = "other"


class Members(Model):
    """How many people live here, by age band."""

    infants: HeadCount = 0
    """Under 3 years."""
    children: HeadCount = 0
    """3 to 17 years."""
    adults: HeadCount = 0
    """18 to 64 years."""
    elderly: HeadCount = 0
    """65 years and older."""

    @property
    def total(self) -> int:
        """All people of the household; 0 where nothing is known."""
        return self.infants + self.children + self.adults + self.elderly


class HouseholdRegistered(Message):
    """A household (pseudonym only) with its place, people and needs; a later one replaces it."""

    kind: Literal["household_registered"]
    household_id: Identifier
    grid: PlaceCode
    members: Members
    groups: frozenset[Group] = frozenset()
    tier: Tier
    quarantine_from: Instant | None = None
    quarantine_until: Instant | None = None


class InstitutionRegistered(Message):
    """An institution with the number of people it serves."""

    kind: Literal["institution_registered"]
    institution_id: Identifier
    grid: PlaceCode
    institution: InstitutionKind
    headcount: HeadCount
    tier: Tier = Tier.PRECAUTION


class TierChanged(Message):
    """A household's tier changed: its open needs are re-planned (mode and clock)."""

    kind: Literal["tier_changed"]
    household_id: Identifier
    tier: Tier
    quarantine_until: Instant | None = None


class RequesterRemoved(Message):
    """A household or institution left this area; its open needs stay until delivered or cancelled."""

    kind: Literal["requester_removed"]
    requester_id: Identifier
    reason: Text = ""


class HouseholdContacted(Message):
    """A household or institution was told of what it received from a held lot; ends the contact duty.

    `duty_id` names one duty, `hold_id` all of the requester under that hold; neither: all that are open for it here.
    """

    kind: Literal["household_contacted"]
    requester_id: Identifier
    hold_id: Identifier | None = None
    duty_id: Identifier | None = None
    outcome: Text
    """What came of it (returned, thrown away, eaten, tested): never personal data."""


HouseholdMessage = Annotated[
    HouseholdRegistered | InstitutionRegistered | TierChanged | RequesterRemoved | HouseholdContacted,
    Field(discriminator="kind"),
]


class ContactRecorded(Message):
    """Personal data of a household: on a topic of its own that no stage reads."""

    kind: Literal["contact_recorded"]
    household_id: Identifier
    name: Text
    phone: Text
    door: Text
