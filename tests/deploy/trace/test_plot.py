"""The picture of a trace shows what the ledger decided, not what a file of the same readings would say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.trace.plot import MOST, plot
from deploy.trace.search import Story
from schemas.errors import BaogongError
from schemas.temperature import load_profiles
from streams.lineage.dossier import Dossier
from streams.lineage.graph import Kind
from streams.trail import Subject
from tests.streams.lineage.ledgers import Ledgers

PROFILES = load_profiles(Path(__file__).parents[3] / "deploy" / "profiles.toml")
START = dt.datetime(2022, 4, 1, tzinfo=dt.UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def at(minute: int) -> str:
    return (START + dt.timedelta(minutes=minute)).isoformat()


def dossier(loggers: int = 1, warm: int = 0, profile: str = "frozen") -> Dossier:
    """A consignment with these loggers, of which the last `warm` have a breach that the ledger dates 00:10 to 00:40."""
    file = Dossier("C0", declared={"profile": profile})
    for number in range(loggers):
        about: dict[str, Any] = {"consignment_id": "C0", "logger_id": f"g-{number}"}
        file.take({"type": "logger_placed", "lot_ids": ["L1"], **about})
        for minute in range(0, 60, 10):
            file.take({"type": "reading_recorded", "at": at(minute), "celsius": -20.0 + minute / 100, **about})
        if number >= loggers - warm:
            span = {"start": at(10), "alarm_at": at(30), "end": at(40), "peak_c": -19.7}
            kind = {"type": "breach_opened", "breach_id": f"b-{number}", "kind": "hot", "limit_c": -18.0}
            file.take({**kind, **span, **about})
    return file


def story(file: Dossier | None) -> Story:
    ledgers = Ledgers()
    ledgers.declared("C0", ["L1"])
    hunt = ledgers.hunt(Kind.CONSIGNMENT, "C0")
    return Story(Subject.CONSIGNMENT, "C0", (), (), hunt, {} if file is None else {"C0": file}, "here")


def test_the_page_has_each_logger_with_the_ledgers_breaches(tmp_path: Path) -> None:
    path = tmp_path / "c.html"
    assert plot(story(dossier(2, warm=1)), PROFILES, ZONE, path) == 2
    page = path.read_text()
    assert "C0 · g-0 (L1)" in page and "C0 · g-1 (L1)" in page
    assert page.count("Breaches 超限事件") == 1 and "2022-04-01 08:10" in page and "hot breach" in page


def test_a_png_is_drawn_and_readings_of_an_unknown_profile_have_no_limits(tmp_path: Path) -> None:
    assert plot(story(dossier(profile="strange")), PROFILES, ZONE, tmp_path / "c.png") == 1
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    plot(story(dossier(profile="strange")), PROFILES, ZONE, tmp_path / "c.html")
    assert "the profile strange is not known here" in (tmp_path / "c.html").read_text()


def test_of_too_many_loggers_those_with_breaches_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "c.html"
    assert plot(story(dossier(MOST + 2, warm=2)), PROFILES, ZONE, path) == MOST + 2
    page = path.read_text()
    assert page.count("<section>") == MOST
    assert f"g-{MOST + 1} (L1)" in page and "g-9 (L1)" not in page  # g-8 and g-9 come last by name


def test_nothing_to_draw_is_said(tmp_path: Path) -> None:
    with pytest.raises(BaogongError, match="No temperature is known of consignment C0: there is nothing to draw"):
        plot(story(None), PROFILES, ZONE, tmp_path / "c.png")
    assert not list(tmp_path.iterdir())
