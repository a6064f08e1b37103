"""CSV of a logger: which columns, which times, what a bad row costs."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from schemas.errors import FAILURE, BaogongError
from tests.streams.loggers.made import read

AT = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def codes(data: str) -> list[tuple[int, str]]:
    return [(one.row.line, one.problem.code) for one in read(data).refused]


@pytest.mark.parametrize(
    "data",
    [
        "timestamp,value\n2024-05-01T00:00:00Z,4.5\n",
        "Time;Temperature (°C)\n2024-05-01T08:00:00+08:00;4,5\n",
        "celsius\tat\n4.5\t2024-05-01T00:00Z\n",
        "\ufefftimestamp,humidity,value\n2024-05-01T00:00Z,80,4.5 °C\n",
        "2024-05-01T00:00Z,4.5\n",
        "2024-05-01T00:00Z;4,5\n",
        "# exported by hand\n\nts,temp_c\n2024-05-01T00:00Z,+4.50\n\n",
        "date,time,temp\n2024-05-01,00:00:00+00:00,4.5\n",
        "when,value,refused\n2024-05-01T00:00Z,4.5,line 2: it was mended\n",
        '"timestamp","value"\r\n"2024-05-01 00:00:00Z","4.5"\r\n',
    ],
)
def test_columns_are_found(data: str) -> None:
    file = read(data)
    assert [(one.at, one.celsius) for one in file.readings] == [(AT, 4.5)]
    assert not file.refused
    assert not file.notes


def test_chinese_headings_and_encoding() -> None:
    file = read("记录时间,温度(℃)\n2024/5/1 8:00,-18.2\n".encode("gb18030"), timezone=SHANGHAI)
    assert [(one.at, one.celsius) for one in file.readings] == [(AT, -18.2)]


def test_times_without_any_offset_are_read_in_the_zone_named_else_in_utc_and_that_is_said() -> None:
    data = "timestamp,value\n2024-05-01 08:00,4.5\n"
    assumed, named = read(data), read(data, timezone=SHANGHAI)
    assert assumed.readings[0].at == AT + dt.timedelta(hours=8)
    assert [note.code for note in assumed.notes] == ["timezone_assumed"]
    assert named.readings[0].at == AT
    assert not named.notes


def test_a_naive_time_among_others_is_refused_even_where_a_zone_is_named() -> None:
    data = "timestamp,value\n2024-05-01T00:00Z,4\n2024-05-01T00:10,4\n2024-05-01T00:20Z,4\n"
    for timezone in (None, SHANGHAI):
        file = read(data, timezone=timezone)
        assert len(file.readings) == 2
        assert [(one.row.line, one.problem.code) for one in file.refused] == [(3, "naive_time")]


def test_days_are_those_of_the_offset_that_all_times_have() -> None:
    same = read("t,v\n2024-05-01T00:00+08:00,4\n".replace("t,v", "time,value"))
    mixed = read("time,value\n2024-05-01T00:00+08:00,4\n2024-05-01T00:00+07:00,4\n")
    assert same.zone.utcoffset(None) == dt.timedelta(hours=8)
    assert mixed.zone == dt.UTC


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2024-05-01T00:10Z,400", "impossible"),
        ("2024-05-01T00:10Z,-300", "impossible"),
        ("2024-05-01T00:10Z,NaN", "not_a_number"),
        ("2024-05-01T00:10Z,inf", "not_a_number"),
        ("2024-05-01T00:10Z,1e9", "impossible"),
        ("2024-05-01T00:10Z,four", "not_a_number"),
        ("2024-05-01T00:10Z,4.5 °F", "not_a_number"),
        ("2024-05-01T00:10Z,", "missing"),
        (",4.5", "missing"),
        ("2099-05-01T00:10Z,4.5", "in_the_future"),
        ("1999-05-01T00:10Z,4.5", "too_early"),
        ("0001-01-01T00:00+14:00,4.5", "not_a_time"),
        ("2024-05-01,4.5", "not_a_time"),
        ("01/05/2024 00:10,4.5", "not_a_time"),
        ("2024-02-30T00:10Z,4.5", "not_a_time"),
        ("1714521600,4.5", "not_a_time"),
        ("garbage", "ragged"),
        ("2024-05-01T00:10Z,4,5", "ragged"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_rest_is_read(row: str, code: str) -> None:
    data = f"timestamp,value\n2024-05-01T00:00Z,4\n{row}\n2024-05-01T00:20Z,5\n"
    file = read(data)
    assert codes(data) == [(3, code)]
    assert file.refused[0].row.raw == row
    assert [one.celsius for one in file.readings] == [4, 5]
    assert file.rows == 3


def test_dashes_mean_that_the_device_had_no_value() -> None:
    file = read("timestamp,value\n2024-05-01T00:00Z,4\n2024-05-01T00:10Z,--.-\n2024-05-01T00:20Z,---\n")
    assert len(file.missing) == 2
    assert not file.refused


def test_a_time_that_the_clocks_went_through_twice_is_refused() -> None:
    data = "timestamp,value\n2023-10-29 01:30,4\n2023-10-29 02:30,4\n"
    file = read(data, timezone=ZoneInfo("Europe/Berlin"))
    assert [one.problem.code for one in file.refused] == ["ambiguous_time"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "file is empty: it has no readings."),
        (" \n\n", "file is empty"),
        ("timestamp,value\n", "file has no readings."),
        ("<?xml version='1.0'?><a/>", "file is XML: wanted is a CSV"),
        ('{"a": 1}', "file is JSON: wanted is a CSV"),
        ("%PDF-1.4 text", "file is a PDF: take the text export"),
        ("PK\x03\x04", "file is a workbook or an archive: save its sheet as CSV"),
        ("a\x00b", "file is not text"),
        ("just words\nand more words\n", "file is not a logger's CSV: name its columns"),
        ("one,two,three\n1,2,3\n", "file is not a logger's CSV: name its columns"),
        ("time,temp,temperature\n2024-05-01T00:00Z,4,5\n", "is not a logger's CSV"),
        ("time,temp_f\n2024-05-01T00:00Z,40\n", "its temperatures are in °F: give them in °C."),
        ("time,value\nsoon,4\nlater,5\n", "none of its 2 rows is a reading; line 2: timestamp: 'soon' is not a time"),
    ],
)
def test_what_is_no_readings_is_one_sentence(data: str, said: str) -> None:
    with pytest.raises(BaogongError) as caught:
        read(data)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.code == FAILURE


def test_unknown_headings_of_two_columns_are_taken_in_order_and_that_is_said() -> None:
    file = read("Zeit,Wert\n2024-05-01T00:00Z,4.5\n")
    assert [one.celsius for one in file.readings] == [4.5]
    assert [note.code for note in file.notes] == ["columns_by_order"]
