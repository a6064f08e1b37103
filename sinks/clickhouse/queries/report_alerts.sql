-- Alerts by supply area (or the wider place that they are about; empty: the city) and kind: open at {as_of}, raised and
-- resolved since {since}. `spot` is their place as an aggregate: areas are found for the places, and not for each alert.
WITH
-- include: alerts_known
,
(
    SELECT arrayReverseSort(groupUniqArray(area)) FROM supply_areas WHERE known_at <= {as_of:DateTime64(6, 'UTC')}
) AS areas_known
SELECT
    if((arrayFirst(known -> startsWith(concat(spot, '/'), concat(known, '/')), areas_known) AS supply_area) = '',
        spot, supply_area) AS area,
    kind, severity, sum(opened) AS open_alerts, sum(unnoticed) AS unacknowledged, sum(handed_up) AS escalated,
    sum(raised) AS raised_since, sum(resolved) AS resolved_since,
    round(greatest(ifNull(dateDiff('second', min(oldest), {as_of:DateTime64(6, 'UTC')}), 0), 0) / 3600, 1) AS oldest_hours
FROM
(
    SELECT
        argMax(place, began) AS spot, kind, severity, countIf(is_open) AS opened,
        countIf(is_open AND NOT acknowledged) AS unnoticed,
        countIf(is_open AND was_escalated) AS handed_up, sum(times_raised) AS raised,
        sum(times_resolved) AS resolved, minOrNullIf(began, is_open) AS oldest
    FROM
    (
        SELECT
            partition, alert_id, argMax(alerts_known.kind, offset) AS kind, argMax(alerts_known.place, offset) AS place,
            argMax(alerts_known.severity, offset) AS severity, max(alerts_known.is_open) AS is_open,
            maxIf(state = 'acknowledged', alerts_known.is_open) AS acknowledged,
            maxIf(alerts_known.escalated, alerts_known.is_open) AS was_escalated, argMax(since, offset) AS began,
            countIf(raised_from > {since:DateTime64(6, 'UTC')}) AS times_raised, countIf(NOT alerts_known.is_open) AS times_resolved
        FROM alerts_known
        GROUP BY partition, alert_id
    )
    GROUP BY place, kind, severity
)
WHERE
-- include: in_areas
GROUP BY area, kind, severity
ORDER BY area, severity, open_alerts DESC, kind
