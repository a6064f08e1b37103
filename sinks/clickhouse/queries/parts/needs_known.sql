-- Needs that are open at {as_of}; and what ended since {since}: the needs that were closed, and the states in which needs
-- were at {since}. What has ended is never taken back: no FINAL there.
open_now AS
(
    SELECT area, item, requester_id, need_class, groups, institution, quantity, reserved, in_transit, delivered, reported_at,
        due_at, opened_from, valid_from
    FROM need_spans FINAL
    WHERE valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC') AND valid_from <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
    UNION ALL
    SELECT area, item, requester_id, need_class, groups, institution, quantity, reserved, in_transit, delivered, reported_at,
        due_at, opened_from, valid_from
    FROM need_spans
    WHERE valid_until < toDateTime64('2200-01-01 00:00:00', 6, 'UTC') AND valid_until > {as_of:DateTime64(6, 'UTC')}
        AND valid_from <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
),
ended AS
(
    SELECT area, item, groups, institution, toString(state) AS end_state, quantity, delivered, reported_at, due_at,
        opened_from, end_state = 'open' AS was_open
    FROM need_spans
    WHERE valid_until < toDateTime64('2200-01-01 00:00:00', 6, 'UTC') AND valid_until > {since:DateTime64(6, 'UTC')}
        AND valid_until <= {as_of:DateTime64(6, 'UTC')} AND (state != 'open' OR valid_from <= {since:DateTime64(6, 'UTC')})
        AND
-- include: in_areas
)
