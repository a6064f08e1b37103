"""A temperature reading: the hot path. Checks are looked at only where a breach, a gap or a logger's place changes."""

from __future__ import annotations

from typing import Any, Final

from schemas.coldchain import (
    BreachExtended,
    BreachOpened,
    BreachShortened,
    BreachWithdrawn,
    GapFound,
    GapWithdrawn,
    LoggerPlaced,
)
from schemas.temperature import TemperatureRead
from streams.core.coldchain.call import Call
from streams.core.coldchain.checks import LOT_LIMIT
from streams.core.coldchain.checks_temperature import Watch, watch_new
from streams.core.coldchain.intake import bounds_of, consignment_of
from streams.core.coldchain.state import Consignment, Logger
from streams.core.coldchain.verdict import judge_temperature
from streams.core.temperature import Series, decide_reading

TELLING: Final = frozenset(
    {BreachOpened, BreachExtended, BreachShortened, BreachWithdrawn, GapFound, GapWithdrawn, LoggerPlaced}
)
"""Decisions that a verdict may depend on."""


def decide_read(call: Call, message: TemperatureRead) -> None:
    """What a reading causes."""
    consignment = consignment_of(call, message.consignment_id)
    logger = consignment.loggers.get(message.logger_id)
    at = call.happened(message.occurred_at, call.rules.oldest)
    if logger is not None and logger.knows(at, message.event_id):
        call.ignore(message.event_id, "event_known")
        return
    before = len(call.decisions)
    call.decisions += decide_reading(None if logger is None else logger.series, bounds_of(call, consignment), message)
    _place(call, logger, message)  # also by a reading that is known: whichever comes first, both name lots
    if len(call.decisions) == before:
        call.ignore(message.event_id, "reading_known")
        return
    if not TELLING.isdisjoint(map(type, call.decisions)):
        judge_temperature(call, consignment, watches_after(consignment, {message.logger_id: call.decisions}))


def _place(call: Call, logger: Logger | None, message: TemperatureRead) -> None:
    """A logger lies with all lots that its readings name; with the whole consignment once one of them names none.

    A name that nobody has reported yet is kept: a container's logger runs before it is told what was packed into it.
    """
    known = None if logger is None else logger.lots
    lots = frozenset(message.lot_ids) or None
    if logger is not None:
        lots = None if known is None or lots is None else known | lots
    if lots is not None and len(lots) > LOT_LIMIT:
        lots = None
    if lots != known:
        placed = tuple(sorted(lots or ()))
        call.add(LoggerPlaced(consignment_id=message.consignment_id, logger_id=message.logger_id, lot_ids=placed))


def watches_after(consignment: Consignment, decided: dict[str, list[Any]]) -> list[Watch]:
    """All loggers of a consignment, after decisions by logger."""
    watches = [
        watch.after(decided[name]) if name in decided else watch
        for name, watch in ((name, Watch.of(logger)) for name, logger in consignment.loggers.items())
    ]
    for name, decisions in decided.items():
        if name not in consignment.loggers:
            watches.append(watch_new(Series(consignment.consignment_id, name)).after(decisions))
    return watches
