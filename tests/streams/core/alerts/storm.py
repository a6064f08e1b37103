"""Random histories for the alert stage: other ledgers, officers, the roster and time, from one seed."""

from __future__ import annotations

import hashlib
import random
import sys
from datetime import timedelta
from typing import Any

from schemas.alert import AlertAcknowledge, AlertKind, AlertSilence, AlertUnsilence
from schemas.duty import Level
from tests.streams.core.alerts.scene import AREA, GRID, START, Scene, closed, duty, household, lot, need

SETTINGS: dict[str, Any] = {
    "flap_minutes": 30,
    "silent_hours": 6,
    "facility_quiet_hours": 5,
    "source_gone_days": 1,
    "price_days": 1,
    "chunk": 3,
}
_LINES = [
    (Level.GRID, GRID), (Level.GRID, AREA), (Level.COMMUNITY, AREA), (Level.COMMUNITY, GRID), (Level.DISTRICT, "sh/pd"),
    (Level.CITY, "sh"), (Level.CITY, "sh/pd"), (Level.CITY, "sh/hp"),
]  # fmt: skip


class Storm:
    """A scene under random weather."""

    def __init__(self, seed: int) -> None:
        self.random, self.scene, self.now, self.number = random.Random(seed), Scene(**SETTINGS), START, 0

    def step(self) -> None:
        """Something happens some time later."""
        self.now += timedelta(minutes=self.random.choice([0, 0, 1, 5, 20, 60, 300]))
        self.number += 1
        what = [self._ledger, self._ledger, self._ledger, self._officer, self._roster, self._time, self._rubbish]
        self.random.choice(what)()

    def _rubbish(self) -> None:
        then = self.now + timedelta(hours=self.random.choice([0, 0, -50, 50]))
        self.scene.refuses(self.random.choice(["duty.roster.v1", "alerts.messages.v1"]), self.now, then)

    def _time(self) -> None:
        self.scene.tick(self.now)

    def _ledger(self) -> None:
        one = self.random.choice([self._need, self._stock, self._price, self._household, self._check, self._letter])()
        stage = "coldchain" if one.get("type", "").startswith("check") else "supply"
        more: dict[str, Any] = {"event": self._event()} if self.random.random() < 0.3 else {}
        if one.get("type") == "rejected":
            more = {"kind": "rejected", "event": None, "topic": "t"}
        self.scene.reads(one, when=self.now, stage=stage, **more)

    def _event(self) -> dict[str, Any]:
        then = self.now - timedelta(hours=self.random.choice([0, 40]))
        source = self.random.choice(["wh1", "wh2"])
        return {
            "kind": "stock_counted", "event_id": f"e{self.number}", "occurred_at": then.isoformat(), "source": source,
            "area": AREA,
        }  # fmt: skip

    def _need(self) -> dict[str, Any]:
        name, due = f"r{self.random.randrange(4)}:rice", self.now.isoformat()
        later = (self.now + timedelta(hours=self.random.choice([-1, 1, 9]))).isoformat()
        again = {"type": "need_replanned", "need_id": name, "need_class": "other", "due_at": later}
        overdue = {"type": "need_overdue", "need_id": name, "due_at": due}
        return self.random.choice([need(name, self.now, hours=2), closed(name), overdue, again])

    def _price(self) -> dict[str, Any]:
        said = {"type": "price_recorded", "area": AREA, "item": "rice", "warehouse": f"w{self.random.randrange(2)}"}
        return {**said, "fen": self.random.choice([500, 510, 1500])}

    def _stock(self) -> dict[str, Any]:
        name = f"l{self.random.randrange(3)}"
        count = {"type": "lot_counted", "lot_id": name, "delta": self.random.randint(-9, 9)}
        floor = {"type": "floor_set", "area": AREA, "item": "rice", "quantity": 5}
        plan = {"type": "plan_set", "area": AREA, "item": "rice", "quantity": 15}
        return self.random.choice([lot(name, 6, expires="2022-04-04"), count, count, floor, plan])

    def _household(self) -> dict[str, Any]:
        return household(f"h{self.random.randrange(3)}", self.random.choice(["sealed", "controlled"]))

    def _check(self) -> dict[str, Any]:
        name = f"ck{self.random.randrange(2)}"
        failed = {
            "type": "check_failed", "check_id": name, "rule": "temperature",
            "severity": self.random.choice(["hold", "warn"]), "consignment_id": "c1", "premises_id": None,
            "lot_ids": [], "subject": "", "since": self.now.isoformat(), "reason_zh": "超温", "reason_en": "warm",
        }  # fmt: skip
        return self.random.choice([failed, {"type": "check_mended", "check_id": name}])

    def _letter(self) -> dict[str, Any]:
        return {"type": "rejected"}

    def _said(self, kind: str, **more: Any) -> dict[str, Any]:
        name = f"m{self.random.randrange(self.number + 1)}"  # now and then one that was said before
        return {"kind": kind, "event_id": name, "occurred_at": self.now, "source": "boss", **more}

    def _officer(self) -> None:
        self.scene.tick(self.now)
        ids = [*sorted(self.scene.state.ids), "al-none"]
        silence, until = f"s{self.random.randrange(3)}", self.now + timedelta(hours=self.random.randint(-1, 5))
        choice = self.random.randrange(3)
        if choice == 0:
            said = self._said("alert_acknowledge", alert_id=self.random.choice(ids), comment="here")
            self.scene.hears(AlertAcknowledge(**said))
        elif choice == 1:
            kind = self.random.choice([None, *AlertKind])
            said = self._said(
                "alert_silence", silence_id=silence, alert_kind=kind, place="sh", until=until, comment="x"
            )
            self.scene.hears(AlertSilence(**said))
        else:
            self.scene.hears(AlertUnsilence(**self._said("alert_unsilence", silence_id=silence)))

    def _roster(self) -> None:
        self.scene.tick(self.now)
        level, place = self.random.choice(_LINES)
        starts = self.now + timedelta(hours=self.random.randint(-3, 3))
        person, cut = f"p{self.random.randrange(3)}", self.random.random() < 0.2
        name, hours = f"d{self.random.randrange(4)}", self.random.randint(1, 9)
        line = duty(name, place, level, starts, starts + timedelta(hours=hours), person=person, cancelled=cut)
        self.scene.hears(line.model_copy(update={"occurred_at": self.now, "event_id": f"m{self.number}"}))


def run(seed: int, steps: int) -> Storm:
    """A storm of so many steps."""
    storm = Storm(seed)
    for _ in range(steps):
        storm.step()
    return storm


def fingerprint(seed: int, steps: int = 120) -> str:
    """Digest of all that was decided and of the state at the end."""
    scene = run(seed, steps).scene
    text = "".join(one.model_dump_json() for one in scene.said).encode()
    return hashlib.sha256(text + scene.decider.dump(scene.state)).hexdigest()


if __name__ == "__main__":
    print(fingerprint(int(sys.argv[1])))
