"""What holds in any history, at any prefix: one open alert a subject, each ended once, replay bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.alert import AlertKind, AlertRaised, AlertResolved, AlertSeverity, AlertUnsilenced
from schemas.ledger import ClockTicked
from streams.core.alerts import life
from streams.core.alerts.roster import on_duty
from streams.core.alerts.state import row_of
from streams.core.decider import Fact
from streams.core.instants import from_us
from tests.streams.core.alerts.scene import Scene
from tests.streams.core.alerts.storm import SETTINGS, Storm, fingerprint, run

ROOT = Path(__file__).parents[4]
SEEDS = range(25)


def iso(us: int) -> str:
    """As in the subject of hours that nobody covers."""
    return from_us(us).isoformat().replace("+00:00", "Z")


def check_life(scene: Scene) -> None:
    """Raised only where nothing is open, everything else only about what is open, no episode twice."""
    opened: dict[str, tuple[str, str, int]] = {}
    keys: dict[tuple[str, str], str] = {}
    numbers: dict[str, int] = {}
    for one in scene.said:
        if isinstance(one, AlertRaised):
            key = (one.kind.value, one.subject)
            assert key not in keys, f"two open for {key}"
            keys[key] = one.alert_id
            assert one.alert_id not in opened
            opened[one.alert_id] = (*key, one.episode)
            assert one.episode > numbers.get(one.alert_id, 0), "an episode that was there before"
            numbers[one.alert_id] = one.episode
        elif hasattr(one, "alert_id"):
            assert opened[one.alert_id][2] == one.episode
            if isinstance(one, AlertResolved):
                kind, subject, _ = opened.pop(one.alert_id)
                del keys[kind, subject]
    assert keys.keys() == scene.state.alerts.keys()


@pytest.mark.parametrize("seed", SEEDS)
def test_never_two_open_for_one_subject_at_any_prefix(seed: int) -> None:
    storm = Storm(seed)
    for _ in range(60):
        storm.step()
        check_life(storm.scene)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_so_is_what_is_open_once_time_has_caught_up(seed: int) -> None:
    scene = run(seed, 60).scene
    state = scene.state
    flapping = {key for key, alert in state.alerts.items() if alert.flapping}
    assert set(state.alerts) - flapping <= set(state.truths) <= set(state.alerts)
    assert len(state.pending) == 0
    flagged = {subject for kind, subject in state.truths if kind == AlertKind.DUTY_UNCOVERED.value}
    assert flagged == {f"{area}:{iso(begins)}" for area, gaps in state.gaps.items() for begins, _ in gaps}
    for key, alert in state.alerts.items():
        assert alert.silenced is life.is_silenced(state, key, alert.place) or key not in state.truths
        truth = state.truths.get(key)
        lower = truth is not None and (truth.severity, alert.severity) == (
            AlertSeverity.WARNING,
            AlertSeverity.CRITICAL,
        )
        assert lower is (state.easing.get(key) is not None)
        assert truth is None or lower or truth.severity is alert.severity
        assert truth is None or alert.owner == on_duty(state, alert.kind, alert.place, alert.level)
        if truth is not None and alert.kind is AlertKind.DUTY_UNCOVERED:
            assert lower or alert.detail == truth.detail
    assert list(state.rows) == sorted(row_of(alert) for alert in state.alerts.values())
    assert not state.sweeps


@pytest.mark.parametrize("seed", SEEDS)
def test_flapping_ends_only_after_quiet_and_time_alone_ends_silences(seed: int) -> None:
    storm = run(seed, 60)
    scene = storm.scene
    told = len(scene.said)
    scene.tick(storm.now + timedelta(days=4))
    assert not any(key not in scene.state.truths for key in scene.state.alerts)
    assert all(alert.severity is scene.state.truths[key].severity for key, alert in scene.state.alerts.items())
    assert scene.state.silences == {}
    assert all(one.type != "alert_silenced" for one in scene.said[told:])
    check_life(scene)


def test_deciding_again_what_was_said_yields_a_repeat() -> None:
    class Twice(Scene):
        repeats = 0

        def hears(self, message):
            super().hears(message)
            again = self.decider.decide(self.state, message)
            assert [one.type for one in again] == ["repeat_ignored"]
            self.repeats += 1
            return self

    storm = Storm(7)
    storm.scene = Twice(**SETTINGS)
    for _ in range(80):
        storm.step()
    assert storm.scene.repeats > 10


def test_a_tick_at_once_has_nothing_to_do_when_nothing_waits() -> None:
    scene = run(3, 80).scene
    due = scene.decider.next_due(scene.state)
    assert due is not None
    now = ClockTicked(at=max(due, due))
    assert scene.decider.decide(scene.state, now.model_copy(update={"at": due - timedelta(microseconds=1)})) == []


def test_replaying_the_records_gives_the_same_state() -> None:
    class Recorder(Scene):
        def __init__(self, **settings):
            self.facts: list[Fact] = []
            super().__init__(**settings)

        def _apply(self, fact):
            self.facts.append(fact)
            super()._apply(fact)

    storm = Storm(11)
    storm.scene = Recorder(**SETTINGS)
    for _ in range(80):
        storm.step()
    decider = storm.scene.decider
    state = decider.initial()
    for number, fact in enumerate(storm.scene.facts):
        state = decider.evolve(state, fact)
        if number % 17 == 0:  # a snapshot on the way
            state = decider.load(decider.dump(state))
    assert decider.dump(state) == decider.dump(storm.scene.state)
    assert any(isinstance(one, AlertUnsilenced) for one in storm.scene.said)


def test_other_processes_decide_the_same() -> None:
    command = [sys.executable, "-m", "tests.streams.core.alerts.storm", "5"]
    found = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "4711")
    }
    assert found == {fingerprint(5)}
