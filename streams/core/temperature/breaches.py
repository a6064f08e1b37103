"""Breaches (超温): events out of range that lasted as long as a limit allows, found anew around what has changed.

An excursion is consecutive readings out of the same limit, not interrupted by a gap. It starts with its first reading
and ends with the first one back in range, or with its last one where a gap follows; while it goes on it has no end. It
is a breach when one of its readings lies at least the limit's minutes after its start.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from math import inf
from operator import attrgetter
from typing import Any

from schemas.coldchain import BreachExtended, BreachOpened, BreachShortened
from schemas.temperature import BreachKind
from streams.core.temperature.made import BreachChange, breach_changed, breach_id, breach_withdrawn
from streams.core.temperature.ranges import Bound, Range
from streams.core.temperature.series import Breach, Series, Timeline

_start = attrgetter("start")
_CHUNK = 64


def correct_breaches(
    series: Series, bounds: Range, after: Timeline, gaps: list[int], first: int, last: int
) -> list[Any]:
    """What changes of the breaches that stand, where the readings from `first` to `last` are as in `after`.

    `gaps`: starts of all the gaps of `after`. The cost is that of the excursions that reach there, not of all readings.
    """
    changes: list[Any] = []
    for bound in bounds.bounds:
        low, high = _widened(after, gaps, bound, first, last)
        standing = series.breaches.get(bound.key, [])
        begin = bisect_left(standing, after.times[low], key=_start)
        before = standing[begin : bisect_right(standing, after.times[high], key=_start)]
        changes += _differences(series, before, list(_breaches(after, gaps, bound, low, high)))
    return changes


def next_breaches(series: Series, bounds: Range, at: int, celsius: float, parted: bool) -> list[Any]:
    """The same for a reading newer than all others, at little cost; `parted`: a gap lies before it."""
    changes: list[Any] = []
    for bound in bounds.bounds:
        standing = series.breaches.get(bound.key)
        going_on = standing[-1] if standing and standing[-1].end is None else None
        out = bound.out(celsius)
        if going_on is not None:
            end = series.times[-1] if parted else at
            if parted or not out:
                changes.append(breach_changed(series, BreachShortened, going_on._replace(end=end)))
            elif bound.worse(celsius, going_on.peak):
                changes.append(breach_changed(series, BreachExtended, going_on._replace(peak=celsius)))
        if out and (parted or going_on is None):
            changes += _begun(series, bound, at, celsius, parted)
    return changes


def ended(series: Series) -> list[Any]:
    """An unknown period has begun: what went on ends with the newest reading."""
    return [
        breach_changed(series, BreachShortened, breach._replace(end=series.times[-1]))
        for breach in series.standing()
        if breach.end is None
    ]


def put_breach(series: Series, breach: Breach) -> None:
    """A breach stands from now on, in place of the one of the same id."""
    drop_breach(series, breach.breach_id)
    standing = series.breaches.setdefault(breach.key, [])
    standing.insert(bisect_right(standing, breach.start, key=_start), breach)


def drop_breach(series: Series, breach_id: str) -> None:
    """A breach does not stand any more."""
    key = key_of(breach_id)
    standing = series.breaches.get(key, [])
    for place in range(len(standing) - 1, -1, -1):
        if standing[place].breach_id == breach_id:
            del standing[place]
            break
    if not standing:
        series.breaches.pop(key, None)


def key_of(breach_id: str) -> str:
    """The key of the limit that a breach breaks."""
    return breach_id.rpartition("-")[0]


def _begun(series: Series, bound: Bound, at: int, celsius: float, parted: bool) -> list[Any]:
    """The breach that the newest reading makes of an excursion that was none yet, if it does."""
    values, end = series.values, len(series.times)
    if bound.span and not _out_at(series, bound, at - bound.span):
        return []
    begin = end
    if not parted and end and bound.out(values[-1]):
        begin = _first_out(values, bound, end - 1, _after_gap(series, end - 1))
    start = series.times[begin] if begin < end else at
    if at - start < bound.span:
        return []
    pick = max if bound.kind is BreachKind.HOT else min
    peak = pick(celsius, pick(values[begin:], default=celsius))
    return [_opened(series, set(), Breach("", bound.key, bound.kind, bound.celsius, start, at, None, peak))]


def _out_at(series: Series, bound: Bound, at: int) -> bool:
    """Whether the last reading up to a time was out: else no excursion that began by then goes on. Cheap to ask."""
    place = bisect_right(series.times, at) - 1
    return place >= 0 and bound.out(series.values[place])


def _after_gap(series: Series, index: int) -> int:
    """Index of the first reading after the last gap, where no gap goes on."""
    closed = series.gaps[-1][1] if series.gaps else None
    return 0 if closed is None else bisect_left(series.times, closed, 0, index)


def _first_out(values: array[float], bound: Bound, index: int, floor: int) -> int:
    """The first of the readings out of range in a row up to `index`, which is out; not before `floor`."""
    pick = min if bound.kind is BreachKind.HOT else max
    while index > floor:
        begin = max(floor, index - _CHUNK)
        if not bound.out(pick(values[begin:index])):
            while bound.out(values[index - 1]):
                index -= 1
            return index
        index = begin
    return index


def _last_out(values: array[float], bound: Bound, index: int, ceiling: int) -> int:
    """The last of the readings out of range in a row from `index` on, which is out; not after `ceiling`."""
    pick = min if bound.kind is BreachKind.HOT else max
    while index < ceiling:
        end = min(ceiling, index + _CHUNK)
        if not bound.out(pick(values[index + 1 : end + 1])):
            while bound.out(values[index + 1]):
                index += 1
            return index
        index = end
    return index


def _widened(line: Timeline, gaps: list[int], bound: Bound, first: int, last: int) -> tuple[int, int]:
    """Indexes of a stretch and of all the readings of the excursions that reach into it."""
    if bound.out(line.values[first]):
        before = bisect_left(gaps, line.times[first]) - 1
        floor = bisect_right(line.times, gaps[before], 0, first) if before >= 0 else 0
        first = _first_out(line.values, bound, first, floor)
    if bound.out(line.values[last]):
        last = _last_out(line.values, bound, last, _ceiling(line, gaps, last))
    return first, last


def _ceiling(line: Timeline, gaps: list[int], index: int) -> int:
    """Index of the last reading that no gap parts from the one at `index`."""
    after = bisect_left(gaps, line.times[index])
    return bisect_left(line.times, gaps[after], index) if after < len(gaps) else len(line.times) - 1


def _breaches(line: Timeline, gaps: list[int], bound: Bound, first: int, last: int) -> Iterator[Breach]:
    """The breaches among whole excursions from index `first` to `last`, without ids."""
    index = first
    while index <= last:
        if bound.out(line.values[index]):
            end = _last_out(line.values, bound, index, _ceiling(line, gaps, index))
            breach = _breach(line, bound, index, end, line.parted(end))
            if breach is not None:
                yield breach
            index = end
        index += 1


def _breach(line: Timeline, bound: Bound, begin: int, last: int, parted: bool) -> Breach | None:
    """The breach that an excursion is, if it is one."""
    times = line.times
    start = times[begin]
    alarm = bisect_left(times, start + bound.span, begin, last + 1)
    if alarm > last:
        return None
    pick = max if bound.kind is BreachKind.HOT else min
    peak = pick(line.values[begin : last + 1])
    end = times[last] if parted else times[last + 1] if last + 1 < len(times) else None
    return Breach("", bound.key, bound.kind, bound.celsius, start, times[alarm], end, peak)


def _differences(series: Series, before: list[Breach], now: list[Breach]) -> list[Any]:
    """Decisions that turn the breaches of before into those of now; ids stay where they overlap most."""
    pairs = _paired(before, now)
    kept = {old.breach_id for old in pairs.values()}
    gone = [breach_withdrawn(series, old) for old in before if old.breach_id not in kept]
    changed, opened, taken = [], [], set[str]()
    for breach in now:
        old = pairs.get(breach.start)
        if old is None:
            opened.append(_opened(series, taken, breach))
        elif (named := breach._replace(breach_id=old.breach_id)) != old:
            changed.append(breach_changed(series, _direction(old, named), named))
    return gone + changed + opened


def _paired(before: list[Breach], now: list[Breach]) -> dict[int, Breach]:
    """For each breach of now, by start, the one of before that it continues."""
    overlaps = sorted(
        (-overlap, new.start, old.start, old)
        for old in before
        for new in now
        if (overlap := _end(old, new) - max(old.start, new.start)) >= 0
    )
    pairs: dict[int, Breach] = {}
    used: set[str] = set()
    for _, start, _, old in overlaps:
        if start not in pairs and old.breach_id not in used:
            pairs[start] = old
            used.add(old.breach_id)
    return pairs


def _end(one: Breach, other: Breach) -> float:
    return min(inf if one.end is None else one.end, inf if other.end is None else other.end)


def _direction(old: Breach, new: Breach) -> BreachChange:
    """Whether a breach became more than was known: earlier, longer, worse; or less."""
    ends = inf if old.end is None else old.end, inf if new.end is None else new.end
    if new.start != old.start or ends[0] != ends[1]:
        more = new.start < old.start or ends[1] > ends[0]
    elif new.peak != old.peak:
        more = (new.peak > old.peak) is (new.kind is BreachKind.HOT)
    else:
        more = new.alarm < old.alarm
    return BreachExtended if more else BreachShortened


def _opened(series: Series, taken: set[str], breach: Breach) -> Any:
    """A new breach, with an id that no other one has."""
    taken |= {standing.breach_id for standing in series.breaches.get(breach.key, ())}
    number = 0
    while (name := breach_id(series, breach.key, breach.start, number)) in taken:
        number += 1
    taken.add(name)
    return breach_changed(series, BreachOpened, breach._replace(breach_id=name))
