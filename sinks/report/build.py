"""Asks ClickHouse for the report; the answer is the same whenever the same time is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from schemas.errors import USAGE, BaogongError
from sinks.clickhouse import queries
from sinks.clickhouse.client import Client, Row
from sinks.report.asking import Ask, answers, own_statement
from sinks.report.model import Behind, Cell, Kind, Question, Report, Section
from sinks.report.needs import Table
from sinks.report.sections import PLANS, Plan
from streams.core.alerts.settings import AlertSettings

PERIOD: Final = dt.timedelta(hours=24)
"""From one morning's report to the next."""
BEHIND_AFTER: Final = dt.timedelta(minutes=2)
"""A ledger partition that ends so long before the report's time is named in it."""
YEARS: Final = range(1971, 2200)
"""Years that can be asked about: what goes on has an end in 2200."""
_STEP: Final = dt.timedelta(microseconds=1)


def known_until(client: Client) -> dt.datetime:
    """The newest time of which ClickHouse holds all that was decided; raises BaogongError where nothing was yet.

    That is as far as spans are made of the ledgers, the sink's last work on each record; a partition's rows come in
    its order. So up to just before the oldest of the partitions' last records nothing is
    missing any more, and a report of that time will never come out differently.
    """
    row = queries.run(client, "report_known", {}).dicts()[0]
    if not row["known_until"]:
        raise BaogongError(
            "There is nothing to report: ClickHouse holds no decided record of which spans are made yet; "
            "'baogong sink' makes them."
        )
    known: dt.datetime = row["known_until"] - _STEP
    return known


def build(
    client: Client,
    as_of: dt.datetime | None = None,
    areas: Sequence[str] | None = None,
    settings: AlertSettings | None = None,
    since: dt.datetime | None = None,
) -> Report:
    """The situation at `as_of` (None: as far as it is known) and since a day before, for `areas` (None: everywhere).

    `settings`: what counts as late, quiet and pace. Raises BaogongError: nothing is known yet, or not yet of that time.
    """
    known = known_until(client)
    return build_of(lambda all_: [client.table(each) for each in all_], known, as_of, areas, settings, since)


def build_of(
    ask: Ask,
    known: dt.datetime,
    as_of: dt.datetime | None = None,
    areas: Sequence[str] | None = None,
    settings: AlertSettings | None = None,
    since: dt.datetime | None = None,
) -> Report:
    """The same of answers that `ask` gives, which may ask the statements beside each other.

    `known`: what `known_until` said before: then, what was known is in every answer.
    """
    if areas is not None and not areas:
        raise ValueError("a report about no area at all: None stands for all of them")
    at = known if as_of is None else _utc(as_of)
    if at > known:
        raise BaogongError(
            f"{at:%Y-%m-%dT%H:%M:%SZ} is not known in full yet: ClickHouse holds the ledgers up to "
            f"{known:%Y-%m-%dT%H:%M:%SZ}; ask for a time up to then, or for none.",
            USAGE,
        )
    begin = at - PERIOD if since is None else _utc(since)
    if begin >= at:
        raise BaogongError("The period of a report begins before it ends: name an earlier --since.", USAGE)
    params = _params(at, begin, areas, settings or AlertSettings())
    plans = [plan for plan in PLANS if areas is None or not plan.citywide]
    sections = tuple(_sections(plans, params, ask))
    places = None if areas is None else tuple(areas)
    return Report(as_of=at, since=begin, areas=places, behind=tuple(_behind(sections[-1], at)), sections=sections)


def _utc(at: dt.datetime) -> dt.datetime:
    if at.year not in YEARS:
        raise BaogongError(f"A report is of a time from {YEARS[0]} to {YEARS[-1]}, not of {at.isoformat()}.", USAGE)
    return at.astimezone(dt.UTC)


def _behind(positions: Section, as_of: dt.datetime) -> Iterator[Behind]:
    for row in positions.dicts():
        until = row["known_until"]
        if not isinstance(until, dt.datetime) or as_of - until > BEHIND_AFTER:
            yield Behind.model_validate({name: row[name] for name in ("stage", "partition", "known_until")})


def _params(
    as_of: dt.datetime, since: dt.datetime, areas: Sequence[str] | None, settings: AlertSettings
) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "since": since,
        "areas": list(areas or ()),
        "pace_days": settings.pace_days,
        "price_days": settings.price_days,
        "late_hours": settings.report_late_hours,
        "quiet_hours": settings.facility_quiet_hours,
    }


def _sections(plans: Sequence[Plan], params: dict[str, Any], ask: Ask) -> list[Section]:
    """A table is made as soon as its answer is there, while others are still being asked."""
    made = {plan.key: _section(plan, answer, params) for plan, answer in answers(plans, params, ask)}
    return [made[plan.key] for plan in plans]


def _section(plan: Plan, answer: Table, params: dict[str, Any]) -> Section:
    names, _, found = answer
    if names != [column.name for column in plan.columns]:
        raise BaogongError(f"{plan.question} answers with other columns than the report has: {names}.")
    flags = [number for number, column in enumerate(plan.columns) if column.kind is Kind.FLAG]
    rows = tuple(_flagged(row, flags) for row in found) if flags else tuple(map(tuple, found))
    asked = {name: _shown(params[name]) for name in queries.parameters(queries.load(plan.question)) if name in params}
    question = Question(name=plan.question, params=asked, sql=own_statement(plan, params))
    return Section(key=plan.key, columns=plan.columns, rows=rows, question=question)


def _flagged(row: Row, flags: list[int]) -> tuple[Cell, ...]:
    """ClickHouse has no type of its own for what is true or false: an expression gives 0 or 1."""
    cells = list(row)
    for number in flags:
        if cells[number] is not None:
            cells[number] = bool(cells[number])
    return tuple(cells)


def _shown(value: Any) -> str | int | tuple[str, ...]:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return tuple(value) if isinstance(value, list) else int(value)
