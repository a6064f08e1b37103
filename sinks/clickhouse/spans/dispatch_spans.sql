WITH
-- include: decided
,
known AS
(
    SELECT * FROM dispatch_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND dispatch_id IN (SELECT dispatch_id FROM decided)
),
told AS
(
    SELECT true AS base, offset, toUInt32(0) AS idx, valid_from AS known_at, 'dispatch_ordered' AS type,
        dispatch_id, (requester_id, area, grid, team, mode, units, toNullable(deadline), ordered_at, ordered_from) AS paper,
        '' AS outcome, '' AS failure, recalled, 0 AS returned, 0 AS damaged, 0 AS lost
    FROM known
    UNION ALL
    SELECT false, offset, idx, known_at, type, dispatch_id,
        (requester_id, area, grid, team, mode, arraySum(arrayMap(line -> tupleElement(line, 5), lines)), due_at, at, known_at), outcome,
        if(type = 'dispatch_closed', JSONExtractString(body, 'failure'), ''), false, returned, damaged, lost
    FROM decided
),
whole AS
(
    SELECT
        dispatch_id, max(base) AS was_out, max(recalled) AS was_recalled,
        anyIf((paper, known_at), type = 'dispatch_ordered') AS ordered, ordered.1 AS bag, ordered.2 AS from_at,
        countIf(type = 'dispatch_ordered') AS orders, maxIf(offset, base) AS offset_before, max(offset) AS last_offset,
        argMinIf((outcome, failure), (offset, idx), type = 'dispatch_closed') AS how,
        sum(returned) AS came_back, sum(damaged) AS came_damaged, sum(lost) AS got_lost,
        toDateTime64('2200-01-01 00:00:00', 6, 'UTC') AS never,
        if(countIf(type = 'dispatch_closed') = 0, never, minIf(known_at, type = 'dispatch_closed')) AS closed_from,
        least(closed_from, if(was_recalled OR countIf(type = 'dispatch_recalled') = 0, never,
            minIf(known_at, type = 'dispatch_recalled'))) AS recalled_from
    FROM told
    GROUP BY dispatch_id
    HAVING orders > 0
)
SELECT
    {partition:UInt32} AS partition, dispatch_id, bag.1 AS requester_id, bag.2 AS area, bag.3 AS grid, bag.4 AS team,
    bag.5 AS mode, bag.6 AS units, out.4 AS outcome, if(out.4 = 'out', '', how.2) AS failure, out.5 AS recalled,
    if(out.4 = 'out', 0, came_back) AS returned, if(out.4 = 'out', 0, came_damaged) AS damaged,
    if(out.4 = 'out', 0, got_lost) AS lost, bag.8 AS ordered_at, assumeNotNull(bag.7) AS deadline,
    bag.9 AS ordered_from, out.2 AS valid_from, out.3 AS valid_until,
    if(out.1 = -1, offset_before, last_offset) AS offset, out.1 AS sign
FROM whole
ARRAY JOIN arrayConcat(
    if(was_out, [(toInt8(-1), from_at, never, 'out', was_recalled)], []),
    [(toInt8(1), from_at, recalled_from, 'out', was_recalled),
        (toInt8(1), recalled_from, closed_from, 'out', true)],
    if(closed_from < never, [(toInt8(1), closed_from, closed_from, how.1, was_recalled OR recalled_from < closed_from)],
        [])) AS out
WHERE out.1 = -1 OR out.4 != 'out' OR valid_from < valid_until
