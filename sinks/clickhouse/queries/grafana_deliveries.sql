-- Dispatches that ended, by outcome and time.
SELECT
    toStartOfInterval(d.at, toIntervalSecond({step_s:UInt32})) AS time,
    countIf(d.outcome = 'delivered') AS delivered,
    countIf(d.outcome IN ('short', 'damaged')) AS short_or_damaged,
    countIf(d.outcome = 'failed') AS failed
FROM
(
    SELECT partition, at, dispatch_id, outcome FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'dispatch_closed'
        AND at > {since:DateTime64(6, 'UTC')} AND at <= {as_of:DateTime64(6, 'UTC')}
) AS d
INNER JOIN
(
    SELECT partition, dispatch_id, any(area) AS area FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'dispatch_ordered'
    GROUP BY partition, dispatch_id
) AS o ON o.partition = d.partition AND o.dispatch_id = d.dispatch_id
WHERE
-- include: in_areas
GROUP BY time
ORDER BY time
