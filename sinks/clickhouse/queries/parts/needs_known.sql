-- States of needs between {since} and {as_of}: is_now is the last one of each need that was not closed by {since}, open
-- or closed since; is_before is the one in which it was at {since}.
needs_known AS
(
    SELECT
        area, item, requester_id AS requester, need_class AS class, groups, institution, quantity, reserved, in_transit,
        delivered, if(state = 'open', greatest(quantity - delivered - reserved - in_transit, 0), 0) AS missing,
        valid_until > {as_of:DateTime64(6, 'UTC')} OR state != 'open' AS is_now,
        is_now AND state = 'open' AS is_open, if(is_now, toString(state), '') AS end_state,
        valid_from <= {since:DateTime64(6, 'UTC')} AS is_before,
        is_now AND opened_from > {since:DateTime64(6, 'UTC')} AS is_new,
        is_open AND due_at < {as_of:DateTime64(6, 'UTC')} AS overdue,
        is_before AND due_at < {since:DateTime64(6, 'UTC')} AS overdue_before,
        greatest(dateDiff('second', reported_at, {as_of:DateTime64(6, 'UTC')}), 0) / 3600 AS age_hours,
        greatest(dateDiff('second', reported_at, {since:DateTime64(6, 'UTC')}), 0) / 3600 AS age_hours_before
    FROM need_spans FINAL
    WHERE
-- include: in_period
        AND (valid_until > {as_of:DateTime64(6, 'UTC')} OR state != 'open' OR valid_from <= {since:DateTime64(6, 'UTC')})
        AND
-- include: in_areas
)
