-- Alerts at {as_of} in a state: open ones with what nobody acknowledged first, the rest newest first.
WITH
-- include: alerts_at
SELECT
    alert_id, episode, kind, subject, area, state, severity, level, owner, since, raised_at, over_at, over_reason,
    acknowledged_by, comment, detail, is_silenced, length(story) AS changes
FROM alerts_at
WHERE
-- include: in_areas
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({owner:String} = '' OR owner = if({owner:String} = '-', '', {owner:String}))
    AND ({place:String} = '' OR area = {place:String} OR startsWith(area, concat({place:String}, '/')))
    AND if({state:String} = 'resolved', is_over, NOT is_over) AND ({state:String} IN ('resolved', 'open') OR state = {state:String})
ORDER BY is_over, severity = 'critical' DESC, state = 'acknowledged', if(is_over, over_at, NULL) DESC, raised_at DESC, alert_id
LIMIT {limit:UInt32} OFFSET {skip:UInt32}
