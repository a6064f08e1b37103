"""Exposure: who received units of a lot before, or in spite of, a hold on it; their area is to contact them.

Decisions of the supply stage, in its ledger with those of `schemas.supply`.
"""

from __future__ import annotations

from typing import Literal

from schemas.base import Identifier, Instant, ItemCode, Model, PlaceCode, SomeUnits, Text


class ContactDutyOpened(Model):
    """A requester received units of a lot that is held: its area is to contact it by `due_at`.

    One duty for each hold, lot and requester, with all that it received of the lot until then.
    """

    type: Literal["contact_duty_opened"] = "contact_duty_opened"
    duty_id: Identifier
    hold_id: Identifier
    lot_id: Identifier
    item: ItemCode
    consignment_id: Identifier | None = None
    requester_id: Identifier
    area: PlaceCode
    grid: PlaceCode
    quantity: SomeUnits
    delivered_at: Instant
    """The last delivery of them."""
    opened_at: Instant
    due_at: Instant


class ContactDutyRaised(Model):
    """More of the lot was delivered although it is held; who was contacted before is to be contacted again."""

    type: Literal["contact_duty_raised"] = "contact_duty_raised"
    duty_id: Identifier
    requester_id: Identifier
    lot_id: Identifier
    more: SomeUnits
    quantity: SomeUnits
    """All that it received of the lot, these included."""
    delivered_at: Instant
    due_at: Instant


class ContactOverdue(Model):
    """Nobody has said by `due_at` that the requester was contacted."""

    type: Literal["contact_overdue"] = "contact_overdue"
    duty_id: Identifier
    requester_id: Identifier
    area: PlaceCode
    due_at: Instant


class ContactDutyEnded(Model):
    """Contacted (`by` says so), or the hold was lifted."""

    type: Literal["contact_duty_ended"] = "contact_duty_ended"
    duty_id: Identifier
    requester_id: Identifier
    reason: Literal["contacted", "lifted"]
    by: Identifier | None = None
    outcome: Text = ""
