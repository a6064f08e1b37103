"""What a logger's readings amount to: time out of range and unknown, extremes, mean kinetic temperature."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from schemas.coldchain import TemperatureSummed
from streams.core.instants import MINUTE, from_us
from streams.core.temperature.gaps import unknown
from streams.core.temperature.kinetic import mean_kinetic
from streams.core.temperature.ranges import Range
from streams.core.temperature.series import Series, Timeline


def held(line: Timeline) -> Iterator[tuple[int, int, float]]:
    """From when until when each reading holds, and its value: until the next one, but not across a gap."""
    times = line.times
    for index in range(len(times) - 1):
        if not line.parted(index):
            yield times[index], times[index + 1], line.values[index]


def out_of_range(line: Timeline, bounds: Range) -> Iterator[tuple[int, int]]:
    """Periods held out of range; a moment out of several limits counts once."""
    return ((start, end) for start, end, celsius in held(line) if bounds.out(celsius) is not None)


def sum_up(series: Series, bounds: Range, until_us: int) -> TemperatureSummed | None:
    """The sum over the readings up to a time (after the last of them nothing is added); None where there are none.

    An unknown period counts up to that time, whether it goes on or not.
    """
    count = bisect_right(series.times, until_us)
    if not count:
        return None
    silent = series.timeline.parted(count - 1)
    line = Timeline(series.times[:count], series.values[:count], series.longest, silent)
    return TemperatureSummed(
        consignment_id=series.consignment_id,
        logger_id=series.logger_id,
        until=from_us(until_us),
        readings=count,
        min_c=min(line.values),
        max_c=max(line.values),
        mkt_c=mean_kinetic(line, bounds.activation_kj_mol) if bounds.mkt else None,
        out_minutes=sum(end - start for start, end in out_of_range(line, bounds)) / MINUTE,
        unknown_minutes=unknown(series, until_us) / MINUTE,
    )
