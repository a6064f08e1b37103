"""What the device found against what its readings show: differences have names and reasons, agreement has none."""

from __future__ import annotations

import pytest

from streams.loggers.compare import Comparison, compare
from tests.streams.loggers.made import day, fridgetag, qtag, read, rows

HOT = [4.0, 4.0, 9.0, 9.0, 9.0, 9.0, 9.0, 4.0, 4.0]
"""Out of range from 08:20 to 09:10: 50 minutes."""
COLD = [4.0, 4.0, 1.0, 1.0, 1.0, 4.0, 4.0]
"""From 08:20 to 08:50: the last reading out lies 20 minutes after the first."""


def event(number: int, start: str, alarm: str, end: str, minutes: int) -> str:
    began, alarmed, ended = (f"2024-05-01 {one}" if one else "" for one in (start, alarm, end))
    return f"Alarm:\n  {number}:\n   TS S: {began}, t A: {minutes}, TS A: {alarmed}, TS E: {ended}\n"


def compared(values: list[float | None], result: str = "") -> Comparison:
    found = compare(read(qtag(rows(values), f" {result}" if result else "")))
    assert found is not None
    return found


def codes(found: Comparison) -> list[str]:
    return [one.code for one in found.differences]


def test_a_csv_has_no_device() -> None:
    assert compare(read("time,value\n2024-05-01T00:00Z,4\n")) is None


def test_agreement_within_a_logging_interval_is_no_difference() -> None:
    assert codes(compared(HOT, event(1, "08:15", "08:45", "09:05", 50))) == []
    assert codes(compared([4.0] * 5)) == []


def test_an_alarm_further_off_than_an_interval_is_told() -> None:
    found = compared(HOT, event(1, "08:09", "08:39", "09:05", 56))
    assert codes(found) == ["alarm_times"]
    (one,) = found.differences
    assert "the device says from 2024-05-01 08:09 to 2024-05-01 09:05, alarm at 2024-05-01 08:39, 56 min" in one.en
    assert "the readings from 2024-05-01 08:20 to 2024-05-01 09:10, alarm at 2024-05-01 08:50, 50 min" in one.en
    assert "it measures more often than it logs (every 10 min)" in one.en
    assert "设备测量比记录（每 10 分钟）更频繁" in one.zh


def test_an_alarm_that_the_readings_do_not_show_long_enough() -> None:
    found = compared([4.0, 1.0, 1.0, 4.0], event(5, "08:05", "08:25", "08:29", 24))
    assert codes(found) == ["alarm_not_in_readings"]
    assert "are out of range from 2024-05-01 08:10 to 2024-05-01 08:30, too few for 20 min" in found.differences[0].en


def test_an_alarm_of_which_the_readings_show_nothing() -> None:
    found = compared([4.0] * 9, event(5, "08:31", "08:51", "08:55", 24))
    assert "show nothing out of range then" in found.differences[0].en
    assert "均未超限" in found.differences[0].zh


def test_a_breach_that_the_device_did_not_alarm_on() -> None:
    found = compared(COLD)
    assert codes(found) == ["breach_not_alarmed"]
    assert "below 2 °C from 2024-05-01 08:20 to 2024-05-01 08:50 (30 min), but the device did not alarm" in (
        found.differences[0].en
    )


def test_a_cumulative_alarm_is_no_single_event() -> None:
    scattered = [4.0, 9.0, 4.0, 9.0, 4.0, 9.0, 4.0, 9.0, 4.0, 9.0, 4.0, 9.0, 4.0]
    found = compared(scattered, event(2, "08:10", "09:40", "", 62))
    assert codes(found) == ["cumulative"]
    assert "added up (62 min; by the readings 60)" in found.differences[0].en


@pytest.mark.parametrize(("said", "expected"), [("4.0", []), ("4.1", []), ("4.2", ["mkt"])])
def test_mean_kinetic_temperature_is_compared(said: str, expected: list[str]) -> None:
    found = compared([4.0] * 9, f"MKT: {said}\n")
    assert codes(found) == expected
    assert found.mkt_c == pytest.approx(4.0)


def test_a_peak_between_two_readings_is_told() -> None:
    found = compared([4.0, 5.0], "Min T: 4.0, TS Min T: 2024-05-01 08:00\n Max T: 7.1, TS Max T: 2024-05-01 08:05\n")
    assert codes(found) == ["peaks"]
    assert "over all: the device measured 4 to 7.1 °C, its readings lie in 4 to 5" in found.differences[0].en


def test_marks_that_contradict_the_limits_are_told() -> None:
    text = qtag(rows([4.0, 9.0, 4.0]).replace("9.0\tx", "9.0\t"))
    found = compare(read(text))
    assert found is not None
    assert codes(found) == ["marks"]


def test_daily_sums_agree_or_are_told_with_the_reason() -> None:
    table = rows([4.0] * 12 + [9.0] * 12 + [4.0] * 200, every=5, start="2024-05-01 08:20")
    same = compare(read(fridgetag(table, day(1, "2024-05-01", "62", top=9.0))))
    more = compare(read(fridgetag(table, day(1, "2024-05-01", "90", top=9.0))))
    assert same is not None
    assert more is not None
    assert codes(same) == []
    assert [ours for _, ours in same.sums] == [0, 60]
    assert codes(more) == ["day_minutes"]
    assert more.differences[0].en == (
        "2024-05-01: the device counts 90 min above 8 °C, the readings give 60: "
        "it counts from 07:50 on, its first logged value is of 08:20"
    )
    assert more.differences[0].zh == (
        "2024-05-01：设备计 90 分钟高于 8 °C，按记录为 60 分钟：设备自 07:50 起计，首条有效记录为 08:20"
    )


def test_alarms_by_day_agree_or_are_told() -> None:
    table = rows([4.0] * 12 + [9.0] * 130, every=5, start="2024-05-01 07:50")
    days = {said: day(1, "2024-05-01", f"650{said}", top=9.0) for said in ("", ", TS A: 18:52", ", TS A: 18:00")}
    found = {said: compare(read(fridgetag(table, one))) for said, one in days.items()}
    assert [codes(one) for one in found.values() if one] == [["breach_not_alarmed"], [], ["alarm_times"]]
    early = compare(read(fridgetag(rows([4.0] * 100, every=5), day(1, "2024-05-01", "0, TS A: 09:00", top=4.0))))
    assert early is not None
    assert codes(early) == ["alarm_not_in_readings"]


def test_days_of_which_the_file_has_no_readings_are_one_difference() -> None:
    days = day(1, "2024-05-03", "0") + day(2, "2024-05-02", "30", top=9.0) + day(3, "2024-04-30", "40", top=9.0)
    found = compare(read(fridgetag(rows([4.0] * 100, every=5), days)))
    assert found is not None
    assert codes(found) == ["days_without_readings"]
    assert "70 min out of its limits on 2 days (2024-04-30 to 2024-05-02)" in found.differences[0].en


def test_a_device_without_readings_has_sums_and_no_differences() -> None:
    found = compare(read(fridgetag(None, day(1, "2024-05-02", "700"))))
    assert found is not None
    assert [ours for _, ours in found.sums] == [None, None]
    assert not found.differences
