-- Alerts at {as_of} in a state: open ones with what nobody acknowledged first, the rest newest first.
SELECT
    alert_id, episode, kind, subject, place AS area, state, severity, level, owner, since, raised_at,
    if(state = 'resolved', toNullable(changed_at), NULL) AS over_at, reason AS over_reason, acknowledged_by, comment, detail,
    silenced AS is_silenced, changes
FROM alert_spans FINAL
WHERE
-- include: in_areas
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({owner:String} = '' OR owner = if({owner:String} = '-', '', {owner:String}))
    AND ({place:String} = '' OR area = {place:String} OR startsWith(area, concat({place:String}, '/')))
    AND if({state:String} = 'resolved', state = 'resolved', state != 'resolved')
    AND ({state:String} IN ('resolved', 'open') OR state = {state:String})
    AND valid_from <= {as_of:DateTime64(6, 'UTC')}
    AND (state = 'resolved' OR valid_until > {as_of:DateTime64(6, 'UTC')})
    AND ({state:String} = 'resolved' OR valid_until > {as_of:DateTime64(6, 'UTC')})
ORDER BY severity = 'critical' DESC, state = 'acknowledged', over_at DESC, raised_at DESC, alert_id
LIMIT {limit:UInt32} OFFSET {skip:UInt32}
