-- Open needs at {as_of} by hours since the first report.
SELECT
    multiIf(hours < 4, '0-4', hours < 8, '4-8', hours < 24, '8-24', hours < 48, '24-48', hours < 72, '48-72', '72+') AS age,
    sum(sign) AS open_needs, sumIf(sign, due_at < {as_of:DateTime64(6, 'UTC')}) AS overdue_needs
FROM
(
    SELECT sign, due_at, dateDiff('second', reported_at, {as_of:DateTime64(6, 'UTC')}) / 3600 AS hours
    FROM need_spans
    WHERE
-- include: at_that_time
        AND
-- include: in_areas
        AND
-- include: in_place
)
GROUP BY age
ORDER BY min(hours)
