"""A consignment's story as an EPCIS 2.0 document: one event a report, readings gathered by logger.

What the standard has no field for stands in fields of our own, so that publishing the document says the same again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from schemas.consignment import ColdChainMessage, ConsignmentFact, ReportWithdrawn
from schemas.temperature import TemperatureRead
from streams.epcis.context import STANDARD
from streams.epcis.export_facts import Json, body_of
from streams.epcis.names import CONSIGNMENT, DEVICE, EVENT, NAMESPACE, PREFIX, own_uri, uri_of
from streams.epcis.text import LIMIT

REPORTS_EACH: Final = 500
"""Readings of one event."""
_REASONS: Final = ("did_not_occur", "incorrect_data")


def story(consignment: str, reports: Sequence[ColdChainMessage], created: dt.datetime) -> Json:
    """The document of all reports that counted, in their order; what was withdrawn is followed by its declaration."""
    return _document(consignment, _events(reports), created)


def stories(
    consignment: str, reports: Sequence[ColdChainMessage], created: dt.datetime, limit: int = LIMIT // 2
) -> Iterator[Json]:
    """The story as documents, each small enough to be taken in again (`limit`: bytes of its events, unindented)."""
    part, size = list[Json](), 0
    for event in _events(reports):
        more = len(json.dumps(event, ensure_ascii=False).encode())
        if part and size + more > limit:
            yield _document(consignment, part, created)
            part, size = [], 0
        part.append(event)
        size += more
    yield _document(consignment, part, created)


def _events(reports: Sequence[ColdChainMessage]) -> list[Json]:
    facts = [one for one in reports if not isinstance(one, TemperatureRead)]
    readings = [one for one in reports if isinstance(one, TemperatureRead)]
    known = {one.event_id: one for one in reports}
    return sorted([*(_event(one, known) for one in facts), *_sensed(readings)], key=_moment)


def _document(consignment: str, events: Sequence[Json], created: dt.datetime) -> Json:
    return {
        "@context": [STANDARD, {PREFIX: NAMESPACE}],
        "id": own_uri(consignment, "story"),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created.isoformat(),
        "epcisBody": {"eventList": list(events)},
    }


def _moment(event: Json) -> dt.datetime:
    """When it happened; a declaration of error when it was declared, so that it follows what it takes back."""
    declared = event.get("errorDeclaration")
    return dt.datetime.fromisoformat(declared["declarationTime"] if declared else event["eventTime"])


def _event(report: ConsignmentFact, known: dict[str, ColdChainMessage]) -> Json:
    if isinstance(report, ReportWithdrawn):
        return _declaration(report, known.get(report.withdrawn_event_id))
    return _said(report)


def _said(report: ConsignmentFact) -> Json:
    """The event of a fact; a transformation has no action."""
    event = _common(report, report.event_id, report.kind) | body_of(report)
    if event["type"] == "TransformationEvent":
        del event["action"]
    return event


def _common(report: ColdChainMessage, event_id: str, kind: str) -> Json:
    return {
        "type": "ObjectEvent",
        "eventID": own_uri(event_id, EVENT),
        "eventTime": report.occurred_at.isoformat(),
        "eventTimeZoneOffset": offset(report.occurred_at),
        "action": "OBSERVE",
        "bizTransactionList": [{"bizTransaction": own_uri(report.consignment_id, CONSIGNMENT)}],
        f"{PREFIX}:report": kind,
        f"{PREFIX}:source": report.source,
    }


def _declaration(report: ReportWithdrawn, wrong: ColdChainMessage | None) -> Json:
    """The wrong event again, with the declaration; where it isn't known any more, an event of nothing but its id."""
    if wrong is None or isinstance(wrong, ReportWithdrawn):
        objects = {"epcList": [own_uri(report.consignment_id, CONSIGNMENT)]}
        event = _common(report, report.withdrawn_event_id, "temperature_read") | objects
    elif isinstance(wrong, TemperatureRead):
        event = _sensor_event([wrong]) | {"eventID": own_uri(wrong.event_id, EVENT)}
    else:
        event = _said(wrong)
    event["errorDeclaration"] = {
        "declarationTime": report.occurred_at.isoformat(),
        **({"reason": report.reason} if report.reason in _REASONS else {}),
        "correctiveEventIDs": [own_uri(one, EVENT) for one in report.corrected_by],
        f"{PREFIX}:event": report.event_id,
        f"{PREFIX}:source": report.source,
        f"{PREFIX}:reason": report.reason,
    }
    return event


def _sensed(readings: Sequence[TemperatureRead]) -> Iterator[Json]:
    """One event for up to REPORTS_EACH readings of a logger that lay with the same lots."""
    groups: dict[tuple[Any, ...], list[TemperatureRead]] = defaultdict(list)
    for one in readings:
        groups[(one.logger_id, one.source, one.lot_ids, one.interval_minutes)].append(one)
    for group in groups.values():
        ordered = sorted(group, key=lambda one: one.occurred_at)
        for start in range(0, len(ordered), REPORTS_EACH):
            yield _sensor_event(ordered[start : start + REPORTS_EACH])


def _sensor_event(readings: Sequence[TemperatureRead]) -> Json:
    last = max(readings, key=lambda one: one.occurred_at)
    metadata: Json = {"deviceID": uri_of(last.logger_id, DEVICE)}
    if last.interval_minutes is not None:
        metadata[f"{PREFIX}:intervalMinutes"] = last.interval_minutes
    event = _common(last, f"readings-{readings[0].event_id}", last.kind)
    return (
        event
        | body_of(last)
        | {"sensorElementList": [{"sensorMetadata": metadata, "sensorReport": [*map(_report, readings)]}]}
    )


def _report(reading: TemperatureRead) -> Json:
    return {
        "type": "Temperature",
        "time": reading.occurred_at.isoformat(),
        "value": reading.celsius,
        "uom": "CEL",
        f"{PREFIX}:event": reading.event_id,
    }


def offset(moment: dt.datetime) -> str:
    """The offset of a time as EPCIS writes it; seconds of it are left out."""
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
