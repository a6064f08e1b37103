-- Stock by supply area and item at {as_of}, with reserves and days of cover at the pace of the last {pace_days} days.
WITH
-- include: reserves_known
,
lots_known AS
(
    SELECT
        area, item, countIf(is_now) AS lots,
        sumIf(shelf, is_now AND NOT l.held AND NOT l.expired) AS available,
        sumIf(shelf, is_now AND l.held) AS held,
        sumIf(shelf, is_now AND l.expired AND NOT l.held) AS expired,
        sumIf(l.reserved, is_now) AS reserved,
        sumIf(l.in_transit, is_now) AS in_transit,
        sumIf(l.sent, is_now) - sumIf(l.sent, NOT is_now) AS sent,
        minIf(first_sent, is_now) AS first_day,
        minIf(expires_on, is_now AND shelf > 0 AND NOT l.held AND NOT l.expired) AS next_expiry
    FROM
    (
        SELECT area, item, shelf, held, expired, reserved, in_transit, sent, first_sent, expires_on, true AS is_now
        FROM lot_spans FINAL
        PREWHERE
-- include: at_that_time
        UNION ALL
        SELECT area, item, 0, false, false, 0, 0, sent, NULL, NULL, false
        FROM lot_spans FINAL
        PREWHERE valid_from <= {as_of:DateTime64(6, 'UTC')} - toIntervalDay({pace_days:UInt16})
            AND valid_until > {as_of:DateTime64(6, 'UTC')} - toIntervalDay({pace_days:UInt16})
    ) AS l
    WHERE
-- include: in_areas
    GROUP BY area, item
    HAVING lots > 0
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
        round(s.sent / greatest(least({pace_days:UInt16},
            dateDiff('day', s.first_day, toDate({as_of:DateTime64(6, 'UTC')})) + 1), 1), 2) AS per_day,
        s.next_expiry AS next_expiry
    FROM lots_known AS s
    FULL OUTER JOIN reserves_known AS r ON r.area = s.area AND r.item = s.item
)
ORDER BY area, item
