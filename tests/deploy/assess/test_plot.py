"""The picture of the curve: what it shows, in words that the SVG carries, and that nothing is loaded from outside."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from deploy.assess.judge import Judged, choose_profile, judge
from deploy.assess.page import page
from deploy.assess.plot import draw, picture
from schemas.errors import USAGE, BaogongError
from schemas.temperature import Profile, load_profiles
from tests.streams.loggers.made import qtag, read, rows

PROFILES = load_profiles(Path(__file__).parents[3] / "deploy" / "profiles.toml")
EVENTFUL = [5.0] * 6 + [9.0] * 8 + [None] * 6 + [5.0] * 30 + [50.0] + [5.0] * 10


def judged(values: list[float | None], profile: Profile | None = None, name: str = "file") -> Judged:
    return judge(read(qtag(rows(values)), name), profile)


def test_everything_that_happened_is_in_the_picture() -> None:
    svg = picture([judged(EVENTFUL)], "svg").decode()
    for words in ("hot breach", "alarm", "unknown", "sensor flag", "8 °C, 30 min", "within limits", "超温"):
        assert words in svg
    assert "cold breach" not in svg


def test_a_quiet_curve_shows_no_breach() -> None:
    svg = picture([judged([5.0] * 30)], "svg").decode()
    assert "breach" not in svg
    assert "unknown" not in svg


@pytest.mark.parametrize("values", [[5.0], [None], [5.0, None], [-200.0, 200.0]])
@pytest.mark.parametrize("form", ["png", "svg"])
def test_little_and_far_is_drawn_too(values: list[float | None], form: str) -> None:
    assert len(picture([judged(values, PROFILES["vaccine"])], form)) > 1000


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    several = [judged(EVENTFUL, name="<b>&.txt"), judged([5.0])]
    text = page(several, [picture([one], "svg").decode() for one in several])
    assert "<script" not in text
    assert "<b>&" not in text
    assert "&lt;b&gt;&amp;.txt" in text
    links = re.findall(r'(?:src|href|srcset|data)="([^"]*)"', text) + re.findall(r"url\(([^)]*)\)", text)
    assert links
    assert all(link.strip("'\"").startswith("#") for link in links)
    assert "@import" not in text
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_the_same_data_is_the_same_page() -> None:
    assert picture([judged(EVENTFUL)], "svg") == picture([judged(EVENTFUL)], "svg")


def test_a_picture_is_written_whole_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    draw([judged(EVENTFUL), judged([5.0])], path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["a.png"]


def test_a_picture_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(BaogongError, match="can't be written"):
        draw([judged([5.0])], tmp_path / "a.png")


def test_a_profile_that_is_not_known_names_those_that_are() -> None:
    with pytest.raises(BaogongError, match="choose one of chilled, frozen, vaccine") as caught:
        choose_profile("cool", PROFILES)
    assert caught.value.code == USAGE
    assert choose_profile("vaccine", PROFILES) is PROFILES["vaccine"]


@pytest.mark.parametrize(
    ("name", "values", "breaches"),
    [
        ("frozen", [-18.0] * 10, 0),
        ("frozen", [-17.9] * 7, 1),
        ("frozen", [-17.9] * 6, 0),
        ("chilled", [8.0] * 7, 1),
        ("chilled", [7.9] * 20, 0),
        ("chilled", [0.0] * 7, 1),
        ("vaccine", [8.0] * 61, 1),
        ("vaccine", [8.0] * 60, 0),
        ("vaccine", [-0.5] * 7, 1),
        ("vaccine", [-0.4] * 99, 0),
    ],
)
def test_boundaries_of_the_profiles(name: str, values: list[float | None], breaches: int) -> None:
    """Every ten minutes: seven readings last an hour."""
    assert len(judged(values, PROFILES[name]).assessment.breaches) == breaches
