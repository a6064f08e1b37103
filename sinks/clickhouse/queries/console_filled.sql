-- Needs closed in the day before {as_of}, by hour, and units asked and delivered of those not withdrawn.
SELECT
    toDateTime64(toStartOfHour(valid_until), 0, 'UTC') AS hour, countIf(state = 'delivered') AS filled,
    countIf(state != 'delivered') AS withdrawn,
    countIf(state = 'delivered' AND changed_at <= due_at) AS in_time,
    sumIf(quantity, state = 'delivered') AS units_asked, sumIf(delivered, state = 'delivered') AS units_delivered
FROM need_spans
WHERE valid_until > {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR AND valid_until <= {as_of:DateTime64(6, 'UTC')}
    AND state != 'open' AND sign = 1 AND
-- include: in_areas
    AND
-- include: in_place
GROUP BY hour
ORDER BY hour
