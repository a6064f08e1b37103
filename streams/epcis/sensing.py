"""Rules of sensor data that a schema can't express (EPCIS 2.0, SensorElement; CBV 2.0; UN/CEFACT Recommendation 20)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from streams.epcis.event import StandardEvent
from streams.epcis.problem import Place, Problem
from streams.epcis.sensor import NUMERIC, OTHER_VALUES, SINGLE, SensorElement, SensorMetadata, SensorReport
from streams.epcis.values import UOM
from streams.epcis.vocabulary import MEASUREMENT

SHARED: Final = ("time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
"""Attributes that stand in the metadata or in the report, never in both (EPCIS conformance requirement TCR-53)."""
UNITS: Final[dict[str, frozenset[str]]] = {
    kind: frozenset(codes.split())
    for kind, codes in {
        "Temperature": "CEL FAH KEL A48",
        "RelativeHumidity": "P1 C62 59 NX",
        "AbsoluteHumidity": "A93 GM KMQ GP GL F16 A74",
        "Speed": "MTS KMH HM KNT FR FS 2X 2M C16 MTR2 M57 4H",
        "Acceleration": "MSK A76 K40 A73",
        "Mass": "KGM GRM MGM MC TNE DTN LBR ONZ STI LTN STN 2U DJ",
        "Length": "MTR CMT MMT KMT DMT 4H C45 INH FOT YRD SMI NMI A45 HMT",
        "Volume": "MTQ LTR MLT CMQ DMQ MMQ HLT DLT CLT GLL GLI INQ FTQ 4G",
        "Area": "MTK CMK MMK KMK HAR ARE FTK INK YDK ACR",
        "Pressure": "PAL KPA HPA MPA BAR MBR PSI PS ATM ATT HN UA F79 HBA 4K H75",
        "Illuminance": "LUX KLX P25 B60",
        "Luminance": "A24 P28 P30",
        "Time": "SEC MIN HUR DAY WEE MON ANN C26 B98 C47",
        "Angle": "DD C81 C25 D61 D62 A91 B97 M43",
        "Frequency": "HTZ KHZ MHZ A86 D29",
        "Voltage": "VLT KVT 2Z D82 B78",
        "ElectricCurrent": "AMP 4K B84 B22 A39 C39",
        "Power": "WTT KWT MAW D31 A90 BHP D80",
        "Energy": "JOU KJO 3B WHR KWH MWH GWH D32 K51 E14 D60",
    }.items()
}
"""Common codes by measurement type. A unit of another type than the measurement's is refused; Temperature is closed."""
_KNOWN: Final = frozenset().union(*UNITS.values())


def sensor_problems(event: StandardEvent, place: Place) -> Iterator[tuple[bool, Problem]]:
    """What sensor elements have wrong. True: it may stand in an event that is declared erroneous, word for word."""
    for position, element in enumerate(event.sensorElementList):
        here = (*place, "sensorElementList", position)
        if element.sensorMetadata is not None:
            yield from _metadata(element.sensorMetadata, event, (*here, "sensorMetadata"))
        for number, report in enumerate(element.sensorReport):
            at = (*here, "sensorReport", number)
            yield from _doubled(element, report, at)
            yield from _report_time(element, report, event, at)
            yield from _values(report, at)
            yield from _unit(element, report, at)


def _metadata(meta: SensorMetadata, event: StandardEvent, place: Place) -> Iterator[tuple[bool, Problem]]:
    for name in ("time", "startTime", "endTime"):
        moment = getattr(meta, name)
        if moment is not None and moment > event.eventTime:
            yield True, Problem((*place, name), "sensor_after_event", "lies after the event's eventTime")
    if meta.time is not None and (meta.startTime or meta.endTime):
        yield (
            True,
            Problem(
                (*place, "time"),
                "time_and_period",
                "stands with startTime or endTime: an observation has a time or a period",
            ),
        )
    if (meta.startTime is None) != (meta.endTime is None):
        name = "endTime" if meta.endTime is None else "startTime"
        yield True, Problem((*place, name), "period_open", "is missing: a period has a start and an end")
    if meta.startTime and meta.endTime and meta.startTime > meta.endTime:
        yield False, Problem((*place, "endTime"), "period_reversed", "lies before startTime")


def _doubled(element: SensorElement, report: SensorReport, place: Place) -> Iterator[tuple[bool, Problem]]:
    for name in SHARED if element.sensorMetadata else ():
        if getattr(element.sensorMetadata, name) is not None and getattr(report, name) is not None:
            yield (
                True,
                Problem(
                    (*place, name),
                    "sensor_attribute_doubled",
                    "stands in sensorMetadata too: give it in one of the two",
                ),
            )


def _report_time(
    element: SensorElement, report: SensorReport, event: StandardEvent, place: Place
) -> Iterator[tuple[bool, Problem]]:
    meta, here = element.sensorMetadata, (*place, "time")
    if report.time is None:
        return
    if report.time > event.eventTime:
        yield True, Problem(here, "sensor_after_event", "lies after the event's eventTime")
    if meta is None:
        return
    if (meta.startTime and report.time < meta.startTime) or (meta.endTime and report.time > meta.endTime):
        yield True, Problem(here, "time_outside_period", "lies outside the period from startTime to endTime")


def _values(report: SensorReport, place: Place) -> Iterator[tuple[bool, Problem]]:
    numbers = [name for name in NUMERIC if getattr(report, name) is not None]
    others = [name for name in OTHER_VALUES if getattr(report, name) is not None]
    if not (numbers or others or report.exception or report.rawData or report.model_extra):
        yield False, Problem(place, "nothing_measured", "has no value, no exception and no rawData: it says nothing")
    single = [name for name in SINGLE if getattr(report, name) is not None]
    if len(single) > 1:
        reason = f"stands with {single[0]}: a report has one value; give the other in a report of its own"
        yield True, Problem((*place, single[1]), "values_doubled", reason)
    if (report.percRank is None) != (report.percValue is None):
        missing = "percRank" if report.percRank is None else "percValue"
        yield (
            False,
            Problem((*place, missing), "percentile_incomplete", "is missing: percRank and percValue go together"),
        )
    if report.percRank is not None and not 0 <= report.percRank <= 100:
        yield False, Problem((*place, "percRank"), "percentile_range", "must lie from 0 to 100")
    if report.sDev is not None and report.sDev < 0:
        yield False, Problem((*place, "sDev"), "deviation_negative", "a standard deviation is never negative")
    if report.microorganism and report.chemicalSubstance:
        yield (
            True,
            Problem(
                (*place, "chemicalSubstance"),
                "substance_and_organism",
                "stands with microorganism: a report is about one",
            ),
        )
    yield from _ordered(report, place)


def _ordered(report: SensorReport, place: Place) -> Iterator[tuple[bool, Problem]]:
    known = [(name, getattr(report, name)) for name in ("minValue", "meanValue", "maxValue")]
    for (low_name, low), (high_name, high) in pairwise([(name, value) for name, value in known if value is not None]):
        if low > high:
            yield True, Problem((*place, high_name), "statistics_reversed", f"is lower than {low_name}")


def _unit(element: SensorElement, report: SensorReport, place: Place) -> Iterator[tuple[bool, Problem]]:
    here, uom = (*place, "uom"), report.uom
    numeric = any(getattr(report, name) is not None for name in NUMERIC)
    raw = report.rawData or (element.sensorMetadata and element.sensorMetadata.rawData)
    if uom is None:
        if numeric and report.type in UNITS:
            yield False, Problem(here, "uom_missing", f"is missing: a {report.type} without a unit means nothing")
        return
    if not numeric and not raw:
        yield False, Problem(here, "uom_without_value", "stands without a value that it could be the unit of")
    if not UOM.fullmatch(uom):
        yield False, Problem(here, "not_a_uom", "is not a code of UN/CEFACT Recommendation 20, such as CEL")
    elif _unfit(report.type, uom):
        yield False, Problem(here, "uom_of_another_type", f"'{uom}' is not a unit of {report.type}")


def _unfit(kind: str, uom: str) -> bool:
    """Whether a unit is one of another measurement; a temperature's is one of nothing else but vendors' types."""
    if kind in UNITS:
        return uom not in UNITS[kind] and (uom in _KNOWN or kind == "Temperature")
    return uom in UNITS["Temperature"] and kind in MEASUREMENT.terms
