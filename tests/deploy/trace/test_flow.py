"""A consignment on a whole running stack: packed, cut, moved, given out, warmed up; traced down and up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.commands.trace import command as trace
from deploy.local.stack import Stack
from deploy.settings import load_settings
from schemas.errors import BaogongError
from schemas.topics import COLDCHAIN, DELIVERIES, HOUSEHOLDS, REQUESTS, STOCK, Topic
from streams.publish.producer import Publisher
from tests.stacks import started

pytestmark = [pytest.mark.servers, pytest.mark.slow]
Json = dict[str, Any]
START = dt.datetime(2022, 4, 1, 0, 0, tzinfo=dt.UTC)
AREA, FAR, CONSIGNMENT = "sh/pd/a1", "sh/pd/a2", "c-1"
EVERY, WARM, COLD = 10, 90, 210
"""Minutes between readings; the first that is too warm; the last."""


def at(minute: float) -> str:
    return (START + dt.timedelta(minutes=minute)).isoformat()


class Run:
    """A running stack with a consignment's day on it."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self._sent = stack, 0

    def send(self, topic: Topic, kind: str, minute: float, key: str, **fields: Any) -> None:
        """Publish one message of that minute."""
        self._sent += 1
        base = {"kind": kind, "event_id": f"e{self._sent}", "occurred_at": at(minute), "source": "keeper-1"}
        whole = {**base, ("consignment_id" if topic is COLDCHAIN else "area"): key, **fields}
        stamp = int((START + dt.timedelta(minutes=minute)).timestamp() * 1000)
        with Publisher(self.stack.kafka) as out:
            out.send(json.dumps(whole).encode(), topic, key=key, timestamp_ms=stamp)

    def cold(self, kind: str, minute: float, **fields: Any) -> None:
        """A report about the consignment."""
        self.send(COLDCHAIN, kind, minute, CONSIGNMENT, **fields)

    def ask(self, *arguments: str) -> Result:
        options = ["--kafka", self.stack.kafka, "--clickhouse", self.stack.clickhouse]
        return CliRunner().invoke(trace, [*options, *arguments], standalone_mode=False)

    def json(self, *arguments: str) -> Json:
        result = self.ask(*arguments, "--json")
        assert result.exception is None, result.exception
        told: Json = json.loads(result.stdout)
        return told


def bring(run: Run) -> None:
    """Two lots come in on a pallet; one is cut into packs; both areas get some, and households ask."""
    lots = [{"lot_id": name, "item": "frozen_fish", "quantity": units} for name, units in (("fish", 20), ("eel", 5))]
    run.cold("consignment_declared", 1, profile="frozen", imported=False, origin="Ecuador", importer="i-1", lots=lots)
    run.cold("lots_aggregated", 2, action="add", parent_id="pallet", child_ids=["fish", "eel"])
    made = [{"lot_id": "packs", "item": "frozen_fish", "quantity": 40}]
    run.cold("lots_transformed", 3, inputs=[{"lot_id": "fish", "quantity": 20}], outputs=made, facility="store-1")
    lot = {"item": "frozen_fish", "warehouse": "w1", "temperature": "frozen"}
    run.send(STOCK, "stock_received", 10, AREA, lot_id="packs", quantity=40, **lot)
    moved = {"lot_id": "packs", "quantity": 15, "to_lot_id": "packs-far", "to_warehouse": "w2"}
    run.send(STOCK, "stock_transferred", 11, AREA, to_area=FAR, **moved)
    run.send(STOCK, "stock_received", 12, FAR, lot_id="packs-far", quantity=15, moved_from=["packs"], **lot)
    run.send(STOCK, "stock_received", 12, AREA, lot_id="rice-1", quantity=50, item="rice", warehouse="w1")
    for area, name, item in ((AREA, "1", "frozen_fish"), (AREA, "2", "rice"), (FAR, "3", "frozen_fish")):
        lines = [{"item": item, "quantity": 4}]
        run.send(REQUESTS, "request_filed", 13, area, request_id=f"r-{name}", requester_id=f"h-{name}", lines=lines,
                 taken_by="grid-7")  # fmt: skip


def deliver(run: Run) -> None:
    """Household 1 has its fish; that of household 3 is on its way."""
    told = run.json("request", "r-1")
    (dispatch,) = {line["dispatch_id"] for link in told["up"]["links"] for line in link["portions"]}
    run.send(DELIVERIES, "delivery_confirmed", 80, AREA, dispatch_id=dispatch, outcome="delivered")


def pass_time(run: Run, minute: float) -> None:
    """Something harmless moves the clock of both areas."""
    for area in (AREA, FAR):
        run.send(STOCK, "price_observed", minute, area, item="rice", warehouse="w1", fen=300)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The stack, after the fish came, went, and was found to have been warm."""
    with started(load_settings(data=tmp_path_factory.mktemp("trace") / "data"), "replayed") as stack:
        run = Run(stack)
        bring(run)
        pass_time(run, 70)
        stack.drain(60)
        deliver(run)
        for minute in range(5, COLD + 1, EVERY):
            warm = -5.0 if WARM <= minute < COLD - 20 else -20.0
            run.cold(
                "temperature_read", minute, logger_id="g-1", celsius=warm, lot_ids=["packs"], interval_minutes=EVERY
            )
        run.cold("temperature_read", 6, logger_id="g-2", celsius=-19.0, lot_ids=["eel"])
        stack.drain(60)
        pass_time(run, 215)
        stack.drain(60)
        yield run


def names(way: Json, kind: str) -> set[str]:
    return {node["id"] for node in way["nodes"] if node["kind"] == kind}


def test_down_from_the_consignment(run: Run) -> None:
    told = run.json("consignment", CONSIGNMENT)
    assert names(told["down"], "lot") == {"fish", "eel", "pallet", "packs", "packs-far"}
    assert names(told["down"], "household") == {"h-1", "h-3"}
    assert told["up"]["nodes"] == []
    (found,) = told["found"]
    assert (found["profile"], found["origin"], found["importer"]) == ("frozen", "Ecuador", "i-1")
    assert {check["rule"] for check in found["failed"]} >= {"temperature_breach"}
    assert found["holds"] and found["packages"] and found["transformations"]


@pytest.mark.parametrize("origin", ["auto", "clickhouse", "kafka"])
@pytest.mark.parametrize(
    ("subject", "name"),
    [("lot", "packs-far"), ("lot", "packs"), ("lot", "fish"), ("lot", "eel"), ("lot", "pallet"), ("household", "h-1"),
     ("household", "h-3"), ("request", "r-3")],
)  # fmt: skip
def test_up_meets_down(run: Run, origin: str, subject: str, name: str) -> None:
    told = run.json(subject, name, "--from", origin)
    assert names(told["up"], "consignment") == {CONSIGNMENT}


def test_what_has_nothing_to_do_with_it_is_left_out(run: Run) -> None:
    told = run.json("household", "h-2")
    assert names(told["up"], "lot") == {"rice-1"} and names(told["up"], "consignment") == set()
    assert told["temperature"] == []
    assert names(run.json("lot", "eel")["down"], "household") == set()


def test_exposure_says_who_has_what_held_and_to_be_contacted(run: Run) -> None:
    rows = {row["requester_id"]: row for row in run.json("consignment", CONSIGNMENT)["exposure"]}
    assert set(rows) == {"h-1", "h-3"}
    one, three = rows["h-1"], rows["h-3"]
    assert (one["lot_id"], one["delivered"], one["in_transit"], one["held"]) == ("packs", 4, 0, True)
    assert (one["contact"], one["consignment_ids"]) == ("open", [CONSIGNMENT])
    assert one["contact_due_at"] and one["delivered_at"].startswith("2022-04-01T01:20")
    assert (three["lot_id"], three["delivered"], three["in_transit"], three["held"]) == ("packs-far", 0, 4, True)
    assert three["recalled"] == three["dispatch_ids"] != []
    assert "temperature_breach" in one["failed"]
    assert run.json("household", "h-1")["exposure"] == [one]
    assert run.json("request", "r-3")["exposure"] == [three]


def test_the_temperature_history_goes_with_the_goods(run: Run) -> None:
    whole = run.json("consignment", CONSIGNMENT)["temperature"]
    assert [logger["logger_id"] for logger in whole] == ["g-1", "g-2"]
    (logger,) = run.json("household", "h-3")["temperature"]
    assert logger == whole[0]
    assert len(logger["history"]) == logger["readings"] == 21
    assert logger["history"][0] == {"at": at(5), "celsius": -20.0, "out": None}
    (breach,) = logger["breaches"]
    assert (breach["kind"], breach["start"], breach["minutes"]) == ("hot", at(95), 100)
    assert "^" in logger["sparkline"]["marks"]
    assert [one["logger_id"] for one in run.json("lot", "eel")["temperature"]] == ["g-2"]


def test_the_curves_are_drawn(run: Run, tmp_path: Path) -> None:
    result = run.ask("lot", "packs-far", "--plot", str(tmp_path / "c.html"), "--json")
    assert (result.exception, json.loads(result.stdout)["id"]) == (None, "packs-far")
    page = (tmp_path / "c.html").read_text()
    assert "g-1 (packs)" in page and "hot breach" in page and "g-2" not in page
    assert "ends with .png or .html" in str(run.ask("lot", "packs-far", "--plot", "c.gif").exception)


def test_steps_of_both_ledgers_are_told_in_order(run: Run) -> None:
    steps = run.json("consignment", CONSIGNMENT)["steps"]
    told = [each["decision"]["type"] for step in steps for each in step["decisions"]]
    for one, other in (
        ("fact_recorded", "lot_recorded"), ("lot_recorded", "breach_opened"), ("breach_opened", "hold_recorded"),
        ("hold_recorded", "contact_duty_opened"),
    ):  # fmt: skip
        assert told.index(one) < told.index(other)
    assert {step["stage"] for step in steps} == {"coldchain", "supply"}
    assert "reading_recorded" not in told


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_it_is_readable(run: Run, lang: str) -> None:
    shown = run.ask("consignment", CONSIGNMENT, "--lang", lang).stdout
    zh = ["去向", "加工为", "装入", "调往", "高温超限", "封存", "待告知", "温度记录"]
    en = ["what became of it", "made into", "moved to", "hot breach", "held", "to be contacted", "recalled"]
    for words, there in ((zh, lang != "en"), (en, lang != "zh")):
        for word in words:
            assert (word in shown) == there, (word, shown)
    assert "▁" in shown and "packs-far" in shown
    assert ("温度超限：记录仪 g-1" in shown) == (lang != "en")
    assert ("for longer than profile" in shown) == (lang != "zh")
    assert "来源" in run.ask("household", "h-1").stdout


def test_why_goods_are_held_is_said_in_both_languages(run: Run) -> None:
    told = run.json("consignment", CONSIGNMENT)
    (found,) = told["found"]
    (hold,) = found["holds"]
    assert hold["reason"].startswith("Logger g-1 was") and hold["reason_zh"].startswith("温度超限：记录仪 g-1")
    said = [one["zh"] for step in told["steps"] for one in step["decisions"]]
    assert sum(hold["reason_zh"] in one for one in said) >= 4  # ordered, recorded, on each lot, recalled
    assert not any(hold["reason"] in one for one in said)


def test_after_contact_it_is_said(run: Run) -> None:
    """The last test: it changes what is known."""
    run.send(HOUSEHOLDS, "household_contacted", 216, AREA, requester_id="h-1", outcome="thrown away")
    run.stack.drain(60)
    (row,) = run.json("household", "h-1")["exposure"]
    assert (row["contact"], row["contact_due_at"]) == ("contacted", None)


def test_a_consignment_that_nobody_declared_is_said(run: Run) -> None:
    error = run.ask("consignment", "c-none").exception
    assert isinstance(error, BaogongError) and error.code == 1
    assert "Nothing is known of consignment c-none" in str(error)
