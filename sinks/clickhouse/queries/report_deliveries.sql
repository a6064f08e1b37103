-- Dispatches by supply area: ordered and ended since {since}, by outcome; out and overdue at {as_of}.
SELECT
    area,
    sumIf(sign, ordered_from > {since:DateTime64(6, 'UTC')}) AS ordered,
    sumIf(sign, outcome = 'delivered') AS delivered,
    sumIf(sign, outcome = 'short') AS short,
    sumIf(sign, outcome = 'damaged') AS damaged,
    sumIf(sign, outcome = 'failed') AS failed,
    if(sumIf(sign, outcome != 'out') > 0, round(100 * failed / sumIf(sign, outcome != 'out'), 1), NULL) AS failed_percent,
    sumIf(sign, outcome = 'out') AS out,
    sumIf(sign, outcome = 'out' AND deadline < {as_of:DateTime64(6, 'UTC')}) AS overdue,
    sumIf(sign, outcome = 'out' AND recalled) AS recalled
FROM dispatch_spans
WHERE
-- include: in_period
    AND (valid_until > {as_of:DateTime64(6, 'UTC')} OR outcome != 'out') AND
-- include: in_areas
GROUP BY area
HAVING sum(sign) > 0
ORDER BY area
