"""Text exports: their sections, their data table, and what is missing or broken in them."""

from __future__ import annotations

import datetime as dt

import pytest

from schemas.errors import FAILURE, BaogongError
from schemas.temperature import BreachKind
from streams.loggers.device import zone_of
from streams.loggers.limits import device_profile
from tests.streams.loggers.made import HEADING, SIGNED, day, fridgetag, qtag, read, rows

START = dt.datetime(2024, 5, 1, 8, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def test_readings_and_device_of_a_qtag() -> None:
    result = (
        " TS Stop: 2024-05-01 09:05\n Min T: 4.0, TS Min T: 2024-05-01 08:00\n Max T: 9.5, TS Max T: 2024-05-01 08:30\n"
        " MKT: 6.1\n Avrg T: 6.0\n Alarm:\n  1:\n   TS S: 2024-05-01 08:21, t A: 44, TS A: 2024-05-01 08:51, TS E:, "
        "T M: 9.6, TS M: 2024-05-01 08:33\n  5:\n   TS S: 2024-05-01 08:01, t A: 3, TS A:, TS E: 2024-05-01 08:04\n"
    )
    file = read(qtag(rows([4.0, 5.1, 9.0, None, 9.5]), result))
    assert [(one.at, one.celsius, one.marked) for one in file.readings] == [
        (START, 4.0, False),
        (START + 10 * MINUTE, 5.1, False),
        (START + 20 * MINUTE, 9.0, True),
        (START + 40 * MINUTE, 9.5, True),
    ]
    assert file.missing == (START + 30 * MINUTE,)
    assert file.interval_minutes == 10
    assert not file.notes
    device = file.device
    assert device is not None
    assert (device.model, device.serial, device.mkt_c, device.activation_kj_mol) == (
        "Q-tag CLm doc LR",
        "TEST0001",
        6.1,
        83,
    )
    assert [(one.number, one.kind, one.celsius, one.minutes, one.cumulative) for one in device.alarms] == [
        ("1", BreachKind.HOT, 8.0, 30, False),
        ("2", BreachKind.HOT, 8.0, 60, True),
        ("4", BreachKind.COLD, 2.0, 60, True),
        ("5", BreachKind.COLD, 2.0, 20, False),
    ]
    hot, cold = device.events
    assert (hot.start, hot.alarm_at, hot.end) == (START + 21 * MINUTE, START + 51 * MINUTE, None)
    assert (hot.minutes, hot.peak_c) == (44, 9.6)
    assert (cold.alarm_at, cold.end) == (None, START + 4 * MINUTE)
    assert (device.started_at, device.stopped_at) == (START, START + 65 * MINUTE)


def test_days_of_a_fridgetag_without_a_data_table() -> None:
    days = day(1, "2024-05-02", "700, TS A: 10:10, C A: 1", top=12.5) + day(2, "2024-05-01", "0", cold="5", timeout=7)
    file = read(fridgetag(None, days))
    assert not file.readings
    assert [note.code for note in file.notes] == ["no_readings"]
    device = file.device
    assert device is not None
    assert [(one.date.day, one.alarm.kind, one.minutes) for one in device.sums] == [
        (1, BreachKind.COLD, 5),
        (1, BreachKind.HOT, 0),
        (2, BreachKind.COLD, 0),
        (2, BreachKind.HOT, 700),
    ]
    assert device.sums[3].alarm_at == dt.datetime(2024, 5, 2, 2, 10, tzinfo=dt.UTC)
    assert [(one.max_c, one.unmeasured_minutes) for one in device.days] == [(7.0, 7), (12.5, 0)]


def test_the_zone_gives_the_offset() -> None:
    file = read(qtag(rows([4.0]), zone="-3.50"))
    assert file.readings[0].at == START + dt.timedelta(hours=3, minutes=30)
    assert file.zone.utcoffset(None) == -dt.timedelta(hours=3, minutes=30)


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("0.00", 0), ("8", 480), ("5.50", 330), ("5.30", 330), ("5.75", 345), ("5.45", 345), ("-9.5", -570)],
)
def test_zones(said: str, minutes: int) -> None:
    zone = zone_of(said)
    assert zone is not None
    assert zone.utcoffset(None) == minutes * MINUTE


@pytest.mark.parametrize("said", ["", "CET", "99", "nan"])
def test_a_zone_that_can_not_be_is_none_and_utc_is_said_to_be_assumed(said: str) -> None:
    assert zone_of(said) is None
    assert "timezone_assumed" in [note.code for note in read(qtag(rows([4.0]), zone=said)).notes]


def test_fahrenheit_is_turned_into_celsius() -> None:
    file = read(qtag(rows([39.2]), " MKT: 50.0\n", conf=" Temp unit: F\n"))
    assert file.readings[0].celsius == 4.0
    assert file.device is not None
    assert file.device.mkt_c == 10.0


def test_other_columns_and_ways_to_write_a_time() -> None:
    table = "\tT\tdd.MM.yyyy hh:mm:ss\n\t4.5\t01.05.2024 08:00:00\n"
    file = read(qtag("").replace(HEADING, table))
    assert [(one.at, one.celsius, one.marked) for one in file.readings] == [(START, 4.5, None)]


@pytest.mark.parametrize("instead", [" ", "   "])
def test_a_table_that_lost_its_tabs_is_read(instead: str) -> None:
    file = read(qtag(rows([4.0, 9.0])).replace("\t", instead))
    assert [(one.celsius, one.marked) for one in file.readings] == [(4.0, False), (9.0, True)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("\t2024-05-01 08:10\t400\t\t", "impossible"),
        ("\t2024-05-01 08:10\tNaN\t\t", "not_a_number"),
        ("\t2099-05-01 08:10\t4.0\t\t", "in_the_future"),
        ("\t2024-13-01 08:10\t4.0\t\t", "not_a_time"),
        ("\t2024-05-01 08:10", "malformed"),
        ("\t?????", "malformed"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_rest_is_read(row: str, code: str) -> None:
    text = qtag(rows([4.0]) + row + "\n" + rows([5.0], start="2024-05-01 08:20"))
    file = read(text)
    assert [one.celsius for one in file.readings] == [4.0, 5.0]
    assert [one.problem.code for one in file.refused] == [code]
    assert text.splitlines()[file.refused[0].row.line - 1] == row


def test_a_refused_row_can_be_mended_and_read_as_csv() -> None:
    file = read(qtag(rows([4.0]) + "\t2024-05-01 08:10\t400\tx\t\n", zone="8.00"))
    assert file.header == "timestamp,value"
    assert file.refused[0].row.raw == "2024-05-01T08:10:00+08:00,400"


def test_an_export_that_was_cut_short_says_so() -> None:
    whole = qtag(rows([4.0, 5.0, 6.0]))
    cut = read(whole[: whole.index("6.0")])
    assert [one.celsius for one in cut.readings] == [4.0, 5.0]
    assert [note.code for note in cut.notes] == ["incomplete"]
    assert len(cut.refused) == 1


@pytest.mark.parametrize("length", [8, 30, 200, 400])
def test_an_export_without_anything_in_it_is_one_sentence(length: int) -> None:
    with pytest.raises(BaogongError, match="without readings and daily sums: it was cut short") as caught:
        read(qtag(rows([4.0]))[:length])
    assert caught.value.code == FAILURE


def test_an_export_is_known_without_its_first_line() -> None:
    text = qtag(rows([4.0])).replace("Device: Q-tag CLm doc LR\n", "")
    assert len(read(text).readings) == 1


def test_the_devices_own_limits_are_its_single_event_alarms() -> None:
    device = read(qtag(rows([4.0]))).device
    assert device is not None
    profile = device_profile(device)
    assert profile is not None
    assert [(one.kind, one.celsius, one.inclusive, one.minutes) for one in profile.limits] == [
        (BreachKind.HOT, 8.0, False, 30),
        (BreachKind.COLD, 2.0, False, 20),
    ]
    assert profile.activation_kj_mol == 83.0
    assert profile.mkt


def test_alarms_that_contradict_each_other_are_no_limits() -> None:
    text = qtag(rows([4.0])).replace("Type: 1, T AL: 2.0", "Type: 1, T AL: 20.0")
    device = read(text).device
    assert device is not None
    assert device_profile(device) is None


def test_mkt_says_nothing_where_the_device_guards_frozen_goods() -> None:
    text = fridgetag(rows([-19.0], every=5)).replace("T AL: -0.5", "T AL: -90.0").replace("T AL: +8.0", "T AL: -15.0")
    device = read(text + "").device
    assert device is not None
    profile = device_profile(device)
    assert profile is not None
    assert not profile.mkt


def test_signature_lines_are_no_readings() -> None:
    assert read(qtag(rows([4.0]), end=SIGNED)).rows == 1
