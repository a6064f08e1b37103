"""The report of an assessment that a person reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deploy.assess.judge import Judged, minutes
from schemas.temperature import BreachKind, Limit

SHOWN = 20
"""Lines of a part of the report; the JSON has all."""
_STYLE = {BreachKind.HOT: "red", BreachKind.COLD: "blue"}


def show(judged: Judged, console: Console) -> None:
    """Print the report of one file."""
    console.print(Text(f"{judged.file.name}", style="bold"), Text(_what(judged)), soft_wrap=True)
    console.print(Padding(_summary(judged), (0, 0, 0, 2)))
    for title, table in _parts(judged):
        console.print()
        console.print(Text(title, style="bold"))
        console.print(Padding(table, (0, 0, 0, 2)))
    _show_device(judged, console)


def clock(at: dt.datetime | None) -> str:
    """A time as the report writes it."""
    return "goes on" if at is None else at.strftime("%Y-%m-%d %H:%M")


def _later(at: dt.datetime | None, start: dt.datetime) -> str:
    """A time after another: its date only where that is another one."""
    return f"{at:%H:%M}" if at is not None and at.date() == start.date() else clock(at)


def limit_words(limit: Limit) -> str:
    """`at or above 8 °C for 600 min`."""
    side = "above" if limit.kind is BreachKind.HOT else "below"
    return f"{'at or ' if limit.inclusive else ''}{side} {limit.celsius:g} °C for {limit.minutes} min"


def _what(judged: Judged) -> str:
    device = judged.file.device
    return f"  {device.model} {device.serial}" if device else ""


def _summary(judged: Judged) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, words in _facts(judged):
        table.add_row(name, words)
    return table


def _facts(judged: Judged) -> Iterator[tuple[str, str]]:
    file, found, profile = judged.file, judged.assessment, judged.profile
    if profile is None:
        yield "profile", "none: no limits to judge by"
    else:
        yield "profile", f"{profile.name_en}: " + "; ".join(map(limit_words, profile.limits))
    every = f", every {found.interval_minutes} min" if found.interval_minutes else ""
    yield "readings", f"{len(file.readings):,}{every}"
    if judged.span:
        first, last = judged.span
        yield "from, to", f"{clock(first)} to {clock(last)} ({first.tzname()})"
        values = [one.celsius for one in file.readings]
        yield "temperature", f"{min(values):g} to {max(values):g} °C"
    if found.mkt_c is not None:
        yield "mean kinetic", f"{found.mkt_c:.2f} °C"
    elif profile and not profile.mkt:
        yield "mean kinetic", "says nothing of frozen goods"
    if not file.readings:
        return
    if profile:
        yield "out of range", f"{sum(found.out_of_range_minutes.values()):,.0f} min"
    yield "unknown", f"{found.unknown_minutes:,.0f} min"
    if file.missing:
        yield "without value", f"{len(file.missing)} times the device had none"
    if file.refused:
        yield "refused", f"{len(file.refused)} {'row' if len(file.refused) == 1 else 'rows'}"


def _parts(judged: Judged) -> Iterator[tuple[str, Table]]:
    found = judged.assessment
    if judged.profile and judged.file.readings:
        count = len(found.breaches) or "no"
        yield f"{count} {'breach' if count == 1 else 'breaches'}", _breaches(judged)
        yield "Minutes out of range", _days(judged)
    if found.gaps:
        gaps = [(clock(a), clock(b), f"{minutes(a, b):,.0f}") for a, b in found.gaps]
        yield "Unknown periods", _table(("from", "to", "minutes"), gaps)
    if found.flags:
        flags = [(flag.value.replace("_", " "), clock(at)) for flag, at in found.flags]
        yield "Sensor", _table(("flag", "at"), flags)
    if found.warnings:
        warnings = [(clock(at), f"{score:.2f}") for at, score in found.warnings]
        yield "Early warnings", _table(("at", "score"), warnings)


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True, justify="right" if heading in ("minutes", "score", "peak") else "left")
    for row in rows[:SHOWN]:
        table.add_row(*row)
    if len(rows) > SHOWN:
        table.add_row(f"{len(rows) - SHOWN} more: see --json", *[""] * (len(headings) - 1))
    return table


def _breaches(judged: Judged) -> Table:
    rows = []
    for one in judged.assessment.breaches:
        kind = f"[{_STYLE[one.kind]}]{one.kind.value}[/]"
        times = (clock(one.start), _later(one.alarm_at, one.start), _later(one.end, one.start))
        rows.append((kind, f"{one.limit_c:g} °C", *times, f"{one.minutes:,.0f}", f"{one.peak_c:g} °C"))
    return _table(("", "limit", "start", "alarm", "end", "minutes", "peak"), rows) if rows else Table(box=None)


def _days(judged: Judged) -> Table:
    rows = [(day.isoformat(), f"{out:,.0f}") for day, out in judged.assessment.out_of_range_minutes.items()]
    return _table(("day", "minutes"), rows)


def _show_device(judged: Judged, console: Console) -> None:
    device, comparison = judged.file.device, judged.comparison
    if device is None or comparison is None:
        return
    console.print()
    console.print(Text("What the device itself found", style="bold"))
    for line in _own(judged):
        console.print(f"  {line}", soft_wrap=True)
    for one in comparison.differences[:SHOWN]:
        console.print(f"  [yellow]differs[/] {one.en}", soft_wrap=True)
    if len(comparison.differences) > SHOWN:
        console.print(f"  {len(comparison.differences) - SHOWN} more differences: see --json")
    if not comparison.differences and judged.file.readings:
        console.print("  its readings say the same")


def _own(judged: Judged) -> Iterator[str]:
    device, comparison = judged.file.device, judged.comparison
    if device is None or comparison is None:
        return
    if device.mkt_c is not None and comparison.mkt_c is not None:
        yield f"mean kinetic temperature {device.mkt_c:g} °C; by its readings {comparison.mkt_c:.2f}"
    alarms = sorted(one.alarm_at for one in device.events if one.alarm_at)
    if device.events:
        first = f", the first at {clock(alarms[0].astimezone(judged.zone))}" if alarms else ""
        yield f"{len(alarms)} {'alarm' if len(alarms) == 1 else 'alarms'}{first}"
    for one, ours in comparison.sums:
        if one.minutes:
            told = "" if ours is None else f"; by its readings {ours:g}"
            side = "above" if one.alarm.kind is BreachKind.HOT else "below"
            yield f"{one.date} {one.minutes} min {side} {one.alarm.celsius:g} °C{told}"
    if not device.events and not any(one.minutes for one in device.sums):
        yield "nothing out of range"
