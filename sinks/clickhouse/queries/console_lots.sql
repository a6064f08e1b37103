-- Lots at {as_of}, which is on the day {today}: what is on the shelf, set aside, on the way; expiring first.
SELECT
    lot_id, area, item, warehouse, temperature, expires_on, consignment_id, received, shelf, reserved, in_transit,
    delivered, written_off, transferred_out, held,
    expired OR ifNull(expires_on < {today:Date}, false) AS past, dateDiff('day', {today:Date}, expires_on) AS days_left
FROM lot_spans
WHERE
-- include: at_that_time
    AND
-- include: in_areas
    AND
-- include: area_in_place
    AND ({item:String} = '' OR item = {item:String}) AND ({warehouse:String} = '' OR warehouse = {warehouse:String})
    AND ({only:String} = '' OR ({only:String} = 'held' AND held) OR ({only:String} = 'expired' AND past)
        OR ({only:String} = 'expiring' AND shelf > 0 AND NOT past AND expires_on <= {today:Date} + 2))
GROUP BY ALL
HAVING sum(sign) > 0
ORDER BY shelf + reserved > 0 DESC, expires_on IS NULL, expires_on, lot_id
LIMIT {limit:UInt32} OFFSET {skip:UInt32}
