"""Temperature over time (温度曲线) as SVG: a line a logger, limits dashed, breaches, gaps and warnings drawn on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from sinks.console.svg import picture, points, tag

WIDTH: Final = 1080
HEIGHT: Final = 300
_LEFT: Final = 46
_RIGHT: Final = WIDTH - 8
_BOTTOM: Final = HEIGHT - 24
_TOP: Final = 8


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time that is marked: hot, cold, gap, or a warning (a moment, without end). `end` None: it goes on."""

    kind: str
    start: dt.datetime
    end: dt.datetime | None
    title: str


Point = tuple[dt.datetime, float, float]
"""When, lowest and highest of the readings around."""
Limits = Sequence[tuple[str, float]]
"""hot or cold, and degrees Celsius."""


def curve(
    series: Mapping[str, Sequence[Point]],
    limits: Limits,
    marks: Sequence[Stretch],
    title: str,
    say: Callable[[dt.datetime], str],
) -> Markup:
    """The picture; empty where there are no readings."""
    known = [point for line in series.values() for point in line]
    if not known:
        return Markup("")
    frame = _Frame(known, limits, [mark for mark in marks if mark.kind == "gap"])
    parts = [*frame.axes(say), *map(frame.mark, marks)]
    parts += [frame.limit(kind, celsius) for kind, celsius in limits]
    parts += [frame.series(number, name, line) for number, (name, line) in enumerate(series.items())]
    return picture("chart curve", WIDTH, HEIGHT, title, *parts)


class _Frame:
    """Where times and temperatures lie in the picture."""

    def __init__(self, known: Sequence[Point], limits: Limits, gaps: Sequence[Stretch]) -> None:
        self._gaps = gaps
        self._first, self._last = min(point[0] for point in known), max(point[0] for point in known)
        values = [value for point in known for value in point[1:]] + [celsius for _, celsius in limits]
        pad = max((max(values) - min(values)) * 0.08, 0.5)
        self._low, self._high = min(values) - pad, max(values) + pad

    def _x(self, at: dt.datetime) -> float:
        share = (at - self._first).total_seconds() / max((self._last - self._first).total_seconds(), 1.0)
        return _LEFT + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT)

    def _y(self, celsius: float) -> float:
        return _TOP + (self._high - celsius) / (self._high - self._low) * (_BOTTOM - _TOP)

    def series(self, number: int, name: str, line: Sequence[Point]) -> Markup:
        """A logger: the band between its lowest and highest readings, and a line along the highest."""
        parts = []
        for piece in _pieces(line, self._gaps):
            high = [(self._x(at), self._y(top)) for at, _, top in piece]
            low = [(self._x(at), self._y(bottom)) for at, bottom, _ in reversed(piece)]
            parts.append(tag("polygon", class_=f"band s{number % 4}", points=points(high + low)))
            parts.append(tag("polyline", class_=f"temp s{number % 4}", points=points(high)))
        return tag("g", tag("title", name), *parts)

    def limit(self, kind: str, celsius: float) -> Markup:
        """A limit of the profile."""
        y = self._y(celsius)
        line = tag("line", class_=f"limit {kind}", x1=_LEFT, x2=_RIGHT, y1=y, y2=y)
        return tag("g", line, tag("text", f"{celsius:g} °C", class_=f"limit-label {kind}", x=_RIGHT - 4, y=y - 4))

    def mark(self, mark: Stretch) -> Markup:
        """A stretch of time, or the triangle of a warning."""
        start, title = self._x(mark.start), tag("title", mark.title)
        if mark.kind == "warning":
            return tag("g", title, tag("path", class_="warn", d=f"M{start:.1f} 10 l6 11 h-12 z"))
        width = max(self._x(mark.end or self._last) - start, 2.0)
        return tag(
            "g", title, tag("rect", class_=f"mark {mark.kind}", x=start, y=_TOP, width=width, height=_BOTTOM - _TOP)
        )

    def axes(self, say: Callable[[dt.datetime], str]) -> Iterator[Markup]:
        """Five temperatures and five times."""
        for number in range(5):
            celsius = self._low + (self._high - self._low) * number / 4
            at = self._first + (self._last - self._first) * number / 4
            y, anchor = self._y(celsius), ("start", "middle", "middle", "middle", "end")[number]
            yield tag("line", class_="grid", x1=_LEFT, x2=_RIGHT, y1=y, y2=y)
            yield tag("text", f"{celsius:.1f}", class_="axis", x=_LEFT - 6, y=y + 4, text_anchor="end")
            yield tag("text", say(at), class_="axis", x=self._x(at), y=HEIGHT - 6, text_anchor=anchor)


def _pieces(line: Sequence[Point], gaps: Sequence[Stretch]) -> Iterator[list[Point]]:
    """The line where it is known: nothing is drawn across a time without readings."""
    piece: list[Point] = []
    for point in line:
        if piece and any(piece[-1][0] <= gap.start < point[0] for gap in gaps):
            yield piece
            piece = []
        piece.append(point)
    yield piece
