-- Needs that are open at {as_of} (ended_as: ''); and what ended since {since}: the needs that were closed (ended_as: how),
-- and the states in which needs were at {since} (ended_as: 'open'). open_s, was_s: the first report
-- of what is, and was, open, in Unix seconds; others far ahead. What has ended is never taken back: no FINAL there.
needs_known AS
(
    SELECT cell, requester_id, need_class, quantity, reserved, in_transit, delivered, reported_at,
        due_at, opened_from, valid_from <= {since:DateTime64(6, 'UTC')} AS was_open,
        toUnixTimestamp(reported_at) AS open_s, if(was_open, open_s, 4294967295) AS was_s, '' AS ended_as
    FROM need_spans FINAL
    WHERE valid_until = '2200-01-01 00:00:00'::DateTime64(6, 'UTC') AND valid_from <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
    UNION ALL
    SELECT cell, requester_id, need_class, quantity, reserved, in_transit, delivered, reported_at,
        due_at, opened_from, valid_from <= {since:DateTime64(6, 'UTC')} AS was_open,
        if(valid_until > {as_of:DateTime64(6, 'UTC')}, toUnixTimestamp(reported_at), 4294967295) AS open_s,
        if(was_open, toUnixTimestamp(reported_at), 4294967295) AS was_s,
        if(valid_until > {as_of:DateTime64(6, 'UTC')}, '', toString(state)) AS ended_as
    FROM need_spans
    WHERE valid_until < '2200-01-01 00:00:00'::DateTime64(6, 'UTC') AND valid_until > {since:DateTime64(6, 'UTC')}
        AND valid_from <= {as_of:DateTime64(6, 'UTC')} AND (was_open OR state != 'open' OR valid_until > {as_of:DateTime64(6, 'UTC')})
        AND
-- include: in_areas
    UNION ALL
    -- Nothing: all needs together are a line, even of none.
    SELECT '', '', '', 0, 0, 0, 0, toDateTime64(0, 6, 'UTC'), toDateTime64(0, 6, 'UTC'), toDateTime64(0, 6, 'UTC'), false, 4294967295, 4294967295, 'open'
)
