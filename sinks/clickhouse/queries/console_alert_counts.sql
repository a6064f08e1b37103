-- How many alerts stood open at {as_of}, by kind, severity and state.
WITH
-- include: alerts_at
SELECT kind, severity, countIf(NOT is_over) AS open_alerts, countIf(state IN ('raised', 'escalated')) AS waiting,
    countIf(is_over AND over_at > {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR) AS over_today
FROM alerts_at
WHERE
-- include: in_areas
GROUP BY kind, severity
HAVING open_alerts > 0 OR over_today > 0
ORDER BY severity, open_alerts DESC, kind
