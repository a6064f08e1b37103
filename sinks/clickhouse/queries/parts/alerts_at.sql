-- The episodes of an alert as they stood at {as_of}: state, who has it, what was said, from what was written until then.
alerts_at AS
(
    SELECT
        alert_id, episode, kind, subject, place AS area, since, raised_at,
        arrayFilter(change -> change.offset < alerts_cut[partition],
            arraySort(change -> (change.offset, change.idx), changes)) AS story,
        arrayFilter(change -> change.what = 'acknowledged', story) AS said,
        arrayFirst(change -> change.what = 'resolved', story) AS end,
        arrayExists(change -> change.what = 'resolved', story) AS is_over,
        multiIf(is_over, 'resolved', notEmpty(said), 'acknowledged',
            arrayExists(change -> change.what = 'escalated', story), 'escalated', 'raised') AS state,
        arrayLast(change -> change.severity != '', story).severity AS severity,
        arrayLast(change -> change.level != '', story).level AS level,
        arrayLast(change -> change.what IN ('raised', 'escalated', 'handed_over'), story).owner AS owner,
        arrayLast(change -> change.detail != '', story).detail AS detail,
        said[-1].by AS acknowledged_by, said[-1].comment AS comment,
        if(is_over, end.at, NULL) AS over_at, if(is_over, resolved_reason, '') AS over_reason,
        arrayLast(change -> change.what IN ('raised', 'muted'), story).silenced AS is_silenced
    FROM alert_states FINAL
    WHERE alert_id = {alert:String} AND raised_at > toDateTime64(0, 6, 'UTC')
        AND arrayExists(change -> change.what = 'raised' AND change.offset < alerts_cut[partition], changes)
)
