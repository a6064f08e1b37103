"""Tests of drivers who carry cold-chain goods across borders. Every partition gets every test, like a hold."""

from __future__ import annotations

from typing import Literal

from schemas.base import Identifier, Model, Reported
from schemas.consignment import LabResult


class DriverTested(Model):
    """A driver's nucleic acid test (核酸检测); `occurred_at` is when the sample was taken.

    No area and no consignment: it goes to all partitions.
    """

    kind: Literal["driver_tested"]
    event_id: Identifier
    occurred_at: Reported
    source: Identifier
    driver_id: Identifier
    result: LabResult


DriverMessage = DriverTested
