"""`baogong coldchain assess` as people call it: files in, reports, JSON, pictures and exit codes out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy import cli
from schemas.errors import FAILURE, USAGE
from tests.streams.loggers.made import SHARED, qtag, rows

Call = Callable[..., tuple[int, str, str]]
START = dt.datetime(2024, 5, 1, 8, tzinfo=dt.UTC)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """The command as `main` runs it: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["baogong", "coldchain", "assess", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(stop.value.code or 0), out, err

    return run


def csv(values: list[float], every: int = 10, zone: str = "Z") -> str:
    """A CSV of readings from START on."""
    lines = (f"{START + dt.timedelta(minutes=every * n):%Y-%m-%dT%H:%M}{zone},{v}\n" for n, v in enumerate(values))
    return "timestamp,value\n" + "".join(lines)


def as_json(call: Call, *arguments: object, code: int = 0) -> Any:
    found, out, _ = call(*arguments, "--json")
    assert found == code
    return json.loads(out)


def test_json_has_the_keys_that_programs_read(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv([5.0] * 6 + [9.0] * 8 + [12.0] + [5.0] * 6))
    found = as_json(call, "a.csv", "--profile", "chilled", "--scores")
    assert found["readings"] == 21
    assert found["interval_minutes"] == 10
    assert (found["gaps"], found["unknown_minutes"]) == ([], 0)
    assert found["breaches"] == [
        {
            "kind": "hot",
            "limit_c": 8.0,
            "start": "2024-05-01T09:00:00+00:00",
            "alarm_at": "2024-05-01T10:00:00+00:00",
            "end": "2024-05-01T10:30:00+00:00",
            "minutes": 90,
            "peak_c": 12.0,
        }
    ]
    assert found["out_of_range_minutes"] == {"2024-05-01": 90}
    assert 5 < found["mkt_c"] < 9
    assert (found["flags"], found["warnings"]) == ([], [])
    assert [one["at"] for one in found["scores"]][:2] == ["2024-05-01T08:00:00+00:00", "2024-05-01T08:10:00+00:00"]
    assert len(found["scores"]) == 21
    assert "scores" not in as_json(call, "a.csv", "--profile", "chilled")


def test_warnings_are_scores_of_a_half_and_more_whatever_the_unit(call: Call, tmp_path: Path) -> None:
    values = [95 + (n % 9) * 0.7 - (40 if 400 <= n < 430 else 0) for n in range(500)]
    (tmp_path / "machine.csv").write_text(csv(values, every=5, zone=""))
    found = as_json(call, "machine.csv", "--scores")
    high = [one["at"] for one in found["scores"] if one["score"] >= 0.5]
    assert high
    assert [one["at"] for one in found["warnings"]] == high
    assert all(0 <= one["score"] <= 1 for one in found["scores"])
    (tmp_path / "cut.csv").write_text(csv(values[:415], every=5, zone=""))
    assert as_json(call, "cut.csv", "--scores")["scores"] == found["scores"][:415]


def test_bad_rows_are_named_with_place_and_reason_and_the_rest_is_assessed(call: Call, tmp_path: Path) -> None:
    bad = "2024-05-02T08:00Z,400\n2024-05-02T08:10Z,NaN\n2024-05-02T08:20,5\n2099-05-02T08:00Z,5\n"
    (tmp_path / "a.csv").write_text(csv([5.0, 5.1, 5.2]) + bad)
    code, out, err = call("a.csv", "--json")
    found = json.loads(out)
    assert (code, found["readings"]) == (0, 3)
    assert [(one["line"], one["field"]) for one in found["refused"]] == [
        (5, "value"),
        (6, "value"),
        (7, "timestamp"),
        (8, "timestamp"),
    ]
    for said in (
        "line 5: value: 400 °C can't be",
        "line 6: value: 'NaN' is not a temperature",
        "line 7: timestamp: '2024-05-02T08:20' has no time zone",
        "line 8: timestamp: '2099-05-02T08:00Z' is in the future",
    ):
        assert f"a.csv, {said}" in err


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff时间;温度\r\n2024-05-01 08:00;4,5\r\n2024-05-01 08:10;5,5\r\n",
        "2024-05-01 08:00,4.5\n2024-05-01 08:10,5.5\n",
        "Date\tTime\tTemp (°C)\n2024-05-01\t08:00\t4.5\n2024-05-01\t08:10\t5.5\n",
    ],
)
def test_csv_as_spreadsheets_write_it(call: Call, tmp_path: Path, data: str) -> None:
    (tmp_path / "a.csv").write_bytes(data.encode())
    found = as_json(call, "a.csv", "--timezone", "Asia/Shanghai")
    assert (found["readings"], found["min_c"], found["max_c"]) == (2, 4.5, 5.5)
    assert found["first"] == "2024-05-01T08:00:00+08:00"


def test_an_hour_that_clocks_run_twice_is_not_guessed_and_gaps_count_real_minutes(call: Call, tmp_path: Path) -> None:
    lines = [f"2024-10-27 {hour:02}:{minute:02},5\n" for hour in range(5) for minute in (0, 15, 30, 45)]
    (tmp_path / "a.csv").write_text("timestamp,value\n" + "".join(lines))
    found = as_json(call, "a.csv", "--timezone", "Europe/Berlin")
    assert [one["line"] for one in found["refused"]] == [10, 11, 12, 13]
    assert [one["minutes"] for one in found["gaps"]] == [135]
    assert found["unknown_minutes"] == 135


def test_what_a_clock_set_back_repeats_is_flagged(call: Call, tmp_path: Path) -> None:
    text = csv([5 + n % 3 * 0.1 for n in range(40)]) + csv([6.0, 6.1, 6.2]).partition("\n")[2]
    (tmp_path / "a.csv").write_text(text)
    assert "clock_back" in {one["flag"] for one in as_json(call, "a.csv")["flags"]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\x00\x01\xfe" * 500, "is not text"),
        (b"%PDF-1.7", "is a PDF"),
        (b"<a/>", "is XML"),
        (b"timestamp,value\n", "has no readings"),
        (b"time,temp_f\n2024-05-01T08:00Z,40\n", "in °F"),
        (b"a,b,c\n1,2,3\n", "name its columns"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_sentence(call: Call, tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    code, out, err = call("a.csv")
    assert (code, out) == (FAILURE, "")
    assert err.startswith("baogong: a.csv")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--profile", "cool"), "There is no temperature profile 'cool': choose one of chilled, frozen, vaccine"),
        (("--timezone", "Mars/North"), "--timezone: 'Mars/North' is not a time zone"),
        (("--scores",), "--scores needs --json"),
        (("--plot", "a.pdf"), "name a file that ends with .png or .html"),
        (("--plot", "no/a.png"), "there is no directory no"),
        (("--profiles", "p.toml"), "name the one to judge by with --profile"),
    ],
)
def test_a_wrong_call_is_one_sentence(call: Call, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "a.csv").write_text(csv([5.0]))
    code, out, err = call("a.csv", *arguments)
    assert (code, out) == (USAGE, "")
    assert said in err


def test_a_profile_may_be_a_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        '[[profile]]\nname = "ours"\nname_zh = "自定"\nname_en = "ours"\n'
        '[[profile.limits]]\nkind = "cold"\ncelsius = 4.0\ninclusive = false\nminutes = 20\n'
    )
    (tmp_path / "a.csv").write_text(csv([5.0, 3.0, 4.0, 3.0, 3.0, 3.9, 5.0]))
    found = as_json(call, "a.csv", "--profile", "ours.toml")
    assert [(one["kind"], one["minutes"], one["peak_c"]) for one in found["breaches"]] == [("cold", 30, 3.0)]


def test_several_files_are_a_list_and_one_bad_one_does_not_stop_the_rest(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv([5.0]))
    found = as_json(call, "a.csv", "none.csv", code=FAILURE)
    assert found[0]["readings"] == 1
    assert found[1] == {"file": "none.csv", "error": "Cannot read none.csv: No such file or directory."}


def test_the_report_names_what_the_device_found_otherwise(call: Call, tmp_path: Path) -> None:
    result = (
        " MKT: 9.9\n Alarm:\n  1:\n   TS S: 2024-05-01 09:00, t A: 45, TS A: 2024-05-01 09:30, TS E: 2024-05-01 09:45\n"
    )
    (tmp_path / "a.txt").write_text(qtag(rows([5.0] * 30), result=result))
    code, out, _ = call("a.txt")
    assert code == 0
    assert "no breaches" in out
    assert "mean kinetic temperature 9.9 °C; by its readings 5.00" in out
    assert "differs the device alarmed above 8 °C from 2024-05-01 09:00" in out


def test_pictures(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv([5.0] * 6 + [9.0] * 8 + [5.0] * 6))
    assert call("a.csv", "--profile", "chilled", "--plot", "a.png")[0] == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert call("a.csv", "--profile", "chilled", "--plot", "a.html")[0] == 0
    page = (tmp_path / "a.html").read_text()
    assert "<svg" in page
    assert "<script" not in page


def test_help_has_an_example(call: Call) -> None:
    code, out, _ = call("--help")
    assert code == 0
    assert "Example: baogong coldchain assess logger.csv --profile vaccine --plot curve.png" in " ".join(out.split())


@pytest.mark.skipif(not SHARED.is_dir(), reason="no exports of real loggers in ../shared/data/loggers")
def test_a_real_export_agrees_with_its_device(call: Call) -> None:
    found = as_json(call, SHARED / "qtag-clm.txt")
    assert abs(found["mkt_c"] - found["device"]["mkt_c"]) <= 0.1
    assert [one["kind"] for one in found["breaches"]] == ["cold", "cold", "cold", "hot"]
    assert {one["code"] for one in found["device"]["differences"]} == {
        "cumulative",
        "alarm_not_in_readings",
        "breach_not_alarmed",
    }
