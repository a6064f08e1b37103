"""Exports of real devices, which lie beside the project where they are at hand."""

from __future__ import annotations

import datetime as dt

import pytest

from streams.loggers.compare import compare
from streams.loggers.model import LoggerFile, Reading
from streams.loggers.read import read_logger
from tests.streams.loggers.made import NOW, SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no exports of real loggers in ../shared/data/loggers")


def real(name: str) -> LoggerFile:
    return read_logger(name, (SHARED / name).read_bytes(), now=NOW)


def test_a_qtag_says_the_same_mean_kinetic_temperature() -> None:
    file = real("qtag-clm.txt")
    found = compare(file)
    assert found is not None
    assert file.device is not None
    assert (len(file.readings), len(file.refused), len(file.missing), file.interval_minutes) == (124, 0, 0, 10)
    assert found.mkt_c == pytest.approx(file.device.mkt_c, abs=0.1)
    assert [one.code for one in found.differences] == [
        "cumulative",
        "cumulative",
        "alarm_not_in_readings",
        "breach_not_alarmed",
    ]


def test_a_fridgetag_counts_from_its_activation() -> None:
    file = real("fridgetag-ul.txt")
    found = compare(file)
    assert found is not None
    assert (len(file.readings), len(file.refused), len(file.missing), file.interval_minutes) == (835, 0, 6, 5)
    hot = [(one.minutes, ours) for one, ours in found.sums if one.alarm.kind == "hot"]
    assert hot == [(474, 459), (1440, 1440), (1440, 1440), (834, 831)]
    codes = [one.code for one in found.differences]
    assert codes == ["day_minutes", "alarm_times", "peaks", "peaks", "unmeasured"]
    assert "it counts from 16:06 on, its first logged value is of 16:21" in found.differences[0].en


@pytest.mark.parametrize("name", ["qtag-clm.txt", "fridgetag-ul.txt"])
def test_what_the_device_marks_as_out_of_limits_is_out_of_its_limits(name: str) -> None:
    file = real(name)
    found = compare(file)
    assert found is not None
    assert "marks" not in [one.code for one in found.differences]
    assert any(one.marked for one in file.readings)
    assert all(later.at - one.at == dt.timedelta(minutes=file.interval_minutes or 0) for one, later in _pairs(file))


def _pairs(file: LoggerFile) -> list[tuple[Reading, Reading]]:
    return list(zip(file.readings, file.readings[1:], strict=False))
