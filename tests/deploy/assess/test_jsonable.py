"""An assessment as JSON: numbers that JSON can carry, one score a row, silence of a device as unknown time."""

from __future__ import annotations

import json
import math
from zoneinfo import ZoneInfo

import pytest

from deploy.assess.jsonable import as_json, number
from deploy.assess.judge import judge, minutes
from tests.streams.loggers.made import qtag, read, rows


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, None), (math.nan, None), (math.inf, None), (90.0, 90), (1.236, 1.24), (-0.004, 0)],
)
def test_numbers(value: float | None, said: float | None) -> None:
    assert number(value) == said


def test_every_row_has_its_score_in_the_order_of_the_file() -> None:
    text = "at,celsius\n2024-05-01T08:10Z,5\n2024-05-01T08:00Z,4\n2024-05-01T08:10Z,5\n"
    found = as_json(judge(read(text), None), scores=True)
    assert found["readings"] == 3
    assert [one["at"][11:16] for one in found["scores"]] == ["08:10", "08:00", "08:10"]
    json.dumps(found, allow_nan=False)


def test_without_limits_that_is_said() -> None:
    found = as_json(judge(read("at,celsius\n2024-05-01T08:10Z,5\n"), None))
    assert (found["profile"], found["limits"], found["breaches"]) == (None, [], [])
    assert [note["code"] for note in found["notes"]] == ["no_limits"]
    assert found["flags"] == []


def test_a_device_is_judged_by_its_own_limits_and_its_silence_is_unknown() -> None:
    found = as_json(judge(read(qtag(rows([9.0] * 8 + [None] * 6))), None))
    assert found["profile"] == "device"
    assert found["without_value"] == 6
    assert found["unknown_minutes"] == 60
    assert [(one["minutes"], one["end"]) for one in found["breaches"]] == [(70, "2024-05-01T09:10:00+00:00")]
    assert found["device"]["serial"] == "TEST0001"
    assert [one["code"] for one in found["device"]["differences"]] == ["breach_not_alarmed"]


def test_minutes_go_by_whatever_the_clocks_say() -> None:
    zone = ZoneInfo("Europe/Berlin")
    found = judge(read("at,celsius\n2023-10-29T00:45,5\n2023-10-29T03:00,5\n", timezone=zone), None, zone)
    assert found.span is not None
    assert minutes(*found.span) == 195
