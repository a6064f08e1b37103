-- Open needs at {as_of} by what is asked for, sorted and paged.
SELECT
    need_id, request_id, requester_id, area, grid, item, need_class, mode, tier, groups, quantity, reserved, in_transit,
    delivered, greatest(quantity - delivered - reserved - in_transit, 0) AS missing, last_change, last_reason, reported_at,
    due_at, due_at < {as_of:DateTime64(6, 'UTC')} AS overdue,
    dateDiff('second', reported_at, {as_of:DateTime64(6, 'UTC')}) / 3600 AS age_hours
FROM need_spans FINAL
WHERE
-- include: at_that_time
    AND
-- include: in_areas
    AND
-- include: in_place
    AND
-- include: needs_chosen
ORDER BY
    multiIf({sort:String} = 'due', toFloat64(due_at), {sort:String} = '-due', -toFloat64(due_at),
        {sort:String} = 'age', toFloat64(reported_at), {sort:String} = '-age', -toFloat64(reported_at),
        {sort:String} = 'missing', toFloat64(missing), {sort:String} = '-missing', -toFloat64(missing),
        {sort:String} = 'quantity', toFloat64(quantity), {sort:String} = '-quantity', -toFloat64(quantity), 0),
    if({sort:String} IN ('item', '-item'), item, ''), if({sort:String} IN ('area', '-area'), grid, ''), due_at, need_id
LIMIT {limit:UInt32} OFFSET {skip:UInt32}
