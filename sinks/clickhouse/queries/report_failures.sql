-- Deliveries that did not arrive whole since {since}: by supply area, outcome, reason and team, with the units lost on it.
SELECT
    area, outcome, failure, team, count() AS dispatches, sum(returned) AS returned_units, sum(damaged) AS damaged_units,
    sum(lost) AS lost_units
FROM dispatch_spans
WHERE outcome NOT IN ('out', 'delivered') AND valid_until > {since:DateTime64(6, 'UTC')}
    AND valid_until <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
GROUP BY area, outcome, failure, team
ORDER BY area, dispatches DESC, outcome, failure, team
