-- Alerts by supply area (or the wider place that they are about; empty: the city) and kind: open at {as_of}, raised and
-- resolved since {since}.
WITH
-- include: cut alerts
,
-- include: cut supply
,
-- include: alerts_known
,
(
    SELECT groupUniqArray(area) FROM decisions
    WHERE stage = 'supply' AND type IN ('need_opened', 'lot_recorded', 'requester_recorded')
        AND offset < supply_cut.1[partition]
) AS areas_known
SELECT
    if(supply_area = '', alert_place, supply_area) AS area,
    raised.1 AS kind,
    severity,
    countIf(is_open) AS open_alerts,
    countIf(is_open AND NOT is_acknowledged) AS unacknowledged,
    countIf(is_escalated) AS escalated,
    sum(times_raised) AS raised_since,
    sum(times_resolved) AS resolved_since,
    round(greatest(ifNull(dateDiff('second', minOrNullIf(raised.4, is_open), {as_of:DateTime64(6, 'UTC')}), 0), 0) / 3600, 1)
        AS oldest_hours
FROM
(
    SELECT *, raised.3 AS alert_place,
        arrayFirst(known -> alert_place = known OR startsWith(alert_place, concat(known, '/')), areas_known) AS supply_area
    FROM alerts_known
)
WHERE (is_open OR times_raised > 0 OR times_resolved > 0) AND
-- include: in_areas
GROUP BY area, kind, severity
ORDER BY area, severity, open_alerts DESC, kind
