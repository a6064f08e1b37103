"""Distances from files: what is wrong is said with its line, what is missing with the line to add."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from deploy.lab.distances import NO_ROAD, areas_of, complete, of_real_data, read, roads_of
from schemas.errors import USAGE, BaogongError
from streams.core.transfers.settings import TransferSettings
from tests.streams.core.supply.spec import AREA, ELSEWHERE, filed, received


def written(path: Path, *lines: str) -> Path:
    file = path / "km.csv"
    file.write_text("\n".join(("from,to,km", *lines)) + "\n", encoding="utf-8")
    return file


def test_a_pair_holds_both_ways_unless_both_are_said(tmp_path: Path) -> None:
    ways = read(written(tmp_path, "a,b,12.4", "b,c,7", "c,b,9", "a,c,none"))
    assert ways == {
        ("a", "b"): 12, ("b", "a"): 12, ("b", "c"): 7, ("c", "b"): 9, ("a", "c"): NO_ROAD, ("c", "a"): NO_ROAD,
    }  # fmt: skip
    assert complete(ways, {"a", "b", "c"}, "km.csv") == {pair: km for pair, km in ways.items() if km != NO_ROAD}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("a,b,far",), "line 2: km must be a number, or \"none\" where there is no road, not 'far'."),
        (("a,b,3", "a,b,4"), "line 3: the pair was said in line 2 already."),
        (("a,b,-3",), "line 2: km must be between 0 and 5000."),
        (("a,b,nan",), "line 2: km must be between 0 and 5000."),
        (("a,a,3",), "line 2: 'from' and 'to' must name two areas."),
        (("a,b,3", ",b,3"), "line 3: 'from' and 'to' must name two areas."),
        (("a,b",), "line 2: km must be a number"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(BaogongError) as error:
        read(written(tmp_path, *lines))
    assert words in str(error.value) and str(tmp_path / "km.csv") in str(error.value)
    assert error.value.code == USAGE


def test_other_headings_and_no_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,c\n")
    with pytest.raises(BaogongError, match="line 1: the headings must be from, to, km"):
        read(tmp_path / "x.csv")
    with pytest.raises(BaogongError, match="Cannot read the distances"):
        read(tmp_path / "nowhere.csv")


def test_a_pair_of_which_nothing_is_said_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, f"{AREA},x,3")
    messages = [filed("r1"), received("l", 1, area=ELSEWHERE)]
    assert areas_of(messages) == {AREA, ELSEWHERE}
    with pytest.raises(BaogongError, match=rf"km.csv says no distance from {ELSEWHERE} to {AREA}: add the line"):
        roads_of(TransferSettings(), messages, file, real=False)


def test_without_a_file_the_city_s_own_distances_hold() -> None:
    assert roads_of(TransferSettings(), [], None, real=False).off
    own = TransferSettings(distances={"a": {"b": 3}})
    assert roads_of(own, [], None, real=False).km("b", "a") == 3


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ppe_match") is None, reason="the package ppe-match is not installed")
def test_the_real_distances_know_every_pair_of_areas() -> None:
    ways = of_real_data()
    areas = {one for one, _ in ways}
    assert len(areas) == 16 and len(ways) == 16 * 15
    assert complete(ways, areas, "ppe-match") == ways
