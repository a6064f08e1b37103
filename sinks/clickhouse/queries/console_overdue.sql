-- The open needs that are longest past their clock at {as_of}. Rows that take each other back lie beside each other in
-- this order, so that the first hundreds hold the first few needs.
SELECT need_id, area, grid, item, need_class, greatest(quantity - delivered - reserved - in_transit, 0) AS missing, due_at,
    dateDiff('second', reported_at, {as_of:DateTime64(6, 'UTC')}) / 3600 AS age_hours
FROM
(
    SELECT need_id, area, grid, item, need_class, quantity, delivered, reserved, in_transit, due_at, reported_at, sign
    FROM need_spans
    WHERE due_at < {as_of:DateTime64(6, 'UTC')} AND
-- include: at_that_time
        AND
-- include: in_areas
        AND
-- include: in_place
    ORDER BY due_at, need_id
    LIMIT 50 * {limit:UInt32}
)
GROUP BY ALL
HAVING sum(sign) > 0
ORDER BY due_at, need_id
LIMIT {limit:UInt32}
