-- Dispatches that were out at {as_of}, by area: how many, how many units, how many past their deadline.
SELECT area, sum(sign) AS dispatches, sum(sign * units) AS units_out,
    sumIf(sign, deadline < {as_of:DateTime64(6, 'UTC')}) AS overdue, minIf(ordered_at, sign > 0) AS oldest
FROM dispatch_spans
WHERE
-- include: at_that_time
    AND
-- include: in_areas
    AND
-- include: in_place
GROUP BY area
HAVING dispatches > 0
ORDER BY area
