"""Views of the cold chain give what small ledgers, written by hand, have by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sinks.clickhouse.client import Client
from sinks.clickhouse.position import held
from tests.sinks.clickhouse.book import Book, iso, load
from tests.sinks.clickhouse.coldbook import ColdBook, Json, hour, lot_of

STOCK, DELIVERIES, HOLDS = "stock.events.v1", "deliveries.confirmations.v1", "coldchain.holds.v1"


def a_journey() -> ColdBook:
    """Consignment c1 comes in, warms up on the road, and is held; c2 lacks a paper for a while; c3 is quiet."""
    book = ColdBook()
    book.reported("consignment_declared", book.step("declared"), profile="frozen", imported=True, origin="厄瓜多尔",
                  importer="importer-1", lots=[lot_of("l1", 100), lot_of("l2", 50)])  # fmt: skip
    book.reported("consignment_declared", book.step("declared", consignment="c2"), consignment="c2", profile="chilled",
                  imported=False, lots=[lot_of("l9", 7, "milk")])  # fmt: skip
    book.at(1).reported("step_reported", book.step("warehoused", "csw-1"), step="warehoused", facility="csw-1",
                        quantities=[{"lot_id": "l1", "quantity": 100}])  # fmt: skip
    book.reported("certificate_issued", certificate_id="cert-1", type="exit", issuer="csw-1", lot_ids=["l1"],
                  valid_from=iso(hour(1)), valid_until=iso(hour(49)))  # fmt: skip
    book.reported("lab_reported", sample_id="s1", laboratory="lab-1", result="negative", sampled_at=iso(hour(0)))
    book.reported("lots_disinfected", event_id="wrong", batch_id="b1", facility="csw-1", lot_ids=["l1"])
    book.decided("coldchain.records.v1", {"kind": "report_withdrawn", "consignment_id": "c1"},
                 {"type": "fact_withdrawn", "consignment_id": "c1", "event_id": "wrong", "reason": "typo"})  # fmt: skip
    book.at(2).reported("custody_handed", from_party="csw-1", to_party="carrier-1", given_at=iso(hour(2)),
                        taken_at=iso(hour(2.5)), seal_given="s-1", seal_found="s-2", driver_id="d1", vehicle="v1",
                        quantities=[{"lot_id": "l1", "quantity": 100}])  # fmt: skip
    book.reported("lots_aggregated", action="add", parent_id="pallet-1", child_ids=["l1", "l2"])
    for step, celsius in enumerate((-19.5, -15.0, -12.0, -10.0)):
        book.at(3 + step / 2).read(celsius, out="hot" if step else None)
    book.at(4.6).read(
        -9.0,
        book.of_logger("warning_raised", at=iso(hour(3.5)), score=0.97),
        book.breach("breach_opened", "b1", 3.5),
        book.failed("k1", "temperature_breach"),
        book.hold("h1", "k1", "temperature_breach"),
        out="hot",
    )
    book.at(5).read(-19.0, book.breach("breach_extended", "b1", 3.5, 5, peak_c=-9.0))
    book.at(5.1).read(-19.1, book.breach("breach_shortened", "b1", 4.0, 5, peak_c=-9.0))
    book.read(-9.0, book.breach("breach_opened", "b2", 5.0, logger="g2"), logger="g2", out="hot")
    book.read(
        -19.0, {"type": "breach_withdrawn", "breach_id": "b2", "consignment_id": "c1", "logger_id": "g2"}, logger="g2"
    )
    gap = {"type": "gap_found", "consignment_id": "c1", "logger_id": "g1", "start": iso(hour(5.1))}
    book.at(7).ticked({**gap, "end": None})
    book.at(8).read(-19.0, book.of_logger("gap_withdrawn", start=iso(hour(5.1))), {**gap, "end": iso(hour(8))})
    book.read(-19.0, book.of_logger("gap_found", start=iso(hour(1)), end=iso(hour(2))))
    book.read(-19.0, book.of_logger("gap_withdrawn", start=iso(hour(1))))
    book.read(-19.0, book.of_logger("sensor_flagged", flag="flat_line", at=iso(hour(8))))
    book.reported("lots_transformed", inputs=[{"lot_id": "l1", "quantity": 40}], outputs=[lot_of("l1-packs", 80)],
                  facility="store-1")  # fmt: skip
    book.reported("lots_destroyed", quantities=[{"lot_id": "l2", "quantity": 20}], facility="store-1", reason="thawed")
    book.reported(
        "step_reported",
        book.step("stored", "store-1"),
        book.of_logger("temperature_summed", until=iso(hour(8)), readings=9, min_c=-19.5, max_c=-9.0, mkt_c=None,
                       out_minutes=90.0, unknown_minutes=174.0),
        step="stored", facility="store-1",
    )  # fmt: skip
    paper = {"consignment_id": "c2", "lot_ids": ["l9"], "subject": "exit"}
    book.at(9).reported(
        "step_reported",
        book.failed("k2", "certificate_missing", **paper),
        book.hold("h2", "k2", "certificate_missing", consignment_id="c2", lot_ids=["l9"]),
        consignment="c2", step="released", facility="csw-1",
    )  # fmt: skip
    book.at(10).reported(
        "certificate_issued",
        book.mended("k2", "certificate_missing", consignment_id="c2"),
        book.lifted("h2", "k2"),
        consignment="c2", certificate_id="cert-2", type="exit", issuer="csw-1", valid_from=iso(hour(9)),
    )  # fmt: skip
    book.reported("step_reported", book.failed("k3", "report_late", "warning"), step="issued", facility="store-1")
    book.ticked(book.mended("k3", "report_late", "waived", by="office-1", reason="known"))
    book.ticked(book.failed("k3", "report_late", "warning", subject="again"))
    book.reported("consignment_declared", book.step("declared", consignment="c3"), consignment="c3", profile="vaccine",
                  lots=[lot_of("l8", 1, "vaccine")])  # fmt: skip
    book.finding("f1", due=20).finding("f2", due=11).finding("f3", due=10.5).tested("d1", "negative")
    return book.at(12).finding("f3").ticked({"type": "consignment_closed", "consignment_id": "c3"})  # type: ignore[return-value]


def received(lot_id: str, quantity: int, consignment: str | None = None, **more: Any) -> Json:
    return {
        "type": "lot_recorded", "lot_id": lot_id, "area": "sh/pd/a1", "item": "frozen_fish", "warehouse": "w1",
        "quantity": quantity, "temperature": "frozen", "consignment_id": consignment, "received_at": iso(hour(3)),
        "from_lot_id": None, **more,
    }  # fmt: skip


def a_district() -> Book:
    """Lots of c1 are given out: h1 has some, h2 some of a lot that was moved here, h3's bag is on its way."""
    book = Book().opened().at(3)
    book.decided(STOCK, {"kind": "stock_received"}, received("l1-a1", 60, "c1"))
    book.decided(STOCK, {"kind": "stock_received"}, received("l2", 30))
    book.decided(STOCK, {"kind": "stock_received"}, received("l1-far", 5, moved_from=["l1-packs", "x"]))
    book.decided(STOCK, {"kind": "stock_received"}, received("rice-1", 5, item="rice"))
    book.decided(STOCK, {"kind": "stock_transferred"}, received("l1-far-half", 2, from_lot_id="l1-far"))
    book.decided(STOCK, {"kind": "stock_transferred"}, received("l1-far-rest", 1, from_lot_id="l1-far-half"))
    bags = {"d1": ("h1", "l1-a1", 4), "d2": ("h2", "l1-far", 2), "d3": ("h3", "l2", 6), "d4": ("h4", "rice-1", 3),
            "d5": ("h5", "l1-a1", 1)}  # fmt: skip
    for bag, (household, lot, quantity) in bags.items():
        book.at(3.5).ticked(
            {
                "type": "dispatch_ordered", "dispatch_id": bag, "requester_id": household, "area": "sh/pd/a1",
                "grid": "sh/pd/a1/g1", "team": "t1", "mode": "door", "ordered_at": iso(book.now),
                "deadline": iso(hour(9)), "lines": [
                    {"allocation_id": f"a-{bag}", "need_id": f"r-{bag}:x", "lot_id": lot, "item": "x",
                     "quantity": quantity}
                ],
            }
        )  # fmt: skip
    for bag, back in (("d1", 1), ("d2", 0), ("d4", 0), ("d5", 1)):
        household, lot, quantity = bags[bag]
        book.at(4).decided(
            DELIVERIES,
            {"kind": "delivery_confirmed"},
            {
                "type": "line_delivered", "dispatch_id": bag, "allocation_id": f"a-{bag}", "need_id": f"r-{bag}:x",
                "lot_id": lot, "item": "x", "delivered": quantity - back, "returned": back, "damaged": 0, "lost": 0,
            },
        )  # fmt: skip
    held_lots = [{"type": "lot_held", "lot_id": lot, "hold_id": "h1", "reason": "too warm"} for lot in ("l1-a1", "l2")]
    recorded = {"type": "hold_recorded", "hold_id": "h1", "lot_ids": [], "consignment_id": "c1", "reason": "too warm"}
    duty = {
        "type": "contact_duty_opened", "duty_id": "duty-1", "hold_id": "h1", "lot_id": "l1-a1", "item": "frozen_fish",
        "consignment_id": "c1", "requester_id": "h1", "area": "sh/pd/a1", "grid": "sh/pd/a1/g1", "quantity": 3,
        "delivered_at": iso(hour(4)), "opened_at": iso(hour(4.7)), "due_at": iso(hour(8.7)),
    }  # fmt: skip
    book.at(4.7).decided(HOLDS, {"kind": "hold_placed"}, recorded, *held_lots, duty, {**duty, "duty_id": "duty-2"})
    gone = {"type": "contact_duty_ended", "duty_id": "duty-2", "requester_id": "h1", "reason": "contacted"}
    book.at(5).decided("households.v1", {"kind": "household_contacted"}, {**gone, "by": "grid-7", "outcome": "eaten"})
    overdue = {"type": "contact_overdue", "duty_id": "duty-1", "requester_id": "h1", "area": "sh/pd/a1"}
    book.at(9).ticked({**overdue, "due_at": iso(hour(8.7))})
    freed = {"type": "lot_freed", "lot_id": "l2", "hold_id": "h1", "free": True}
    return book.decided(HOLDS, {"kind": "hold_lifted"}, freed).ticked()


@pytest.fixture
def city(client: Client) -> Iterator[Client]:
    """A client on a database that holds both ledgers, the cold chain's written twice: repeats must not show."""
    load(client, a_journey(), "cold")
    load(client, a_district(), "supply")
    for table in ("ledger_records", "decisions", "coldchain_decisions", "lot_handovers"):
        client.run(f"INSERT INTO {table} SELECT * FROM {table}")
    yield client


def test_the_views_agree_with_the_ledgers(city: Client) -> None:
    for check in (
        _consignments,
        _reports,
        _papers,
        _lots,
        _temperature,
        _checks,
        _holds,
        _premises,
        _exposure,
        _tables,
    ):
        check(city)


def _consignments(city: Client) -> None:
    found = city.rows(
        "SELECT consignment_id, profile, imported, importer, step, facility, lots, units, failed_checks, failed_rules, "
        "held, breaches, last_heard_at, closed FROM consignments ORDER BY 1"
    )
    assert [(*row[:9], sorted(row[9]), *row[10:]) for row in found] == [
        ("c1", "frozen", True, "importer-1", "stored", "store-1", 3, 190, 2, ["report_late", "temperature_breach"],
         1, 1, hour(10), 0),
        ("c2", "chilled", False, "", "declared", "", 1, 7, 0, [], 0, 0, hour(10), 0),
        ("c3", "vaccine", True, "", "declared", "", 1, 1, 0, [], 0, 0, hour(10), 1),
    ]  # fmt: skip


def _reports(city: Client) -> None:
    withdrawn = city.rows("SELECT event_id, kind, known_at FROM consignment_reports WHERE withdrawn")
    assert withdrawn == [("wrong", "lots_disinfected", hour(1))]
    steps = city.rows("SELECT step, facility, at FROM consignment_steps WHERE consignment_id = 'c1' ORDER BY offset")
    assert steps == [
        ("declared", "", hour(0)), ("warehoused", "csw-1", hour(1)), ("tested", "", hour(1)),
        ("stored", "store-1", hour(8)), ("issued", "store-1", hour(10)),
    ]  # fmt: skip


def _papers(city: Client) -> None:
    assert city.rows("SELECT certificate_id, type, valid_until, lot_ids FROM certificates ORDER BY 1") == [
        ("cert-1", "exit", hour(49), ["l1"]), ("cert-2", "exit", None, []),
    ]  # fmt: skip
    assert city.rows("SELECT from_party, to_party, given_at, taken_at, seal_differs, quantities FROM custody") == [
        ("csw-1", "carrier-1", hour(2), hour(2.5), 1, [("l1", 100)])
    ]
    assert city.rows("SELECT sample_id, result, sampled_at FROM laboratory_results") == [("s1", "negative", hour(0))]


def _lots(city: Client) -> None:
    found = city.rows("SELECT lot_id, item, how, quantity, used, destroyed FROM consignment_lots ORDER BY 1")
    assert found == [
        ("l1", "frozen_fish", "consignment_declared", 100, 40, 0),
        ("l1-packs", "frozen_fish", "lots_transformed", 80, 0, 0),
        ("l2", "frozen_fish", "consignment_declared", 50, 0, 20),
        ("l8", "vaccine", "consignment_declared", 1, 0, 0),
        ("l9", "milk", "consignment_declared", 7, 0, 0),
    ]
    assert city.rows("SELECT parent_id, child_id, action FROM lot_aggregations ORDER BY 2") == [
        ("pallet-1", "l1", "add"), ("pallet-1", "l2", "add"),
    ]  # fmt: skip
    made = city.rows("SELECT input_lot_id, input_quantity, output_lot_id, output_quantity FROM lot_transformations")
    assert made == [("l1", 40, "l1-packs", 80)]


def _temperature(city: Client) -> None:
    read = city.rows("SELECT at, celsius, out FROM readings WHERE logger_id = 'g1' ORDER BY at LIMIT 3")
    assert read == [(hour(3), -19.5, ""), (hour(3.5), -15.0, "hot"), (hour(4), -12.0, "hot")]
    assert city.rows("SELECT count() FROM readings") == [(13,)]
    assert city.rows("SELECT breach_id, kind, limit_c, start, end, peak_c, minutes, corrections FROM breaches") == [
        ("b1", "hot", -18.0, hour(4), hour(5), -9.0, 60.0, 2)
    ]
    changes = city.rows("SELECT breach_id, change, start, end FROM breach_corrections ORDER BY offset, idx")
    assert changes == [
        ("b1", "opened", hour(3.5), None), ("b1", "extended", hour(3.5), hour(5)),
        ("b1", "shortened", hour(4), hour(5)),
        ("b2", "opened", hour(5), None), ("b2", "withdrawn", None, None),
    ]  # fmt: skip
    assert city.rows("SELECT logger_id, start, end, minutes FROM gaps") == [("g1", hour(5.1), hour(8), 174.0)]
    assert city.rows("SELECT at, score, known_at FROM early_warnings") == [(hour(3.5), 0.97, hour(4.6))]
    assert city.rows("SELECT logger_id, flag FROM sensor_flags") == [("g1", "flat_line")]
    sums = city.rows("SELECT until, readings, min_c, mkt_c, out_minutes, unknown_minutes FROM temperature_sums")
    assert sums == [(hour(8), 9, -19.5, None, 90.0, 174.0)]


def _checks(city: Client) -> None:
    found = city.rows(
        "SELECT check_id, rule, severity, consignment_id, lot_ids, subject, failed_at, state, mended_at, times_failed "
        "FROM checks ORDER BY 1"
    )
    assert found == [
        ("k1", "temperature_breach", "hold", "c1", [], "g1", hour(4.6), "failed", None, 1),
        ("k2", "certificate_missing", "hold", "c2", ["l9"], "exit", hour(9), "mended", hour(10), 1),
        ("k3", "report_late", "warning", "c1", [], "again", hour(10), "failed", None, 2),
    ]


def _holds(city: Client) -> None:
    found = city.rows(
        "SELECT hold_id, rule, consignment_id, lot_ids, true_at, ordered_at, active, withdrawn_at, taken_at, taken_by, "
        "arraySort(lots_met) FROM coldchain_holds ORDER BY 1"
    )
    assert found == [
        ("h1", "temperature_breach", "c1", [], hour(4.6), hour(4.6), 1, None, hour(4.7), 1, ["l1-a1", "l2"]),
        ("h2", "certificate_missing", "c2", ["l9"], hour(9), hour(9), 0, hour(10), None, 0, []),
    ]


def _premises(city: Client) -> None:
    found = city.rows("SELECT finding_id, state, deadline, mended_at, mended_late FROM inspection_findings ORDER BY 1")
    assert found == [
        ("f1", "open", hour(20), None, 0), ("f2", "overdue", hour(11), None, 0),
        ("f3", "mended", hour(10.5), hour(12), 1),
    ]  # fmt: skip
    assert city.rows("SELECT driver_id, sampled_at, result FROM driver_tests") == [("d1", hour(10), "negative")]


def _exposure(city: Client) -> None:
    assert city.rows("SELECT consignment_id, lot_id, received FROM consignment_stock ORDER BY 2") == [
        ("c1", "l1-a1", 60), ("c1", "l1-far", 5), ("c1", "l1-far-half", 2), ("c1", "l1-far-rest", 1), ("c1", "l2", 30),
    ]  # fmt: skip
    found = city.rows(
        "SELECT consignment_id, requester_id, lot_id, dispatch_id, delivered, in_transit, delivered_at, held, contact "
        "FROM exposure ORDER BY dispatch_id"
    )
    assert found == [
        ("c1", "h1", "l1-a1", "d1", 3, 0, hour(4), 1, "overdue"),
        ("c1", "h2", "l1-far", "d2", 2, 0, hour(4), 0, ""),
        ("c1", "h3", "l2", "d3", 0, 6, None, 0, ""),
    ]
    duties = city.rows("SELECT duty_id, state, quantity, due_at, ended_at, contacted_by, outcome FROM contact_duties")
    assert sorted(duties) == [
        ("duty-1", "overdue", 3, hour(8.7), None, "", ""),
        ("duty-2", "contacted", 3, hour(8.7), hour(5), "grid-7", "eaten"),
    ]


def _tables(city: Client) -> None:
    cold = "SELECT count() FROM decisions FINAL WHERE stage = 'coldchain'"
    assert city.rows("SELECT count() FROM coldchain_decisions FINAL") == city.rows(cold)
    assert city.rows("SELECT count() FROM lot_handovers FINAL") == [(9,)]


@pytest.mark.parametrize(
    ("table", "offset"), [("ledger_records", 7), ("decisions", 7), ("coldchain_decisions", 7), ("lot_handovers", 8)]
)
def test_an_insert_cut_off_between_tables_counts_as_missing(client: Client, table: str, offset: int) -> None:
    book = a_district() if table == "lot_handovers" else a_journey()
    load(client, book)
    assert held(client, book.stage, 0, 1000).resume == len(book.values)
    client.run(f"ALTER TABLE {table} DELETE WHERE offset = {offset} SETTINGS mutations_sync = 1")
    assert held(client, book.stage, 0, 1000).resume == offset


ABOUT_ONE = (
    "readings", "consignments", "consignment_reports", "consignment_steps", "certificates", "custody",
    "laboratory_results", "consignment_lots", "lot_aggregations", "lot_transformations", "checks", "coldchain_holds",
    "breach_corrections", "breaches", "gaps", "early_warnings", "sensor_flags", "temperature_sums",
)  # fmt: skip


def granules(client: Client, sql: str) -> list[tuple[int, int]]:
    """Granules that each table of a query is read in, and how many it has."""
    text = "\n".join(str(line) for (line,) in client.rows(f"EXPLAIN indexes = 1 {sql}"))
    tables = re.split(r"ReadFromMergeTree", text)[1:]
    steps = [re.findall(r"Granules: (\d+)/(\d+)", table) for table in tables]
    return [(int(found[-1][0]), int(found[-1][1])) for found in steps if found]


def test_a_question_about_one_consignment_reads_little_of_what_is_there(client: Client) -> None:
    for type_, rows in (("reading_recorded", 400_000), ("fact_recorded", 40_000), ("check_failed", 20_000)):
        client.run(
            "INSERT INTO coldchain_decisions (stage, partition, offset, type, consignment_id, logger_id, at, body) "
            f"SELECT 'coldchain', 0, number, '{type_}', concat('c', toString(number % 1000)), 'g', "
            f"toDateTime64('2022-04-01', 6, 'UTC') + number, '{{}}' FROM numbers({rows})"
        )
    for view in ABOUT_ONE:
        read = granules(client, f"SELECT * FROM {view} WHERE consignment_id = 'c7'")
        assert read and all(parts <= 6 < 50 < of for parts, of in read), f"{view}: {read}"
    for parts, of in granules(client, "SELECT * FROM readings WHERE consignment_id = 'c7' AND logger_id = 'g'"):
        assert parts <= 2 < of


def test_what_one_lot_became_is_found_without_all_deliveries(client: Client) -> None:
    load(client, a_district())
    client.run(
        "INSERT INTO lot_handovers (stage, partition, offset, type, lot_id, dispatch_id, delivered) "
        "SELECT 'supply', 0, 1000 + number, 'line_delivered', concat('z', toString(number % 1000)), "
        "toString(number), 1 FROM numbers(400000)"
    )
    for sql in ("SELECT * FROM exposure WHERE lot_id = 'l1-a1'", "SELECT * FROM exposure"):
        assert client.rows(f"SELECT sum(delivered) > 0 FROM ({sql})") == [(1,)]
    largest = max(granules(client, "SELECT * FROM exposure WHERE lot_id = 'l1-a1'"), key=lambda found: found[1])
    assert largest[0] <= 2 < 40 < largest[1]


def test_what_goes_to_every_partition_is_a_row_in_each(client: Client) -> None:
    """A driver's test lies at the same offset of each, at the same time: only the partition tells them apart."""
    for partition in range(3):
        book = ColdBook(partition)
        book.at(10).tested("d1", "negative")
        load(client, book, f"cold-{partition}")
    assert client.rows("SELECT partition, offset FROM coldchain_decisions FINAL ORDER BY 1") == [(0, 1), (1, 1), (2, 1)]
