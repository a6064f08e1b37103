"""Rows become messages: ids from content, lines from rows, limits of the catalogue, every reason told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.household import Group
from schemas.request import RequestLine
from streams.publish.run import Known, results
from tests.streams.publish.kit import AT, RECEIPTS, REQUESTS, messages, planned, read, reasons, receipt, request

HOUSEHOLDS = "household_id,grid,infants,adults,groups,tier,occurred_at,source,area\n"


def test_flat_columns_fill_nested_models(tmp_path: Path) -> None:
    (message,) = messages(read(tmp_path, HOUSEHOLDS + f"h1,a1/g1,1,2,dialysis;infant,sealed,{AT},grid,a1\n"))
    assert (message.members.infants, message.members.adults, message.members.elderly) == (1, 2, 0)
    assert message.groups == {Group.DIALYSIS, Group.INFANT}


def test_an_empty_quantity_stays_unknown(tmp_path: Path) -> None:
    (message,) = messages(read(tmp_path, REQUESTS + request(quantity="")))
    assert message.lines == (RequestLine(item="rice", quantity=None),)


def test_consecutive_rows_with_one_request_id_are_one_request(tmp_path: Path) -> None:
    found = read(tmp_path, REQUESTS + request(1, item="rice") + request(1, item="milk", quantity="") + request(2))
    first, second = messages(found)
    assert first.lines == (RequestLine(item="rice", quantity=5), RequestLine(item="milk"))
    assert second.request_id == "r2"
    assert [len(one.rows) for one in found] == [2, 1]


def test_a_bad_row_refuses_its_whole_request_and_no_other(tmp_path: Path) -> None:
    found = read(tmp_path, REQUESTS + request(1) + request(1, item="gold") + request(2))
    assert reasons(found) == [(2, "", "fellow_refused"), (3, "item", "unknown_item")]
    assert [message.request_id for message in messages(found)] == ["r2"]


def test_a_broken_row_inside_a_request_refuses_the_request(tmp_path: Path) -> None:
    found = read(tmp_path, REQUESTS + request(1) + '"r1"x,broken\n' + request(1, item="milk") + request(2))
    assert reasons(found) == [(2, "", "fellow_refused"), (3, "", "malformed"), (4, "", "fellow_refused")]
    found = read(tmp_path, REQUESTS + request(1) + '"r"x,broken\n' + request(2))
    assert reasons(found) == [(3, "", "malformed")]
    assert len(messages(found)) == 2


def test_rows_of_one_request_must_agree(tmp_path: Path) -> None:
    found = read(tmp_path, REQUESTS + request(1) + request(1, item="milk", who="h2"))
    assert reasons(found) == [(2, "requester_id", "rows_differ"), (3, "requester_id", "rows_differ")]


def test_a_request_that_comes_apart_in_the_file_is_refused_not_dropped_later(tmp_path: Path) -> None:
    found = read(tmp_path, REQUESTS + request(1) + request(2) + request(1, item="milk"))
    assert [message.request_id for message in messages(found)] == ["r1", "r2"]
    assert reasons(found) == [(4, "request_id", "id_used_twice")]


def test_items_twice_in_one_request_are_refused(tmp_path: Path) -> None:
    found = read(tmp_path, REQUESTS + request(1) + request(1))
    assert [code for _, _, code in reasons(found)] == ["value_error", "value_error"]


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("100001", "over_limit"),
        ("1e14", "over_limit"),
        ("99999999999999999999", "over_limit"),
        ("1e41", "out_of_range"),
        ("-5", "greater_than"),
        ("0", "greater_than"),
        ("NaN", "not_a_number"),
        ("0.5", "fraction"),
        ("", "missing"),
        ("=HYPERLINK(1)", "formula"),
    ],
)
def test_bad_quantities_are_refused_with_a_reason(tmp_path: Path, quantity: str, code: str) -> None:
    assert reasons(read(tmp_path, RECEIPTS + receipt(quantity=quantity))) == [(2, "quantity", code)]


def test_limits_themselves_are_allowed(tmp_path: Path) -> None:
    assert len(messages(read(tmp_path, RECEIPTS + receipt(quantity="100000.0")))) == 1
    assert len(messages(read(tmp_path, REQUESTS + request(quantity="1000")))) == 1
    assert reasons(read(tmp_path, REQUESTS + request(quantity="1001"))) == [(2, "quantity", "over_limit")]


def test_all_problems_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    row = "lot1,gold,w1,many,soon,2022-04-01 08:00,w1,sh/a1\n"
    assert set(reasons(read(tmp_path, RECEIPTS + row))) == {
        (2, "item", "unknown_item"),
        (2, "quantity", "not_a_number"),
        (2, "expires_on", "not_a_time"),
        (2, "occurred_at", "naive_time"),
    }


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2022-04-10T01:00:01Z", "in_the_future"),
        ("1969-12-31T23:59:59Z", "greater_than_equal"),
        ("2022-04-01 08:00:00", "naive_time"),
        ("", "missing"),
    ],
)
def test_times_that_no_fact_can_have(tmp_path: Path, at: str, code: str) -> None:
    assert reasons(read(tmp_path, RECEIPTS + receipt().replace(AT, at))) == [(2, "occurred_at", code)]


def test_the_call_fills_in_what_the_file_does_not_say(tmp_path: Path) -> None:
    data = "lot_id,quantity,area\nL1,5,a\n"
    (message,) = messages(read(tmp_path, data, source="w9", occurred_at="2022-04-01T00:00:00+00:00"))
    assert (message.kind, message.source) == ("stock_counted", "w9")
    (own,) = messages(read(tmp_path, "lot_id,quantity,area,source\nL1,5,a,own\n", source="w9", occurred_at=AT))
    assert own.source == "own"


def test_a_kind_column_gives_each_row_its_kind(tmp_path: Path) -> None:
    data = f"kind,lot_id,quantity,reason,occurred_at,source,area\nstock_counted,L1,5,,{AT},w,a\n"
    data += f"stock_written_off,L1,2,rotten,{AT},w,a\n"
    found = read(tmp_path, data + f"stock_counted,L1,5,why,{AT},w,a\nnonsense,L1,5,,{AT},w,a\n")
    assert [message.kind for message in messages(found)] == ["stock_counted", "stock_written_off"]
    assert reasons(found) == [(4, "reason", "unknown_field"), (5, "kind", "unknown_kind")]


def test_json_may_nest_what_csv_spells_flat(tmp_path: Path) -> None:
    common = {"occurred_at": AT, "source": "s", "area": "a", "requester_id": "h1", "taken_by": "t"}
    nested = {
        **common,
        "request_id": "r1",
        "lines": [{"item": "rice", "quantity": 5.0}, {"item": "milk", "quantity": None}],
    }
    flat = {**common, "request_id": "r2", "item": "rice", "quantity": 5}
    bad = {**common, "request_id": "r3", "lines": [{"item": "rice", "quantity": 1.5}]}
    both = {**common, "request_id": "r4", "lines": [{"item": "rice"}], "item": "milk"}
    data = "\n".join(json.dumps(one) for one in (nested, flat, bad, both, {"x": 1}))
    found = read(tmp_path, data, name="f.jsonl")
    assert [[line.quantity for line in message.lines] for message in messages(found)] == [[5, None], [5]]
    assert [(line, code) for line, _, code in reasons(found)] == [
        (3, "fraction"),
        (4, "lines_twice"),
        (5, "unknown_kind"),
    ]


@pytest.mark.parametrize(
    "poison",
    [
        {"quantity": []},
        {"quantity": {"a": 1}},
        {"lot_id": 5},
        {"lot_id": "a b"},
        {"lot_id": "x" * 129},
        {"lot_id": "\x00"},
        {"lot_id": "\ud800"},
        {"item": ["rice"]},
        {"occurred_at": 5},
        {"surprise": 1},
        {"area": "../../etc"},
        {"origin": "x" * 501},
    ],
)
def test_poison_values_are_refused(tmp_path: Path, poison: dict[str, object]) -> None:
    good = {
        "lot_id": "L1",
        "item": "rice",
        "warehouse": "w",
        "quantity": 5,
        "occurred_at": AT,
        "source": "s",
        "area": "a",
    }
    found = read(tmp_path, json.dumps(good | poison), name="f.json", kind=None)
    assert messages(found) == []
    assert len(reasons(found)) >= 1


def test_derived_ids_are_the_same_on_every_run_and_in_every_process(tmp_path: Path) -> None:
    data = HOUSEHOLDS + f"h1,a1/g1,1,2,dialysis;infant;pregnant,sealed,{AT},grid,a1\n"
    (message,) = messages(read(tmp_path, data))
    assert (
        message.event_id == "pub-1d7345bf6e49e5015eb67a7d86081e58"
    )  # for ever: a file published again must not count twice
    code = (
        "import sys; from pathlib import Path; from tests.streams.publish.kit import read, messages;"
        f"print(messages(read(Path(sys.argv[1]), {data!r}))[0].event_id)"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            env={"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == message.event_id


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_ids_differ_exactly_where_the_content_does(tmp_path: Path, data: st.DataObject) -> None:
    row = st.tuples(st.sampled_from(["L1", "L2"]), st.integers(0, 2), st.sampled_from(["08", "09"]))
    rows = data.draw(st.lists(row, max_size=12))
    text = "lot_id,quantity,occurred_at,source,area\n"
    text += "".join(f"{lot},{n},2022-04-01T{hour}:00:00Z,w,a\n" for lot, n, hour in rows)
    found = read(tmp_path, text)
    assert len({message.event_id for message in messages(found)}) == len(set(rows)) == len(messages(found))
    assert sum(len(one.rows) for one in found if one.repeats) == len(rows) - len(set(rows))


def test_the_same_instant_in_another_zone_is_the_same_content(tmp_path: Path) -> None:
    (here,) = messages(read(tmp_path, RECEIPTS + receipt()))
    (there,) = messages(read(tmp_path, RECEIPTS + receipt().replace(AT, "2022-04-01T00:00:00Z")))
    assert here.event_id == there.event_id
    said = [
        read(tmp_path, "lot_id,quantity,area,source\nL1,5,a,w\n", occurred_at=at) for at in (AT, "2022-04-01T00:00:00Z")
    ]
    assert len({message.event_id for found in said for message in messages(found)}) == 1


def test_identical_rows_are_one_fact_unless_the_mapping_says_otherwise(tmp_path: Path) -> None:
    mapping = 'kind = "stock_written_off"\nidentical_rows = "distinct"\n[fields]\n' + "".join(
        f'{name} = "{name}"\n' for name in ("lot_id", "quantity", "reason", "occurred_at", "source", "area")
    )
    data = "lot_id,quantity,reason,occurred_at,source,area\n" + f"L1,1,broken,{AT},w,a\n" * 3
    same = read(tmp_path, data)
    assert [one.repeats for one in same] == [False, True, True]
    distinct = messages(read(tmp_path, data, mapping))
    assert len({message.event_id for message in distinct}) == 3
    assert distinct[0].event_id == messages(same)[0].event_id
    assert messages(read(tmp_path, data, mapping)) == distinct


def test_ids_of_the_file_are_kept_and_may_not_say_two_things(tmp_path: Path) -> None:
    data = "event_id,lot_id,quantity,occurred_at,source,area\n"
    data += f"e1,L1,5,{AT},w,a\ne1,L1,5,{AT},w,a\ne1,L1,6,{AT},w,a\n"
    found = read(tmp_path, data)
    assert [message.event_id for message in messages(found)] == ["e1"]
    assert [one.repeats for one in found[:2]] == [False, True]
    assert reasons(found) == [(4, "event_id", "id_used_twice")]


def test_repeats_are_known_over_all_files_of_a_call(tmp_path: Path) -> None:
    known = Known()
    for name, repeats in (("a.csv", False), ("b.csv", True)):
        (one,) = planned(tmp_path, RECEIPTS + receipt(), name=name)
        assert [built.repeats for built in results(one, known)] == [repeats]  # type: ignore[union-attr]


def test_words_of_contacts_never_stand_in_a_reason(tmp_path: Path) -> None:
    data = "household_id,name,phone,door,occurred_at,source,area\n" + f"h1,=王芳,138 0000,9-1,{AT},g,a\n"
    data += f"h2,{'王芳' * 300},=138,9-1,{AT},g,a\nh3,\x07王芳,138,9-1,{AT},g,a\n"
    found = read(tmp_path, data)
    assert len(reasons(found)) >= 3
    words = [str(problem) for one in found for problem in one.problems]
    assert not any("王芳" in word or "138" in word for word in words)
