-- Open needs at {as_of} by what is asked for, sorted and paged: first which they are, then all of them.
WITH
-- include: owned open_spots
,
chosen AS
(
    SELECT need_id
    FROM need_spans
    WHERE
-- include: at_that_time
        AND
-- include: in_areas
        AND
-- include: in_place
        AND
-- include: needs_chosen
        AND
-- include: of_owner
    GROUP BY need_id
    HAVING sum(sign) > 0
    ORDER BY
        sum(sign * multiIf({sort:String} = 'due', toUnixTimestamp64Micro(due_at),
            {sort:String} = '-due', -toUnixTimestamp64Micro(due_at),
            {sort:String} = 'age', toUnixTimestamp64Micro(reported_at),
            {sort:String} = '-age', -toUnixTimestamp64Micro(reported_at),
            {sort:String} = 'missing', greatest(quantity - delivered - reserved - in_transit, 0),
            {sort:String} = '-missing', -greatest(quantity - delivered - reserved - in_transit, 0),
            {sort:String} = 'quantity', quantity, {sort:String} = '-quantity', -quantity, 0)),
        anyIf(if({sort:String} = 'item', item, if({sort:String} = 'area', grid, '')), sign > 0), need_id
    LIMIT {limit:UInt32} OFFSET {skip:UInt32}
)
SELECT
    need_id, request_id, requester_id, area, grid, item, need_class, mode, tier, groups, quantity, reserved, in_transit,
    delivered, missing, last_change, last_reason, reported_at, due_at, overdue, age_hours, owner
FROM
(
    SELECT
        need_id, request_id, requester_id, area, grid, item, need_class, mode, tier, groups, quantity, reserved, in_transit,
        delivered, greatest(quantity - delivered - reserved - in_transit, 0) AS missing, last_change, last_reason,
        reported_at, due_at, due_at < {as_of:DateTime64(6, 'UTC')} AS overdue,
        dateDiff('second', reported_at, {as_of:DateTime64(6, 'UTC')}) / 3600 AS age_hours
    FROM need_spans
    WHERE need_id IN (SELECT need_id FROM chosen) AND
-- include: at_that_time
        AND
-- include: in_areas
    GROUP BY ALL
    HAVING sum(sign) > 0
) AS needs
LEFT JOIN owned ON owned.spot = if(needs.grid = '', needs.area, needs.grid)
ORDER BY
    multiIf({sort:String} = 'due', toFloat64(due_at), {sort:String} = '-due', -toFloat64(due_at),
        {sort:String} = 'age', toFloat64(reported_at), {sort:String} = '-age', -toFloat64(reported_at),
        {sort:String} = 'missing', toFloat64(missing), {sort:String} = '-missing', -toFloat64(missing),
        {sort:String} = 'quantity', toFloat64(quantity), {sort:String} = '-quantity', -toFloat64(quantity), 0),
    if({sort:String} = 'item', item, if({sort:String} = 'area', grid, '')), need_id
