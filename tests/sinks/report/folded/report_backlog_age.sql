-- Open needs by supply area and age since the first report, at {as_of} and, as it was known then, at {since}.
-- include: needs_why
SELECT
    area,
    band.1 AS age_from_hours,
    band.2 AS age_to_hours,
    countIf(state = 'open' AND age_hours >= band.1 AND age_hours < ifNull(band.2, inf)) AS open_needs,
    countIf(state_before = 'open' AND age_hours_before >= band.1 AND age_hours_before < ifNull(band.2, inf)) AS open_before,
    toInt64(open_needs) - toInt64(open_before) AS open_change
FROM needs_why
ARRAY JOIN [(0, toNullable(4)), (4, 8), (8, 24), (24, 48), (48, 72), (72, NULL)] AS band
WHERE
-- include: in_areas
    AND (state = 'open' OR state_before = 'open')
GROUP BY area, band
ORDER BY area, age_from_hours
