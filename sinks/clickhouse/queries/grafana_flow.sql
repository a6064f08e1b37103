-- Needs asked for, filled and gone overdue, by time.
WITH
-- include: need_areas
SELECT
    toStartOfInterval(at, toIntervalSecond({step_s:UInt32})) AS time,
    countIf(type = 'need_opened') AS asked,
    countIf(type = 'need_closed' AND reason = 'delivered') AS filled,
    countIf(type = 'need_overdue') AS gone_overdue
FROM
(
    SELECT d.at AS at, d.type AS type, d.reason AS reason, n.area AS area
    FROM
    (
        SELECT partition, at, type, reason, need_id FROM decisions FINAL
        WHERE stage = 'supply' AND type IN ('need_opened', 'need_closed', 'need_overdue')
            AND at > {since:DateTime64(6, 'UTC')} AND at <= {as_of:DateTime64(6, 'UTC')}
    ) AS d
    INNER JOIN need_areas AS n ON n.need_partition = d.partition AND n.need = d.need_id
)
WHERE
-- include: in_areas
GROUP BY time
ORDER BY time
