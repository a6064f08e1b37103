-- Stock by supply area and item at {as_of}, with reserves and days of cover at the pace of the last {pace_days} days.
WITH
-- include: cut supply
,
-- include: stock_known
,
sent_before AS
(
    SELECT area, item, sum(sign * sent) AS units
    FROM lot_spans
    WHERE valid_from <= {as_of:DateTime64(6, 'UTC')} - toIntervalDay({pace_days:UInt16})
        AND valid_until > {as_of:DateTime64(6, 'UTC')} - toIntervalDay({pace_days:UInt16}) AND
-- include: in_areas
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
        round((s.sent - b.units) / greatest(least({pace_days:UInt16},
            dateDiff('day', s.first_day, toDate({as_of:DateTime64(6, 'UTC')})) + 1), 1), 2) AS per_day,
        s.next_expiry AS next_expiry
    FROM stock_known AS s
    FULL OUTER JOIN reserves_known AS r ON r.area = s.area AND r.item = s.item
    LEFT JOIN sent_before AS b ON b.area = s.area AND b.item = s.item
)
ORDER BY area, item
