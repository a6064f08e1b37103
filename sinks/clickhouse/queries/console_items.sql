-- Stock of each item at {as_of}, which is on the day {today}: free, set aside, on the way; what left in the day before;
-- floor; days of cover. A lot past its last day is not free even where no worker has said so yet.
WITH
-- include: reserves_known
SELECT
    area, item, sum(available) AS available_units, sum(held) AS held_units, sum(expired) AS expired_units,
    sum(reserved) AS reserved_units, sum(transit) AS transit_units, sum(lots) AS lot_count, sum(expiring) AS expiring_lots,
    greatest(sum(gone), 0) AS left_in_a_day, sum(floor) AS floor_units, sum(plan) AS plan_units,
    sum(missing) AS missing_units
FROM
(
    SELECT
        area, item,
        sumIf(sign * if(l.held OR past, 0, shelf), is_now) AS available,
        sumIf(sign * if(l.held, shelf, 0), is_now) AS held, sumIf(sign * if(past AND NOT l.held, shelf, 0), is_now) AS expired,
        sumIf(sign * l.reserved, is_now) AS reserved, sumIf(sign * in_transit, is_now) AS transit, sumIf(sign, is_now) AS lots,
        sumIf(sign, is_now AND shelf > 0 AND NOT past AND ifNull(expires_on <= {today:Date} + 2, false)) AS expiring,
        sumIf(sign * (in_transit + delivered), is_now) - sumIf(sign * (in_transit + delivered), is_before) AS gone,
        toInt64(0) AS floor, toInt64(0) AS plan, toInt64(0) AS missing
    FROM
    (
        SELECT
            area, item, shelf, held, expired OR ifNull(expires_on < {today:Date}, false) AS past, expires_on, reserved,
            in_transit, delivered, sign,
            valid_from <= {as_of:DateTime64(6, 'UTC')} AND valid_until > {as_of:DateTime64(6, 'UTC')} AS is_now,
            valid_from <= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR
                AND valid_until > {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR AS is_before
        FROM lot_spans
        WHERE ((valid_from <= {as_of:DateTime64(6, 'UTC')} AND valid_until > {as_of:DateTime64(6, 'UTC')})
            OR (valid_from <= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR
                AND valid_until > {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR)) AND
-- include: in_areas
            AND
-- include: area_in_place
    ) AS l
    GROUP BY area, item
    UNION ALL
    SELECT area, item, 0, 0, 0, 0, 0, 0, 0, 0, reserve_floor, reserve_plan, 0 FROM reserves_known WHERE
-- include: area_in_place
    UNION ALL
    SELECT area, item, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        sum(sign * greatest(quantity - delivered - reserved - in_transit, 0))
    FROM need_spans
    WHERE
-- include: at_that_time
        AND
-- include: in_areas
        AND
-- include: area_in_place
    GROUP BY area, item
)
GROUP BY area, item
ORDER BY area, item
