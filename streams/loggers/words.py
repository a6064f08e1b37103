"""How the findings of a device and those of its readings differ, in words: each with the likely reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.temperature import BreachKind
from streams.core.temperature.assessment import AssessedBreach
from streams.loggers.model import Alarm, DayRange, DaySum, Event

Zone = dt.tzinfo


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the device found and its readings do not show, or the other way round."""

    code: str
    en: str
    zh: str


def _limit(alarm: Alarm) -> tuple[str, str]:
    hot = alarm.kind is BreachKind.HOT
    return f"{'above' if hot else 'below'} {alarm.celsius:g} °C", f"{'高于' if hot else '低于'} {alarm.celsius:g} °C"


def _at(moment: dt.datetime | None, zone: Zone) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "?"


def _until(moment: dt.datetime | None, zone: Zone) -> tuple[str, str]:
    return (f"to {_at(moment, zone)}", f"至 {_at(moment, zone)}") if moment else ("on to the end", "直至结束")


def _minutes(count: float | None) -> str:
    return "?" if count is None else f"{count:g}"


def between(interval: int) -> tuple[str, str]:
    """That a device sees more than it writes down."""
    return (
        f"it measures more often than it logs (every {interval} min)",
        f"设备测量比记录（每 {interval} 分钟）更频繁",
    )


def not_in_readings(event: Event, run: AssessedBreach | None, interval: int, zone: Zone) -> Difference:
    """The device alarmed; its readings are not out of range for long enough."""
    (en, zh), (to, to_zh), (why, why_zh) = _limit(event.alarm), _until(event.end, zone), between(interval)
    seen, seen_zh = "show nothing out of range then", "当时均未超限"
    if run is not None:
        (run_to, run_zh) = _until(run.end, zone)
        seen = f"are out of range from {_at(run.start, zone)} {run_to}, too few for {event.alarm.minutes} min"
        seen_zh = f"自 {_at(run.start, zone)} {run_zh} 超限，不足 {event.alarm.minutes} 分钟"
    start, count = _at(event.start, zone), _minutes(event.minutes)
    return Difference(
        "alarm_not_in_readings",
        f"the device alarmed {en} from {start} {to} ({count} min); its readings {seen}: {why}",
        f"设备在 {start} {to_zh} 报警（{zh}，{count} 分钟）；其记录{seen_zh}：{why_zh}",
    )


def not_alarmed(alarm: Alarm, breach: AssessedBreach, interval: int, zone: Zone) -> Difference:
    """The readings amount to a breach of the device's own limit; it did not alarm."""
    (en, zh), (to, to_zh), (why, why_zh) = _limit(alarm), _until(breach.end, zone), between(interval)
    start, count = _at(breach.start, zone), _minutes(breach.minutes)
    return Difference(
        "breach_not_alarmed",
        f"the readings are {en} from {start} {to} ({count} min), but the device did not alarm: {why}, "
        "and may have measured a moment in range between two readings",
        f"记录显示 {start} {to_zh} {zh}（{count} 分钟），设备未报警：{why_zh}，两次记录之间可能曾回到限内",
    )


def times_differ(event: Event, breach: AssessedBreach, interval: int, zone: Zone) -> Difference:
    """Both found it, at times that lie further apart than the logging interval."""
    (en, zh), (why, why_zh) = _limit(event.alarm), between(interval)
    theirs, theirs_zh = _course(event.start, event.end, event.alarm_at, event.minutes, zone)
    ours, ours_zh = _course(breach.start, breach.end, breach.alarm_at, breach.minutes, zone)
    return Difference(
        "alarm_times",
        f"{en}: the device says {theirs}; the readings {ours}: {why}",
        f"{zh}：设备记为 {theirs_zh}；按记录为 {ours_zh}：{why_zh}",
    )


def _course(
    start: dt.datetime | None, end: dt.datetime | None, alarm: dt.datetime | None, minutes: float | None, zone: Zone
) -> tuple[str, str]:
    """When an event began and ended, when it became an alarm, and how long it was."""
    (to, to_zh), count = _until(end, zone), _minutes(minutes)
    en = f"from {_at(start, zone)} {to}, alarm at {_at(alarm, zone)}, {count} min"
    return en, f"{_at(start, zone)} {to_zh}，{_at(alarm, zone)} 报警，{count} 分钟"


def cumulative(event: Event, ours: float) -> Difference:
    """An alarm on the sum of all time out of range is no single event."""
    en, zh = _limit(event.alarm)
    return Difference(
        "cumulative",
        f"the device alarmed on all time {en} added up ({_minutes(event.minutes)} min; by the readings {ours:g}): "
        "a sum is no single event, so it is no breach here",
        f"设备按累计时间报警（{zh}，{_minutes(event.minutes)} 分钟；按记录 {ours:g} 分钟）："
        "累计不是单次事件，此处不算超限事件",
    )


def day_minutes(one: DaySum, ours: float, why: tuple[str, str]) -> Difference:
    """Minutes out of range of a day."""
    en, zh = _limit(one.alarm)
    return Difference(
        "day_minutes",
        f"{one.date}: the device counts {one.minutes} min {en}, the readings give {ours:g}: {why[0]}",
        f"{one.date}：设备计 {one.minutes} 分钟{zh}，按记录为 {ours:g} 分钟：{why[1]}",
    )


def days_without_readings(sums: Sequence[DaySum]) -> Difference:
    """Days that the device summed up and of which the file has no readings."""
    days, minutes = sorted({one.date for one in sums}), sum(one.minutes for one in sums)
    return Difference(
        "days_without_readings",
        f"the device counts {minutes} min out of its limits on {len(days)} days ({days[0]} to {days[-1]}) of which the "
        "file has no readings",
        f"设备在 {days[0]} 至 {days[-1]} 的 {len(days)} 天中计 {minutes} 分钟超限，文件中没有这些天的记录",
    )


def day_alarm(alarm: Alarm, date: dt.date, device: bool, why: tuple[str, str]) -> Difference:
    """An alarm on a day that only one of the two knows of."""
    en, zh = _limit(alarm)
    return Difference(
        "alarm_not_in_readings" if device else "breach_not_alarmed",
        f"{date}: the device {'alarmed' if device else 'did not alarm'} ({en} for {alarm.minutes} min), the readings "
        f"{'amount to no breach' if device else 'amount to a breach'}: {why[0]}",
        f"{date}：设备{'报警' if device else '未报警'}（{zh}达 {alarm.minutes} 分钟），按记录"
        f"{'不构成' if device else '构成'}超限事件：{why[1]}",
    )


def day_alarm_time(one: DaySum, ours: dt.datetime, why: tuple[str, str], zone: Zone) -> Difference:
    """The same alarm of a day at another time."""
    en, zh = _limit(one.alarm)
    return Difference(
        "alarm_times",
        f"{en}: the device alarmed at {_at(one.alarm_at, zone)}, the readings at {_at(ours, zone)}: {why[0]}",
        f"{zh}：设备于 {_at(one.alarm_at, zone)} 报警，按记录为 {_at(ours, zone)}：{why[1]}",
    )


def peaks(when: str, device: tuple[float, float], ours: tuple[float, float], why: tuple[str, str]) -> Difference:
    """Lowest and highest temperature."""
    return Difference(
        "peaks",
        f"{when}: the device measured {device[0]:g} to {device[1]:g} °C, its readings lie in {ours[0]:g} to "
        f"{ours[1]:g}: {why[0]}",
        f"{when}：设备测得 {device[0]:g} 至 {device[1]:g} °C，记录为 {ours[0]:g} 至 {ours[1]:g} °C：{why[1]}",
    )


def kinetic(device: float, ours: float, interval: int) -> Difference:
    """Mean kinetic temperature."""
    why, why_zh = between(interval)
    return Difference(
        "mkt",
        f"mean kinetic temperature: the device says {device:g} °C, the readings give {ours:.2f}: {why}",
        f"平均动力学温度：设备为 {device:g} °C，按记录为 {ours:.2f} °C：{why_zh}",
    )


def unmeasured(one: DayRange) -> Difference:
    """The sensor did not answer."""
    return Difference(
        "unmeasured",
        f"{one.date}: the device was without its sensor for {one.unmeasured_minutes} min, in which nobody knows the "
        "temperature",
        f"{one.date}：传感器 {one.unmeasured_minutes} 分钟无响应，期间温度未知",
    )


def marks(count: int, line: int) -> Difference:
    """Readings that the device marks as out of limits, or does not, against the limits that it says."""
    return Difference(
        "marks",
        f"{count} readings (first in line {line}) are marked by the device otherwise than its limits say",
        f"{count} 条记录（首条在第 {line} 行）的超限标记与设备限值不符",
    )
