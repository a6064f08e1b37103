-- Dispatches by supply area: ordered and ended since {since}, by outcome; out and overdue at {as_of}.
WITH
-- include: cut supply
SELECT
    area,
    countIf(NOT ordered_before) AS ordered,
    countIf(ended_since AND outcome = 'delivered') AS delivered,
    countIf(ended_since AND outcome = 'short') AS short,
    countIf(ended_since AND outcome = 'damaged') AS damaged,
    countIf(ended_since AND outcome = 'failed') AS failed,
    if(countIf(ended_since) > 0, round(100 * failed / countIf(ended_since), 1), NULL) AS failed_percent,
    countIf(NOT ended) AS out,
    countIf(NOT ended AND deadline < {as_of:DateTime64(6, 'UTC')}) AS overdue,
    countIf(NOT ended AND recalled) AS recalled
FROM
(
    SELECT
        partition, dispatch_id,
        anyIf(area, type = 'dispatch_ordered') AS area,
        anyIf(due_at, type = 'dispatch_ordered') AS deadline,
        anyIf(outcome, type = 'dispatch_closed') AS outcome,
        countIf(type = 'dispatch_ordered' AND offset < supply_cut.2[partition]) > 0 AS ordered_before,
        countIf(type = 'dispatch_closed') > 0 AS ended,
        countIf(type = 'dispatch_closed' AND offset >= supply_cut.2[partition]) > 0 AS ended_since,
        countIf(type = 'dispatch_recalled') > 0 AS recalled
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('dispatch_ordered', 'dispatch_closed', 'dispatch_recalled')
        AND offset < supply_cut.1[partition]
    GROUP BY partition, dispatch_id
    HAVING countIf(type = 'dispatch_ordered') > 0 AND (NOT ordered_before OR NOT ended OR ended_since)
)
WHERE
-- include: in_areas
GROUP BY area
ORDER BY area
