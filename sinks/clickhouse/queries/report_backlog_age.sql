-- Open needs by supply area and age since the first report, at {as_of} and, as it was known then, at {since}.
WITH
-- include: needs_known
,
-- In which band of age each need is, at {as_of} and at {since}; 0: in none.
aged AS
(
    SELECT area,
        1 + (age_s >= 14400) + (age_s >= 28800) + (age_s >= 86400) + (age_s >= 172800) + (age_s >= 259200) AS band_now,
        if(is_before, 1 + (before_s >= 14400) + (before_s >= 28800) + (before_s >= 86400) + (before_s >= 172800)
            + (before_s >= 259200), 0) AS band_before
    FROM
    (
        SELECT area, greatest(dateDiff('second', reported_at, {as_of:DateTime64(6, 'UTC')}), 0) AS age_s,
            greatest(dateDiff('second', reported_at, {since:DateTime64(6, 'UTC')}), 0) AS before_s,
            valid_from <= {since:DateTime64(6, 'UTC')} AS is_before
        FROM open_now
    )
    UNION ALL
    SELECT area, 0, 1 + (before_s >= 14400) + (before_s >= 28800) + (before_s >= 86400) + (before_s >= 172800)
            + (before_s >= 259200)
    FROM (SELECT area, greatest(dateDiff('second', reported_at, {since:DateTime64(6, 'UTC')}), 0) AS before_s
        FROM ended WHERE was_open)
),
counted AS
(
    SELECT area, band_now, band_before, count() AS needs FROM aged GROUP BY area, band_now, band_before
)
SELECT
    area,
    band.2 AS age_from_hours,
    band.3 AS age_to_hours,
    sumIf(needs, band_now = band.1) AS open_needs,
    sumIf(needs, band_before = band.1) AS open_before,
    toInt64(open_needs) - toInt64(open_before) AS open_change
FROM counted
ARRAY JOIN [(1, 0, toNullable(4)), (2, 4, 8), (3, 8, 24), (4, 24, 48), (5, 48, 72), (6, 72, NULL)] AS band
GROUP BY area, band
ORDER BY area, age_from_hours
