"""Looking for names in a record's bytes: quickly where many are asked for, and never past one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.trace import stores
from deploy.trace.stores import Look
from streams.lineage.hunt import Ask


def look(*asks: Ask) -> Look:
    found = Look()
    for ask in asks:
        found.add(ask.needle)
    return found


def value(*names: str) -> bytes:
    return json.dumps({"decisions": [{"id": name} for name in names]}, ensure_ascii=False).encode()


@pytest.mark.parametrize("quick", [16, -1])
@pytest.mark.parametrize("name", ["r1", 'r"1', "r\\1", "需求-1", "a:b:c"])
def test_whole_names_and_their_beginnings_are_seen(name: str, quick: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "QUICK", quick)
    whole, prefix = Ask("supply", (), name), Ask("supply", (), name, prefix=True)
    assert look(whole).sees(value("x", name))
    assert not look(whole).sees(value(f"{name}1", f"{name}:rice", "x"))
    assert look(prefix).sees(value(f"{name}:rice"))
    assert not look(prefix).sees(value(name, f"{name}1:rice"))


@given(st.lists(st.text('ab:"\\需', min_size=1, max_size=5), max_size=30), st.lists(st.text('ab:"\\需', max_size=7)))
def test_the_quick_look_passes_over_nothing(asked: list[str], there: list[str]) -> None:
    seen = look(*(Ask("supply", (), name) for name in asked)).sees(value(*there))
    assert seen or set(asked).isdisjoint(there)
