-- Open alerts at {as_of}: critical first, then those that nobody acknowledged, then the oldest; the first hundred.
WITH
-- include: cut alerts
,
-- include: alerts_known
SELECT
    severity,
    raised.1 AS kind,
    if(kind IN ('need_at_risk', 'need_overdue', 'silent_household', 'delivery_overdue', 'contact_overdue'),
        id, raised.2) AS subject,
    raised.3 AS area,
    level,
    owner,
    if(is_acknowledged, last_acknowledged_by, '') AS acknowledged_by,
    raised.4 AS since,
    round(greatest(dateDiff('second', raised.4, {as_of:DateTime64(6, 'UTC')}), 0) / 3600, 1) AS hours
FROM alerts_known
WHERE is_open AND
-- include: in_areas
ORDER BY severity, is_acknowledged, raised.4, kind, subject
LIMIT 100
