WITH
changes AS
(
    SELECT offset, idx, at, type, dispatch_id, requester_id, area, grid, team, mode, arraySum(lines.quantity) AS units,
        outcome, JSONExtractString(body, 'failure') AS failure, due_at
    FROM decisions FINAL
    WHERE stage = 'supply' AND partition = {partition:UInt32} AND offset >= {lo:UInt64} AND offset < {hi:UInt64}
        AND type IN ('dispatch_ordered', 'dispatch_closed')
),
told AS
(
    SELECT true AS base, toUInt64(0) AS offset, toUInt32(0) AS idx, valid_from AS at, 'dispatch_ordered' AS type,
        dispatch_id, requester_id, area, grid, team, mode, units, '' AS outcome, '' AS failure,
        toNullable(deadline) AS due_at
    FROM dispatch_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND dispatch_id IN (SELECT dispatch_id FROM changes)
    UNION ALL
    SELECT false, offset, idx, at, type, dispatch_id, requester_id, area, grid, team, mode, units, outcome, failure,
        due_at
    FROM changes
),
whole AS
(
    SELECT
        dispatch_id, max(base) AS was_out,
        anyIf((requester_id, area, grid, team, mode, units, due_at, at), type = 'dispatch_ordered') AS bag,
        countIf(type = 'dispatch_ordered') AS orders, countIf(type = 'dispatch_closed') AS ends,
        argMinIf(outcome, (offset, idx), type = 'dispatch_closed') AS how,
        argMinIf(failure, (offset, idx), type = 'dispatch_closed') AS why,
        greatest(minIf(at, type = 'dispatch_closed'), bag.8) AS closed_at
    FROM told
    GROUP BY dispatch_id
    HAVING orders > 0
)
SELECT
    {partition:UInt32} AS partition, dispatch_id, bag.1 AS requester_id, bag.2 AS area, bag.3 AS grid, bag.4 AS team,
    bag.5 AS mode, bag.6 AS units, out.4 AS outcome, if(out.4 = 'out', '', why) AS failure,
    bag.8 AS ordered_at, assumeNotNull(bag.7) AS deadline, out.2 AS valid_from, out.3 AS valid_until, out.1 AS sign
FROM whole
ARRAY JOIN arrayConcat(
    if(was_out, [(toInt8(-1), bag.8, toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), 'out')], []),
    if(ends = 0, [(toInt8(1), bag.8, toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), 'out')],
        [(toInt8(1), bag.8, closed_at, 'out'), (toInt8(1), closed_at, closed_at, how)])) AS out
WHERE out.1 = -1 OR out.4 != 'out' OR valid_from < valid_until
