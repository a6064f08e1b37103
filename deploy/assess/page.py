"""An assessment as one HTML page: the curve as SVG and the tables, without scripts, readable offline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from deploy.assess.judge import Judged, minutes
from deploy.assess.report import clock, limit_words

_FONTS: Final = '"DejaVu Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'
_CSS: Final = """
body { margin: 0; background: #f4f6f8; color: #22303c; font: 15px/1.5 FONTS; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 48px; }
section { background: #fff; border: 1px solid #e1e5ea; border-radius: 10px; padding: 20px 24px; margin-bottom: 24px; }
h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 15px; margin: 22px 0 6px; }
.by { color: #5a6672; margin: 2px 0 14px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 0 0 10px; }
.facts div { min-width: 90px; }
.facts dt { color: #5a6672; font-size: 12.5px; } .facts dd { margin: 0; font-weight: 600; }
svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; color: #5a6672; font-weight: 500; } th, td { padding: 3px 22px 3px 0; }
.hot { color: #cc3340; font-weight: 600; } .cold { color: #1f6fc4; font-weight: 600; }
li { margin: 4px 0; } .zh { color: #5a6672; display: block; }
"""


def page(judged: Sequence[Judged], pictures: Sequence[str]) -> str:
    """The whole page; `pictures` are the curves as SVG, one a file."""
    title = escape(", ".join(_name(one) for one in judged))
    body = "".join(_section(one, picture) for one, picture in zip(judged, pictures, strict=True))
    css = _CSS.replace("FONTS", _FONTS)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    head += f"<style>{css}</style>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{body}</main></body></html>\n'


def _name(judged: Judged) -> str:
    return judged.file.name.rpartition("/")[2]


def _section(judged: Judged, picture: str) -> str:
    device, profile = judged.file.device, judged.profile
    what = f"{device.model} {device.serial} · " if device else ""
    limits = "; ".join(limit_words(limit) for limit in profile.limits) if profile else ""
    by = f"{profile.name_en} {profile.name_zh}: {limits}" if profile else "no limits to judge by 没有温度限值"
    return "".join(
        (
            f"<section><h1>{escape(_name(judged))}</h1><p class=by>{escape(what + by)}</p>",
            _facts(judged),
            _svg(picture),
            *_tables(judged),
            "</section>",
        )
    )


def _svg(picture: str) -> str:
    """The picture without its XML prologue and metadata, its words in the fonts of the page."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", picture[picture.index("<svg") :], flags=re.S)
    return re.sub(r"'DejaVu Sans'(, '[^']*')*", _FONTS.replace('"', "'"), svg)


def _facts(judged: Judged) -> str:
    found, values = judged.assessment, [one.celsius for one in judged.file.readings]
    facts = [("readings 记录", f"{len(values):,}")]
    if found.interval_minutes:
        facts.append(("interval 间隔", f"{found.interval_minutes} min"))
    if values:
        facts.append(("range 温度范围", f"{min(values):g} … {max(values):g} °C"))
    if found.mkt_c is not None:
        facts.append(("mean kinetic 平均动力学温度", f"{found.mkt_c:.2f} °C"))
    if judged.profile:
        facts.append(("breaches 超限事件", f"{len(found.breaches)}"))
        facts.append(("out of range 超限", f"{sum(found.out_of_range_minutes.values()):,.0f} min"))
    facts.append(("unknown 未知", f"{found.unknown_minutes:,.0f} min"))
    if judged.file.refused:
        facts.append(("refused rows 拒收", f"{len(judged.file.refused)}"))
    return f"<dl class=facts>{''.join(f'<div><dt>{escape(a)}</dt><dd>{escape(b)}</dd></div>' for a, b in facts)}</dl>"


def _tables(judged: Judged) -> Iterator[str]:
    found = judged.assessment
    yield _table(
        "Breaches 超限事件",
        ("", "limit", "start", "alarm", "end", "minutes", "peak"),
        (
            (
                f"<span class={one.kind.value}>{one.kind.value}</span>",
                f"{one.limit_c:g} °C",
                *(clock(at) for at in (one.start, one.alarm_at, one.end)),
                f"{one.minutes:,.0f}",
                f"{one.peak_c:g} °C",
            )
            for one in found.breaches
        ),
    )
    days = ((day.isoformat(), f"{out:,.0f}") for day, out in found.out_of_range_minutes.items() if out)
    yield _table("Minutes out of range 每日超限分钟", ("day", "minutes"), days)
    gaps = ((clock(a), clock(b), f"{minutes(a, b):,.0f}") for a, b in found.gaps)
    yield _table("Unknown periods 未知时段", ("from", "to", "minutes"), gaps)
    flags = ((flag.value.replace("_", " "), clock(at)) for flag, at in found.flags)
    yield _table("Sensor 传感器", ("flag", "at"), flags)
    yield _table("Early warnings 预警", ("at", "score"), ((clock(at), f"{score:.2f}") for at, score in found.warnings))
    told = [(one.en, one.zh) for one in judged.comparison.differences] if judged.comparison else []
    yield _list("Where the device differs 与设备自身结论的差异", told)
    yield _list("Notes 说明", [(note.en, note.zh) for note in judged.notes])
    yield _list("Refused rows 拒收", [(str(one), "") for one in judged.file.refused[:200]])


def _table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table, or nothing where it has no rows. Cells are made here: numbers, times and words of ours."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return ""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _list(title: str, lines: Sequence[tuple[str, str]]) -> str:
    if not lines:
        return ""
    items = "".join(
        f"<li>{escape(en)}{f'<span class=zh lang=zh>{escape(zh)}</span>' if zh else ''}</li>" for en, zh in lines
    )
    return f"<h2>{escape(title)}</h2><ul>{items}</ul>"
