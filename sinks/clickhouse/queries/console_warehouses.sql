-- Stock by warehouse at {as_of}, which is on the day {today}: lots, items, units on the shelf, set aside, held, expired,
-- expiring within two days.
SELECT
    area, warehouse, sum(sign) AS lots, uniqExactIf(item, sign > 0) AS items, sum(sign * shelf) AS on_shelf,
    sum(sign * reserved) AS reserved_units, sum(sign * if(held, shelf, 0)) AS held_units,
    sum(sign * if(expired OR ifNull(expires_on < {today:Date}, false) AS past, shelf, 0)) AS expired_units,
    sumIf(sign, shelf > 0 AND NOT past AND ifNull(expires_on <= {today:Date} + 2, false)) AS expiring_lots
FROM lot_spans
WHERE
-- include: at_that_time
    AND
-- include: in_areas
    AND
-- include: area_in_place
GROUP BY area, warehouse
HAVING lots > 0
ORDER BY area, warehouse
