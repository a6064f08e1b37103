-- Open alerts at {as_of}: critical first, then those that nobody acknowledged, then the oldest; the first hundred.
SELECT
    severity,
    kind,
    subject,
    place AS area,
    level,
    owner,
    acknowledged_by,
    since,
    round(greatest(dateDiff('second', since, {as_of:DateTime64(6, 'UTC')}), 0) / 3600, 1) AS hours
FROM alert_spans FINAL
WHERE state != 'resolved' AND
-- include: at_that_time
    AND
-- include: in_areas
ORDER BY severity, state = 'acknowledged', since, kind, subject
LIMIT 100
