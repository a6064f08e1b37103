-- Units by supply area and item: asked and delivered since {since}; outstanding at {as_of}: on the way, set aside, missing.
SELECT
    area, item, asked_units, delivered_units, open_needs, units_on_the_way, units_set_aside, units_missing,
    overdue_needs
FROM
(
-- include: needs_parts
)
WHERE part = 'item' AND (asked_units > 0 OR delivered_units > 0 OR open_needs > 0)
ORDER BY area, item
