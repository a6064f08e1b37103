-- Open needs by supply area and age since the first report, at {as_of} and, as it was known then, at {since}.
SELECT
    area, hours.1 AS age_from_hours, hours.2 AS age_to_hours,
    hours.3[1] - hours.3[2] AS open_needs, hours.4[1] - hours.4[2] AS open_before,
    toInt64(open_needs) - toInt64(open_before) AS open_change
FROM
(
-- include: needs_parts
)
ARRAY JOIN arrayMap((age_from, age_to, n) -> (age_from, age_to, arraySlice(arrayPushBack(older, 0), n, 2),
    arraySlice(arrayPushBack(older_before, 0), n, 2)),
    [0, 4, 8, 24, 48, 72], [toNullable(4), 8, 24, 48, 72, NULL], [1, 2, 3, 4, 5, 6]) AS hours
WHERE part = 'area' AND older[1] + older_before[1] > 0
ORDER BY area, age_from_hours
