-- What lies free, held and expired at {as_of}, and the reserve floor, of some {items} in some {places}: by that is told why
-- needs for them wait, as parts/needs_parts.sql tells it of all. Asked of the needs that are shown, so only their lots are read.
WITH
-- include: reserves_known
SELECT area, item, sum(free) AS available, sum(kept) AS held, sum(over) AS expired, sum(floor) AS reserve_floor
FROM
(
    SELECT
        area, item, sumIf(sign * shelf, NOT lot_spans.held AND NOT lot_spans.expired) AS free,
        sumIf(sign * shelf, lot_spans.held) AS kept, sumIf(sign * shelf, lot_spans.expired AND NOT lot_spans.held) AS over,
        toInt64(0) AS floor
    FROM lot_spans
    WHERE area IN {places:Array(String)} AND item IN {items:Array(String)} AND
-- include: at_that_time
        AND
-- include: in_areas
    GROUP BY area, item
    UNION ALL
    SELECT area, item, 0, 0, 0, reserve_floor FROM reserves_known
    WHERE area IN {places:Array(String)} AND item IN {items:Array(String)}
)
GROUP BY area, item
