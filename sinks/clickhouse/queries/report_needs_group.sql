-- Needs by supply area and special group: a household of two groups counts in both, so groups do not add up to areas.
SELECT
    area, special_group, asked, filled, withdrawn, open_needs, open_change, overdue_needs, overdue_change,
    life_threatening, requesters_waiting, oldest_hours, on_the_way, set_aside, next_share, at_floor,
    stock_held, stock_expired, no_stock
FROM
(
-- include: needs_parts
)
WHERE part = 'group'
ORDER BY area, special_group
