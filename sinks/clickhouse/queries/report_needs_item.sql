-- Units by supply area and item: asked and delivered since {since}; outstanding at {as_of}: on the way, set aside, missing.
WITH
-- include: needs_known
SELECT
    area,
    item,
    sumIf(quantity, is_new AND end_state NOT IN ('cancelled', 'amended')) AS asked_units,
    sumIf(delivered, is_now) - sumIf(delivered, is_before) AS delivered_units,
    countIf(is_open) AS open_needs,
    sumIf(in_transit, is_open) AS units_on_the_way,
    sumIf(reserved, is_open) AS units_set_aside,
    sumIf(missing, is_open) AS units_missing,
    countIf(overdue) AS overdue_needs
FROM needs_known
GROUP BY area, item
HAVING asked_units > 0 OR delivered_units > 0 OR open_needs > 0
ORDER BY area, item
