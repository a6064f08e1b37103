-- Alerts that are open at {as_of}, and those that were resolved since {since}.
alerts_known AS
(
    SELECT
        partition, alert_id, episode, kind, subject, place, state, severity, level, owner, escalated, acknowledged_by,
        alert_spans.since AS since, raised_from, offset, state != 'resolved' AS is_open
    FROM alert_spans FINAL
    WHERE (valid_until > {as_of:DateTime64(6, 'UTC')} OR alert_spans.state = 'resolved') AND
-- include: in_period
)
