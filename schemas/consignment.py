"""Cold-chain records (冷链记录) of a consignment: declaration, steps, certificates, custody, tests, fate of its lots.

A report that concerns lots of several consignments is sent once to each of them, each time with all lots.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, ItemCode, Model, PlaceCode, Reported, SomeUnits, Text
from schemas.temperature import TemperatureRead

LotIds = Annotated[tuple[Identifier, ...], Field(max_length=200, strict=False)]
SomeLotIds = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=200, strict=False)]


class Step(StrEnum):
    """Where a consignment can be on its way, in order (design section 9)."""

    DECLARED = "declared"
    CLEARED = "cleared"
    """Customs released it (海关放行)."""
    WAREHOUSED = "warehoused"
    """Entered a supervised warehouse (集中监管仓)."""
    TESTED = "tested"
    DISINFECTED = "disinfected"
    RELEASED = "released"
    """Left the supervised warehouse with its exit certificate (出仓证明)."""
    TRANSPORTED = "transported"
    STORED = "stored"
    ISSUED = "issued"


class CertificateType(StrEnum):
    """三证一码 and what belongs to it."""

    CUSTOMS_DECLARATION = "customs_declaration"
    QUARANTINE_INSPECTION = "quarantine_inspection"
    """入境货物检验检疫证明."""
    NUCLEIC_ACID_TEST = "nucleic_acid_test"
    DISINFECTION = "disinfection"
    TRACE_CODE = "trace_code"
    """追溯码."""
    EXIT = "exit"
    """出仓证明 of a supervised warehouse of this province."""
    EXIT_ELSEWHERE = "exit_elsewhere"
    """That of another province; counts where mutual recognition (互认) is agreed with it."""


class LabResult(StrEnum):
    """What a laboratory found."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    INCONCLUSIVE = "inconclusive"


class ConsignmentMessage(Model):
    """A fact about one consignment (冷链批次); `consignment_id` keys the topic."""

    event_id: Identifier
    occurred_at: Reported
    source: Identifier
    consignment_id: Identifier


class DeclaredLot(Model):
    """A lot of a consignment as declared, in units of its item."""

    lot_id: Identifier
    item: ItemCode
    quantity: SomeUnits
    expires_on: dt.date | None = None


class LotQuantity(Model):
    """So many units of a lot."""

    lot_id: Identifier
    quantity: SomeUnits


class ConsignmentDeclared(ConsignmentMessage):
    """A consignment is announced. `profile` names the temperature profile that it must be kept in.

    `imported` False: grown here, so the rules of imports (customs, supervised warehouse, tests) do not apply.
    """

    kind: Literal["consignment_declared"]
    profile: Identifier
    imported: bool = True
    origin: Text = ""
    importer: Identifier | None = None
    lots: Annotated[tuple[DeclaredLot, ...], Field(min_length=1, max_length=200, strict=False)]


class StepReported(ConsignmentMessage):
    """Lots (none named: all of the consignment) came to a step, at a facility.

    `quantities`: what was counted there, lot by lot, where it was counted.
    """

    kind: Literal["step_reported"]
    step: Literal[Step.CLEARED, Step.WAREHOUSED, Step.RELEASED, Step.TRANSPORTED, Step.STORED, Step.ISSUED]
    facility: Identifier
    lot_ids: LotIds = ()
    quantities: Annotated[tuple[LotQuantity, ...], Field(max_length=200, strict=False)] = ()
    to_area: PlaceCode | None = None
    """For issued: the supply area that gets them."""


class CertificateIssued(ConsignmentMessage):
    """A certificate covers lots (none named: all of the consignment) from `valid_from` until `valid_until`."""

    kind: Literal["certificate_issued"]
    certificate_id: Identifier
    type: CertificateType
    issuer: Identifier
    province: PlaceCode | None = None
    """Province of the issuer, needed for exit_elsewhere."""
    valid_from: Reported
    valid_until: Reported | None = None
    lot_ids: LotIds = ()


class CustodyHanded(ConsignmentMessage):
    """A handover (交接): both parties' times and the seal number as each of them found it."""

    kind: Literal["custody_handed"]
    from_party: Identifier
    to_party: Identifier
    given_at: Reported
    taken_at: Reported
    seal_given: Identifier | None = None
    seal_found: Identifier | None = None
    facility: Identifier | None = None
    driver_id: Identifier | None = None
    vehicle: Identifier | None = None
    lot_ids: LotIds = ()
    quantities: Annotated[tuple[LotQuantity, ...], Field(max_length=200, strict=False)] = ()


class LabReported(ConsignmentMessage):
    """A laboratory's result of a sample of lots (none named: of the consignment as a whole)."""

    kind: Literal["lab_reported"]
    sample_id: Identifier
    laboratory: Identifier
    result: LabResult
    sampled_at: Reported
    lot_ids: LotIds = ()


class LotsDisinfected(ConsignmentMessage):
    """A disinfection (预防性全面消毒). `lot_ids` are all that were treated together, of other consignments too.

    None named: all of the consignment.
    """

    kind: Literal["lots_disinfected"]
    batch_id: Identifier
    facility: Identifier
    agent: Text = ""
    lot_ids: LotIds = ()


class LotsAggregated(ConsignmentMessage):
    """Lots or smaller packages (children) are put into a pallet or container, or taken out (EPCIS AggregationEvent)."""

    kind: Literal["lots_aggregated"]
    action: Literal["add", "delete"]
    parent_id: Identifier
    child_ids: SomeLotIds


class LotsTransformed(ConsignmentMessage):
    """Lots became other lots (cut, repacked; EPCIS TransformationEvent): the inputs are used up by so much."""

    kind: Literal["lots_transformed"]
    inputs: Annotated[tuple[LotQuantity, ...], Field(min_length=1, max_length=200, strict=False)]
    outputs: Annotated[tuple[DeclaredLot, ...], Field(min_length=1, max_length=200, strict=False)]
    facility: Identifier | None = None


class LotsObserved(ConsignmentMessage):
    """Lots (none named: all) were seen at a facility."""

    kind: Literal["lots_observed"]
    facility: Identifier
    lot_ids: LotIds = ()


class LotsReturned(ConsignmentMessage):
    """Lots went back to where they came from (退运)."""

    kind: Literal["lots_returned"]
    quantities: Annotated[tuple[LotQuantity, ...], Field(min_length=1, max_length=200, strict=False)]
    to_party: Identifier
    reason: Text


class LotsDestroyed(ConsignmentMessage):
    """Lots were destroyed (销毁)."""

    kind: Literal["lots_destroyed"]
    quantities: Annotated[tuple[LotQuantity, ...], Field(min_length=1, max_length=200, strict=False)]
    facility: Identifier
    reason: Text


class ReportWithdrawn(ConsignmentMessage):
    """An earlier report was wrong (EPCIS error declaration): it does not count any more.

    `corrected_by`: event ids of the reports that stand for it.
    """

    kind: Literal["report_withdrawn"]
    withdrawn_event_id: Identifier
    reason: Text
    corrected_by: Annotated[tuple[Identifier, ...], Field(max_length=20, strict=False)] = ()


class CheckWaived(ConsignmentMessage):
    """Somebody with the authority to do so lets a failed check stand without its hold; `source` is that somebody."""

    kind: Literal["check_waived"]
    check_id: Identifier
    reason: Text


ConsignmentFact = Annotated[
    ConsignmentDeclared
    | StepReported
    | CertificateIssued
    | CustodyHanded
    | LabReported
    | LotsDisinfected
    | LotsAggregated
    | LotsTransformed
    | LotsObserved
    | LotsReturned
    | LotsDestroyed
    | ReportWithdrawn
    | CheckWaived,
    Field(discriminator="kind"),
]
"""All that may be reported of a consignment, but for readings."""

ColdChainMessage = Annotated[
    ConsignmentDeclared
    | StepReported
    | CertificateIssued
    | CustodyHanded
    | LabReported
    | LotsDisinfected
    | LotsAggregated
    | LotsTransformed
    | LotsObserved
    | LotsReturned
    | LotsDestroyed
    | ReportWithdrawn
    | CheckWaived
    | TemperatureRead,
    Field(discriminator="kind"),
]
