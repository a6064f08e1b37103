"""What a report asks ClickHouse: the statement of each table, but what several of them read is read once for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from sinks.clickhouse import queries
from sinks.report.needs import Table, cut, with_reasons
from sinks.report.sections import Plan

Ask = Callable[[Iterable[str]], Iterable[Table]]
"""Answers of statements, in their order; they may be asked beside each other, each as soon as it is made."""
NEEDS: Final = "needs_parts"
"""Part that is asked for all tables of needs together."""
CONSIGNMENTS: Final = "consignments_listed"
"""Part that names the consignments of some areas, asked for all tables about them."""
MOST_LISTED: Final = 1_000
"""Consignments that a statement is told by name, since ClickHouse reads at most 256 KiB of one (`max_query_size`); of
more, each table's statement finds them itself."""
STOCK: Final = "stock"
LONGEST: Final = (STOCK, "alerts", "positions", "facilities", "coldchain")
"""Tables that are asked first after needs, so that none of them is still at work when all others are done."""


def own_statement(plan: Plan, params: Mapping[str, Any]) -> str:
    """The statement that gives a table whoever asks it, and nothing beside it."""
    return queries.bind(queries.load(plan.question), {**params, "told": True})


def answers(plans: Sequence[Plan], params: Mapping[str, Any], ask: Ask) -> Iterator[tuple[Plan, Table]]:
    """The answer of each table, as its own statement would give it, in the order in which they come."""
    whole: Table = [], [], []
    for plan, answer in _asked(plans, params, ask):
        if plan is None:
            whole = answer
        else:
            yield plan, answer
            if plan.key == STOCK:
                needs = with_reasons(whole, answer)
                yield from ((each, cut(each, needs)) for each in plans if each.part)


def _asked(plans: Sequence[Plan], params: Mapping[str, Any], ask: Ask) -> Iterator[tuple[Plan | None, Table]]:
    """What is really asked: first of all tables of needs (None), of stock before any other."""
    alone = sorted((plan for plan in plans if not plan.part), key=_rank)
    about = [plan for plan in alone if "consignments" in _parameters(plan)] if params["areas"] else []
    others = [plan for plan in alone if plan not in about]
    parts = [(NEEDS, {**params, "told": False})]
    if about:
        parts.insert(0, (CONSIGNMENTS, dict(params)))
    shared = (queries.bind(queries.load_part(name), told) for name, told in parts)
    coming = iter(ask(chain(shared, (own_statement(plan, params) for plan in others))))
    found = [name for (name,) in next(coming)[2]] if about else []
    named = {**params, "told": len(found) > MOST_LISTED, "consignments": found}
    later = ask(queries.bind(queries.load(plan.question), named) for plan in about)
    yield from zip([None, *others], coming, strict=True)
    yield from zip(about, later, strict=True)


def _rank(plan: Plan) -> int:
    return LONGEST.index(plan.key) if plan.key in LONGEST else len(LONGEST)


def _parameters(plan: Plan) -> Iterable[str]:
    return queries.parameters(queries.load(plan.question))
