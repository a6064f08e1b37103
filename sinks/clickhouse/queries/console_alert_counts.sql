-- How many alerts stood open at {as_of}, by kind, severity and state.
SELECT kind, severity, sumIf(sign, state != 'resolved') AS open_alerts, sumIf(sign, state IN ('raised', 'escalated')) AS waiting,
    sumIf(sign, state = 'resolved') AS over_today
FROM
(
    SELECT kind, severity, state, place AS area, sign
    FROM alert_spans
    WHERE valid_from <= {as_of:DateTime64(6, 'UTC')} AND (valid_until > {as_of:DateTime64(6, 'UTC')}
        OR (state = 'resolved' AND valid_until > {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR))
)
WHERE
-- include: in_areas
GROUP BY kind, severity
HAVING open_alerts > 0 OR over_today > 0
ORDER BY severity, open_alerts DESC, kind
