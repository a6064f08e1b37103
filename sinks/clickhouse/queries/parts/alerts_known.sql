-- Alerts that are open at {as_of}, and those that were resolved since {since}. What has ended is never taken back.
alerts_known AS
(
    SELECT partition, alert_id, kind, place, state, severity, escalated, since, raised_from, offset, state != 'resolved' AS is_open
    FROM
    (
        SELECT partition, alert_id, kind, place, state, severity, escalated, since, raised_from, offset
        FROM alert_spans FINAL
        WHERE valid_until = '2200-01-01 00:00:00'::DateTime64(6, 'UTC') AND valid_from <= {as_of:DateTime64(6, 'UTC')}
        UNION ALL
        SELECT partition, alert_id, kind, place, state, severity, escalated, since, raised_from, offset
        FROM alert_spans
        WHERE valid_until < '2200-01-01 00:00:00'::DateTime64(6, 'UTC')
            AND valid_until > {since:DateTime64(6, 'UTC')} AND valid_from <= {as_of:DateTime64(6, 'UTC')}
            AND (valid_until > {as_of:DateTime64(6, 'UTC')} OR state = 'resolved')
    )
)
