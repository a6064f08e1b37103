-- Alerts by place and kind: open at {as_of}, raised and resolved since {since}.
WITH
-- include: cut alerts
,
-- include: alerts_known
SELECT
    raised.3 AS area,
    raised.1 AS kind,
    severity,
    countIf(is_open) AS open_alerts,
    countIf(is_open AND NOT is_acknowledged) AS unacknowledged,
    countIf(is_escalated) AS escalated,
    sum(times_raised) AS raised_since,
    sum(times_resolved) AS resolved_since,
    round(greatest(ifNull(dateDiff('second', minOrNullIf(raised.4, is_open), {as_of:DateTime64(6, 'UTC')}), 0), 0) / 3600, 1)
        AS oldest_hours
FROM alerts_known
WHERE (is_open OR times_raised > 0 OR times_resolved > 0) AND
-- include: in_areas
GROUP BY area, kind, severity
ORDER BY area, severity, open_alerts DESC, kind
