-- Units by supply area and item: asked and delivered since {since}; outstanding at {as_of}: on the way, set aside, missing.
-- include: needs_why
SELECT
    area,
    item,
    sumIf(asked_units, state_before = '' AND state NOT IN ('cancelled', 'amended')) AS asked_units,
    sum(units_delivered_since) AS delivered_units,
    countIf(state = 'open') AS open_needs,
    sumIf(units_in_transit, state = 'open') AS units_on_the_way,
    sumIf(units_reserved, state = 'open') AS units_set_aside,
    sumIf(missing_units, state = 'open') AS units_missing,
    countIf(overdue) AS overdue_needs
FROM needs_why
WHERE
-- include: in_areas
GROUP BY area, item
HAVING asked_units > 0 OR delivered_units > 0 OR open_needs > 0
ORDER BY area, item
