-- One alert at {as_of}: its newest episode with everything that was decided about it.
WITH
-- include: cut alerts
,
-- include: alerts_at
SELECT
    alert_id, episode, kind, subject, area, state, severity, level, owner, since, raised_at, over_at, over_reason,
    acknowledged_by, comment, detail, is_silenced,
    arrayMap(change -> (change.at, change.what, change.severity, change.level, change.owner, change.by, change.comment),
        story) AS story
FROM alerts_at
WHERE
-- include: in_areas
ORDER BY episode DESC
LIMIT 1
