-- Open alerts at {as_of}: critical first, then those that nobody acknowledged, then the oldest; the first hundred.
-- The subject of an alert about a household leads to it: a list shows the alert's own id instead.
SELECT
    severity,
    kind,
    if(kind IN ('need_at_risk', 'need_overdue', 'silent_household', 'delivery_overdue', 'contact_overdue'),
        alert_id, subject) AS subject,
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
