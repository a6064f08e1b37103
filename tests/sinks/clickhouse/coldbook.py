"""Hand-written ledgers of a cold chain: decisions as the stage makes them, with what a test wants different."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.sinks.clickhouse.book import START, Book, iso

RECORDS, INSPECTIONS, DRIVERS = "coldchain.records.v1", "coldchain.inspections.v1", "coldchain.drivers.v1"
Json = dict[str, Any]


def hour(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def lot_of(lot_id: str, quantity: int, item: str = "frozen_fish") -> Json:
    return {"lot_id": lot_id, "item": item, "quantity": quantity, "expires_on": "2023-03-31"}


class ColdBook(Book):
    """The ledger of one partition of the cold chain."""

    def __init__(self, partition: int = 0) -> None:
        super().__init__("coldchain", partition)
        self.opened()

    def reported(self, kind: str, *more: Json, consignment: str = "c1", **fields: Any) -> ColdBook:
        """A report about a consignment is taken up, and causes `more`."""
        event = {
            "kind": kind,
            "event_id": fields.pop("event_id", f"e{len(self.values)}"),
            "occurred_at": fields.pop("occurred_at", iso(self.now)),
            "source": fields.pop("source", "keeper-1"),
            "consignment_id": consignment,
            **fields,
        }
        self.decided(RECORDS, event, {"type": "fact_recorded", "fact": event}, *more)
        return self

    def read(
        self, celsius: float, *more: Json, consignment: str = "c1", logger: str = "g1", out: str | None = None
    ) -> ColdBook:
        """A reading is taken, and causes `more`."""
        event = {"kind": "temperature_read", "consignment_id": consignment, "logger_id": logger, "celsius": celsius}
        recorded = {
            "type": "reading_recorded", "consignment_id": consignment, "logger_id": logger, "at": iso(self.now),
            "celsius": celsius, "out": out, "late": False,
        }  # fmt: skip
        self.decided(RECORDS, event, recorded, *more)
        return self

    def of_logger(self, type_: str, consignment: str = "c1", logger: str = "g1", **fields: Any) -> Json:
        return {"type": type_, "consignment_id": consignment, "logger_id": logger, **fields}

    def breach(self, type_: str, breach_id: str, start: float, end: float | None = None, **fields: Any) -> Json:
        return self.of_logger(
            type_, breach_id=breach_id, kind="hot", limit_c=-18.0, start=iso(hour(start)),
            alarm_at=iso(hour(start + 1)), end=None if end is None else iso(hour(end)), **{"peak_c": -5.0, **fields},
        )  # fmt: skip

    def failed(self, check: str, rule: str, severity: str = "hold", **fields: Any) -> Json:
        return {
            "type": "check_failed", "check_id": check, "rule": rule, "severity": severity, "consignment_id": "c1",
            "premises_id": None, "lot_ids": [], "subject": "g1", "since": iso(self.now), "reason_zh": "超温",
            "reason_en": "too warm", **fields,
        }  # fmt: skip

    def mended(self, check: str, rule: str, how: str = "mended", **fields: Any) -> Json:
        return {
            "type": "check_mended", "check_id": check, "rule": rule, "consignment_id": "c1", "how": how, "by": None,
            "reason": "", **fields,
        }  # fmt: skip

    def hold(self, hold: str, check: str, rule: str, **fields: Any) -> Json:
        return {
            "type": "hold_ordered", "hold_id": hold, "check_id": check, "rule": rule, "consignment_id": "c1",
            "lot_ids": [], "reason": "too warm", "at": iso(self.now), **fields,
        }  # fmt: skip

    def lifted(self, hold: str, check: str) -> Json:
        return {
            "type": "hold_withdrawn", "hold_id": hold, "check_id": check, "reason": "papers came", "at": iso(self.now)
        }  # fmt: skip

    def step(self, step: str, facility: str | None = None, consignment: str = "c1") -> Json:
        return {
            "type": "step_reached", "consignment_id": consignment, "step": step, "facility": facility,
            "at": iso(self.now),
        }  # fmt: skip

    def finding(self, finding: str, due: float | None = None) -> ColdBook:
        """A finding of an inspection, due so many hours after the start; without that, it is mended."""
        event: Json = {"premises_id": "market-1", "finding_id": finding}
        if due is None:
            event |= {"kind": "finding_mended"}
        else:
            event |= {"kind": "finding_reported", "text": "no log", "deadline": iso(hour(due)), "lot_ids": ["l2"]}
        event |= {"event_id": f"e{len(self.values)}", "occurred_at": iso(self.now), "source": "inspector-1"}
        self.decided(INSPECTIONS, event, {"type": "inspection_recorded", "report": event})
        return self

    def tested(self, driver: str, result: str) -> ColdBook:
        """A driver's test."""
        event = {
            "kind": "driver_tested", "event_id": f"t-{driver}-{iso(self.now)}", "occurred_at": iso(self.now),
            "source": "test-point-1", "driver_id": driver, "result": result,
        }  # fmt: skip
        self.decided(DRIVERS, event, {"type": "driver_test_recorded", "test": event})
        return self
