"""Sensor reports become readings: temperatures, in degrees Celsius, one a message. The others are kept out and said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from streams.epcis.mapping.event_view import View
from streams.epcis.mapping.facts import Draft
from streams.epcis.names import name_of, own_fields
from streams.epcis.problem import Place, Problem
from streams.epcis.sensor import SensorElement, SensorReport

_ZERO_KELVIN: Final = -273.15


def readings(view: View, lots: list[str]) -> Iterator[Draft | Problem]:
    """A draft for each temperature, a problem for each report that is none or can't be one."""
    for position, element in enumerate(view.event.sensorElementList):
        for number, report in enumerate(element.sensorReport):
            place = (*view.place, "sensorElementList", position, "sensorReport", number)
            if reason := _kept_out(report):
                yield Problem(place, "kept_out", reason)
                continue
            yield _reading(view, element, report, lots, (place, f"{position}-{number}"))


def _kept_out(report: SensorReport) -> str | None:
    if report.type != "Temperature":
        return f"{report.type} is not recorded here: only temperatures are"
    if report.exception == "ERROR_CONDITION":
        return "the sensor itself says that it is in error: not taken as a reading"
    if report.value is None:
        return "has no single value at one time: a statistic or a reference is not a reading"
    return None


def _reading(
    view: View, element: SensorElement, report: SensorReport, lots: list[str], at: tuple[Place, str]
) -> Draft | Problem:
    place, number = at
    meta = element.sensorMetadata
    device = report.deviceID or (meta.deviceID if meta else None)
    logger = name_of(device) if device else view.facility
    if logger is None:
        return Problem(place, "no_device", "says neither deviceID nor where it was measured: whose reading is it?")
    own = own_fields(report.model_extra, view.checked.scope)
    shared = own_fields(meta.model_extra, view.checked.scope) if meta else {}
    body = {
        "occurred_at": _moment(view, element, report).isoformat(),
        "logger_id": logger,
        "celsius": celsius(float(report.value or 0), report.uom or ""),
        "lot_ids": [lot for lot in lots if lot != logger],
    }
    if "intervalMinutes" in shared:
        body["interval_minutes"] = shared["intervalMinutes"]
    if "event" in own:
        body["event_id"] = str(own["event"])
    return Draft("temperature_read", f"reading-{number}", body, place)


def _moment(view: View, element: SensorElement, report: SensorReport) -> dt.datetime:
    meta = element.sensorMetadata
    return report.time or (meta and (meta.time or meta.endTime)) or view.event.eventTime


def celsius(value: float, uom: str) -> float:
    """A temperature in degrees Celsius, from the codes of UN/CEFACT Recommendation 20."""
    if uom == "FAH":
        return round((value - 32) / 1.8, 6)
    if uom == "KEL":
        return round(value + _ZERO_KELVIN, 6)
    return round(value / 1.8 + _ZERO_KELVIN, 6) if uom == "A48" else value
