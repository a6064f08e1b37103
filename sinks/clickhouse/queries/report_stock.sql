-- Stock by supply area and item at {as_of}, with reserves and days of cover at the pace of the last {pace_days} days.
WITH
-- include: cut supply
,
-- include: stock_known
,
shelves AS
(
    SELECT area, item, minIf(expires_on, shelf > 0 AND NOT held AND NOT expired) AS next_expiry, min(first_sent) AS first_day
    FROM
    (
        SELECT area, item, lot_id, expires_on, shelf, held, expired, first_sent
        FROM lot_spans
        WHERE
-- include: at_that_time
            AND
-- include: in_areas
        GROUP BY ALL
        HAVING sum(sign) > 0
    )
    GROUP BY area, item
),
sent AS
(
    SELECT area, item, sum(units) AS units
    FROM
    (
        SELECT area, item, sign * lot_spans.sent AS units
        FROM lot_spans
        WHERE
-- include: at_that_time
        UNION ALL
        SELECT area, item, -sign * lot_spans.sent
        FROM lot_spans
        WHERE valid_from <= {as_of:DateTime64(6, 'UTC')} - toIntervalDay({pace_days:UInt16})
            AND valid_until > {as_of:DateTime64(6, 'UTC')} - toIntervalDay({pace_days:UInt16})
    )
    GROUP BY area, item
)
SELECT
    area, item, lots, available, held, expired, reserved, in_transit, reserve_floor, reserve_plan, per_day,
    if(per_day > 0, round(available / per_day, 1), NULL) AS cover_days,
    available < reserve_floor AS below_floor,
    next_expiry
FROM
(
    SELECT
        if(s.area = '', r.area, s.area) AS area, if(s.area = '', r.item, s.item) AS item, s.lots AS lots,
        s.available AS available, s.held AS held, s.expired AS expired, s.reserved AS reserved,
        s.in_transit AS in_transit, r.reserve_floor AS reserve_floor, r.reserve_plan AS reserve_plan,
        round(p.units / greatest(least({pace_days:UInt16},
            dateDiff('day', e.first_day, toDate({as_of:DateTime64(6, 'UTC')})) + 1), 1), 2) AS per_day,
        e.next_expiry AS next_expiry
    FROM stock_known AS s
    FULL OUTER JOIN reserves_known AS r ON r.area = s.area AND r.item = s.item
    LEFT JOIN sent AS p ON p.area = s.area AND p.item = s.item
    LEFT JOIN shelves AS e ON e.area = s.area AND e.item = s.item
)
ORDER BY area, item
