"""One logger's curve on a pair of axes: limits, breaches shaded, unknown periods hatched, warnings marked."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from deploy.assess.judge import Judged
from schemas.temperature import BreachKind, Limit
from streams.loggers.limits import DEVICE

CURVE: Final = "#22303c"
COLOURS: Final = {BreachKind.HOT: "#cc3340", BreachKind.COLD: "#1f6fc4"}
GOOD: Final = "#2e9e5b"
UNKNOWN: Final = "#8a8f98"
WARNING: Final = "#e58a00"
_WORDS: Final = {
    "curve": ("temperature", "温度"),
    "good": ("within limits", "限内"),
    BreachKind.HOT: ("hot breach", "超温"),
    BreachKind.COLD: ("cold breach", "低温"),
    "alarm": ("alarm", "报警"),
    "unknown": ("unknown", "未知"),
    "warning": ("early warning", "预警"),
    "flag": ("sensor flag", "传感器异常"),
}
_POINTS: Final = 72
_LINE: Final = 12
"""Points that a line of small words takes."""
_DENSE: Final = 3000
_LONGEST: Final = 50
"""Letters of a file's name that the title takes."""
_NEAR: Final = 1.2
"""A limit is drawn where it lies within so many times the span of the readings; else it is told at the edge."""


class Panel:
    """Draws one assessment. `chinese`: whether Chinese words can be written too."""

    def __init__(self, judged: Judged, axis: Any, *, chinese: bool) -> None:
        self._judged, self._axis, self._chinese = judged, axis, chinese
        rows = sorted((one.at.astimezone(judged.zone), one.celsius) for one in judged.file.readings)
        self._times, self._values = [at for at, _ in rows], [celsius for _, celsius in rows]
        self._legend: list[Any] = []
        limits = judged.profile.limits if judged.profile else ()
        self._limits = {(one.kind, one.celsius): one for one in limits}.values()

    def draw(self, *, titled: bool) -> None:
        """Everything, from the back to the front."""
        if titled:
            self._title()
        if not self._values:
            self._empty()
            return
        self._scale()
        self._unknown()
        self._breaches()
        self._curve()
        self._draw_limits()
        self._marks()
        self._finish()

    def _word(self, key: Any) -> str:
        en, zh = _WORDS[key]
        return f"{en} {zh}" if self._chinese else en

    def _title(self) -> None:
        file, profile = self._judged.file, self._judged.profile
        what = f"  ·  {file.device.model} {file.device.serial}" if file.device else ""
        own = profile is not None and profile.name == DEVICE
        by = "its own limits" if own else profile.name_en if profile else "no limits"
        name = file.name.rpartition("/")[2]
        title = f"{name if len(name) <= _LONGEST else '…' + name[-_LONGEST:]}{what}  ·  {by}"
        self._axis.set_title(title, loc="left", fontsize=11.5, fontweight="bold", color=CURVE, pad=30)

    def _empty(self) -> None:
        self._axis.set_axis_off()
        self._axis.text(0.5, 0.5, "no readings in this file", ha="center", va="center", transform=self._axis.transAxes)

    def _scale(self) -> None:
        """The range of the readings, with the limits that lie near it."""
        low, high = min(self._values), max(self._values)
        span = max(high - low, 2.0)
        near = [one.celsius for one in self._limits if low - _NEAR * span <= one.celsius <= high + _NEAR * span]
        low, high = min(low, *near, low), max(high, *near, high)
        margin = 0.1 * max(high - low, 1.0)
        self._axis.set_ylim(low - margin, high + margin)
        beside = (self._times[-1] - self._times[0]) * 0.01 or dt.timedelta(minutes=30)
        gaps = self._judged.assessment.gaps
        first = min(self._times[0], *(start for start, _ in gaps), self._times[0])
        last = max(self._times[-1], *(end for _, end in gaps), self._times[-1])
        self._axis.set_xlim(first - beside, last + beside)

    def _unknown(self) -> None:
        for start, end in self._judged.assessment.gaps:
            self._axis.axvspan(
                start, end, facecolor="#f1f2f4", edgecolor="#b4b9c1", hatch="////", linewidth=0, zorder=1
            )
        if self._judged.assessment.gaps:
            patch = Patch(facecolor="#f1f2f4", edgecolor="#b4b9c1", hatch="////", label=self._word("unknown"))
            self._legend.append(patch)

    def _breaches(self) -> None:
        """Each from its first reading out of range; a line where it became a breach, a point at its worst."""
        for one in self._judged.assessment.breaches:
            colour, end = COLOURS[one.kind], one.end or self._times[-1]
            self._axis.axvspan(one.start, end, color=colour, alpha=0.16, linewidth=0, zorder=1.5)
            self._axis.axvline(one.start, color=colour, linewidth=0.6, alpha=0.5, zorder=1.6)
            self._axis.axvline(one.alarm_at, color=colour, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1.7)
            self._axis.plot(self._peak(one.start, end, one.peak_c), one.peak_c, "o", ms=4.5, color=colour, zorder=5)
        for kind in sorted({one.kind for one in self._judged.assessment.breaches}):
            self._legend.append(Patch(facecolor=COLOURS[kind], alpha=0.35, label=self._word(kind)))
        if self._judged.assessment.breaches:
            self._legend.append(
                Line2D([], [], color=CURVE, linewidth=1, linestyle=(0, (1, 2)), label=self._word("alarm"))
            )

    def _peak(self, start: dt.datetime, end: dt.datetime, peak: float) -> dt.datetime:
        within = (
            at for at, value in zip(self._times, self._values, strict=True) if start <= at <= end and value == peak
        )
        return next(within, start)

    def _curve(self) -> None:
        """Broken where nothing is known."""
        breaks = {start for start, _ in self._judged.assessment.gaps}
        times, values = list[dt.datetime](), list[float]()
        for at, celsius in zip(self._times, self._values, strict=True):
            times.append(at)
            values.append(celsius)
            if at in breaks:
                times.append(at)
                values.append(math.nan)
        width = 1.3 if len(self._times) < _DENSE else 0.8
        few = "o" if len(self._times) < 40 else ""
        (line,) = self._axis.plot(times, values, color=CURVE, linewidth=width, marker=few, markersize=3, zorder=4)
        line.set_label(self._word("curve"))
        self._legend.insert(0, line)

    def _draw_limits(self) -> None:
        low, high = self._axis.get_ylim()
        inside = sorted((one for one in self._limits if low < one.celsius < high), key=lambda one: one.celsius)
        for one in inside:
            self._axis.axhline(one.celsius, color=COLOURS[one.kind], linewidth=1.1, linestyle=(0, (6, 3)), zorder=3)
        self._tell(inside, "", [one.celsius for one in inside], 0)
        above = [one for one in self._limits if one.celsius >= high]
        below = [one for one in self._limits if one.celsius <= low]
        self._tell(sorted(above, key=lambda one: one.celsius), " ↑", [high] * len(above), -_LINE * len(above))
        self._tell(sorted(below, key=lambda one: one.celsius), " ↓", [low] * len(below), 0)
        top = min((one.celsius for one in self._limits if one.kind is BreachKind.HOT), default=high)
        bottom = max((one.celsius for one in self._limits if one.kind is BreachKind.COLD), default=low)
        if self._limits and bottom < top and bottom < high and top > low:
            self._axis.axhspan(max(bottom, low), min(top, high), color=GOOD, alpha=0.07, linewidth=0, zorder=0.5)
            self._legend.append(Patch(facecolor=GOOD, alpha=0.2, label=self._word("good")))

    def _tell(self, limits: list[Limit], arrow: str, heights: list[float], shift: float) -> None:
        """The words of limits, right of the axes at their heights, none over another; arrows for those beyond."""
        low, high = self._axis.get_ylim()
        points = self._axis.get_window_extent().height * _POINTS / self._axis.figure.dpi / (high - low)
        free = -math.inf
        for limit, height in zip(limits, heights, strict=True):
            at = max((height - low) * points + shift, free)
            free = at + _LINE
            self._axis.annotate(
                f"{limit.celsius:g} °C, {limit.minutes} min{arrow}",
                (1.0, height),
                xycoords=("axes fraction", "data"),
                xytext=(6, at - (height - low) * points),
                textcoords="offset points",
                va="center" if not arrow else "bottom",
                fontsize=8.5,
                color=COLOURS[limit.kind],
                annotation_clip=False,
            )

    def _marks(self) -> None:
        """Warnings at the top, the sensor's flags at the bottom."""
        across, found = self._axis.get_xaxis_transform(), self._judged.assessment
        style: dict[str, Any] = {"linestyle": "none", "transform": across, "clip_on": False, "zorder": 6}
        if found.warnings:
            for at, _ in found.warnings:
                self._axis.axvline(at, color=WARNING, linewidth=0.9, alpha=0.8, zorder=2.5)
            mark = {"marker": "v", "markersize": 8, "color": WARNING, "label": self._word("warning")}
            (line,) = self._axis.plot([at for at, _ in found.warnings], [1.0] * len(found.warnings), **mark, **style)
            self._legend.append(line)
        if found.flags:
            mark = {"marker": "D", "markersize": 4.5, "color": UNKNOWN, "label": self._word("flag")}
            (line,) = self._axis.plot([at for _, at in found.flags], [0.0] * len(found.flags), **mark, **style)
            self._legend.append(line)

    def _finish(self) -> None:
        axis, zone = self._axis, self._judged.zone
        locator = AutoDateLocator(tz=zone, minticks=4, maxticks=10)  # type: ignore[no-untyped-call]
        formatter = ConciseDateFormatter(locator, tz=zone, show_offset=False)  # type: ignore[no-untyped-call]
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(formatter)
        axis.grid(axis="y", color="#e6e9ed", linewidth=0.8, zorder=0)
        axis.set_axisbelow(True)
        axis.set_ylabel("°C", rotation=0, loc="top", labelpad=8, color="#4a5560")
        first, last = self._times[0], self._times[-1]
        span = f"{first:%Y-%m-%d}" + (f" to {last:%Y-%m-%d}" if last.date() != first.date() else "")
        axis.set_xlabel(f"{span}, {first.tzname()}", loc="right", fontsize=8.5, color="#4a5560")
        handles = [one for one in self._legend if isinstance(one, Line2D | Patch)]
        axis.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.01),
            ncols=8,
            frameon=False,
            fontsize=9,
            handlelength=1.6,
            columnspacing=1.6,
            borderaxespad=0.0,
        )
