-- Alerts by supply area (or the wider place that they are about; empty: the city) and kind: open at {as_of}, raised and
-- resolved since {since}.
WITH
-- include: alerts_known
,
(
    SELECT arrayReverseSort(groupUniqArray(area)) FROM supply_areas WHERE known_at <= {as_of:DateTime64(6, 'UTC')}
) AS areas_known
SELECT
    if((arrayFirst(known -> startsWith(concat(of_place, '/'), concat(known, '/')), areas_known) AS supply_area) = '',
        of_place, supply_area) AS area,
    kind,
    severity,
    sum(alerts_of_place.open_alerts) AS open_alerts,
    sum(alerts_of_place.unacknowledged) AS unacknowledged,
    sum(alerts_of_place.escalated) AS escalated,
    sum(alerts_of_place.raised_since) AS raised_since,
    sum(alerts_of_place.resolved_since) AS resolved_since,
    round(greatest(ifNull(dateDiff('second', min(oldest), {as_of:DateTime64(6, 'UTC')}), 0), 0) / 3600, 1) AS oldest_hours
FROM
(
    SELECT
        kind, any(place) AS of_place, severity, countIf(opened) AS open_alerts,
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
    GROUP BY kind, place, severity
) AS alerts_of_place
WHERE
-- include: in_areas
GROUP BY area, kind, severity
ORDER BY area, severity, open_alerts DESC, kind
