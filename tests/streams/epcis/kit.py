"""EPCIS documents that tests make, and facts of every kind."""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.consignment import ColdChainMessage
from streams.epcis.check import Verdict, check
from streams.epcis.mapping.facts import Said
from streams.epcis.mapping.records import Mapped, records
from streams.epcis.vocabulary import terms

Json = dict[str, Any]

SHARED: Final = Path(__file__).parents[4] / "shared" / "data" / "epcis"
"""Official examples and schema, beside the clone where they are there; they are never part of it."""
CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
LOT: Final = "urn:epc:class:lgtin:6901234.000001.AB1"
LOT_ID: Final = "01/06901234000016/10/AB1"
PIECE: Final = "https://id.gs1.org/01/06901234000016/21/77"
PALLET: Final = "urn:epc:id:sscc:6901234.0000000001"
STORE: Final = "urn:epc:id:sgln:6901234.00001.0"
LOGGER: Final = "urn:epc:id:giai:6901234.L1"
AT: Final = "2022-04-01T08:30:00.000+08:00"
BEYOND: Final = terms(
    "context_missing context_prefix context_redefined deviation_negative doubled_item no_objects not_a_uom"
    " nothing_measured parent_missing percentile_incomplete percentile_range period_open prefix_undeclared"
    " quantity_not_positive quantity_not_whole sensor_after_event sensor_attribute_doubled statistics_reversed"
    " substance_and_organism time_and_period time_outside_period uom_missing uom_without_quantity uom_without_value"
    " values_doubled"
)
"""Codes of rules beyond the schema that mutants of the official examples break."""


def event(kind: str = "ObjectEvent", **fields: Any) -> Json:
    """An event with what every event needs; a field that is None is left out."""
    made: Json = {"type": kind, "eventTime": AT, "eventTimeZoneOffset": "+08:00"}
    if kind != "TransformationEvent":
        made["action"] = "OBSERVE"
    return {name: value for name, value in (made | fields).items() if value is not None}


def document(*events: Json, **fields: Any) -> Json:
    """A document of events."""
    made: Json = {
        "@context": [CONTEXT, {"ex": "https://ns.example.com/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": AT,
        "epcisBody": {"eventList": list(events)},
    }
    return {name: value for name, value in (made | fields).items() if value is not None}


def reading(value: Any = -18.5, *, time: str | None = "2022-04-01T08:00:00+08:00", **fields: Any) -> Json:
    """A temperature."""
    made = {"type": "Temperature", "value": value, "uom": "CEL", "time": time}
    return {name: one for name, one in (made | fields).items() if one is not None}


def sensed(*reports: Json, meta: Json | None = None, **fields: Any) -> Json:
    """An event of one sensor element."""
    element: Json = {"sensorReport": list(reports)}
    if meta is not None:
        element["sensorMetadata"] = meta
    more = {"bizStep": "sensor_reporting", "epcList": [PALLET], "readPoint": {"id": STORE}} | fields
    return event(sensorElementList=[element], **more)


def checked(raw: Any) -> Verdict:
    """The verdict on a value as JSON."""
    return check(json.dumps(raw).encode())


def broken(raw: Any) -> list[tuple[str, str]]:
    """Path and code of every problem."""
    return [(problem.path, problem.code) for problem in checked(raw).all_problems]


def mapped(*events: Json, said: Said = Said(consignment="c1"), **fields: Any) -> list[Mapped]:
    """What becomes of the events of a document that is accepted as far as its envelope goes."""
    verdict = checked(document(*events, **fields))
    assert verdict.problems == []
    return list(records(verdict, said))


def messages(*events: Json, said: Said = Said(consignment="c1"), **fields: Any) -> list[Any]:
    """The records of events, all of which can be mapped."""
    found = mapped(*events, said=said, **fields)
    assert [one.refused for one in found] == [[] for _ in found]
    return [message for one in found for message in one.messages]


def changed(raw: Json, *route: str | int, to: Any = None, drop: bool = False) -> Json:
    """A copy with one value replaced, added, or dropped."""
    made = copy.deepcopy(raw)
    inner: Any = made
    for step in route[:-1]:
        inner = inner[step]
    if drop:
        del inner[route[-1]]
    else:
        inner[route[-1]] = to
    return made


_MESSAGE: Final[TypeAdapter[Any]] = TypeAdapter(ColdChainMessage)


def fact(kind: str, number: int = 1, **fields: Any) -> Any:
    """A record of a kind."""
    base = {
        "kind": kind,
        "event_id": f"e-{kind}-{number}",
        "occurred_at": (dt.datetime(2022, 4, 1, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=number)).isoformat(),
        "source": "clerk 1".replace(" ", "-"),
        "consignment_id": "cold/2022 号1".replace(" ", "-"),
    }
    return _MESSAGE.validate_json(json.dumps(base | fields))


def every_kind() -> list[Any]:
    """One record of every kind at least, with ids of every sort."""
    lots = [
        {"lot_id": "01/06901234000016/21/77", "item": "frozen_fish", "quantity": 1},
        {"lot_id": LOT_ID, "item": "frozen_fish", "quantity": 40, "expires_on": "2022-12-31"},
        {"lot_id": "批次-2", "item": "frozen_meat", "quantity": 7},
        {"lot_id": "https://example.com/lots/9", "item": "frozen_fish", "quantity": 3},
    ]
    time = "2022-04-02T00:00:00+08:00"
    return [
        fact("consignment_declared", 1, profile="frozen", origin="南美", importer="imp:1", lots=lots),
        fact("consignment_declared", 2, profile="chilled", imported=False, lots=lots[1:2]),
        fact("step_reported", 3, step="cleared", facility="customs/1"),
        fact("step_reported", 4, step="warehoused", facility="414/6901234000016", lot_ids=[LOT_ID, "批次-2"]),
        fact("step_reported", 5, step="released", facility="w1", quantities=[{"lot_id": "批次-2", "quantity": 6}]),
        fact("step_reported", 6, step="issued", facility="w1", lot_ids=[LOT_ID], to_area="sh/a1"),
        fact("step_reported", 7, step="transported", facility="t1"),
        fact("step_reported", 8, step="stored", facility="s1"),
        fact("certificate_issued", 9, certificate_id="证 1".replace(" ", ""), type="exit_elsewhere", issuer="海关",
             province="js", valid_from=time, valid_until="2022-05-02T00:00:00+08:00", lot_ids=[LOT_ID]),
        fact("certificate_issued", 10, certificate_id="k2", type="trace_code", issuer="i", valid_from=time),
        fact("custody_handed", 11, from_party="a", to_party="b", given_at=time, taken_at=time, seal_given="S1",
             seal_found="S2", facility="gate", driver_id="d1", vehicle="沪A1", lot_ids=[LOT_ID],
             quantities=[{"lot_id": LOT_ID, "quantity": 39}]),
        fact("custody_handed", 12, from_party="417/6901234000016", to_party="b", given_at=time, taken_at=time),
        fact("lab_reported", 13, sample_id="s1", laboratory="cdc", result="positive", sampled_at=time),
        fact("lab_reported", 14, sample_id="s2", laboratory="cdc", result="inconclusive", sampled_at=time,
             lot_ids=[LOT_ID]),
        fact("lots_disinfected", 15, batch_id="b1", facility="w1", agent="过氧乙酸", lot_ids=["other-lot", LOT_ID]),
        fact("lots_aggregated", 16, action="add", parent_id="00/069012340000000017", child_ids=[LOT_ID, "批次-2"]),
        fact("lots_aggregated", 17, action="delete", parent_id="箱1", child_ids=["01/06901234000016/21/77"]),
        fact("lots_transformed", 18, inputs=[{"lot_id": LOT_ID, "quantity": 2}], outputs=[lots[2]], facility="k1"),
        fact("lots_observed", 19, facility="w1"),
        fact("lots_observed", 20, facility="w1", lot_ids=["批次-2"]),
        fact("lots_returned", 21, quantities=[{"lot_id": LOT_ID, "quantity": 1}], to_party="x", reason="退运"),
        fact("lots_destroyed", 22, quantities=[{"lot_id": LOT_ID, "quantity": 1}], facility="inc", reason="阳性"),
        fact("check_waived", 23, check_id="chk:1", reason="局长批准"),
        fact("report_withdrawn", 24, withdrawn_event_id="e-lots_observed-20", reason="写错了",
             corrected_by=["e-lots_observed-19"]),
        fact("report_withdrawn", 25, withdrawn_event_id="forgotten-1", reason="did_not_occur"),
        fact("report_withdrawn", 26, withdrawn_event_id="e-temperature_read-30", reason=""),
        *(fact("temperature_read", n, logger_id="探头-1", celsius=n / 7, interval_minutes=5) for n in range(27, 31)),
        fact("temperature_read", 31, logger_id="8004/6901234L1", celsius=4.0, lot_ids=[LOT_ID]),
    ]  # fmt: skip
