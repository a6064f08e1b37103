"""Spans: what was so from when until when, made from the ledgers in steps, so that any moment can be asked for at once.

A step takes a range of offsets of one ledger partition and inserts, by one INSERT SELECT a table, what follows from the
spans so far and the records in the range. It is planned first: the plan's token is its first offset, so of several
makers the first one's plan counts, and all make the same. An insert's token is its step, and it inserts only while its
step is the newest one and its rows are not there: it has effect once, however often and however late it comes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sinks.clickhouse.client import Client, Row
from sinks.clickhouse.queries.literal import literal
from sinks.clickhouse.spans.tables import MARKS, TABLES, Made

STEP: Final = 50_000
"""Records in one step at most: a step is one block a table, so that it is there whole or not at all."""
TIDY: Final = 20
"""Steps of a ledger partition after which the spans that go on are merged."""
TIDY_RECORDS: Final = 100_000
"""Records after which they are."""
_ONE_BLOCK: Final = {
    "max_threads": 1,
    "max_insert_threads": 1,
    "max_block_size": 10_000_000,
    "min_insert_block_size_rows": 10_000_000,
    "min_insert_block_size_bytes": 4 << 30,
    "optimize_on_insert": 0,
    "async_insert": 0,
}
_PARAMETER: Final = re.compile(r"\{(\w+):([\w(), ']+)\}")
_INCLUDE: Final = re.compile(r"^-- include: (\w+)$", re.MULTILINE)
_WITH: Final = re.compile(r"^-- with (\w+)\n(.*?)^-- end\n", re.MULTILINE | re.DOTALL)
_GOES_ON: Final = "(valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))"
_OF_STEP: Final = "stage = {stage:String} AND partition = {partition:UInt32}"
_IN_STEP: Final = _OF_STEP + " AND offset >= {lo:UInt64} AND offset < {hi:UInt64}"
_ENDS: Final = """
    SELECT stage, partition, max(offset) + 1 FROM ledger_records GROUP BY stage, partition ORDER BY stage, partition"""
_MARKS: Final = ", ".join(f"if(countIf(accepted AND {what}) > 0, ['{name}'], [])" for name, what in MARKS.items())
_DECIDED: Final = f"""
    WITH
        (SELECT (sumIf(decision_count, accepted), count(), arrayConcat({_MARKS}))
            FROM ledger_records FINAL WHERE {_IN_STEP}) AS told,
        (SELECT count() FROM rows_set_aside FINAL WHERE {_IN_STEP}
            AND offset NOT IN (SELECT offset FROM ledger_records WHERE {_IN_STEP})) AS aside,
        (SELECT (count(), groupUniqArray(type)) FROM decisions FINAL WHERE {_IN_STEP}) AS decided
    SELECT told.1 = decided.1 AND told.2 + aside = {{hi:UInt64}} - {{lo:UInt64}}, arrayConcat(decided.2, told.3)"""
_LAST_PLAN: Final = f"SELECT lo, hi, known FROM span_plans WHERE {_OF_STEP} ORDER BY lo DESC, planned_at LIMIT 1"
_THE_PLAN: Final = (
    f"SELECT hi, known FROM span_plans WHERE {_OF_STEP} AND lo = {{lo:UInt64}} ORDER BY planned_at LIMIT 1"
)
_KNOWN: Final = f"""
    SELECT max(valid_from) FROM ledger_heads WHERE {_OF_STEP} AND {_GOES_ON}"""
_NEWEST: Final = f"(SELECT max(lo) FROM span_plans WHERE {_OF_STEP}) = {{lo:UInt64}}"
_NOT_YET: Final = f"""if({_GOES_ON},
    (SELECT count() FROM (SELECT 1 FROM $table WHERE $of AND {_GOES_ON} AND made_in = {{lo:UInt64}} LIMIT 1)),
    (SELECT count() FROM (SELECT 1 FROM $table WHERE $of AND NOT {_GOES_ON} AND made_in = {{lo:UInt64}} LIMIT 1))
    ) = 0"""
_TIMES: Final = f"""
    SELECT min(offset), known_at
    FROM
    (
        SELECT offset, greatest({{known:DateTime64(6, 'UTC')}}, ifNull(max(recorded_at)
            OVER (ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), {{known:DateTime64(6, 'UTC')}}))
            AS known_at
        FROM ledger_records FINAL
        WHERE {_IN_STEP} AND accepted
    )
    GROUP BY known_at
    ORDER BY known_at
    LIMIT {{few:UInt32}} + 1"""
FEW: Final = 100
"""So many times at which records of a step were written are put into its statements; more are looked up in a join."""
_COLUMNS: Final = """
    SELECT table, name FROM system.columns
    WHERE database = currentDatabase() AND default_kind NOT IN ('MATERIALIZED', 'ALIAS') ORDER BY table, position"""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAN_COLUMNS: Final = ("stage", "partition", "lo", "hi", "known")


@dataclass(frozen=True, slots=True)
class Step:
    """Offsets `lo` up to, not including, `hi` of a ledger partition; `known`: known time at which it begins."""

    stage: str
    partition: int
    lo: int
    hi: int
    known: datetime = _NEVER

    def sql(self, text: str, **more: Any) -> str:
        """A statement with the step's values in it."""
        values = {"stage": self.stage, "partition": self.partition, "lo": self.lo, "hi": self.hi, "known": self.known}
        return _PARAMETER.sub(lambda found: literal({**values, **more}[found[1]], found[2]), text)


class SpanMaker:
    """Brings the spans of one ClickHouse up to its ledgers; several may run at once.

    `only`: these ledger partitions (None: all of them).
    """

    def __init__(self, client: Client, step: int = STEP, only: Collection[int] | None = None) -> None:
        self._client, self._step, self._only = client, step, only
        self._done: dict[tuple[str, int], int] = {}
        self._columns: dict[str, str] = {}
        self._untidy: dict[tuple[str, int], int] = {}
        self.behind = 0
        """Records that spans were not yet made of, when it last looked."""

    def catch_up(self, made: Callable[[int], None] | None = None, stop: threading.Event | None = None) -> int:
        """Make every span that the ledgers allow; returns how many records that took. Raises as Client does.

        `made` is told after each round how many records it took; `stop` ends it between two steps.
        """
        whole = 0
        while steps := self._run_round(stop or threading.Event()):
            whole += steps
            if made is not None:
                made(steps)
        return whole

    def _run_round(self, stop: threading.Event) -> int:
        made = behind = 0
        for stage, partition, end in self._client.rows(_ENDS):
            if stop.is_set():
                return 0
            if self._only is not None and partition not in self._only:
                continue
            lo = self._position(stage, partition)
            hi = min(end, lo + self._step)
            types = self._decided(Step(stage, partition, lo, hi)) if lo < hi else None
            if types is not None:
                step = self._plan(Step(stage, partition, lo, hi, self._known(Step(stage, partition, lo, hi))))
                self._run(step, types if step.hi == hi else None)
                made += step.hi - step.lo
                where = (stage, partition)
                self._untidy[where] = self._untidy.get(where, 0) + 1 + (step.hi - step.lo) * TIDY // TIDY_RECORDS
                if self._untidy[where] >= TIDY:
                    self._tidy(step)
                    self._untidy[where] = 0
            behind += end - self._done[stage, partition]
        self.behind = behind
        return made

    def _position(self, stage: str, partition: int) -> int:
        """Where the next step begins: after the last plan, which is run again in case its maker ended in the middle."""
        known = self._done.get((stage, partition))
        if known is not None:
            return known
        for lo, hi, since in self._client.rows(Step(stage, partition, 0, 0).sql(_LAST_PLAN)):
            self._run(Step(stage, partition, lo, hi, since))
        return self._done.setdefault((stage, partition), 0)

    def _known(self, step: Step) -> datetime:
        ((known,),) = self._client.rows(step.sql(_KNOWN))
        found: datetime = known
        return found

    def _plan(self, wanted: Step) -> Step:
        data: list[list[Any]] = [[getattr(wanted, name)] for name in _PLAN_COLUMNS]
        token = f"plan/{wanted.stage}/{wanted.partition}/{wanted.lo}"
        self._client.insert("span_plans", _PLAN_COLUMNS, data, token)
        ((hi, known),) = self._client.rows(wanted.sql(_THE_PLAN))
        return Step(wanted.stage, wanted.partition, wanted.lo, hi, known)

    def _decided(self, step: Step) -> frozenset[str] | None:
        """Marks, and types of decisions, in the range; None while rows are missing: decisions come after records."""
        ((there, types),) = self._client.rows(step.sql(_DECIDED))
        return frozenset(types) if there else None

    def _run(self, step: Step, types: frozenset[str] | None = None) -> None:
        found = types if types is not None else self._decided(step)
        if found is None:
            return
        times = self._client.rows(step.sql(_TIMES, few=FEW))
        for made in TABLES:
            if made.concerns(step.stage, found):
                self._client.rows(
                    self._insert(made, step, found, times),
                    None,
                    insert_deduplication_token=f"{made.table}/{step.stage}/{step.partition}/{step.lo}",
                    **_ONE_BLOCK,
                )
        self._done[step.stage, step.partition] = step.hi

    def _insert(self, made: Made, step: Step, found: frozenset[str], times: Sequence[Row]) -> str:
        columns = self._columns_of(made.table)
        rows, still = columns, _NEWEST
        if made.spans:  # rows that come twice count twice, and a token is forgotten one day
            of = _OF_STEP if "stage" in columns.split(", ") else "partition = {partition:UInt32}"
            still += " AND " + _NOT_YET.replace("$table", made.table).replace("$of", of)
            rows = columns.replace(", made_in,", ", {lo:UInt64},")
        types = found & made.types if made.types else found
        told = text(made.table, types | {step.stage}, len(times) <= FEW)
        known = {"firsts": [first for first, _ in times], "times": [at for _, at in times]}
        sql = step.sql(told, types=sorted(types), **known)
        return f"INSERT INTO {made.table} ({columns}) SELECT {step.sql(rows)} FROM\n({sql}\n)\nWHERE {step.sql(still)}"

    def _tidy(self, step: Step) -> None:
        """Merge what goes on in this ledger partition: spans that were taken back vanish."""
        for made in TABLES:
            if made.spans and made.is_of(step.stage):
                of = f"'{step.stage}', " if "stage" in self._columns_of(made.table).split(", ") else ""
                self._client.run(f"OPTIMIZE TABLE {made.table} PARTITION ({of}{step.partition}, 1) FINAL")

    def _columns_of(self, table: str) -> str:
        if not self._columns:
            for name, column in self._client.rows(_COLUMNS):
                self._columns[name] = f"{self._columns[name]}, {column}" if name in self._columns else column
        return self._columns[table]


@cache
def text(name: str, present: frozenset[str], few: bool) -> str:
    """The SELECT of a table's step, its parts put in, its parameters still open.

    `present`: stage and types of decisions of the step; what is only about others is left out (`-- with WORD` to
    `-- end`). `few`: records were written at few times.
    """
    folder = files(__name__)
    whole = (folder / f"{name}.sql").read_text(encoding="utf-8")
    while found := _INCLUDE.search(whole):
        part = (folder / "parts" / f"{found[1]}{'_few' if few else ''}.sql").read_text(encoding="utf-8")
        whole = whole[: found.start()] + part + whole[found.end() :]
    return _WITH.sub(lambda block: block[2] if block[1] in present else "", whole)
