        alert_id, episode, kind, subject, place AS area, state, severity, level, owner, since, raised_at,
        if(state = 'resolved', toNullable(changed_at), NULL) AS over_at, reason AS over_reason, acknowledged_by, comment,
        detail, silenced AS is_silenced, changes
