"""How things stand now: the supply ledger folded, with the reserve plans, which the stage itself does not need."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from schemas.errors import FAILURE, BaogongError
from schemas.topics import SUPPLY_LEDGER
from streams.core.supply.state import Place, State
from streams.ledger.fold import Folded
from streams.ledger.reader import KafkaReader
from streams.stages import City, supply


@dataclass
class Standing:
    """`today`: ordinal of the ledger's own present day."""

    states: list[State] = field(default_factory=list)
    plans: dict[Place, int] = field(default_factory=dict)
    today: int = 0

    @property
    def areas(self) -> set[str]:
        """Areas with people, stock, requests or plans."""
        places = [place for state in self.states for place in state.shelves]
        return {area for area, _ in (*places, *self.plans)} | {area for one in self.states for area in one.requesters}


def read(kafka: str, city: City) -> Standing:
    """Fold every partition of the supply ledger; raises BaogongError where it is empty."""
    standing, stage = Standing(), supply(city)
    with KafkaReader(kafka) as reader:
        for partition in reader.partitions(SUPPLY_LEDGER.name):
            folded = Folded.empty(stage, partition)
            for record in reader.open(SUPPLY_LEDGER.name, partition):
                if folded.take(record.offset, record.value) is None and b'"plan_set"' in (record.value or b""):
                    _plans(standing, record.value or b"")
            standing.states.append(folded.state)
            if folded.ticked_at is not None:
                day = folded.ticked_at.astimezone(ZoneInfo(city.supply.timezone)).toordinal()
                standing.today = max(standing.today, day)
    if not standing.today:
        raise BaogongError("The supply ledger is empty: nothing is known yet.", FAILURE)
    return standing


def _plans(standing: Standing, value: bytes) -> None:
    for decision in from_json(value)["decisions"]:
        if decision["type"] == "plan_set":
            standing.plans[decision["area"], decision["item"]] = decision["quantity"]
