-- Alerts by supply area (or the wider place that they are about; empty: the city) and kind: open at {as_of}, raised and
-- resolved since {since}.
WITH
-- include: alerts_known
,
(
    SELECT arrayReverseSort(groupUniqArray(area)) FROM supply_areas WHERE known_at <= {as_of:DateTime64(6, 'UTC')}
) AS areas_known
SELECT
    area, kind, severity, open_alerts, unacknowledged, escalated, raised_since, resolved_since,
    round(greatest(ifNull(dateDiff('second', oldest, {as_of:DateTime64(6, 'UTC')}), 0), 0) / 3600, 1) AS oldest_hours
FROM
(
    SELECT
        if((arrayFirst(known -> startsWith(concat(place, '/'), concat(known, '/')), areas_known) AS supply_area) = '',
            place, supply_area) AS area,
        kind, severity, countIf(opened) AS open_alerts,
        countIf(opened AND NOT acknowledged) AS unacknowledged,
        countIf(opened AND was_escalated) AS escalated, sum(times_raised) AS raised_since,
        sum(times_resolved) AS resolved_since, minOrNullIf(began, opened) AS oldest
    FROM
    (
        SELECT
            partition, alert_id, argMax(alerts_known.kind, offset) AS kind, argMax(alerts_known.place, offset) AS place,
            argMax(alerts_known.severity, offset) AS severity, max(is_open) AS opened,
            maxIf(state = 'acknowledged', is_open) AS acknowledged,
            maxIf(alerts_known.escalated, is_open) AS was_escalated, argMax(since, offset) AS began,
            countIf(raised_from > {since:DateTime64(6, 'UTC')}) AS times_raised, countIf(NOT is_open) AS times_resolved
        FROM alerts_known
        GROUP BY partition, alert_id
    )
    GROUP BY area, kind, severity
)
WHERE
-- include: in_areas
ORDER BY area, severity, open_alerts DESC, kind
