"""Loggers' files as messages: one a reading, the same id for the same reading, bad rows refused and mendable."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from schemas.errors import USAGE, BaogongError
from streams.publish.build import Laid
from streams.publish.plan import plan
from streams.publish.rejected import RejectedFile
from streams.publish.run import Input, Known, results
from streams.publish.session import publish
from tests.streams.loggers.made import qtag, rows
from tests.streams.publish.kit import messages, planned, read, reasons, rules

LAID = Laid("c1")
TABLE = rows([4.0, 5.0, 9.5], start="2022-04-01 08:00")
CSV = "timestamp,value\n2022-04-01T00:00Z,4\n2022-04-01T00:10Z,5\n"


def named(logger: str = "logger-1", *lots: str) -> Laid:
    return Laid("c1", logger, lots)


def test_an_export_is_one_message_a_reading(tmp_path: Path) -> None:
    found = messages(read(tmp_path, qtag(TABLE), name="export.txt", laid=LAID))
    assert [(one.kind, one.consignment_id, one.logger_id, one.celsius) for one in found] == [
        ("temperature_read", "c1", "TEST0001", celsius) for celsius in (4.0, 5.0, 9.5)
    ]
    assert {one.source for one in found} == {"TEST0001"}
    assert {one.interval_minutes for one in found} == {10}
    assert len({one.event_id for one in found}) == 3
    assert all(one.event_id.startswith("log-") for one in found)


def test_a_csv_needs_the_loggers_name(tmp_path: Path) -> None:
    found = messages(read(tmp_path, CSV, laid=named("logger-1", "lot-2", "lot-1"), source="store-3"))
    assert [(one.logger_id, one.lot_ids, one.source, one.interval_minutes) for one in found] == [
        ("logger-1", ("lot-2", "lot-1"), "store-3", None)
    ] * 2
    with pytest.raises(
        BaogongError, match=r"file.csv: it does not say which logger it is of: name it with --logger ID"
    ):
        planned(tmp_path, CSV, laid=LAID)


def test_the_same_reading_always_has_the_same_id(tmp_path: Path) -> None:
    def ids(data: str, laid: Laid, **more: str) -> list[str]:
        return [one.event_id for one in messages(read(tmp_path, data, laid=laid, **more))]

    first = ids(CSV, named())
    assert ids(CSV, named()) == first
    assert ids(CSV, named(), source="somebody-else") == first
    assert ids("at;celsius\n2022-04-01T08:00:00+08:00;4,0\n", named()) == first[:1]
    assert ids(CSV + "2022-04-01T00:20Z,6\n", named())[:2] == first
    for other in (named("logger-2"), Laid("c2", "logger-1"), named("logger-1", "lot-1")):
        assert not set(ids(CSV, other)) & set(first)
    assert ids(CSV.replace(",5", ",5.1"), named())[1] != first[1]


def test_a_reading_that_two_files_hold_is_sent_once(tmp_path: Path) -> None:
    known = Known()
    sent = []
    for name in ("first.csv", "second.csv"):
        sent += list(results(planned(tmp_path, CSV, name=name, laid=named())[0], known))
    assert [one.repeats for one in sent] == [False, False, True, True]


def test_bad_rows_are_refused_with_line_and_reason_and_the_rest_goes_out(tmp_path: Path) -> None:
    data = "time,value\n2022-04-01T00:00Z,400\n2022-04-01T00:10Z,NaN\n2022-04-01T00:20,4\n2099-04-01T00:00Z,4\nx,4\n"
    found = read(tmp_path, data + "2022-04-01T00:30Z,4\n", laid=named())
    assert reasons(found) == [
        (2, "value", "impossible"),
        (3, "value", "not_a_number"),
        (4, "timestamp", "naive_time"),
        (5, "timestamp", "in_the_future"),
        (6, "timestamp", "not_a_time"),
    ]
    assert [one.celsius for one in messages(found)] == [4]


def refused_file(inputs: list[Input], path: Path) -> str:
    report = publish(inputs, None, merge=False, folder=None)
    with RejectedFile(path) as out:
        out.write(inputs[0].source, report.files[0].refusals)
    return path.read_text()


def test_refused_rows_can_be_mended_and_published(tmp_path: Path) -> None:
    bad = "\t2022-04-01 08:30\t400\tx\t\n"
    inputs = planned(tmp_path, qtag(TABLE + bad, zone="8.00"), name="export.txt", laid=LAID)
    text = refused_file(inputs, tmp_path / "export.txt.rejected.csv")
    heading, row = text.splitlines()
    assert heading == "timestamp,value,refused"
    assert row.startswith("2022-04-01T08:30:00+08:00,400,")
    mended = messages(read(tmp_path, text.replace(",400,", ",4.0,"), laid=named("TEST0001")))
    whole = messages(read(tmp_path, qtag(TABLE + bad.replace("400", "4.0"), zone="8.00"), name="e.txt", laid=LAID))
    assert [one.event_id for one in mended] == [whole[-1].event_id]


def test_a_csv_without_headings_gets_some_in_its_refused_rows(tmp_path: Path) -> None:
    inputs = planned(tmp_path, "2022-04-01T00:00Z;4\n2022-04-01T00:10Z;cold\n", laid=named())
    assert refused_file(inputs, tmp_path / "r.csv").splitlines()[0] == "timestamp;value;refused"


@pytest.mark.parametrize(
    ("name", "data", "laid", "said"),
    [
        ("a.txt", qtag(TABLE), None, "it is the export of a Q-tag CLm doc LR: say what the logger lay with"),
        ("a.csv", CSV, None, "it is a logger's readings: say what the logger lay with, with --consignment ID."),
        ("a.csv", CSV.replace("Z", ""), named(), "no time in it has an offset: name the zone with --timezone"),
        ("a.txt", qtag(TABLE, zone=""), LAID, "no time in it has an offset: name the zone with --timezone"),
        ("a.csv", CSV, Laid("c 1", "l1"), "--consignment 'c 1' can't be an id"),
        ("a.csv", CSV, Laid("c1", "l1", ("",)), "--lot '' can't be an id"),
        (
            "a.csv",
            "time,value\nx,y\n",
            named(),
            "none of its 1 rows is a reading; line 2: timestamp: 'x' is not a time",
        ),
        ("a.csv", "lot_id,quantity\nl1,4\n", LAID, "has no column for occurred_at"),
    ],
)
def test_a_call_that_does_not_say_enough_is_one_sentence(
    tmp_path: Path, name: str, data: str, laid: Laid | None, said: str
) -> None:
    with pytest.raises(BaogongError) as caught:
        planned(tmp_path, data, name=name, laid=laid, kind=None)
    assert said in str(caught.value)
    assert str(caught.value).count(name) == 1


def test_a_zone_that_the_call_names_is_that_of_naive_times(tmp_path: Path) -> None:
    from zoneinfo import ZoneInfo

    found = messages(read(tmp_path, CSV.replace("Z", ""), laid=named(), timezone=ZoneInfo("Asia/Shanghai")))
    assert found[0].occurred_at.isoformat() == "2022-03-31T16:00:00+00:00"


def test_rows_that_name_their_consignment_need_no_flag(tmp_path: Path) -> None:
    data = (
        "consignment_id,logger_id,occurred_at,celsius,source\n"
        "c1,l1,2022-04-01T00:00Z,-18.5,s1\nc1,l1,2022-04-01T00:10Z,400,s1\nc1,l1,2022-04-01T00:20Z,NaN,s1\n"
        "c1,l1,2022-04-01T00:30Z,1e400,s1\n"
    )
    found = read(tmp_path, data)
    assert [one.celsius for one in messages(found)] == [-18.5]
    assert reasons(found) == [
        (3, "celsius", "less_than_equal"),
        (4, "celsius", "not_a_number"),
        (5, "celsius", "out_of_range"),
    ]


def test_a_call_for_loggers_without_any_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stock.jsonl"
    path.write_text("{}\n")
    with pytest.raises(BaogongError, match="none of these is one") as caught:
        plan([str(path)], [], rules(laid=LAID), io.BytesIO())
    assert caught.value.code == USAGE
