"""Temperature: breaches of the profile, and periods of which nothing is known; from what loggers say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from schemas.coldchain import BreachBase, BreachWithdrawn, GapFound, GapWithdrawn, LoggerPlaced, ReadingRecorded, Rule
from schemas.temperature import BreachKind
from streams.core.coldchain.checks import Check, Scope, broken, scope_of, short
from streams.core.coldchain.lineage import FOREVER
from streams.core.coldchain.state import Logger
from streams.core.coldchain.story import Lots, Story
from streams.core.instants import MINUTE, to_us
from streams.core.temperature import Series

TEMPERATURE: Final = frozenset({Rule.TEMPERATURE_BREACH, Rule.TEMPERATURE_UNKNOWN})
_SIDES: Final = {BreachKind.HOT: ("过高", "too warm"), BreachKind.COLD: ("过低", "too cold")}
Stretch = tuple[int, int]


class Watch(NamedTuple):
    """What the checks read of a logger. Times in microseconds; `breaches`: kind and start, by id; `first` None: no
    reading yet."""

    logger_id: str
    lots: Lots | None
    first: int | None
    gaps: dict[int, int | None]
    breaches: dict[str, tuple[BreachKind, int]]

    @classmethod
    def of(cls, logger: Logger) -> Watch:
        """A logger as it is."""
        series = logger.series
        breaches = {breach.breach_id: (breach.kind, breach.start) for breach in series.standing()}
        first = series.times[0] if series.times else None
        return cls(series.logger_id, logger.lots, first, dict(series.gaps), breaches)

    def after(self, decisions: Iterable[Any]) -> Watch:
        """The same after decisions about this logger."""
        lots, first, gaps, breaches = self.lots, self.first, dict(self.gaps), dict(self.breaches)
        for one in decisions:
            if isinstance(one, ReadingRecorded):
                first = min(to_us(one.at), FOREVER if first is None else first)
            elif isinstance(one, GapFound):
                gaps[to_us(one.start)] = None if one.end is None else to_us(one.end)
            elif isinstance(one, GapWithdrawn):
                gaps.pop(to_us(one.start), None)
            elif isinstance(one, BreachBase):
                breaches[one.breach_id] = (one.kind, to_us(one.start))
            elif isinstance(one, BreachWithdrawn):
                breaches.pop(one.breach_id, None)
            elif isinstance(one, LoggerPlaced):
                lots = frozenset(one.lot_ids) or None
        return Watch(self.logger_id, lots, first, gaps, breaches)


def watch_new(series: Series) -> Watch:
    """A logger of which nothing is known yet."""
    return Watch.of(Logger(series))


def breached(story: Story, watches: Iterable[Watch], profile: str) -> Iterator[Check]:
    """One check a logger and side, since its earliest breach; what begins after the lots were gone is of no concern."""
    for watch in watches:
        for side in sorted({kind for kind, _ in watch.breaches.values()}):
            since = min(start for kind, start in watch.breaches.values() if kind is side)
            lots = _meant(story, watch.lots)
            gone = story.all_gone_at(_own(story, lots))
            if gone is not None and since >= gone:
                continue
            scope = _scope(story, lots, since)
            zh, en = _SIDES[side]
            words = {"logger": watch.logger_id, "side_zh": zh, "side_en": en, "profile": profile}
            yield broken(Rule.TEMPERATURE_BREACH, f"{watch.logger_id} {side.value}", scope, since, **words)


def _meant(story: Story, lots: Lots | None) -> Lots | None:
    """What a breach concerns: all of the consignment, as long as nobody has said what one of the names stands for."""
    return lots if lots is None or all(map(story.lineage.known, lots)) else None


def _own(story: Story, lots: Lots | None) -> Lots | None:
    return None if lots is None else frozenset(story.lineage.unpacked(lots))


def _scope(story: Story, lots: Lots | None, at: int) -> Scope:
    return scope_of(story, story.lots if lots is None else story.lineage.unpacked(lots), at, whole=lots is None)


class Unknown(NamedTuple):
    """Periods of which no logger with these lots (None: with the consignment) says anything; FOREVER: it goes on."""

    lots: Lots | None
    stretches: tuple[Stretch, ...]

    @property
    def subject(self) -> str:
        """A name for the lots."""
        return "all" if self.lots is None else f"lots {short(' '.join(sorted(self.lots)))}"


def unknowns(story: Story, watches: Iterable[Watch]) -> Iterator[Unknown]:
    """For each set of lots that some logger lies with: when all loggers with them (or more) are silent.

    Before the first reading and after the last lot has gone nothing is expected.
    """
    begun = [watch._replace(lots=_own(story, watch.lots)) for watch in watches if watch.first is not None]
    scopes = sorted({watch.lots for watch in begun}, key=lambda lots: (lots is not None, sorted(lots or ())))
    for lots in scopes:
        covering = [watch for watch in begun if _covers(watch.lots, lots)]
        gone = story.all_gone_at(_meant(story, lots))
        yield Unknown(lots, tuple(_common(covering, FOREVER if gone is None else gone)))


def _covers(watched: Lots | None, lots: Lots | None) -> bool:
    return watched is None or (lots is not None and watched >= lots)


def _common(watches: list[Watch], gone: int) -> Iterator[Stretch]:
    common: list[Stretch] = [(-1, FOREVER)]
    for watch in watches:
        common = list(_both(common, list(_uncovered(watch))))
    for start, end in common:
        if start >= 0 and start < min(end, gone):
            yield start, min(end, gone)


def _uncovered(watch: Watch) -> Iterator[Stretch]:
    assert watch.first is not None
    yield -1, watch.first
    for start, end in sorted(watch.gaps.items()):
        yield start, FOREVER if end is None else end


def _both(some: list[Stretch], others: list[Stretch]) -> Iterator[Stretch]:
    """What two ordered lists of periods have in common."""
    one = other = 0
    while one < len(some) and other < len(others):
        start, end = max(some[one][0], others[other][0]), min(some[one][1], others[other][1])
        if start < end:
            yield start, end
        if some[one][1] < others[other][1]:
            one += 1
        else:
            other += 1


def unknown_too_long(story: Story, watches: Iterable[Watch], longest: int, now: int | None) -> Iterator[Check]:
    """A period without any reading that is longer than the profile accepts, whether it is over or goes on."""
    for unknown in unknowns(story, watches):
        for start, end in unknown.stretches:
            if (end if end != FOREVER else now or 0) - start > longest:
                what = None if unknown.lots is None else sorted(unknown.lots)[:3]
                zh, en = ("全部", "all") if what is None else ("、".join(what), ", ".join(what))
                words = {"minutes": longest // MINUTE, "what_zh": zh, "what_en": en}
                yield broken(
                    Rule.TEMPERATURE_UNKNOWN, unknown.subject, _scope(story, unknown.lots, start), start, **words
                )
                break


def running(story: Story, watches: Iterable[Watch]) -> Iterator[tuple[str, int]]:
    """Unknown periods that go on: subject of their check, and since when."""
    for unknown in unknowns(story, watches):
        if unknown.stretches and unknown.stretches[-1][1] == FOREVER:
            yield unknown.subject, unknown.stretches[-1][0]
