"""Sensor data of an event (EPCIS 2.0, the How dimension). Fields keep the standard's own spelling."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from streams.epcis.shape import Extensible
from streams.epcis.values import AlertType, Component, Hex, MeasurementType, Number, Time, Truth, Uri, Words

NUMERIC: Final = ("value", "minValue", "maxValue", "meanValue", "percValue")
"""Fields whose numbers are in `uom`."""
OTHER_VALUES: Final = ("stringValue", "booleanValue", "hexBinaryValue", "uriValue", "sDev")

SINGLE: Final = ("value", "stringValue", "booleanValue", "hexBinaryValue", "uriValue")
"""The value itself, in one of five types."""


class SensorMetadata(Extensible):
    """What holds for all reports of one sensor element."""

    time: Time | None = None
    startTime: Time | None = None
    endTime: Time | None = None
    deviceID: Uri | None = None
    deviceMetadata: Uri | None = None
    rawData: Uri | None = None
    dataProcessingMethod: Uri | None = None
    bizRules: Uri | None = None


class SensorReport(Extensible):
    """One observation, or a statistic over a period."""

    type: MeasurementType
    exception: AlertType | None = None
    deviceID: Uri | None = None
    deviceMetadata: Uri | None = None
    rawData: Uri | None = None
    dataProcessingMethod: Uri | None = None
    bizRules: Uri | None = None
    time: Time | None = None
    microorganism: Uri | None = None
    chemicalSubstance: Uri | None = None
    coordinateReferenceSystem: Uri | None = None
    value: Number | None = None
    component: Component | None = None
    stringValue: Words | None = None
    booleanValue: Truth | None = None
    hexBinaryValue: Hex | None = None
    uriValue: Uri | None = None
    minValue: Number | None = None
    maxValue: Number | None = None
    meanValue: Number | None = None
    sDev: Number | None = None
    percRank: Number | None = None
    percValue: Number | None = None
    uom: Words | None = None


class SensorElement(Extensible):
    """Reports that belong together."""

    sensorMetadata: SensorMetadata | None = None
    sensorReport: Annotated[tuple[SensorReport, ...], Field(strict=False, min_length=1)]
