-- Stock by supply area and item at {as_of}, with reserves and days of cover at the pace of the last {pace_days} days.
WITH
-- include: cut supply
,
(
    SELECT mapFromArrays(groupArray(part), groupArray(known))
    FROM
    (
        SELECT partition AS part, ifNull(minOrNullIf(offset, recorded_at > {as_of:DateTime64(6, 'UTC')}
            - toIntervalDay({pace_days:UInt16})), max(offset) + 1) AS known
        FROM ledger_records WHERE stage = 'supply' AND accepted GROUP BY partition
    )
) AS pace_cut
,
-- include: stock_known
,
pace_known AS
(
    SELECT
        area, line.item AS item, min(toDate(at)) AS first_day,
        sumIf(line.quantity, offset >= pace_cut[partition]) AS units
    FROM (SELECT partition, offset, area, at, lines FROM decisions FINAL
        WHERE stage = 'supply' AND type = 'dispatch_ordered' AND offset < supply_cut.1[partition])
    ARRAY JOIN lines AS line
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
            dateDiff('day', p.first_day, toDate({as_of:DateTime64(6, 'UTC')})) + 1), 1), 2) AS per_day,
        s.next_expiry AS next_expiry
    FROM stock_known AS s
    FULL OUTER JOIN reserves_known AS r ON r.area = s.area AND r.item = s.item
    LEFT JOIN pace_known AS p ON p.area = if(s.area = '', r.area, s.area) AND p.item = if(s.area = '', r.item, s.item)
)
WHERE
-- include: in_areas
ORDER BY area, item
