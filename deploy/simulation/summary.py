"""What a supervisor reads at the end of the day: every figure is an SQL question on the views in ClickHouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from deploy.simulation.alerts import AlertLine, ask_alerts
from deploy.simulation.coldchain_summary import ColdChain, ask_coldchain
from sinks.clickhouse.client import Client

AGES: Final = (4, 8, 24)
"""Hours at which the columns of the table of unmet needs end; the last column has no end."""
CLASSES: Final = ("life_threatening", "critical", "sealed", "other")

_REQUESTS: Final = """
SELECT count(), countIf(state = 'filled'), countIf(state = 'open' AND done > 0),
    countIf(state = 'open' AND done = 0 AND lacking = 0), countIf(state = 'open' AND done = 0 AND lacking > 0),
    countIf(state = 'withdrawn'), countIf(state = 'refused')
FROM requests LEFT JOIN
    (SELECT partition, request_id, sum(delivered) AS done, sum(missing) AS lacking FROM needs
     GROUP BY partition, request_id) AS units USING (partition, request_id)"""
_UNMET: Final = """
SELECT need_class, toUInt8(arrayCount(hours -> age_hours >= hours, [4, 8, 24])) AS age, count(), sum(missing),
    countIf(overdue)
FROM open_needs WHERE missing > 0 GROUP BY need_class, age ORDER BY need_class, age"""
_ITEMS: Final = """
SELECT item, asked, done, moving, lacking, available, held, expired, gone
FROM (SELECT item, sum(available_units) AS available, sum(held_units) AS held, sum(expired_units) AS expired,
          sum(written_off_units) AS gone FROM stock GROUP BY item) AS shelves
FULL JOIN (SELECT item, sum(quantity) AS asked, sum(delivered) AS done, sum(allocated + in_transit) AS moving,
          sum(missing) AS lacking FROM needs WHERE state NOT IN ('cancelled', 'amended') GROUP BY item) AS wanted
USING (item) ORDER BY item"""
_DISPATCHES: Final = """
SELECT state, count(), countIf(overdue), countIf(recalled) FROM dispatches GROUP BY state ORDER BY state"""
_FAILURES: Final = """
SELECT failure, count() FROM dispatches WHERE state = 'failed' GROUP BY failure ORDER BY count() DESC, failure"""
_REJECTED: Final = """
SELECT code, count(), arraySort(groupUniqArray(source_topic)) FROM rejected_messages GROUP BY code
ORDER BY count() DESC, code"""
_REFUSED_LINES: Final = "SELECT code, count() FROM refused_lines GROUP BY code ORDER BY count() DESC, code"
_HOLDS: Final = """
SELECT hold_id, why, length(lots_held), active FROM holds
WHERE hold_id NOT IN (SELECT hold_id FROM coldchain_holds) ORDER BY placed_at, hold_id"""
_RELEASED: Final = """
SELECT reason, count(), sum(-reserved) FROM lot_movements WHERE movement = 'allocation_released'
GROUP BY reason ORDER BY reason"""
_LEDGER: Final = """
SELECT stage, sum(records), sum(accepted_records), sum(fenced_records), sum(rejected_messages), sum(decisions)
FROM ledger_partitions GROUP BY stage"""


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests by what became of them; together they are `filed`."""

    filed: int
    filled: int
    partly_filled: int
    """Something was delivered, something is still open."""
    under_way: int
    """Nothing delivered yet, and stock set aside or on the road for all of it."""
    unmet: int
    """Nothing delivered, and no stock for at least a part of it."""
    withdrawn: int
    refused: int


@dataclass(frozen=True, slots=True)
class Unmet:
    """Open needs of a class for which stock is missing, by age."""

    need_class: str
    needs: tuple[int, ...]
    """One figure for each age: up to 4 h, 8 h, 24 h, and older."""
    overdue: int
    units: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item in units: what was asked and what lies in the warehouses. Withdrawn needs are left out."""

    item: str
    asked: int
    delivered: int
    under_way: int
    missing: int
    available: int
    held: int
    expired: int
    written_off: int


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Dispatches by how they ended; `out`: not confirmed yet. `overdue`: late, whether confirmed since or not.

    `recalled`: called back on their way, since a lot in the bag was held.
    """

    ordered: int
    by_outcome: dict[str, int]
    out: int
    overdue: int
    recalled: int
    failures: dict[str, int]


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold by people and the number of lots that it met."""

    hold_id: str
    why: str
    lots: int
    active: bool


@dataclass(frozen=True, slots=True)
class Released:
    """Reservations taken back for one reason."""

    reason: str
    allocations: int
    units: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Messages refused for one reason."""

    code: str
    messages: int
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows of one stage's ledger in ClickHouse."""

    records: int
    accepted: int
    fenced: int
    rejected: int
    decisions: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The day as ClickHouse tells it."""

    requests: Requests
    unmet: tuple[Unmet, ...]
    items: tuple[ItemLine, ...]
    deliveries: Deliveries
    holds: tuple[Hold, ...]
    released: tuple[Released, ...]
    rejected: tuple[Rejected, ...]
    refused_lines: dict[str, int]
    coldchain: ColdChain
    alerts: tuple[AlertLine, ...]
    ledgers: dict[str, Ledger]
    """By stage."""


def ask(client: Client) -> Summary:
    """Put all questions; raises BaogongError where ClickHouse does not answer."""
    return Summary(
        requests=Requests(*_only(client, _REQUESTS)),
        unmet=unmet_by_class(client.rows(_UNMET)),
        items=tuple(ItemLine(str(row[0]), *_ints(row[1:])) for row in client.rows(_ITEMS)),
        deliveries=_deliveries(client),
        holds=tuple(
            Hold(str(name), str(why), int(lots), bool(active)) for name, why, lots, active in client.rows(_HOLDS)
        ),
        released=tuple(Released(str(why), int(n), int(units)) for why, n, units in client.rows(_RELEASED)),
        rejected=tuple(Rejected(str(code), int(n), tuple(topics)) for code, n, topics in client.rows(_REJECTED)),
        refused_lines={str(code): int(n) for code, n in client.rows(_REFUSED_LINES)},
        coldchain=ask_coldchain(client),
        alerts=ask_alerts(client),
        ledgers={str(stage): Ledger(*_ints(figures)) for stage, *figures in client.rows(_LEDGER)},
    )


def unmet_by_class(rows: list[tuple[Any, ...]]) -> tuple[Unmet, ...]:
    """Rows of (class, column of its age, needs, units, overdue) as one line a class, all classes, in their order."""
    lines = []
    for need_class in CLASSES:
        found = {int(age): _ints(figures) for name, age, *figures in rows if str(name) == need_class}
        needs = tuple(found.get(age, [0])[0] for age in range(len(AGES) + 1))
        lines.append(
            Unmet(need_class, needs, sum(each[2] for each in found.values()), sum(each[1] for each in found.values()))
        )
    return tuple(lines)


def _deliveries(client: Client) -> Deliveries:
    states = {str(state): _ints(figures) for state, *figures in client.rows(_DISPATCHES)}
    return Deliveries(
        ordered=sum(count for count, *_ in states.values()),
        by_outcome={state: count for state, (count, *_) in states.items() if state != "out"},
        out=states.get("out", [0])[0],
        overdue=sum(overdue for _, overdue, _ in states.values()),
        recalled=sum(recalled for *_, recalled in states.values()),
        failures={str(failure): int(count) for failure, count in client.rows(_FAILURES)},
    )


def _only(client: Client, sql: str) -> list[int]:
    """The figures of a question with one row; what is nothing is 0."""
    return _ints(client.rows(sql)[0])


def _ints(values: Any) -> list[int]:
    return [int(value or 0) for value in values]
