-- Deliveries that did not arrive whole since {since}: by supply area, outcome, reason and team, with the units lost on it.
WITH
-- include: cut supply
,
closed AS
(
    SELECT partition, dispatch_id, any(outcome) AS how, any(JSONExtractString(body, 'failure')) AS failure
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'dispatch_closed' AND outcome != 'delivered'
        AND offset < supply_cut.1[partition] AND offset >= supply_cut.2[partition]
    GROUP BY partition, dispatch_id
),
ordered AS
(
    SELECT partition, dispatch_id, any(area) AS area, any(team) AS team
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'dispatch_ordered' AND offset < supply_cut.1[partition]
    GROUP BY partition, dispatch_id
),
carried AS
(
    SELECT partition, dispatch_id, sum(returned) AS returned, sum(damaged) AS damaged, sum(lost) AS lost
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'line_delivered'
        AND offset < supply_cut.1[partition] AND offset >= supply_cut.2[partition]
    GROUP BY partition, dispatch_id
)
SELECT
    o.area AS area, c.how AS outcome, c.failure AS failure, o.team AS team, count() AS dispatches,
    sum(u.returned) AS returned_units, sum(u.damaged) AS damaged_units, sum(u.lost) AS lost_units
FROM closed AS c
INNER JOIN ordered AS o ON o.partition = c.partition AND o.dispatch_id = c.dispatch_id
LEFT JOIN carried AS u ON u.partition = c.partition AND u.dispatch_id = c.dispatch_id
WHERE
-- include: in_areas
GROUP BY area, outcome, failure, team
ORDER BY area, dispatches DESC, outcome, failure, team
