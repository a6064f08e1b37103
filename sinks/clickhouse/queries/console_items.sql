-- Stock of each item at {as_of}: free, set aside, on the way; what left in the day before; floor; days of cover.
WITH
-- include: cut supply
,
stock AS
(
    SELECT area, item,
        sum(sign * if(held OR expired OR expires_on < toDate({as_of:DateTime64(6, 'UTC')}), 0, shelf)) AS available,
        sum(sign * if(held, shelf, 0)) AS held_units, sum(sign * if(expired AND NOT held, shelf, 0)) AS expired_units,
        sum(sign * reserved) AS reserved_units, sum(sign * in_transit) AS transit_units, sum(sign) AS lots,
        sum(sign * (in_transit + delivered)) AS gone,
        sumIf(sign, expires_on >= toDate({as_of:DateTime64(6, 'UTC')}) AND shelf > 0
            AND expires_on <= toDate({as_of:DateTime64(6, 'UTC')}) + 2) AS expiring_lots
    FROM lot_spans
    WHERE
-- include: at_that_time
        AND
-- include: in_areas
        AND
-- include: area_in_place
    GROUP BY area, item
),
day_before AS
(
    SELECT area, item, sum(sign * (in_transit + delivered)) AS gone_before
    FROM lot_spans
    WHERE valid_from <= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR
        AND valid_until > {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR AND
-- include: in_areas
        AND
-- include: area_in_place
    GROUP BY area, item
),
floors AS
(
    SELECT area, item, argMaxIf(quantity, (offset, idx), type = 'floor_set') AS reserve_floor,
        argMaxIf(quantity, (offset, idx), type = 'plan_set') AS reserve_plan
    FROM decisions
    WHERE stage = 'supply' AND type IN ('floor_set', 'plan_set') AND offset < supply_cut[partition] AND
-- include: in_areas
        AND
-- include: area_in_place
    GROUP BY area, item
),
missing AS
(
    SELECT area, item, sum(sign * greatest(quantity - delivered - reserved - in_transit, 0)) AS missing_units
    FROM need_spans
    WHERE
-- include: at_that_time
        AND
-- include: in_areas
        AND
-- include: area_in_place
    GROUP BY area, item
)
SELECT
    area, item, any(s.available) AS available_units, any(s.held_units) AS held_units,
    any(s.expired_units) AS expired_units, any(s.reserved_units) AS reserved_units, any(s.transit_units) AS transit_units,
    toInt64(any(s.lots)) AS lot_count, toInt64(any(s.expiring_lots)) AS expiring_lots,
    greatest(any(s.gone) - any(b.gone_before), 0) AS left_in_a_day,
    any(f.reserve_floor) AS floor_units, any(f.reserve_plan) AS plan_units, any(m.missing_units) AS missing_units
FROM stock AS s
FULL JOIN floors AS f USING (area, item)
FULL JOIN missing AS m USING (area, item)
LEFT JOIN day_before AS b USING (area, item)
GROUP BY area, item
ORDER BY area, item
