-- One need as it stood at {as_of}, or at its end before.
SELECT
    partition, need_id, request_id, requester_id, area, grid, item, need_class, mode, tier, groups, state, quantity, reserved,
    in_transit, delivered, greatest(quantity - delivered - reserved - in_transit, 0) AS missing, last_change, last_reason,
    reported_at, due_at, valid_from, state = 'open' AND due_at < {as_of:DateTime64(6, 'UTC')} AS overdue
FROM need_spans FINAL
WHERE partition IN (SELECT partition FROM decision_subjects WHERE subject = 'need' AND id = {need:String})
    AND valid_until >= (SELECT min(known_at) FROM decision_subjects WHERE subject = 'need' AND id = {need:String})
    AND need_id = {need:String} AND valid_from <= {as_of:DateTime64(6, 'UTC')}
    AND (valid_until > {as_of:DateTime64(6, 'UTC')} OR valid_until = valid_from) AND
-- include: in_areas
ORDER BY valid_from DESC, state = 'open'
LIMIT 1
