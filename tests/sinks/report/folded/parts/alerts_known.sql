-- Alerts as they were known; one kind and subject has one id, raised again in episodes.
alerts_known AS
(
    SELECT
        partition AS ledger_partition,
        id,
        argMaxIf(tuple(JSONExtractString(body, 'kind'), JSONExtractString(body, 'subject'),
            JSONExtractString(body, 'place'), parseDateTime64BestEffortOrNull(JSONExtractString(body, 'since'), 6, 'UTC')),
            (offset, idx), type = 'alert_raised') AS raised,
        argMaxIf(JSONExtractString(body, 'severity'), (offset, idx), type IN ('alert_raised', 'alert_changed')) AS severity,
        argMaxIf(JSONExtractString(body, 'level'), (offset, idx), type IN ('alert_raised', 'alert_escalated')) AS level,
        argMaxIf(JSONExtractString(body, 'owner'), (offset, idx),
            type IN ('alert_raised', 'alert_escalated', 'alert_handed_over')) AS owner,
        argMaxIf(type, (offset, idx), type IN ('alert_raised', 'alert_resolved')) = 'alert_raised' AS is_open,
        maxIf((offset, idx), type = 'alert_raised') AS raised_place,
        is_open AND maxIf((offset, idx), type = 'alert_acknowledged') > raised_place AS is_acknowledged,
        is_open AND maxIf((offset, idx), type = 'alert_escalated') > raised_place AS is_escalated,
        argMaxIf(JSONExtractString(body, 'by'), (offset, idx), type = 'alert_acknowledged') AS last_acknowledged_by,
        countIf(type = 'alert_raised' AND offset >= alerts_cut.2[partition]) AS times_raised,
        countIf(type = 'alert_resolved' AND offset >= alerts_cut.2[partition]) AS times_resolved
    FROM
    (
        SELECT partition, offset, idx, type, body, JSONExtractString(body, 'alert_id') AS id
        FROM decisions FINAL
        WHERE stage = 'alerts' AND offset < alerts_cut.1[partition] AND type IN ('alert_raised', 'alert_changed',
            'alert_acknowledged', 'alert_escalated', 'alert_handed_over', 'alert_resolved')
    )
    GROUP BY partition, id
    HAVING countIf(type = 'alert_raised') > 0
)
