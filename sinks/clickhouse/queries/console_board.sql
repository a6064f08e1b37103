-- Open and overdue needs by grid at {as_of}; those that are not set aside or on the way in full, and their missing units.
SELECT
    area, grid, sum(sign) AS open_needs, sumIf(sign, due_at < {as_of:DateTime64(6, 'UTC')}) AS overdue_needs,
    sumIf(sign, quantity > delivered + reserved + in_transit) AS not_in_full,
    sum(sign * greatest(quantity - delivered - reserved - in_transit, 0)) AS missing_units,
    minIf(reported_at, sign > 0) AS oldest
FROM need_spans
WHERE
-- include: at_that_time
    AND
-- include: in_areas
    AND
-- include: in_place
GROUP BY area, grid
HAVING open_needs > 0
ORDER BY area, grid
