-- Questions about temperature, premises and drivers, and about who received what.

CREATE OR REPLACE VIEW readings $on_cluster AS
SELECT consignment_id, logger_id, at, celsius, out, late, known_at, event_id, partition, offset, idx
FROM coldchain_decisions FINAL
WHERE type = 'reading_recorded'
COMMENT 'Temperature readings; fast for one consignment, or one logger of it';

ALTER TABLE readings $on_cluster
    COMMENT COLUMN at 'When it was measured',
    COMMENT COLUMN celsius 'Degrees Celsius',
    COMMENT COLUMN out 'hot or cold where out of the range of its profile; else empty',
    COMMENT COLUMN late 'A newer reading of this logger was known already',
    COMMENT COLUMN known_at 'When it was taken, in ledger time';

CREATE OR REPLACE VIEW breach_corrections $on_cluster AS
SELECT
    JSONExtractString(body, 'breach_id') AS breach_id, consignment_id, logger_id,
    substring(type, 8) AS change, kind,
    JSONExtractFloat(body, 'limit_c') AS limit_c,
    if(type = 'breach_withdrawn', NULL, at) AS start,
    parseDateTime64BestEffortOrNull(JSONExtractString(body, 'alarm_at'), 6, 'UTC') AS alarm_at,
    parseDateTime64BestEffortOrNull(JSONExtractString(body, 'end'), 6, 'UTC') AS end,
    JSONExtract(body, 'peak_c', 'Nullable(Float64)') AS peak_c,
    known_at, event_id, partition, offset, idx
FROM coldchain_decisions FINAL
WHERE type IN ('breach_opened', 'breach_extended', 'breach_shortened', 'breach_withdrawn')
COMMENT 'What became known of temperature breaches, one row a correction, in the order of the ledger';

ALTER TABLE breach_corrections $on_cluster
    COMMENT COLUMN change 'opened, extended, shortened or withdrawn',
    COMMENT COLUMN kind 'hot or cold; empty where withdrawn',
    COMMENT COLUMN limit_c 'Limit that was broken, degrees Celsius',
    COMMENT COLUMN start 'First reading out of range',
    COMMENT COLUMN alarm_at 'Reading at which it had lasted as long as its limit allows',
    COMMENT COLUMN end 'First reading back in range, or the last before an unknown period; NULL: it goes on',
    COMMENT COLUMN peak_c 'Worst reading, degrees Celsius',
    COMMENT COLUMN known_at 'When this was decided, in ledger time';

CREATE OR REPLACE VIEW breaches $on_cluster AS
SELECT
    id AS breach_id, consignment AS consignment_id, logger AS logger_id,
    last.1 AS kind, last.2 AS limit_c, last.3 AS start, last.4 AS alarm_at, last.5 AS end, last.6 AS peak_c,
    if(end IS NULL, NULL, round(dateDiff('millisecond', start, end) / 60000, 2)) AS minutes,
    opened AS known_at, corrected AS corrected_at, changes - 1 AS corrections, ledger_partition AS partition
FROM
(
    SELECT
        partition AS ledger_partition, breach_id AS id, consignment_id AS consignment, logger_id AS logger,
        argMax(tuple(kind, limit_c, start, alarm_at, end, peak_c), (offset, idx)) AS last,
        argMax(change, (offset, idx)) AS state, min(known_at) AS opened, max(known_at) AS corrected, count() AS changes
    FROM breach_corrections
    GROUP BY partition, consignment_id, logger_id, breach_id
)
WHERE state != 'withdrawn'
COMMENT 'Temperature breaches as known now: corrections folded, withdrawn ones left out';

ALTER TABLE breaches $on_cluster
    COMMENT COLUMN kind 'hot or cold',
    COMMENT COLUMN limit_c 'Limit that was broken, degrees Celsius',
    COMMENT COLUMN start 'First reading out of range',
    COMMENT COLUMN alarm_at 'Reading at which it had lasted as long as its limit allows',
    COMMENT COLUMN end 'First reading back in range, or the last before an unknown period; NULL: it goes on',
    COMMENT COLUMN peak_c 'Worst reading, degrees Celsius',
    COMMENT COLUMN minutes 'From start to end; NULL while it goes on',
    COMMENT COLUMN known_at 'When it was first decided, in ledger time',
    COMMENT COLUMN corrections 'How often it was corrected since';

CREATE OR REPLACE VIEW gaps $on_cluster AS
SELECT
    consignment AS consignment_id, logger AS logger_id, began AS start, last_end AS end,
    if(end IS NULL, NULL, round(dateDiff('millisecond', start, end) / 60000, 2)) AS minutes,
    found AS known_at, ledger_partition AS partition
FROM
(
    SELECT
        partition AS ledger_partition, consignment_id AS consignment, logger_id AS logger, at AS began,
        argMax(type, (offset, idx)) AS state,
        argMax(tuple(parseDateTime64BestEffortOrNull(JSONExtractString(body, 'end'), 6, 'UTC')), (offset, idx)).1
            AS last_end,
        max(known_at) AS found
    FROM coldchain_decisions FINAL
    WHERE type IN ('gap_found', 'gap_withdrawn')
    GROUP BY partition, consignment_id, logger_id, at
)
WHERE state = 'gap_found'
COMMENT 'Times without readings (more than three logging intervals): unknown, neither in range nor out';

ALTER TABLE gaps $on_cluster
    COMMENT COLUMN start 'Last reading before it',
    COMMENT COLUMN end 'First reading after it; NULL: it goes on',
    COMMENT COLUMN minutes 'From start to end; NULL while it goes on',
    COMMENT COLUMN known_at 'When it was decided, in ledger time';

CREATE OR REPLACE VIEW early_warnings $on_cluster AS
SELECT consignment_id, logger_id, at, JSONExtractFloat(body, 'score') AS score, known_at, event_id, partition, offset, idx
FROM coldchain_decisions FINAL
WHERE type = 'warning_raised'
COMMENT 'Readings that behave as they did not before, whether or not a limit is crossed; score from 0 to 1';

CREATE OR REPLACE VIEW sensor_flags $on_cluster AS
SELECT consignment_id, logger_id, at, JSONExtractString(body, 'flag') AS flag, known_at, event_id, partition, offset, idx
FROM coldchain_decisions FINAL
WHERE type = 'sensor_flagged'
COMMENT 'What is wrong with the readings themselves: flat_line, jump, clock_back, duplicate or conflict';

CREATE OR REPLACE VIEW temperature_sums $on_cluster AS
SELECT
    consignment_id, logger_id, at AS until, d.readings AS readings, d.min_c AS min_c, d.max_c AS max_c, d.mkt_c AS mkt_c,
    d.out_minutes AS out_minutes, d.unknown_minutes AS unknown_minutes, known_at, event_id, partition, offset, idx
FROM
(
    SELECT *, JSONExtract(body, 'Tuple(readings UInt64, min_c Float64, max_c Float64, mkt_c Nullable(Float64),
        out_minutes Float64, unknown_minutes Float64)') AS d
    FROM coldchain_decisions FINAL
    WHERE type = 'temperature_summed'
)
COMMENT 'What the readings of a logger amounted to at a step or handover';

ALTER TABLE temperature_sums $on_cluster
    COMMENT COLUMN until 'Up to when',
    COMMENT COLUMN min_c 'Degrees Celsius',
    COMMENT COLUMN max_c 'Degrees Celsius',
    COMMENT COLUMN mkt_c 'Mean kinetic temperature weighted by time, degrees Celsius; NULL where the profile does not use it',
    COMMENT COLUMN out_minutes 'Minutes out of range',
    COMMENT COLUMN unknown_minutes 'Minutes without readings';

CREATE OR REPLACE VIEW driver_tests $on_cluster AS
SELECT
    JSONExtractString(body, 'test', 'driver_id') AS driver_id, at AS sampled_at,
    any(JSONExtractString(body, 'test', 'result')) AS result, any(JSONExtractString(body, 'test', 'source')) AS source,
    event_id, min(known_at) AS known_at, count() AS partitions
FROM coldchain_decisions FINAL
WHERE type = 'driver_test_recorded'
GROUP BY driver_id, sampled_at, event_id
COMMENT 'Nucleic acid tests of drivers; each is known in every partition of the cold chain';

CREATE OR REPLACE VIEW inspection_findings $on_cluster AS
WITH (SELECT now FROM ledger_now WHERE stage = 'coldchain') AS ledger_time
SELECT
    id AS finding_id, premises AS premises_id, words AS text, source, lots AS lot_ids, reported AS reported_at,
    due AS deadline, mended AS mended_at,
    multiIf(mended_at IS NOT NULL, 'mended', ifNull(due < ledger_time, false), 'overdue', 'open') AS state,
    mended_at IS NOT NULL AND mended_at > due AS mended_late,
    ledger_partition AS partition
FROM
(
    SELECT
        partition AS ledger_partition, JSONExtractString(body, 'report', 'finding_id') AS id,
        any(JSONExtractString(body, 'report', 'premises_id')) AS premises,
        argMaxIf(JSONExtractString(body, 'report', 'text'), (offset, idx), kind = 'finding_reported') AS words,
        argMaxIf(JSONExtractString(body, 'report', 'source'), (offset, idx), kind = 'finding_reported') AS source,
        argMaxIf(JSONExtract(body, 'report', 'lot_ids', 'Array(String)'), (offset, idx), kind = 'finding_reported') AS lots,
        minOrNullIf(at, kind = 'finding_reported') AS reported,
        argMaxIf(parseDateTime64BestEffortOrNull(JSONExtractString(body, 'report', 'deadline'), 6, 'UTC'), (offset, idx),
            kind = 'finding_reported') AS due,
        minOrNullIf(at, kind = 'finding_mended') AS mended
    FROM coldchain_decisions FINAL
    WHERE type = 'inspection_recorded'
    GROUP BY partition, id
)
COMMENT 'Findings of inspections at premises (督查): open, overdue or mended, as of the ledger''s present';

CREATE OR REPLACE VIEW lot_links $on_cluster AS
SELECT
    source, target,
    max(how = 'packed') AS packed, max(how = 'unpacked') AS unpacked, max(how = 'became') AS became
FROM
(
    SELECT arrayJoin(arrayPushFront(JSONExtract(body, 'moved_from', 'Array(String)'), from_lot_id)) AS source,
        lot_id AS target, 'became' AS how
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'lot_recorded'
    UNION ALL
    SELECT lot_id, JSONExtractString(body, 'to_lot_id'), 'became'
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'lot_transferred_out'
    UNION ALL
    SELECT used.lot_id, made.lot_id, 'became'
    FROM consignment_reports
    ARRAY JOIN JSONExtract(report, 'inputs', 'Array(Tuple(lot_id String))') AS used
    ARRAY JOIN JSONExtract(report, 'outputs', 'Array(Tuple(lot_id String))') AS made
    WHERE NOT withdrawn AND kind = 'lots_transformed'
    UNION ALL
    SELECT if(how = 'packed', child, parent), if(how = 'packed', parent, child), how
    FROM
    (
        SELECT JSONExtractString(report, 'parent_id') AS parent,
            arrayJoin(JSONExtract(report, 'child_ids', 'Array(String)')) AS child
        FROM consignment_reports
        WHERE NOT withdrawn AND kind = 'lots_aggregated'
    )
    ARRAY JOIN ['packed', 'unpacked'] AS how
)
WHERE source != '' AND target != '' AND source != target
GROUP BY source, target
COMMENT 'What became of lots and packages: packed, taken out of a package, made into others, split or moved';

ALTER TABLE lot_links $on_cluster
    COMMENT COLUMN source 'What it was',
    COMMENT COLUMN target 'What it became, or what it went into or came out of',
    COMMENT COLUMN packed 'The source was put into the target',
    COMMENT COLUMN unpacked 'The target lies, or lay, in the source',
    COMMENT COLUMN became 'The target was made of the source, split from it, or is where it was moved to';

CREATE OR REPLACE VIEW consignment_stock $on_cluster AS
WITH RECURSIVE
received_lots AS
(
    SELECT
        partition, area, lot_id, item, warehouse, quantity, JSONExtractString(body, 'consignment_id') AS on_paper,
        parseDateTime64BestEffortOrNull(JSONExtractString(body, 'received_at'), 6, 'UTC') AS received_at,
        arrayDistinct(arrayFilter(lot -> lot != '',
            arrayPushFront(JSONExtract(body, 'moved_from', 'Array(String)'), from_lot_id))) AS from_lot_ids
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'lot_recorded'
),
ways AS
(
    SELECT lot_id, lot_id AS known_as, false AS as_package, 0::UInt8 AS depth FROM received_lots
    UNION ALL
    SELECT DISTINCT w.lot_id, l.source AS known_as,
        l.unpacked AND NOT l.became AND (w.as_package OR NOT l.packed) AS as_package, (w.depth + 1)::UInt8 AS depth
    FROM ways AS w
    INNER JOIN lot_links AS l ON l.target = w.known_as
    WHERE w.depth < 20 AND (NOT w.as_package OR l.unpacked OR l.became)
),
origins AS
(
    SELECT on_paper AS consignment_id, lot_id FROM received_lots WHERE on_paper != ''
    UNION DISTINCT
    SELECT consignment_id, arrayJoin(JSONExtract(report, 'lots', 'Array(Tuple(lot_id String))')).1 AS lot_id
    FROM consignment_reports
    WHERE NOT withdrawn AND kind = 'consignment_declared'
)
SELECT DISTINCT
    o.consignment_id AS consignment_id, r.lot_id AS lot_id, r.area AS area, r.item AS item, r.warehouse AS warehouse,
    r.quantity AS received, r.received_at AS received_at, r.from_lot_ids AS from_lot_ids, r.partition AS partition
FROM received_lots AS r
INNER JOIN (SELECT DISTINCT lot_id, known_as FROM ways) AS w ON w.lot_id = r.lot_id
INNER JOIN origins AS o ON o.lot_id = w.known_as
COMMENT 'Lots of supply areas and the consignments that they came from: by their papers, or through up to twenty links (splits, moves, packages, transformations) from a lot of a consignment';

ALTER TABLE consignment_stock $on_cluster
    COMMENT COLUMN received 'Units received in the area',
    COMMENT COLUMN from_lot_ids 'Lots that it was split from or moved out of';

CREATE OR REPLACE VIEW contact_duties $on_cluster AS
SELECT
    duty AS duty_id, hold AS hold_id, lot AS lot_id, item_code AS item, consignment AS consignment_id,
    requester AS requester_id, place_area AS area, place_grid AS grid, units AS quantity, delivered AS delivered_at,
    opened AS opened_at, due AS due_at,
    multiIf(ended IS NOT NULL, why, is_overdue, 'overdue', 'open') AS state,
    ended AS ended_at, who AS contacted_by, what AS outcome, ledger_partition AS partition
FROM
(
    SELECT
        partition AS ledger_partition, JSONExtractString(body, 'duty_id') AS duty,
        anyIf(hold_id, type = 'contact_duty_opened') AS hold,
        anyIf(lot_id, type = 'contact_duty_opened') AS lot,
        anyIf(item, type = 'contact_duty_opened') AS item_code,
        anyIf(JSONExtractString(body, 'consignment_id'), type = 'contact_duty_opened') AS consignment,
        anyIf(requester_id, type = 'contact_duty_opened') AS requester,
        anyIf(area, type = 'contact_duty_opened') AS place_area,
        anyIf(grid, type = 'contact_duty_opened') AS place_grid,
        argMaxIf(quantity, (offset, idx), type IN ('contact_duty_opened', 'contact_duty_raised')) AS units,
        argMaxIf(parseDateTime64BestEffortOrNull(JSONExtractString(body, 'delivered_at'), 6, 'UTC'), (offset, idx),
            type IN ('contact_duty_opened', 'contact_duty_raised')) AS delivered,
        minIf(at, type = 'contact_duty_opened') AS opened,
        argMaxIf(due_at, (offset, idx), type IN ('contact_duty_opened', 'contact_duty_raised')) AS due,
        argMaxIf(type = 'contact_overdue', (offset, idx),
            type IN ('contact_duty_opened', 'contact_duty_raised', 'contact_overdue')) AS is_overdue,
        argMax(type, (offset, idx)) = 'contact_duty_ended' AS over,
        if(over, toNullable(max(at)), NULL) AS ended,
        argMaxIf(reason, (offset, idx), type = 'contact_duty_ended') AS why,
        argMaxIf(JSONExtractString(body, 'by'), (offset, idx), type = 'contact_duty_ended') AS who,
        argMaxIf(JSONExtractString(body, 'outcome'), (offset, idx), type = 'contact_duty_ended') AS what
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('contact_duty_opened', 'contact_duty_raised', 'contact_overdue',
        'contact_duty_ended')
    GROUP BY partition, duty
)
COMMENT 'Households that received units of a held lot, and whether their area has contacted them';

ALTER TABLE contact_duties $on_cluster
    COMMENT COLUMN quantity 'Units of the lot that it received, all deliveries together',
    COMMENT COLUMN delivered_at 'The last delivery of them',
    COMMENT COLUMN due_at 'By when it is to be contacted',
    COMMENT COLUMN state 'open, overdue, contacted, or lifted (the hold ended)';

CREATE OR REPLACE VIEW exposure $on_cluster AS
SELECT
    s.consignment_id AS consignment_id, h.lot_id AS lot_id, h.item AS item, h.requester AS requester_id, h.area_ AS area,
    h.grid_ AS grid, h.dispatch_id AS dispatch_id, h.allocation_id AS allocation_id, h.need AS need_id, h.team_ AS team,
    h.units AS delivered, h.on_the_way AS in_transit, h.delivered_at_ AS delivered_at,
    q.is_held AS held,
    d.state AS contact, d.due_at AS contact_due_at, h.partition AS partition
FROM
(
    SELECT
        partition, lot_id, dispatch_id, allocation_id, any(item) AS item, any(need_id) AS need,
        anyIf(requester_id, type = 'dispatch_ordered') AS requester, anyIf(area, type = 'dispatch_ordered') AS area_,
        anyIf(grid, type = 'dispatch_ordered') AS grid_, anyIf(team, type = 'dispatch_ordered') AS team_,
        sum(delivered) AS units, sum(in_transit) AS on_the_way,
        maxOrNullIf(at, type = 'line_delivered') AS delivered_at_
    FROM lot_handovers FINAL
    WHERE lot_id IN (SELECT lot_id FROM consignment_stock)
    GROUP BY partition, lot_id, dispatch_id, allocation_id
    HAVING units > 0 OR on_the_way > 0
) AS h
INNER JOIN (SELECT DISTINCT partition, lot_id, consignment_id FROM consignment_stock) AS s
    ON s.partition = h.partition AND s.lot_id = h.lot_id
LEFT JOIN
(
    SELECT partition, lot_id,
        argMax(type = 'lot_held' OR NOT JSONExtractBool(body, 'free'), (offset, idx)) AS is_held
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('lot_held', 'lot_freed')
    GROUP BY partition, lot_id
) AS q ON q.partition = h.partition AND q.lot_id = h.lot_id
LEFT JOIN
(
    SELECT partition, requester_id, lot_id, argMax(state, opened_at) AS state, argMax(due_at, opened_at) AS due_at
    FROM contact_duties
    GROUP BY partition, requester_id, lot_id
) AS d ON d.partition = h.partition AND d.requester_id = h.requester AND d.lot_id = h.lot_id
COMMENT 'Which household has, or is about to get, what from which consignment; what is only set aside: baogong trace. Ask by lot_id for speed';

ALTER TABLE exposure $on_cluster
    COMMENT COLUMN delivered 'Units handed over',
    COMMENT COLUMN in_transit 'Units on the way to it',
    COMMENT COLUMN delivered_at 'When the delivery was confirmed, in ledger time; NULL: on the way',
    COMMENT COLUMN held 'A hold stands on the lot',
    COMMENT COLUMN contact 'Contact duty of its area: open, overdue, contacted or lifted; empty: none',
    COMMENT COLUMN contact_due_at 'By when it is to be contacted';
