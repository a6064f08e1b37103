"""Ledger rows of a city for the console's benchmark, made inside ClickHouse by INSERT SELECT from numbers.

Four fifths are of supply (requests that are asked, allocated, sent, confirmed; stock, prices, late reports, refusals),
the rest of the cold chain (consignments with readings, checks, holds, breaches, findings) and of alerts. Each row has
its decisions as JSON, as a worker's record has; the tables behind the pages are made from them as always.
"""

from __future__ import annotations

import re
from typing import Final

PARTITIONS: Final = 4
DAYS: Final = 30
SHARES: Final = {"supply": 0.8, "coldchain": 0.16, "alerts": 0.04}
"""Of all rows."""
_AREAS, _GRIDS, _ITEMS, _WAREHOUSES = 48, 30, 20, 2
_START: Final = "toDateTime64('2022-04-01 00:00:00', 6, 'UTC')"
_AT: Final = (
    f"{_START} + toIntervalMillisecond(toUInt64(n * __gap__)) AS at, formatDateTime(at, '%Y-%m-%dT%H:%i:%SZ') AS iso"
)
_NUMBERS: Final = "FROM (SELECT number AS n FROM numbers(__lo__, __count__))"

_REQUESTS: Final = f"""
    SELECT
        n, n % 5 AS stage, toInt64(intDiv(n, 5)) - [0, 0, 700, 1400, 5600][stage + 1] AS request, {_AT},
        request * {PARTITIONS} + __partition__ AS request_no,
        cityHash64(request_no) % {_AREAS // PARTITIONS} * {PARTITIONS} + __partition__ AS area_no,
        concat('city/d', toString(area_no % 6), '/s', toString(area_no)) AS area,
        concat(area, '/c', toString(request_no % 6), '/g', toString(request_no % {_GRIDS})) AS grid,
        concat('item', toString(request_no % {_ITEMS})) AS item,
        concat('h', toString(area_no), '-', toString(cityHash64(request_no) % 4000)) AS household,
        concat('r', toString(request_no)) AS request_id, concat(request_id, ':', item) AS need_id,
        concat('lot-', toString(area_no), '-', toString(request_no % {_ITEMS}), '-',
            toString(intDiv(request, 8000))) AS lot,
        cityHash64(request_no, 1) % 100 AS dice,
        cityHash64(household) % 45 AS nature, 1 + request_no % 7 AS quantity,
        concat('a', toString(request_no)) AS allocation, concat('d', toString(request_no)) AS dispatch,
        concat('team-', toString(area_no), '-', toString(request_no % 5)) AS team,
        formatDateTime(at + toIntervalHour(multiIf(dice < 40, 24, dice < 60, 8, 48)), '%Y-%m-%dT%H:%i:%SZ') AS due,
        multiIf(n % 40000 = 0, 'stock_received', n % 200 = 7, 'price_observed',
            ['household_registered', 'request_filed', 'stock_counted', 'clock_ticked', 'delivery_confirmed'][stage + 1])
            AS kind,
        if(n % 50 = 48, 'ticked', if(n % 500 = 11, 'rejected', 'decided')) AS record_kind,
        'supply.requests.v1' AS topic,
        concat('w', toString(area_no), '-', toString(n % {_WAREHOUSES})) AS source,
        if(n % 1500 = 7, at - toIntervalHour(30), at - toIntervalSecond(20)) AS occurred_at,
        multiIf(record_kind = 'rejected', '[]', n % 40000 = 0, __lots__, n % 400000 = 5, __floors__, request < 0, '[]',
            n % 200 = 7, __priced__, stage = 0, __registered__, stage = 1, __asked__, stage = 2 AND dice >= 2,
        __allocated__,
            stage = 3 AND dice >= 3, __sent__, stage = 4 AND dice = 4, __failed__, stage = 4 AND dice > 4,
        __confirmed__,
            '[]') AS decided
    {_NUMBERS}"""
_REGISTERED: Final = """[{"type":"requester_recorded","requester_id":"<household>","area":"<area>","grid":"<grid>",
"registered":true,"institution":false,"members":{"adults":2},"tier":"sealed",
"groups":<if(nature % 9 = 0, '["dialysis"]', if(nature % 5 = 0, '["elderly_alone","infant"]', '[]'))>}]"""
_ASKED: Final = """[{"type":"request_recorded","request_id":"<request_id>","requester_id":"<household>","area":"<area>",
"responsible":"g","reported_at":"<iso>","life_threatening":false},{"type":"need_opened","need_id":"<need_id>",
"request_id":"<request_id>","requester_id":"<household>","area":"<area>","grid":"<grid>","item":"<item>",
"quantity":<quantity>,"assumed":false,"need_class":"<if(dice < 60, 'sealed', if(dice < 75, 'critical', 'other'))>",
"mode":"door","reported_at":"<iso>","due_at":"<due>"}]"""
_LINE: Final = """"allocation_id":"<allocation>","need_id":"<need_id>","lot_id":"<lot>","item":"<item>","""
_ALLOCATED: Final = f"""[{{"type":"allocation_made",{_LINE}"quantity":<quantity>,"rule":"priority","skipped":[]}}]"""
_SENT: Final = f"""[{{"type":"dispatch_ordered","dispatch_id":"<dispatch>","requester_id":"<household>","area":"<area>",
"grid":"<grid>","team":"<team>","mode":"door","ordered_at":"<iso>","deadline":"<due>",
"lines":[{{{_LINE}"quantity":<quantity>}}]}}]"""
_CONFIRMED: Final = f"""[{{"type":"line_delivered","dispatch_id":"<dispatch>",{_LINE}"delivered":<quantity>,
"returned":0,"damaged":0,"lost":0}},{{"type":"dispatch_closed","dispatch_id":"<dispatch>","outcome":"delivered",
"failure":null}},
{{"type":"need_closed","need_id":"<need_id>","reason":"delivered"}}]"""
_FAILED: Final = f"""[{{"type":"line_delivered","dispatch_id":"<dispatch>",{_LINE}"delivered":0,
"returned":<quantity>,"damaged":0,"lost":0}},{{"type":"dispatch_closed","dispatch_id":"<dispatch>","outcome":"failed",
"failure":"not_home"}},{{"type":"need_reopened","need_id":"<need_id>","quantity":<quantity>,"reason":"not_home"}}]"""
_PRICED: Final = """[{"type":"price_recorded","area":"<area>","item":"<item>","warehouse":"<source>",
"fen":<400 + (dice * 7)>}]"""
_RECEIVED: Final = f"""{{"type":"lot_recorded","lot_id":"lot-<k_area>-<k % {_ITEMS}>-<intDiv(n, 40000)>",
"area":"city/d<k_area % 6>/s<k_area>","item":"item<k % {_ITEMS}>","warehouse":"w<k_area>-<k % {_WAREHOUSES}>",
"quantity":4000,"expires_on":"<toDate(at) + 3 + k % 60>","temperature":"ambient","origin":"x","received_at":"<iso>",
"consignment_id":<if(k % {_ITEMS} = 0, concat('"cn-', toString(__partition__), '-', toString(intDiv(n, 40000)),
'"'), 'null')>}}"""
_FLOOR: Final = (
    f"""{{"type":"floor_set","area":"city/d<k_area % 6>/s<k_area>","item":"item<k % {_ITEMS}>","quantity":200}}"""
)

_CONSIGNMENTS: Final = f"""
    SELECT
        n, intDiv(n, 16000) * 40 + n % 40 AS number, intDiv(n % 16000, 40) AS k, {_AT},
        concat('cn-', toString(__partition__), '-', toString(number)) AS consignment, concat('g',
        toString(number % 3)) AS logger,
        cityHash64(number, __partition__) % 100 AS dice, concat(consignment, '-b') AS breach, concat(consignment,
        '-k') AS check,
        concat(consignment, '-h') AS hold, concat('f', consignment) AS finding, concat('market-',
        toString(number % 60)) AS premises,
        multiIf(k = 0, 'consignment_declared', k IN (1, 2, 3), 'certificate_issued', k IN (20, 60, 120, 180),
        'step_reported',
            k IN (300, 350) AND dice < 20, 'finding_reported', 'temperature_read') AS kind,
        if(n % 50 = 48, 'ticked', 'decided') AS record_kind, 'coldchain.records.v1' AS topic,
        at - toIntervalSecond(20) AS occurred_at, '' AS area, concat('keeper-', toString(number % 40)) AS source,
        round(-19 + dice / 100, 2) AS celsius,
        multiIf(k = 0, __declared__, k IN (1, 2, 3), __paper__, k IN (20, 60, 120, 180), __stepped__,
            k = 100 AND dice < 30, __warned__, k = 150 AND dice < 15, __silent__, k = 200 AND dice < 12, __broken__,
            k = 230 AND dice < 8, __mended__, k = 300 AND dice < 20, __found__, k = 350 AND dice < 14, __put_right__,
            k = 399 AND dice >= 20, __closed__, __read__) AS decided
    {_NUMBERS}"""
_FACT: Final = """"event_id":"e<n>","occurred_at":"<iso>","source":"<source>","consignment_id":"<consignment>\""""
_DECLARED: Final = f"""[{{"type":"fact_recorded","fact":{{"kind":"consignment_declared",{_FACT},
"profile":"<if(dice % 3 = 0, 'frozen', if(dice % 3 = 1, 'chilled', 'vaccine'))>","origin":"x",
"importer":"imp-<dice % 9>",
"lots":[{{"lot_id":"l-<consignment>","item":"frozen_fish","quantity":90}}]}}}},
{{"type":"step_reached","consignment_id":"<consignment>","step":"declared","facility":null,"at":"<iso>"}}]"""
_PAPER: Final = (
    f"""[{{"type":"fact_recorded","fact":{{"kind":"certificate_issued",{_FACT},"certificate_id":"p<n>"}}}}]"""
)
_STEPPED: Final = f"""[{{"type":"fact_recorded","fact":{{"kind":"step_reported",{_FACT},"facility":"wh-<dice % 7>"}}}},
{{"type":"step_reached","consignment_id":"<consignment>","step":"<if(k = 20, 'cleared', if(k = 60, 'warehoused',
        if(k = 120, 'released', 'stored')))>",
"facility":"wh-<dice % 7>","at":"<iso>"}}]"""
_LOGGED: Final = """"consignment_id":"<consignment>","logger_id":"<logger>","at":"<iso>\""""
_WARNED: Final = f"""[{{"type":"warning_raised",{_LOGGED},"score":0.9}}]"""
_SILENT: Final = f"""[{{"type":"gap_found",{_LOGGED},"end":null}}]"""
_BREACH: Final = """"breach_id":"<breach>","consignment_id":"<consignment>","logger_id":"<logger>","kind":"hot",
"limit_c":-18.0,"start":"<iso>","alarm_at":"<iso>","peak_c":-9.5"""
_READ: Final = f"""[{{"type":"reading_recorded",{_LOGGED},"celsius":<celsius>,"out":null,"late":<if(n % 400 = 3,
'true', 'false')>}}]"""
_BROKEN: Final = f"""[{{"type":"reading_recorded",{_LOGGED},"celsius":-9.5,"out":"hot","late":false}},
{{"type":"breach_opened",{_BREACH},"end":null}},{{"type":"check_failed","check_id":"<check>",
        "rule":"temperature_breach",
"severity":"hold","consignment_id":"<consignment>","lot_ids":[],"subject":"<logger>","since":"<iso>","reason_zh":"x",
"reason_en":"x"}},{{"type":"hold_ordered","hold_id":"<hold>","check_id":"<check>","rule":"temperature_breach",
"consignment_id":"<consignment>","lot_ids":[],"reason":"too warm","at":"<iso>"}}]"""
_MENDED: Final = f"""[{{"type":"breach_extended",{_BREACH},"end":"<iso>"}},{{"type":"check_mended","check_id":"<check>",
"rule":"temperature_breach","consignment_id":"<consignment>","how":"mended","by":null,"reason":""}},
{{"type":"hold_withdrawn","hold_id":"<hold>","check_id":"<check>","reason":"x","at":"<iso>"}}]"""
_INSPECTED: Final = """[{"type":"inspection_recorded","report":{"kind":"KIND","premises_id":"<premises>",
"finding_id":"<finding>","text":"no log","deadline":"<iso>","occurred_at":"<iso>","source":"inspector",
"lot_ids":[]}}]"""
_CLOSED: Final = """[{"type":"consignment_closed","consignment_id":"<consignment>"}]"""

_ALERTS: Final = f"""
    SELECT
        n, n % 4 AS stage, toInt64(intDiv(n, 4)) - if(stage = 3, 300, 0) AS number, {_AT},
        concat('al-', toString(__partition__), '-', toString(number)) AS alert, cityHash64(number, 2) % 100 AS dice,
        cityHash64(number) % {_AREAS // PARTITIONS} * {PARTITIONS} + __partition__ AS area_no,
        concat('city/d', toString(area_no % 6), '/s', toString(area_no)) AS area, '' AS source, at AS occurred_at,
        if(stage = 1 AND dice < 50, 'alert_acknowledge', 'clock_ticked') AS kind,
        if(kind = 'clock_ticked', 'ticked', 'decided') AS record_kind, 'alerts.messages.v1' AS topic,
        multiIf(number < 0, '[]', stage = 0, __raised__, stage = 1 AND dice < 50, __acknowledged__,
            stage = 1 AND dice < 70, __escalated__, stage = 3 AND dice >= 6, __resolved__, '[]') AS decided
    {_NUMBERS}"""
_RAISED: Final = """[{"type":"alert_raised","alert_id":"<alert>","kind":"<if(dice % 3 = 0, 'need_overdue',
if(dice % 3 = 1, 'price_jump', 'reserve_low'))>",
"subject":"s<number>","place":"<area>","severity":"<if(dice % 3 = 0, 'critical', 'warning')>","level":"grid",
"owner":"officer-<dice % 7>",
"episode":1,"flapping":false,"silenced":false,"since":"<iso>","at":"<iso>","detail":{"item":"item<dice % 20>",
"usable":12,"target":40,
"warehouse":"w","fen":990,"usual_fen":450,"due_at":"<iso>","requester_id":"h1"}}]"""
_ACKNOWLEDGED: Final = """[{"type":"alert_acknowledged","alert_id":"<alert>","episode":1,"by":"officer-<dice % 7>",
"comment":"on it","at":"<iso>"}]"""
_ESCALATED: Final = """[{"type":"alert_escalated","alert_id":"<alert>","episode":1,"level":"community",
"owner":"officer-9",
"at":"<iso>"}]"""
_RESOLVED: Final = """[{"type":"alert_resolved","alert_id":"<alert>","episode":1,"reason":"fact","at":"<iso>"}]"""

_INSERT: Final = """
    INSERT INTO ledger_records (stage, partition, offset, accepted, seq, kind, hash, prev, source_topic,
        source_partition, source_offset, at, recorded_at, occurred_at, worker, code, event_kind, event_id,
        rejection_code,
        rejection_field, rejection_reason, decision_count, timestamp, value)
    SELECT '__stage__', __partition__, n, true, n, record_kind, hex(sipHash128(n)), hex(sipHash128(n - 1)), topic,
        __partition__, n, at, at, occurred_at, 'w', 'c', if(record_kind = 'ticked', 'clock_ticked', kind),
        concat('e', toString(n)), if(record_kind = 'rejected', 'absurd_quantity', ''),
        if(record_kind = 'rejected', 'quantity', ''), if(record_kind = 'rejected',
        'More than the catalogue allows', ''),
        JSONLength(decided), at, concat('{"event":{"kind":"', kind, '","area":"', area, '","source":"', source,
            '"},"decisions":', decided, '}')
    FROM (__messages__)"""
_WORDS: Final = {
    "registered": _REGISTERED, "asked": _ASKED, "allocated": _ALLOCATED, "sent": _SENT, "confirmed": _CONFIRMED,
    "failed": _FAILED, "priced": _PRICED, "declared": _DECLARED, "paper": _PAPER, "stepped": _STEPPED,
        "warned": _WARNED,
    "silent": _SILENT, "broken": _BROKEN, "mended": _MENDED, "found": _INSPECTED.replace("KIND", "finding_reported"),
    "put_right": _INSPECTED.replace("KIND", "finding_mended"), "closed": _CLOSED, "read": _READ, "raised": _RAISED,
    "acknowledged": _ACKNOWLEDGED, "escalated": _ESCALATED, "resolved": _RESOLVED,
}  # fmt: skip
_MESSAGES: Final = {"supply": _REQUESTS, "coldchain": _CONSIGNMENTS, "alerts": _ALERTS}

_ROSTER: Final = f"""
    INSERT INTO duty_lines
    SELECT __partition__, concat('duty', toString(number)), 0, number, {_START},
        if(spot < {_AREAS}, area, concat(area, '/c', toString(grid_no % 6), '/g', toString(grid_no % {_GRIDS}))),
        if(spot < {_AREAS}, 'community', 'grid'), concat('p', toString(spot % 500)),
        {_START} + toIntervalHour(8 * shift), {_START} + toIntervalHour(8 * shift + 8), false, 'office'
    FROM (SELECT number, number % {_AREAS * _GRIDS} AS spot, intDiv(number, {_AREAS * _GRIDS}) AS shift,
        spot % {_AREAS} AS area_no, concat('city/d', toString(area_no % 6), '/s', toString(area_no)) AS area,
        intDiv(spot, {_AREAS}) AS grid_no FROM numbers({_AREAS * _GRIDS * DAYS * 3}))"""
"""Three shifts a day: an officer for each area, a worker for most grids; every partition has it all from the start."""


def roster(partition: int) -> str:
    """The INSERT of a partition's roster."""
    return _ROSTER.replace("__partition__", str(partition))


def said(template: str) -> str:
    """A text with `<expression>` in it as SQL."""
    parts = re.split(r"<((?:[^<>'=]|'[^']*'|[%=] | < |>= )+)>", template.replace("\n", ""))
    return f"concat({', '.join(f'toString({part})' if n % 2 else repr(part) for n, part in enumerate(parts))})"


def statement(stage: str, partition: int, lo: int, count: int, gap: float) -> str:
    """The INSERT of some records of a ledger partition; `gap`: milliseconds from one to the next."""
    sql = _INSERT.replace("__messages__", _MESSAGES[stage]).replace("__stage__", stage)
    area = f"(intDiv(k, {_ITEMS}) * {PARTITIONS} + {partition})"
    for name, text in (("lots", _RECEIVED), ("floors", _FLOOR)):
        each = said(text.replace("k_area", area))
        whole = f"arrayMap(k -> {each}, range({_AREAS // PARTITIONS * _ITEMS}))"
        sql = sql.replace(f"__{name}__", f"concat('[', arrayStringConcat({whole}, ','), ']')")
    for name, text in _WORDS.items():
        sql = sql.replace(f"__{name}__", said(text))
    for name, value in (("partition", str(partition)), ("lo", str(lo)), ("count", str(count)), ("gap", f"{gap:.6f}")):
        sql = sql.replace(f"__{name}__", value)
    return sql
