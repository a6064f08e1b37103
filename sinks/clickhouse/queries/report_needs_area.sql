-- Needs by supply area: asked, filled, withdrawn since {since}; open and overdue at {as_of}, and why.
SELECT
    area, asked, filled, withdrawn, open_needs, open_change, overdue_needs, overdue_change, life_threatening,
    requesters_waiting, oldest_hours, on_the_way, set_aside, next_share, at_floor, stock_held, stock_expired,
    no_stock
FROM
(
-- include: needs_parts
)
WHERE part = 'area'
ORDER BY area
