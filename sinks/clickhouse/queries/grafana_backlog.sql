-- Open needs by supply area and time: those at {since}, and every change until {as_of}.
WITH
-- include: need_areas
SELECT time, area, toInt64(sum(change) OVER (PARTITION BY area ORDER BY time)) AS open_needs
FROM
(
    SELECT
        toStartOfInterval(greatest(at, {since:DateTime64(6, 'UTC')}), toIntervalSecond({step_s:UInt32})) AS time, area,
        sum(if(type = 'need_opened', 1, -1)) AS change
    FROM
    (
        SELECT d.at AS at, d.type AS type, n.area AS area
        FROM
        (
            SELECT partition, at, type, need_id FROM decisions FINAL
            WHERE stage = 'supply' AND type IN ('need_opened', 'need_closed') AND at <= {as_of:DateTime64(6, 'UTC')}
        ) AS d
        INNER JOIN need_areas AS n ON n.need_partition = d.partition AND n.need = d.need_id
    )
    WHERE
-- include: in_areas
    GROUP BY time, area
)
ORDER BY time, area
