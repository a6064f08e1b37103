"""Cold-chain records from files: lots as lines, unknown profiles refused, keys of their topics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.errors import BaogongError
from schemas.topics import COLDCHAIN, DRIVERS, INSPECTIONS
from streams.publish.files import JSON_LIMIT
from streams.publish.kinds import find_kind
from tests.streams.publish.kit import AT, messages, planned, read, reasons

DECLARED = "consignment_id,profile,lot_id,item,quantity,expires_on,occurred_at,source\n"
STEPS = "consignment_id,step,facility,lot_id,quantity,occurred_at,source\n"
PROFILES = frozenset({"frozen", "chilled"})


def lot(number: int, item: str = "rice", profile: str = "frozen", consignment: str = "c1", quantity: str = "10") -> str:
    return f"{consignment},{profile},lot{number},{item},{quantity},2022-12-31,{AT},customs\n"


def test_rows_of_one_consignment_are_its_lots(tmp_path: Path) -> None:
    found = read(tmp_path, DECLARED + lot(1) + lot(2, "milk") + lot(3, consignment="c2"), profiles=PROFILES)
    first, second = messages(found)
    assert (first.kind, first.consignment_id, first.profile) == ("consignment_declared", "c1", "frozen")
    assert [(one.lot_id, one.item, one.quantity) for one in first.lots] == [("lot1", "rice", 10), ("lot2", "milk", 10)]
    assert second.consignment_id == "c2"


def test_an_unknown_profile_is_refused_with_its_line_and_the_known_names(tmp_path: Path) -> None:
    found = read(tmp_path, DECLARED + lot(1) + lot(2, profile="frosen", consignment="c2"), profiles=PROFILES)
    assert reasons(found) == [(3, "profile", "unknown_profile")]
    assert "'frosen' is not a temperature profile here: chilled, frozen" in str(found[1].problems[0])
    assert len(messages(found)) == 1
    assert len(messages(read(tmp_path, DECLARED + lot(2, profile="frosen")))) == 1, (
        "no profiles known: nothing to check"
    )


def test_a_bad_lot_refuses_its_consignment_and_no_other(tmp_path: Path) -> None:
    found = read(tmp_path, DECLARED + lot(1) + lot(2, "gold") + lot(3, consignment="c2"))
    assert reasons(found) == [(2, "", "fellow_refused"), (3, "item", "unknown_item")]
    assert [one.consignment_id for one in messages(found)] == ["c2"]


def test_a_lot_over_its_items_limit_is_refused(tmp_path: Path) -> None:
    assert reasons(read(tmp_path, DECLARED + lot(1, quantity="100001"))) == [(2, "quantity", "over_limit")]


def test_a_lot_that_stands_twice_is_refused_not_added_up(tmp_path: Path) -> None:
    found = read(tmp_path, DECLARED + lot(1) + lot(1))
    assert [code for _, _, code in reasons(found)] == ["lot_twice", "lot_twice"]


def test_steps_are_grouped_by_all_that_makes_them_one_report(tmp_path: Path) -> None:
    rows = [("cleared", "lot1", 5), ("cleared", "lot2", 6), ("warehoused", "lot1", 5), ("warehoused", "", "")]
    text = "".join(f"c1,{step},f1,{name},{count},{AT},f1\n" for step, name, count in rows[:3])
    first, second = messages(read(tmp_path, STEPS + text))
    assert [(one.lot_id, one.quantity) for one in first.quantities] == [("lot1", 5), ("lot2", 6)]
    assert second.step == "warehoused"
    (bare,) = messages(read(tmp_path, STEPS + f"c1,warehoused,f1,,,{AT},f1\n"))
    assert bare.quantities == ()


def test_a_handover_keeps_both_times_and_seals(tmp_path: Path) -> None:
    text = (
        "consignment_id,from_party,to_party,given_at,taken_at,seal_given,seal_found,lot_id,quantity,occurred_at,source\n"
        f"c1,p1,p2,{AT},{AT},s1,s2,lot1,5,{AT},p2\nc1,p1,p2,{AT},{AT},s1,s2,lot2,6,{AT},p2\n"
    )
    (message,) = messages(read(tmp_path, text))
    assert (message.seal_given, message.seal_found, len(message.quantities)) == ("s1", "s2", 2)


def test_lots_that_became_others_are_said_in_json(tmp_path: Path) -> None:
    body = {
        "kind": "lots_transformed",
        "consignment_id": "c1",
        "occurred_at": AT,
        "source": "f1",
        "inputs": [{"lot_id": "lot1", "quantity": 10}],
        "outputs": [{"lot_id": "lot9", "item": "rice", "quantity": 8.0}],
    }
    (message,) = messages(read(tmp_path, json.dumps(body), name="made.json"))
    assert message.outputs[0].quantity == 8
    body["outputs"] = [{"lot_id": "lot9", "item": "gold", "quantity": 8}]
    assert reasons(read(tmp_path, json.dumps(body), name="made.json")) == [(1, "item", "unknown_item")]
    with pytest.raises(BaogongError, match="lots_transformed has lists that rows can't spell: write it as JSON"):
        planned(tmp_path, "consignment_id,inputs,outputs\n", kind=find_kind("lots_transformed"))


def test_driver_tests_and_inspections(tmp_path: Path) -> None:
    driver = f"driver_id,result,occurred_at,source\nd1,negative,{AT},lab\n"
    finding = (
        f"premises_id,finding_id,text,deadline,occurred_at,source\nm1,f1,无台账,2022-04-05T08:00:00+08:00,{AT},i1\n"
    )
    assert messages(read(tmp_path, driver))[0].kind == "driver_tested"
    assert messages(read(tmp_path, finding))[0].kind == "finding_reported"


def test_keys_of_the_topics() -> None:
    assert find_kind("temperature_read").topic is COLDCHAIN
    assert find_kind("finding_mended").topic is INSPECTIONS
    assert find_kind("driver_tested").topic is DRIVERS
    assert [topic.key for topic in (COLDCHAIN, INSPECTIONS, DRIVERS)] == ["consignment_id", "premises_id", ""]


def test_a_document_that_is_too_large_is_refused_with_its_size(tmp_path: Path) -> None:
    text = '[{"note": "' + "x" * JSON_LIMIT + '"}]'
    with pytest.raises(
        BaogongError, match=r"big.json has 32 MiB, and a JSON document may have 32: split it, or write it"
    ):
        planned(tmp_path, text, name="big.json")
